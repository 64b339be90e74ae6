//! SQLite and files in a directory: what is particular to them.

mod audit;
mod backup;
mod formats;
mod health;
mod orphans;
mod quarantine;
mod support;
