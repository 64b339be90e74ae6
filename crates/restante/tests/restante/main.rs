//! The binary as its users meet it: commands, services, files and sockets.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing
)]

mod alerting;
mod audit_export;
mod authority_key;
mod bad_input;
mod bench;
#[cfg(unix)]
mod book;
mod certificates;
mod client;
#[cfg(unix)]
mod client_service;
mod codes_page;
mod configuration;
mod console;
mod demo;
mod doctor;
mod documents;
#[cfg(unix)]
mod key_rotation;
mod kit;
mod limits;
mod manual;
mod messages;
mod mistakes;
mod operations;
mod operators;
mod own_exchange;
#[cfg(target_os = "linux")]
mod passwords;
mod practice_pages;
mod reconcile;
mod rehearse;
mod rehearse_receiver;
mod routing_reports;
#[cfg(unix)]
mod sandbox;
mod scaled_out;
#[cfg(unix)]
mod secret_files;
mod store_troubles;
mod token;
mod traces;
#[cfg(unix)]
mod usage;
mod weakened;
mod whole_loop;
