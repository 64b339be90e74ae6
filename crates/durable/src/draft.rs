//! Files that appear under their name only when they are whole.

use std::ffi::OsString;
use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use tempfile::{Builder, NamedTempFile};

use crate::names::{parent_of, sync_directory};
use crate::{Access, FileError, platform};

/// The end of a temporary file's name: `.NAME.xxxxxx.tmp`, the `x` being random.
const SUFFIX: &str = ".tmp";

/// A longer name is not repeated in that of its temporary file, which the file system limits to 255 bytes.
const LONGEST_NAME: usize = 200;

/// A file being written under a temporary name in the directory it will be in. Dropped before it is
/// published, it leaves nothing behind; a crash leaves a file that [`remove_leftovers`] removes.
#[derive(Debug)]
pub struct Draft {
    file: NamedTempFile,
    to: PathBuf,
}

impl Draft {
    /// Begins a file that will be at `to`. Any number of drafts may be begun for one name.
    ///
    /// # Errors
    /// [`Problem::Missing`](crate::Problem::Missing) when there is no such directory; what the operating
    /// system says.
    pub fn begin(to: &Path, access: Access) -> Result<Self, FileError> {
        let failed = FileError::while_doing("beginning a file", to);
        let mut prefix = OsString::from(".");
        if let Some(name) = to.file_name().filter(|name| name.len() <= LONGEST_NAME) {
            prefix.push(name);
            prefix.push(".");
        }
        let file = Builder::new()
            .prefix(&prefix)
            .suffix(SUFFIX)
            .make_in(parent_of(to), |path| platform::create_new(path, access))
            .map_err(failed)?;
        let to = to.to_owned();
        Ok(Self { file, to })
    }

    /// Gives the file its name, replacing a file that has it.
    ///
    /// Durable when it returns: contents and name.
    ///
    /// # Errors
    /// What the operating system says; the file that had the name is then still there.
    pub fn publish(self) -> Result<(), FileError> {
        let to = self.to.clone();
        self.publish_unsynced()?;
        sync_directory(parent_of(&to))
    }

    /// As [`Draft::publish`], but the name is durable only after [`sync_directory`].
    ///
    /// # Errors
    /// As [`Draft::publish`].
    pub fn publish_unsynced(self) -> Result<(), FileError> {
        self.sync()?;
        self.publish_volatile()
    }

    /// As [`Draft::publish`], but nothing is durable.
    ///
    /// # Errors
    /// As [`Draft::publish`].
    pub fn publish_volatile(self) -> Result<(), FileError> {
        platform::persist(self.file, &self.to)
            .map_err(FileError::while_doing("giving a file its name", &self.to))
    }

    /// Gives the file its name, which must be free.
    ///
    /// Durable when it returns: contents and name.
    ///
    /// # Errors
    /// [`Problem::Exists`](crate::Problem::Exists) when the name is taken, whatever by, also by another
    /// process in this moment; what the operating system says.
    pub fn publish_new(self) -> Result<(), FileError> {
        self.sync()?;
        self.file
            .persist_noclobber(&self.to)
            .map_err(|failed| failed.error)
            .map_err(FileError::while_doing(
                "giving a new file its name",
                &self.to,
            ))?;
        sync_directory(parent_of(&self.to))
    }

    /// Makes what was written durable, under the temporary name.
    fn sync(&self) -> Result<(), FileError> {
        self.file
            .as_file()
            .sync_all()
            .map_err(FileError::while_doing("syncing a file", &self.to))
    }
}

impl Write for Draft {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.file.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

/// Writes a file whole, replacing one of that name.
///
/// Durable when it returns: contents and name.
///
/// # Errors
/// What the operating system says; the old file is then still there.
pub fn replace(path: &Path, contents: &[u8], access: Access) -> Result<(), FileError> {
    written(path, contents, access)?.publish()
}

/// Writes a file whole, replacing one of that name. Durable when it returns: the contents; the name
/// after [`sync_directory`].
///
/// # Errors
/// As [`replace`].
pub fn replace_unsynced(path: &Path, contents: &[u8], access: Access) -> Result<(), FileError> {
    written(path, contents, access)?.publish_unsynced()
}

/// Writes a file whole, replacing one of that name. Durable when it returns: nothing. A power cut may leave
/// the old file, the new one or an empty one; the end of this process harms nothing.
///
/// # Errors
/// As [`replace`].
pub fn replace_volatile(path: &Path, contents: &[u8], access: Access) -> Result<(), FileError> {
    written(path, contents, access)?.publish_volatile()
}

/// Writes a file whole under a name that must be free. Of several processes that try, one succeeds.
///
/// Durable when it returns: contents and name.
///
/// # Errors
/// [`Problem::Exists`](crate::Problem::Exists); what the operating system says.
pub fn write_new(path: &Path, contents: &[u8], access: Access) -> Result<(), FileError> {
    written(path, contents, access)?.publish_new()
}

fn written(path: &Path, contents: &[u8], access: Access) -> Result<Draft, FileError> {
    let mut draft = Draft::begin(path, access)?;
    draft
        .write_all(contents)
        .map_err(FileError::while_doing("writing a file", path))?;
    Ok(draft)
}

/// Removes the temporary files that a crash left in a directory, and says how many. For whoever holds
/// the directory's lock: a draft that another process is writing would be removed too.
///
/// Durable when it returns: nothing; what comes back after a power cut is removed the next time.
///
/// # Errors
/// What the operating system says.
pub fn remove_leftovers(directory: &Path) -> Result<u64, FileError> {
    let failed = |error| FileError::while_doing("looking for leftovers", directory)(error);
    let mut removed = 0;
    for entry in fs::read_dir(directory).map_err(failed)? {
        let entry = entry.map_err(failed)?;
        let ours = entry.file_name().to_str().is_some_and(is_temporary);
        if ours && entry.file_type().map_err(failed)?.is_file() {
            fs::remove_file(entry.path()).map_err(failed)?;
            removed += 1;
        }
    }
    Ok(removed)
}

/// Whether a name is that of a draft.
fn is_temporary(name: &str) -> bool {
    let random = name
        .strip_prefix('.')
        .and_then(|rest| rest.strip_suffix(SUFFIX))
        .map(|rest| rest.rsplit_once('.').map_or(rest, |(_, random)| random));
    random.is_some_and(|random| {
        random.len() == 6 && random.bytes().all(|byte| byte.is_ascii_alphanumeric())
    })
}
