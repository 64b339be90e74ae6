//! Alerts as they arrive: real HTTP receivers and mail servers over real sockets.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing
)]

mod kit;
mod mail;
mod pace;
mod reading;
mod webhooks;
