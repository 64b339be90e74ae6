//! The exchange over real stores: SQLite, PostgreSQL, and what is on their disks.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    missing_docs
)]

mod authenticating;
mod chunks;
mod collecting;
mod damage;
mod gauges;
mod key_change;
mod keyring;
mod kit;
mod lifetimes;
mod nodes;
mod privacy;
mod quotas;
mod routing;
mod routing_at_once;
mod routing_fairness;
mod routing_faults;
mod routing_lifetimes;
mod routing_outcomes;
mod routing_probing;
mod sending;
#[cfg(target_os = "linux")]
mod small_disk;
mod tallies;
