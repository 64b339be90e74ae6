//! What one mailbox may store and send, so that none of them takes the room of all.
//!
//! Everything is held against the sender: how much of its messages is stored, how many of them wait,
//! how many bytes it sent within an hour. An inbox has no limit of its own, which would let one sender
//! shut out the others (docs/decisions/exchange.md D-180).

mod account;
mod allowance;
mod settings;

pub(crate) use account::Accounts;
pub(crate) use allowance::Allowance;
pub use settings::{QuotaException, QuotaSettings};
