//! Transfer of Care (ITK003D to ITK006D): the letters that hospitals send to practices about a discharge, a
//! stay in mental health care, a visit to an emergency department or an outpatient clinic.
//!
//! Such a letter is text under headings of the Professional Record Standards Body, with coded entries
//! beside it. [`check()`] judges one; [`read_letter`] takes out every section with its heading, its
//! entries and its [`Narrative`], which holds nothing that a page must not show. Letters are only
//! received. The payload as others know it is [`TransferOfCare`]; `docs/spec/itk3-payloads.md` §7 is
//! what this follows.

mod check;
mod codes;
mod heading;
mod letter;
mod narrative;
mod payload;
mod plain;

pub use check::{check, rules};
pub use codes::{Code, CodedEntry};
pub use heading::Heading;
pub use letter::{Letter, Section, read_letter};
pub use narrative::{Element, Narrative, Piece, Tag, Width};
pub use payload::TransferOfCare;
