//! A run of a sending system: what right messages show, and that each defect fails the one row it breaks.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)]

mod defects;
mod letters;
mod whole;
mod withheld;
