//! What this version brings, as `build.rs` found it.

/// What this version brings.
pub const NOTES: &[pages::ReleaseNote] = include!(concat!(env!("OUT_DIR"), "/release_notes.rs"));
