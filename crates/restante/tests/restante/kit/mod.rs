//! What the tests share: the binary, its services as processes, and a whole loop of them.

mod exchange;
#[cfg(target_os = "linux")]
mod pack;
mod process;
mod sandbox;
#[cfg(target_os = "linux")]
mod terminal;
mod whole_loop;

pub use exchange::{new_exchange, write_server_toml};
#[cfg(target_os = "linux")]
pub use pack::hashes_verify;
pub use process::{Service, restante};
pub use sandbox::Sandbox;
#[cfg(target_os = "linux")]
pub use terminal::Terminal;
pub use whole_loop::{
    Loop, OSPREY, PATIENT_DATA, PATIENTS, Place, STARLING, assert_no_patient_data, free_port,
    newest, place_by_hand,
};
