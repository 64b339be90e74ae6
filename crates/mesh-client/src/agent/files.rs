//! What the agent does with files beyond `durable`: names that are free, locks, the agent's own files in
//! TEMP. All of it blocks. No error names a file, for a name may tell whom a message is about.

use std::collections::HashSet;
use std::ffi::OsStr;
use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use durable::{Access, FileError, Lock, OwnedBy, PlainFile};

use crate::ClientError;

const LOCK_FILE: &str = "restante.lock";
/// The prefix of directories in TEMP that hold no message, and are used again.
pub(super) const SPARE_PREFIX: &str = "spare-";
/// More bytes than any of the agent's own files in TEMP has.
const LONGEST_OWN_FILE: u64 = 16 * 1024 * 1024;
/// Bytes of a name that file systems allow.
const LONGEST_NAME: usize = 255;
/// Bytes left for a number and an extension.
const ROOM_FOR_NUMBER: usize = 24;

/// The error without the file's name.
pub(super) fn nameless(error: FileError) -> io::Error {
    let kind = error.io_kind();
    io::Error::new(kind, error.problem().to_string())
}

/// Takes the lock of a directory, which is made when it is not there.
///
/// # Errors
/// [`ClientError::Locked`] when another process holds it, else [`ClientError::File`].
pub(super) fn lock(directory: &Path) -> Result<Lock, ClientError> {
    let taking = |error| ClientError::File("taking the lock", error);
    fs::create_dir_all(directory).map_err(taking)?;
    let path = directory.join(LOCK_FILE);
    Lock::take(&path, Access::GroupReads).map_err(|error| {
        if error.is_locked() {
            ClientError::Locked(directory.to_owned())
        } else {
            taking(nameless(error))
        }
    })
}

/// Makes a directory of the agent's own in TEMP, in which nobody else may write. It is there after a power
/// cut once TEMP is synced.
pub(super) fn make_private_directory(path: &Path) -> io::Result<()> {
    #[cfg(unix)]
    {
        use std::os::unix::fs::DirBuilderExt;
        fs::DirBuilder::new().mode(0o750).create(path)
    }
    #[cfg(not(unix))]
    fs::create_dir(path)
}

/// Writes a file that is whole and on disk, name and all, when this returns.
pub(super) fn write_durably(path: &Path, contents: &[u8]) -> io::Result<()> {
    durable::replace(path, contents, Access::GroupReads).map_err(nameless)
}

/// As [`write_durably`], but the name is on disk after [`sync_directory`] only.
pub(super) fn write_unsynced(path: &Path, contents: &[u8]) -> io::Result<()> {
    durable::replace_unsynced(path, contents, Access::GroupReads).map_err(nameless)
}

/// Writes a file whole that outlives this process, but perhaps no power cut.
pub(super) fn write_volatile(path: &Path, contents: &[u8]) -> io::Result<()> {
    durable::replace_volatile(path, contents, Access::GroupReads).map_err(nameless)
}

/// As [`write_volatile`], of a file that nobody reads before something else says that it is whole: it is written under
/// its own name where that is free.
pub(super) fn write_first(path: &Path, contents: &[u8]) -> io::Result<()> {
    match durable::create_new(path, Access::GroupReads) {
        Ok(mut file) => file.write_all(contents),
        Err(error) if error.io_kind() == io::ErrorKind::AlreadyExists => {
            write_volatile(path, contents)
        }
        Err(error) => Err(nameless(error)),
    }
}

/// Opens a file that an application put into OUT. Nothing but a plain file of one name is opened,
/// whoever owns it: the rights of OUT say who may put files there.
pub(super) fn open_plain(path: &Path) -> Result<PlainFile, FileError> {
    PlainFile::open(path, &OwnedBy::Anyone)
}

/// Reads a file of the agent's own.
pub(super) fn read_own(path: &Path) -> io::Result<Vec<u8>> {
    let file = open_plain(path).map_err(nameless)?;
    file.contents(LONGEST_OWN_FILE).map_err(nameless)
}

/// An error of a group, for each in it.
pub(super) fn same_error(error: &io::Error) -> io::Error {
    io::Error::new(error.kind(), error.to_string())
}

/// Makes renames in a directory durable.
pub(super) fn sync_directory(path: &Path) -> io::Result<()> {
    durable::sync_directory(path).map_err(nameless)
}

/// `base`, or `base_1`, `base_2`… so that neither `.dat` nor `.ctl` of that name is in the
/// directory; shortened where it would be too long for a name. The agent alone gives names here (it holds
/// the lock), so the name stays free. Of many taken ones not all are looked at: the steps double, and
/// then halve.
pub(super) fn free_base(directory: &Path, base: &str) -> String {
    free_base_beside(directory, base, &Promised::new())
}

/// Names that others of a group will have: each a directory and a base name.
#[derive(Debug)]
pub(super) struct Promised {
    names: HashSet<PathBuf>,
    /// As the file system has it.
    ignores_case: bool,
}

