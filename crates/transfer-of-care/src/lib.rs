//! Transfer of Care (ITK003D to ITK006D): the letters that hospitals send to practices about a discharge, a
//! stay in mental health care, a visit to an emergency department or an outpatient clinic.
//!
//! Such a letter is text under headings of the Professional Record Standards Body, with coded entries
//! beside it. [`check()`] judges one. Letters are only received. The payload as others know it is
//! [`TransferOfCare`]; `docs/spec/itk3-payloads.md` §7 is what this follows.

mod check;
mod heading;
mod payload;

pub use check::{check, rules};
pub use heading::Heading;
pub use payload::TransferOfCare;
