//! The backends: trees that keep the contract and know nothing of who uses it.

pub(crate) mod postgres;
mod row;
mod searching;
pub(crate) mod sqlite;
mod usage;
