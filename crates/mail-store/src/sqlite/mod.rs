//! The embedded home: SQLite.

pub(crate) mod audit;
pub(crate) mod backup;
mod checksum;
pub(crate) mod columns;
pub(crate) mod console;
pub(crate) mod directory;
pub(crate) mod home;
pub(crate) mod lists;
mod progress;
pub(crate) mod quarantine;
pub(crate) mod read;
pub(crate) mod readers;
pub(crate) mod schema;
pub(crate) mod write;
