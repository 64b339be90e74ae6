//! Making files and directories, private from the moment they are there.

use std::fs::{self, File};
use std::io;
use std::path::Path;

use crate::names::{described, parent_of, sync_directory};
use crate::{Access, FileError, Problem, platform};

/// Makes a directory, and the parents it lacks, with this access under any umask. One that is there
/// already keeps the access it has; [`restrict`] takes rights away from it.
///
/// Durable when it returns: the directory and each parent that was made.
///
/// # Errors
/// [`Problem::NotDirectory`] when something else has the name; what the operating system says.
pub fn create_directory(path: &Path, access: Access) -> Result<(), FileError> {
    if path.is_dir() {
        return Ok(());
    }
    let parent = parent_of(path);
    if parent != path {
        create_directory(parent, access)?;
    }
    let doing = "making a directory";
    match platform::make_directory(path, access) {
        Ok(()) => {}
        // Another process was quicker, or it is something else.
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
            if !path.is_dir() {
                let found = fs::symlink_metadata(path)
                    .map_or("file", |metadata| described(metadata.file_type()));
                return Err(FileError::new(path, Problem::NotDirectory { found }));
            }
        }
        Err(error) => return Err(FileError::while_doing(doing, path)(error)),
    }
    sync_directory(parent)
}

/// Makes an empty file with this access under any umask, open for writing and reading. It must not be
/// there, not even as a link.
///
/// Durable when it returns: nothing. Sync the file and then its directory.
///
/// # Errors
/// [`Problem::Exists`]; what the operating system says.
pub fn create_new(path: &Path, access: Access) -> Result<File, FileError> {
    platform::create_new(path, access).map_err(FileError::while_doing("making a file", path))
}

/// Opens a file for reading and writing, and makes it with this access when it is not there; for lock files and
/// databases. One that is there keeps its contents and the access it has. A link is not followed.
///
/// Durable when it returns: nothing new.
///
/// # Errors
/// [`Problem::NotRegular`] when the name is a link, a pipe, a device or a directory; what the operating system
/// says.
pub fn open_or_create(path: &Path, access: Access) -> Result<File, FileError> {
    let failed = FileError::while_doing("opening a file", path);
    let file = match platform::create_new(path, access) {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
            platform::open_without_links(path, true)
        }
        other => other,
    };
    let file = file.map_err(|error| not_followed(path, error))?;
    let metadata = file.metadata().map_err(failed)?;
    if metadata.is_file() {
        Ok(file)
    } else {
        let found = described(metadata.file_type());
        Err(FileError::new(path, Problem::NotRegular { found }))
    }
}

/// Takes from a file or directory the rights that `access` does not give; rights are never added.
///
/// Durable when it returns: nothing new; the rights are in force.
///
/// # Errors
/// What the operating system says, such as that it belongs to another user.
pub fn restrict(path: &Path, access: Access) -> Result<(), FileError> {
    platform::restrict(path, access).map_err(FileError::while_doing("taking rights from it", path))
}

/// Makes a directory one of an account's, SYSTEM's and Administrators' only, with all that is in it; what is made there
/// later is so too. The account is given by its number (`S-1-5-80-…`).
///
/// Durable when it returns: nothing new; the rights are in force.
///
/// # Errors
/// What the operating system says.
#[cfg(windows)]
pub fn let_account_work_in(directory: &Path, sid: &str) -> Result<(), FileError> {
    crate::windows_rights::let_account_work_in(directory, sid).map_err(FileError::while_doing(
        "giving it to the service's account",
        directory,
    ))
}

/// Gives a file to the user and group of another one, for what the superuser makes for a service. Whoever is not
/// the superuser makes files of their own already, and nothing is done.
///
/// Durable when it returns: nothing new.
///
/// # Errors
/// What the operating system says.
pub fn give_to_owner_of(other: &Path, path: &Path) -> Result<(), FileError> {
    platform::give_to_owner_of(other, path).map_err(FileError::while_doing(
        "giving it to the service's user",
        path,
    ))
}

/// Why an opening that follows no links failed.
pub(crate) fn not_followed(path: &Path, error: io::Error) -> FileError {
    let found = match fs::symlink_metadata(path) {
        Ok(metadata) if !metadata.is_file() => described(metadata.file_type()),
        _ => return FileError::while_doing("opening a file", path)(error),
    };
    FileError::new(path, Problem::NotRegular { found })
}
