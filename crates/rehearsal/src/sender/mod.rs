//! A sending system on trial: what it was given to do, what arrived, what was answered, and what that shows.

mod arrival;
mod evidence;
pub mod feature;
mod judge;
pub mod patients;
pub mod rows;
mod run;
pub mod scripts;
mod standing;

pub use arrival::{Answer, Arrival, Arrived, Sent, Step, Way};
pub use evidence::{Facts, page, write};
pub use judge::{Outcome, ScriptResult};
pub use run::{Run, RunSettings};
pub use standing::{Next, Standing, State};
