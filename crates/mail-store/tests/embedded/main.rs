//! The embedded home: SQLite and files in a directory.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    missing_docs
)]

mod audit;
mod backup;
mod formats;
mod health;
mod orphans;
mod quarantine;
mod support;
