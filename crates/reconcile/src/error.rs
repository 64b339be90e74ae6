//! What can go wrong.

use std::io;
use std::path::PathBuf;

/// Why nothing was compared.
#[derive(Debug, thiserror::Error)]
pub enum ReconcileError {
    /// A directory that was named cannot be read.
    #[error("{}: expected a directory that can be read: {source}; check the path and this user's rights", path.display())]
    Directory {
        /// The directory.
        path: PathBuf,
        /// What the operating system says.
        source: io::Error,
    },
    /// There is more than can be compared at once.
    #[error(
        "{}: expected at most {limit} control files, found more; name fewer directories, or move old files away",
        path.display()
    )]
    TooMany {
        /// The directory in which the limit was reached.
        path: PathBuf,
        /// How many there may be.
        limit: usize,
    },
    /// A directory lies too deep.
    #[error("{}: expected directories at most {limit} deep, found deeper ones; name this one by itself", path.display())]
    TooDeep {
        /// The directory.
        path: PathBuf,
        /// How many levels there may be.
        limit: usize,
    },
}
