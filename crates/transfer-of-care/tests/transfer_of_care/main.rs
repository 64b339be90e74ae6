//! Transfer of Care through its public door.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    missing_docs
)]

mod kit;
mod properties;
mod published;
mod reading;
mod rules;
