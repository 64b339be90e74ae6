//! Rehearsals: what a system that sends or receives has to show before it may take part, judged as far as
//! messages and answers decide it, and the pack of evidence that comes of it (`docs/spec/rehearsal.md`).
//!
//! [`CaseResult`] is one line of the result, of a row, a script or a receiver's case. [`Pack`] writes the directory:
//! [`pack::index`] the page, [`pack::junit`] what a build server reads, [`pack::table`] the lists.

mod case;
mod claim;
mod error;
pub mod pack;
pub mod receiver;
pub mod sender;
mod verdict;

pub use case::{CaseResult, Class};
pub use claim::Claim;
pub use error::RehearsalError;
pub use pack::Pack;
pub use verdict::{Counts, Verdict};
