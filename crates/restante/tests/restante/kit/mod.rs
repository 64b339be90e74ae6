//! What the tests share: the binary, its services as processes, and a whole loop of them.

mod process;
mod sandbox;
mod whole_loop;

pub use process::{Service, restante};
pub use sandbox::Sandbox;
pub use whole_loop::{
    Loop, OSPREY, PATIENT_DATA, Place, STARLING, assert_no_patient_data, newest, place_by_hand,
};
