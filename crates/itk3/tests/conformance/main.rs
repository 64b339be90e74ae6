//! ITK3 through its public door: codes, acknowledgements, checks.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    missing_docs
)]

mod acknowledgements;
mod by_id;
mod checks;
mod codes;
mod general;
mod sample;
