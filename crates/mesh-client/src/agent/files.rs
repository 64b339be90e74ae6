//! Durable file operations. All are blocking.

use std::fs::{self, File, TryLockError};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use crate::ClientError;

const LOCK_FILE: &str = "restante.lock";

/// What a note must outlive.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Durability {
    /// The end of this process.
    Process,
    /// The machine's loss of power.
    Machine,
}

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
/// directory. The agent alone gives names here (it holds the lock), so the name stays free. Of many
/// taken ones not all are looked at: the steps double, and then halve.
pub(super) fn free_base(directory: &Path, base: &str) -> String {
    let base = if is_reserved(base) {
        format!("_{base}")
    } else {
        base.to_owned()
    };
    let taken = |base: &str| {
        ["dat", "ctl"].iter().any(|extension| {
            directory
                .join(format!("{base}.{extension}"))
                .symlink_metadata()
                .is_ok()
        })
    };
    if !taken(&base) {
        return base;
    }
    let numbered = |n: u64| format!("{base}_{n}");
    let mut free = 1;
    while taken(&numbered(free)) {
        free *= 2;
    }
    let mut last_taken = free / 2;
    while free - last_taken > 1 {
        let middle = last_taken + (free - last_taken) / 2;
        if taken(&numbered(middle)) {
            last_taken = middle;
        } else {
            free = middle;
        }
    }
    numbered(free)
}

/// Names that Windows keeps for devices, whatever their extension.
fn is_reserved(base: &str) -> bool {
    let name = base
        .split('.')
        .next()
        .unwrap_or_default()
        .to_ascii_uppercase();
    let numbered = |port: &str| {
        let digit = name.strip_prefix(port);
        digit.is_some_and(|digit| digit.len() == 1 && digit.bytes().all(|b| b.is_ascii_digit()))
    };
    matches!(name.as_str(), "CON" | "PRN" | "AUX" | "NUL") || numbered("COM") || numbered("LPT")
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_free_numbered_and_none_that_windows_keeps() {
        let directory = tempfile::tempdir().unwrap();
        for n in 0..40 {
            let base = free_base(directory.path(), "same");
            let expected = if n == 0 {
                "same".to_owned()
            } else {
                format!("same_{n}")
            };
            assert_eq!(base, expected);
            let extension = if n % 2 == 0 { "dat" } else { "ctl" };
            fs::write(directory.path().join(format!("{base}.{extension}")), "").unwrap();
        }
        assert_eq!(free_base(directory.path(), "CON"), "_CON");
        assert_eq!(free_base(directory.path(), "com1"), "_com1");
        assert_eq!(free_base(directory.path(), "CONSULT"), "CONSULT");
    }
}
