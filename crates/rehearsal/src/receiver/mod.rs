//! A receiving system on trial: the 52 cases, the messages that show them, and what each has to be answered with
//! (`docs/spec/rehearsal.md` §4).

mod build;
pub mod cases;
mod edit;
mod expected;
mod generator;
pub mod patients;
mod payload;
mod plan;
mod random;
mod scripts;

pub use cases::{CASES, Case, Group};
pub use expected::{Accepted, Expected, ExpectedAnswer, Wanted};
pub use generator::{Generator, GeneratorSettings, Practice};
pub use patients::{Patient, Patients, Standing};
pub use payload::{PayloadName, UnknownPayload};
pub use plan::{LeftOut, Plan, Planned, Transport};