impl Promised {
    pub fn new() -> Self {
        Self {
            names: HashSet::new(),
            ignores_case: cfg!(windows),
        }
    }

    pub fn insert(&mut self, directory: &Path, base: &str) {
        self.names.insert(self.name(directory, base));
    }

    fn contains(&self, directory: &Path, base: &str) -> bool {
        !self.names.is_empty() && self.names.contains(&self.name(directory, base))
    }

    fn name(&self, directory: &Path, base: &str) -> PathBuf {
        match self.ignores_case {
            true => directory.join(base.to_lowercase()),
            false => directory.join(base),
        }
    }
}

/// As [`free_base`], and none of the names that others of a group will have.
pub(super) fn free_base_beside(directory: &Path, base: &str, promised: &Promised) -> String {
    let base = if is_reserved(base) {
        format!("_{base}")
    } else {
        base.to_owned()
    };
    let taken = |base: &str| {
        promised.contains(directory, base)
            || ["dat", "ctl"].iter().any(|extension| {
                let path = directory.join(format!("{base}.{extension}"));
                path.symlink_metadata().is_ok()
            })
    };
    if base.len() + ".ctl".len() <= LONGEST_NAME && !taken(&base) {
        return base;
    }
    let base = shortened(&base, LONGEST_NAME - ROOM_FOR_NUMBER);
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

/// At most so many bytes of a text, from its beginning.
pub(super) fn shortened(text: &str, bytes: usize) -> &str {
    let end = (0..=bytes.min(text.len()))
        .rev()
        .find(|end| text.is_char_boundary(*end));
    end.and_then(|end| text.get(..end)).unwrap_or_default()
}

/// A file's name as text; what is not UTF-8 is written as `%` and two hexadecimal digits a byte.
pub(super) fn printable(name: &OsStr) -> String {
    let bytes = name.as_encoded_bytes();
    let mut text = String::with_capacity(bytes.len());
    for chunk in bytes.utf8_chunks() {
        text.push_str(chunk.valid());
        for byte in chunk.invalid() {
            text.push_str(&format!("%{byte:02X}"));
        }
    }
    text
}

/// Names that Windows keeps for devices, whatever their extension.
fn is_reserved(base: &str) -> bool {
    let name = base
        .split('.')
        .next()
        .unwrap_or_default()
        .to_ascii_uppercase();
    let name = name.trim_end();
    let numbered = |port: &str| {
        let mut digits = name.strip_prefix(port).into_iter().flat_map(str::chars);
        // superscript digits are digits there
        let is_digit = |c: char| c.is_ascii_digit() || matches!(c, '¹' | '²' | '³');
        digits.next().is_some_and(is_digit) && digits.next().is_none()
    };
    let fixed = ["CON", "PRN", "AUX", "NUL", "CONIN$", "CONOUT$"];
    fixed.contains(&name) || numbered("COM") || numbered("LPT")
}

/// Renames a file of the agent's own; on Windows it waits a moment for whoever holds it.
pub(super) fn rename(from: &Path, to: &Path) -> io::Result<()> {
    durable::rename_unsynced(from, to).map_err(nameless)
}

/// Renames when the source is still there; a step that a crash cut short may be repeated.
pub(super) fn rename_if_there(from: &Path, to: &Path) -> io::Result<()> {
    match rename(from, to) {
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
        assert_eq!(free_base(directory.path(), "lpt².x"), "_lpt².x");
        assert_eq!(free_base(directory.path(), "CONSULT"), "CONSULT");
    }

    #[test]
    fn a_name_is_not_promised_twice_in_another_case_where_case_makes_no_difference() {
        let directory = tempfile::tempdir().unwrap();
        for (ignores_case, expected) in [(true, "letter É_1"), (false, "letter É")] {
            let mut promised = Promised {
                ignores_case,
                ..Promised::new()
            };
            promised.insert(directory.path(), "Letter é");
            let free = free_base_beside(directory.path(), "letter É", &promised);
            assert_eq!(free, expected);
        }
        assert_eq!(Promised::new().ignores_case, cfg!(windows));
    }

    #[test]
    fn a_name_is_never_longer_than_file_systems_allow() {
        let directory = tempfile::tempdir().unwrap();
        let longest = "é".repeat(125);
        for _ in 0..3 {
            let base = free_base(directory.path(), &longest);
            fs::write(directory.path().join(format!("{base}.ctl")), "").unwrap();
        }
        let too_long = "x".repeat(300);
        let base = free_base(directory.path(), &too_long);
        fs::write(directory.path().join(format!("{base}.ctl")), "").unwrap();
    }

    #[cfg(unix)]
    #[test]
    fn a_name_that_is_not_utf_8_can_be_printed() {
        use std::os::unix::ffi::OsStrExt;
        assert_eq!(
            printable(OsStr::from_bytes(b"\xe9t\xe9 \xc3\xa9")),
            "%E9t%E9 é"
        );
    }
}
