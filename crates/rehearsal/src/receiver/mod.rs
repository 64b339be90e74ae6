//! A receiving system on trial: the 52 cases, the messages that show them, and what each has to be answered with
//! (`docs/spec/rehearsal.md` §4).

mod answer;
mod build;
pub mod cases;
mod correlate;
mod edit;
mod evidence;
mod expected;
mod generator;
mod judge;
pub mod patients;
mod payload;
mod plan;
mod random;
mod run;
mod scripts;
mod times;

pub use answer::{Answer, Incoming};
pub use cases::{CASES, Case, Group};
pub use evidence::{Facts, write};
pub use expected::{Accepted, Expected, ExpectedAnswer, Wanted};
pub use generator::{Generator, GeneratorSettings, Practice};
pub use judge::{Judged, Mark, Outcome};
pub use patients::{Patient, Patients, Standing};
pub use payload::{PayloadName, UnknownPayload};
pub use plan::{LeftOut, Plan, Planned, Transport};
pub use run::{Message, Run, RunSettings, State, Stray};
pub use times::{Seconds, Times};
