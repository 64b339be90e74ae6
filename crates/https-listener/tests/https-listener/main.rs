//! The listener through real sockets and the authority through its files.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    missing_docs
)]

mod admission;
mod authority;
mod connections;
mod kit;
mod operations;
mod readers;
