//! The practice's own list of patients.

mod file;
mod list;
mod matching;
mod search;

pub(crate) use file::PatientFile;
pub use file::PatientListStanding;
pub(crate) use list::{Identity, PatientList, RegistrationStatus};
pub use matching::{PatientDifference, PatientFact, PatientMatch, StatedPatient};
pub use search::ListedPatient;
