//! What a message would add to a record: provisional, until a person has decided.

mod compare;
mod decision;
mod entry;
mod filed;
mod marks;
mod patient;
mod read;
mod received;
mod review;
mod words;

pub use compare::{Comparison, compare};
pub use decision::{Amendment, Decision, LONGEST_AMENDMENT, ReviewError};
pub use entry::{Attachment, Code, Content, Entry, Mark, Measured, Supply};
pub use filed::{FiledEntry, FiledRecord};
pub use read::{Clinician, Pharmacy, Record, read_record};
pub(crate) use received::received;
pub use review::{Act, Review};
