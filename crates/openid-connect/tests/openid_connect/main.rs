//! Sign-in by a provider, against one that does what a test says; `scripts/suites/pages` does the same with a
//! certified one.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    missing_docs
)]

mod discovery;
mod kit;
mod logout;
mod sign_in;
