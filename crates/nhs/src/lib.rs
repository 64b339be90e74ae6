//! The words everyone in the house speaks: NHS numbers, ODS codes, mailbox, workflow and message
//! ids, SNOMED CT codes, dates of birth, family names and patient addresses, and the time and randomness that domain code is handed.
//! Parsing, checking and display, nothing else.
//!
//! Types that identify a patient ([`NhsNumber`], [`DateOfBirth`], [`FamilyName`],
//! [`PatientAddress`]) redact themselves
//! in `Debug` and have no `Display`: whoever needs the value asks for it by a named method, so that
//! it cannot reach a log by accident.

mod date_of_birth;
mod family_name;
mod ids;
mod nhs_number;
mod ods_code;
mod patient_address;
mod sctid;
mod surroundings;
mod written_date;

pub use date_of_birth::{DateOfBirth, DateOfBirthError, DateOrder};
pub use family_name::{FamilyName, FamilyNameError};
pub use ids::{IdError, MailboxId, MessageId, WorkflowId};
pub use nhs_number::{NhsNumber, NhsNumberError};
pub use ods_code::{OdsCode, OdsCodeError};
pub use patient_address::{PATIENT_ADDRESS_TAG, PatientAddress, PatientAddressError};
pub use sctid::is_sctid;
pub use surroundings::{Clock, Randomness, SystemClock, SystemRandomness, uk_time_zone, uuid_v4};
pub use written_date::written_date;
