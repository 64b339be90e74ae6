//! Update Record through its public door.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    missing_docs
)]

mod building;
mod kit;
mod properties;
mod published;
mod reading;
mod reviewing;
mod rules;
mod table;
