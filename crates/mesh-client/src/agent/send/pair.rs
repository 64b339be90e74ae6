//! A pair of files in OUT.

use std::path::PathBuf;

/// A pair in OUT, or what there is of one.
#[derive(Debug, Default, Clone)]
pub(in crate::agent) struct Pair {
    /// The name without extension, as text.
    pub base: String,
    pub control: Option<PathBuf>,
    pub data: Option<PathBuf>,
}
