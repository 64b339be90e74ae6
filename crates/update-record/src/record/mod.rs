//! What a message would add to a record: provisional, until a person has decided.

mod entry;
mod marks;
mod read;
mod received;
mod review;

pub use entry::{Attachment, Code, Content, Entry, Mark, Measured, Supply};
pub use read::{Clinician, Pharmacy, Record, read_record};
pub(crate) use received::received;
pub use review::{Act, Amendment, Decision, Review, ReviewError};
