//! A directory that appears under its name only when it is whole and durable.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

use durable::{Access, create_directory, create_new, rename, sync_tree};

use crate::StoreError;

/// `NAME.partial` until it is published.
pub(super) struct Partial {
    path: PathBuf,
    to: PathBuf,
}

/// A backup is never written over something.
pub(super) fn is_free(to: &Path) -> Result<(), StoreError> {
    let taken = to.try_exists().map_err(StoreError::file(to))?
        && fs::read_dir(to)
            .map_err(StoreError::file(to))?
            .next()
            .is_some();
    if taken {
        let error = io::Error::from(io::ErrorKind::DirectoryNotEmpty);
        return Err(StoreError::file(to)(error));
    }
    Ok(())
}

impl Partial {
    /// What an earlier attempt left half done is deleted.
    pub(super) fn begin(to: &Path) -> Result<Self, StoreError> {
        create_directory(parent_of(to), Access::Owner)?;
        let mut path = to.as_os_str().to_owned();
        path.push(".partial");
        let path = PathBuf::from(path);
        match fs::remove_dir_all(&path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => {
                return Err(StoreError::file(&path)(error));
            }
            _ => create_directory(&path, Access::Owner)?,
        }
        let to = to.to_owned();
        Ok(Self { path, to })
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    pub(super) fn publish(self) -> Result<(), StoreError> {
        sync_tree(&self.path)?;
        Ok(rename(&self.path, &self.to)?)
    }
}

fn parent_of(path: &Path) -> &Path {
    match path.parent() {
        Some(parent) if parent != Path::new("") => parent,
        _ => Path::new("."),
    }
}

/// A file, or a directory with what is in it; nothing when there is none, or when it is one of `without`.
pub(super) fn copy_tree(from: &Path, to: &Path, without: &[&Path]) -> Result<(), StoreError> {
    if without.contains(&from) {
        return Ok(());
    }
    let metadata = match fs::symlink_metadata(from) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        other => other.map_err(StoreError::file(from))?,
    };
    if !metadata.is_dir() {
        let mut source = File::open(from).map_err(StoreError::file(from))?;
        let mut copy = create_new(to, Access::Owner)?;
        return io::copy(&mut source, &mut copy)
            .map(drop)
            .map_err(StoreError::file(to));
    }
    create_directory(to, Access::Owner)?;
    for entry in fs::read_dir(from).map_err(StoreError::file(from))? {
        let name = entry.map_err(StoreError::file(from))?.file_name();
        copy_tree(&from.join(&name), &to.join(&name), without)?;
    }
    Ok(())
}
