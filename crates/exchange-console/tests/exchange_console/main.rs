//! The console over a real socket and a real store.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing
)]

mod access;
mod journeys;
mod kit;
mod lists;
mod operating;
mod overviews;
mod search;
mod settings;
