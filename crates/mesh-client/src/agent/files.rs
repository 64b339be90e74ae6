//! Durable file operations. All are blocking.

use std::fs::{self, File, TryLockError};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use crate::ClientError;

const LOCK_FILE: &str = "restante.lock";

/// Takes the lock of a directory, which is made when it is not there.
pub(super) fn lock(directory: &Path) -> Result<File, ClientError> {
    let taking = |error| ClientError::File("taking the lock", error);
    fs::create_dir_all(directory).map_err(taking)?;
    let path = directory.join(LOCK_FILE);
    let file = File::options()
        .create(true)
        .truncate(false)
        .write(true)
        .open(path);
    let file = file.map_err(taking)?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(ClientError::Locked(directory.to_owned())),
        Err(TryLockError::Error(error)) => Err(taking(error)),
    }
}

/// Writes a file that is whole and on disk once this returns: temporary name, sync, rename.
pub(super) fn write_durably(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let temporary = path.with_added_extension("tmp");
    let mut file = File::create(&temporary)?;
    file.write_all(bytes)?;
    file.sync_all()?;
    fs::rename(&temporary, path)
}

/// Makes renames in a directory durable.
pub(super) fn sync_directory(path: &Path) -> io::Result<()> {
    if cfg!(unix) {
        File::open(path)?.sync_all()
    } else {
        Ok(())
    }
}

/// `base`, or `base_1`, `base_2`… so that neither `.dat` nor `.ctl` of that name is in the
/// directory. The agent alone gives names here (it holds the lock), so the name stays free.
pub(super) fn free_base(directory: &Path, base: &str) -> String {
    let taken = |base: &str| {
        ["dat", "ctl"].iter().any(|extension| {
            directory
                .join(format!("{base}.{extension}"))
                .symlink_metadata()
                .is_ok()
        })
    };
    let suffixed = (1u32..).map(|n| format!("{base}_{n}"));
    std::iter::once(base.to_owned())
        .chain(suffixed)
        .find(|base| !taken(base))
        .unwrap_or_default()
}

/// Renames when the source is still there; a step that a crash cut short may be repeated.
pub(super) fn rename_if_there(from: &Path, to: &Path) -> io::Result<()> {
    match fs::rename(from, to) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        other => other,
    }
}

/// The directories directly below, whose names begin with `prefix`.
pub(super) fn subdirectories(path: &Path, prefix: &str) -> io::Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    for entry in fs::read_dir(path)? {
        let entry = entry?;
        let ours = entry.file_name().to_string_lossy().starts_with(prefix);
        if ours && entry.file_type()?.is_dir() {
            found.push(entry.path());
        }
    }
    found.sort();
    Ok(found)
}
