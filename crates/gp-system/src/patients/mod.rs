//! The practice's own list of patients.

mod file;
mod list;
mod search;

pub(crate) use file::PatientFile;
pub(crate) use list::{Identity, PatientList, RegistrationStatus};
pub use search::ListedPatient;
