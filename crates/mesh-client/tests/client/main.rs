//! The API client and the agent through the public door: real directories, real HTTP, real TLS, against a
//! server that fails where it is told to (`kit`).
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    missing_docs
)]

mod agent;
mod bombs;
mod bursts;
mod certificates;
mod config;
mod connection;
mod key_files;
mod kit;
mod lost_answers;
mod out_files;
mod out_swapped;
mod refusals;
mod sandbox;
mod service;
mod slow_line;
mod takeover;
mod waiting;
