//! Consultations to messages, messages to checked documents, and the page of requirements.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stdout,
    missing_docs
)]

mod build;
mod common;
mod consultation;
mod document;
mod growth;
mod hostile;
mod identity;
mod pdf;
mod pdf_layout;
mod published_messages;
mod release_2_0;
mod requirement_table;
mod requirements;
mod requirements_page;
mod transport;
