use std::fs;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt, PermissionsExt};
use std::path::Path;

use crate::StoreError;

/// Creates a directory only its owner may enter, with its parents, and makes them durable.
pub(crate) fn private_directory(path: &Path) -> Result<(), StoreError> {
    if path.is_dir() {
        return Ok(());
    }
    let there = path.ancestors().position(Path::exists);
    fs::DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(path)
        .map_err(StoreError::file(path))?;
    path.ancestors()
        .skip(1)
        .take(there.unwrap_or(0))
        .try_for_each(sync_directory)
}

/// Makes the names in a directory durable.
pub(crate) fn sync_directory(path: &Path) -> Result<(), StoreError> {
    let path = if path == Path::new("") {
        Path::new(".")
    } else {
        path
    };
    fs::File::open(path)
        .and_then(|directory| directory.sync_all())
        .map_err(StoreError::file(path))
}

/// Opens a file only its owner may read, creating it when it is missing.
pub(crate) fn private_file(path: &Path) -> Result<fs::File, StoreError> {
    fs::OpenOptions::new()
        .read(true)
        .write(true)
        .create(true)
        .truncate(false)
        .mode(0o600)
        .open(path)
        .map_err(StoreError::file(path))
}

/// Creates a file only its owner may read; it must not exist.
pub(crate) fn private_new_file(path: &Path) -> Result<fs::File, StoreError> {
    fs::OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(path)
        .map_err(StoreError::file(path))
}

/// Takes a file out of everyone else's reach.
pub(crate) fn restrict_file(path: &Path) -> Result<(), StoreError> {
    fs::set_permissions(path, fs::Permissions::from_mode(0o600)).map_err(StoreError::file(path))
}
