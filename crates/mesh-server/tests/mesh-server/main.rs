//! The MESH API through real sockets, over an exchange with the mailboxes of mesh-sandbox.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    missing_docs
)]

mod api_page;
mod authorization;
mod collect;
mod kit;
mod limits;
mod readers;
mod refusals;
mod routes;
mod send;
mod stalled;
mod streaming;
mod waiting;
mod watching;
