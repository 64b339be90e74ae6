//! File systems: how much room they have, and whether two paths share one.

use std::path::Path;

use crate::{FileError, platform};

/// The room of a file system, in bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Space {
    /// All of it.
    pub total: u64,
    /// What this process's user may still use.
    pub free: u64,
}

/// The room of the file system that a file or directory is on.
///
/// # Errors
/// What the operating system says.
pub fn space(path: &Path) -> Result<Space, FileError> {
    platform::space(path).map_err(FileError::while_doing("asking for free space", path))
}

/// Whether two files or directories are on one file system, so that one can be renamed beside the
/// other.
///
/// # Errors
/// What the operating system says.
pub fn same_file_system(left: &Path, right: &Path) -> Result<bool, FileError> {
    let of = |path: &Path| {
        platform::file_system(path)
            .map_err(FileError::while_doing("asking for its file system", path))
    };
    Ok(of(left)? == of(right)?)
}

/// Whether this process's user may make and rename files in a directory, as far as its rights say; nothing is made.
pub fn can_write_in(directory: &Path) -> bool {
    platform::can_write_in(directory)
}
