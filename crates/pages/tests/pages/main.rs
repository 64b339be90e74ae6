//! What all pages share, over a real socket.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    missing_docs
)]

mod auth;
mod each_event;
mod frame;
mod lock_out;
mod openid;
mod people;
mod security_log;
mod sign_in;
mod support;
mod work;
