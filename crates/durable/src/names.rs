//! Names in directories: renaming, removing, and making that durable.

use std::fs::{self, File};
use std::io;
use std::path::Path;

use crate::{FileError, platform};

/// Renames a file or directory; a file that has the new name is replaced.
///
/// Durable when it returns: the new name, and that the old one is gone. What is in the file is as
/// durable as it was.
///
/// # Errors
/// [`Problem::Missing`](crate::Problem::Missing) when there is nothing to rename,
/// [`Problem::OtherFileSystem`](crate::Problem::OtherFileSystem); what the operating system says.
pub fn rename(from: &Path, to: &Path) -> Result<(), FileError> {
    rename_unsynced(from, to)?;
    // The new name first: a power cut in between leaves both names, never neither.
    let (old, new) = (parent_of(from), parent_of(to));
    sync_directory(new)?;
    if old == new {
        Ok(())
    } else {
        sync_directory(old)
    }
}

/// Renames as [`rename`] does; the change is visible at once, and durable after [`sync_directory`] of
/// both directories, that of the new name first.
///
/// # Errors
/// As [`rename`].
pub fn rename_unsynced(from: &Path, to: &Path) -> Result<(), FileError> {
    platform::rename(from, to).map_err(FileError::while_doing("renaming it", from))
}

/// Whether a file could not be opened, renamed or removed because another program holds it: one that is writing it, a
/// reader, a virus scanner. It lets go by itself. Only Windows has that.
pub fn is_held(error: &io::Error) -> bool {
    platform::is_held(error)
}

/// Removes a file, or a link itself; `false` when there was none.
///
/// Durable when it returns: that it is gone.
///
/// # Errors
/// What the operating system says.
pub fn remove(path: &Path) -> Result<bool, FileError> {
    match fs::remove_file(path) {
        Ok(()) => sync_directory(parent_of(path)).map(|()| true),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
        Err(error) => Err(FileError::while_doing("removing it", path)(error)),
    }
}

/// Makes what was made, renamed and removed in a directory durable. Does nothing on Windows, where
/// NTFS journals names itself.
///
/// # Errors
/// What the operating system says.
pub fn sync_directory(path: &Path) -> Result<(), FileError> {
    // As a parent, the empty path is the working directory.
    let path = if path.as_os_str().is_empty() {
        Path::new(".")
    } else {
        path
    };
    platform::sync_directory(path).map_err(FileError::while_doing("syncing a directory", path))
}

/// Makes a file durable, or a directory with all that is in it. Links are left alone. The name itself is durable after
/// [`sync_directory`] of its directory.
///
/// # Errors
/// What the operating system says.
pub fn sync_tree(path: &Path) -> Result<(), FileError> {
    let failed = |error| FileError::while_doing("syncing a tree of files", path)(error);
    let kind = fs::symlink_metadata(path).map_err(failed)?.file_type();
    if kind.is_dir() {
        for entry in fs::read_dir(path).map_err(failed)? {
            sync_tree(&entry.map_err(failed)?.path())?;
        }
        return sync_directory(path);
    }
    if kind.is_file() {
        File::open(path)
            .and_then(|file| file.sync_all())
            .map_err(failed)?;
    }
    Ok(())
}

/// The directory a name is in.
pub(crate) fn parent_of(path: &Path) -> &Path {
    match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        Some(_) => Path::new("."),
        None => path,
    }
}

/// What a name that is no regular file is, in a word.
pub(crate) fn described(kind: fs::FileType) -> &'static str {
    if kind.is_dir() {
        "directory"
    } else if kind.is_symlink() {
        "symbolic link"
    } else if kind.is_file() {
        "regular file"
    } else {
        platform::special(kind)
    }
}
