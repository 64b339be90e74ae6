//! The five directories of a mailbox.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use super::files::{SPARE_PREFIX, make_private_directory, nameless};
use crate::ClientError;
use crate::config::AgentConfig;

/// The prefix of reports that are being written in TEMP.
pub(super) const REPORT_PREFIX: &str = "report-";

/// The five directories of a mailbox. TEMP is the agent's own.
#[derive(Debug, Clone)]
pub(super) struct Directories {
    pub out: PathBuf,
    pub inbox: PathBuf,
    pub sent: PathBuf,
    pub failed: PathBuf,
    pub temp: PathBuf,
}

impl Directories {
    /// Where they are: upper case, unless there is only one that is written otherwise.
    pub fn find(root: &Path) -> Self {
        let find = |name| named_like(root, name).into_iter().next();
        let find = |name| find(name).unwrap_or_else(|| root.join(name));
        Self {
            out: find("OUT"),
            inbox: find("IN"),
            sent: find("SENT"),
            failed: find("FAILED"),
            temp: find("TEMP"),
        }
    }

    /// Opens them, making those that are not there.
    ///
    /// # Errors
    /// [`ClientError::File`], and [`ClientError::Configuration`] when they are not on one file system.
    pub fn open(root: &Path) -> Result<Self, ClientError> {
        let found = Self::find(root);
        let opening = |error| ClientError::File("opening the mailbox's directories", error);
        for path in [&found.out, &found.inbox, &found.sent, &found.failed] {
            fs::create_dir_all(path).map_err(opening)?;
        }
        if !found.temp.is_dir() {
            make_private_directory(&found.temp).map_err(opening)?;
        }
        found.check_one_file_system(root)?;
        for second in second_spellings(root) {
            tracing::warn!(
                "{} is not looked at: there is another one in upper case",
                second.display()
            );
        }
        Ok(found)
    }

    /// Removes what a crash left of files that were being written. For the holder of the lock.
    pub fn clear_half_written(&self) -> io::Result<()> {
        durable::remove_leftovers(&self.temp).map_err(nameless)?;
        for entry in fs::read_dir(&self.temp)? {
            let entry = entry?;
            let name = entry.file_name();
            if name.to_string_lossy().starts_with(REPORT_PREFIX) {
                fs::remove_file(entry.path())?;
            } else if name.to_string_lossy().starts_with(SPARE_PREFIX) {
                fs::remove_dir_all(entry.path())?;
            }
        }
        Ok(())
    }

    /// The first of them, of those that are there, that this user cannot write.
    fn not_writable(&self, root: &Path) -> Option<PathBuf> {
        let all = [&self.out, &self.inbox, &self.sent, &self.failed, &self.temp];
        let missing = all.iter().any(|path| !path.exists());
        let there = all.into_iter().filter(|path| path.exists());
        let root = missing.then_some(root);
        let mut asked = root.into_iter().chain(there.map(PathBuf::as_path));
        asked
            .find(|path| !durable::can_write_in(path))
            .map(Path::to_owned)
    }

    /// Files are published by rename, which cannot cross file systems. What is not there yet will be where the
    /// mailbox's own directory is.
    fn check_one_file_system(&self, root: &Path) -> Result<(), ClientError> {
        let looking = |error| ClientError::File("reading a directory", nameless(error));
        let temp = if self.temp.exists() { &self.temp } else { root };
        for other in [&self.out, &self.inbox, &self.sent, &self.failed] {
            if other.exists() && !durable::same_file_system(temp, other).map_err(looking)? {
                let what = "IN, OUT, SENT, FAILED and TEMP must be on one file system";
                return Err(ClientError::Configuration(what.to_owned()));
            }
        }
        Ok(())
    }
}

/// Says of a path that it is one of another kind of machine.
pub(crate) fn foreign_path(path: &Path) -> Option<&'static str> {
    let text = path.to_string_lossy();
    let windows = text.contains('\\') || text.chars().nth(1) == Some(':');
    if cfg!(unix) && windows {
        Some("this is a path of Windows; give one of this machine")
    } else if cfg!(windows) && text.starts_with('/') {
        Some("this is a path of Unix; give one of this machine, with its drive")
    } else {
        None
    }
}

/// What would keep mailboxes from being served, as far as their directories tell. Nothing is made.
pub fn directory_faults(config: &AgentConfig) -> Vec<ClientError> {
    let roots = config.mailboxes.iter().map(|mailbox| &mailbox.directory);
    roots.filter_map(|root| fault_of(root).err()).collect()
}

fn fault_of(root: &Path) -> Result<(), ClientError> {
    let wrong = |what: &str| {
        let what = format!("the mailbox directory {}: {what}", root.display());
        Err(ClientError::Configuration(what))
    };
    if let Some(words) = foreign_path(root) {
        return wrong(words);
    }
    if root.is_dir() {
        let found = Directories::find(root);
        if let Some(closed) = found.not_writable(root) {
            let what =
                "this user cannot write there; give it the right to, or run the client as another";
            let what = format!("the directory {}: {what}", closed.display());
            return Err(ClientError::Configuration(what));
        }
        return found.check_one_file_system(root);
    }
    if root.exists() {
        return wrong("it is a file, and a directory was expected");
    }
    // A new mailbox's directory is made at the start, in one that is there.
    let parent = root
        .parent()
        .filter(|parent| !parent.as_os_str().is_empty());
    if parent.is_some_and(|parent| !parent.is_dir()) {
        return wrong("neither it nor the directory above it is there; check the path");
    }
    Ok(())
}

/// Directories that are not served, for another one is called the same but for upper and lower case.
pub(super) fn second_spellings(root: &Path) -> Vec<PathBuf> {
    let names = ["OUT", "IN", "SENT", "FAILED"];
    let others = names.map(|name| named_like(root, name).into_iter().skip(1));
    others.into_iter().flatten().collect()
}

/// The directories of this name in any case, the one in upper case first.
fn named_like(root: &Path, name: &str) -> Vec<PathBuf> {
    let entries = fs::read_dir(root).into_iter().flatten().flatten();
    let fits = |path: &PathBuf| {
        let found = path.file_name().and_then(|found| found.to_str());
        found.is_some_and(|found| found.eq_ignore_ascii_case(name)) && path.is_dir()
    };
    let mut found: Vec<_> = entries.map(|entry| entry.path()).filter(fits).collect();
    found.sort();
    // On a file system that ignores case there is one entry only.
    found
}
