//! Practices over real directories, records and sockets.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    missing_docs
)]

mod alerts;
mod alerts_pages;
mod any_document;
mod export;
mod files;
mod findings;
mod identity;
mod inbox;
mod inbox_acts;
mod inbox_pages;
mod letter_views;
mod letters;
mod matching;
mod not_understood;
mod pages;
mod pages_access;
mod pages_drafts;
mod pages_entry;
mod pages_windows;
mod payloads;
mod receiving;
mod rehearsal;
mod removal;
mod restart;
mod retention;
mod reviews;
mod running;
mod scal;
#[cfg(unix)]
mod scanning;
mod sending;
mod settings;
mod support;
mod upgrade;
