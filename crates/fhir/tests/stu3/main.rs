//! FHIR STU3 through its public door: reading, writing, checking.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    missing_docs
)]

mod hostile;
mod invariants;
mod json;
mod narrative;
mod published;
mod round_trip;
