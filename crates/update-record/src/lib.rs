//! GP Connect Update Record (ITK014M, guide 1.2.0): what a community pharmacy tells a practice as coded
//! entries, not as a document.
//!
//! [`check()`] applies every rule that a machine can check, each named by its id in
//! `docs/spec/update-record.md`; [`rules`] lists all 107, those included that only people and processes
//! keep. [`build()`] makes a message of a [`CheckedConsultation`]. [`read_record`] takes out what the
//! message would add to a record, provisional until a person has decided about each entry ([`Review`]);
//! then it is a [`FiledRecord`]. The payload as others know it is [`UpdateRecord`].

mod build;
mod check;
pub mod consultation;
mod error;
mod names;
mod payload;
mod record;
mod vocabulary;

pub use build::build;
pub use check::{Keeper, Rule, Strength, Verdict, check, rules};
pub use consultation::CheckedConsultation;
pub use error::BuildError;
pub use itk3::payload::record::FieldError;
pub use nhs::is_sctid;
pub use payload::UpdateRecord;
pub use record::{
    Act, Amendment, Attachment, Clinician, Code, Comparison, Content, Decision, Entry, FiledEntry,
    FiledRecord, LONGEST_AMENDMENT, Mark, Measured, Pharmacy, Record, Review, ReviewError, Supply,
    compare, read_record,
};
pub use vocabulary::{Heading, Service, Triplet, meaning};
