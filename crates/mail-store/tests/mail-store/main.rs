//! The tests of this crate: the contract over every backend, what is particular to each, and stores
//! that earlier releases wrote.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    missing_docs
)]

mod contract;
mod embedded;
mod kit;
mod scaled_out;
mod written_by_0_1;
