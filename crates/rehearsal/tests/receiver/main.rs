//! The messages that try a receiving system: each has the one defect that is said of it, and comes again with its seed.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)]

mod kit;
mod page;
mod patients;
mod seed;
mod single;
