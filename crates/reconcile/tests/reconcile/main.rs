//! What a client left in its directories, and what is read off it.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing
)]

mod gaps;
mod site;
mod year;
