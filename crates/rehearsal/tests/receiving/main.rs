//! A receiving system on trial: what its answers show, with one defect at a time.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)]

mod defects;
mod pack;
mod trial;
mod unread;
mod waiting;
