//! Directories in TEMP that are used again, each with one file: a burst would make and remove one of each a message, and
//! a file system looks for a free place past all that were removed in the last minutes.
//!
//! What a power cut leaves of a directory that was used again must not be taken for what was in it before. So its file is
//! overwritten by what says nothing, and it is used again only once that, and its name, are on disk.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use super::files::{SPARE_PREFIX, rename};

/// The file of a spare directory.
pub(super) const SPARE_FILE: &str = "restante-attempt";
/// Directories that are kept.
const MOST: usize = 128;
/// A file of at most so many bytes is kept.
const LONGEST: u64 = 4096;
/// What no file of the agent's has as contents, and no name contains.
const NOTHING: u8 = b'\n';

/// The spare directories of a mailbox. They are not kept over a restart.
#[derive(Debug)]
pub(super) struct Spares {
    temp: PathBuf,
    next: AtomicU64,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    /// Those of which a power cut may leave what they were before.
    unsure: Vec<PathBuf>,
    ready: Vec<PathBuf>,
}

impl Spares {
    pub fn new(temp: &Path) -> Self {
        Self {
            temp: temp.to_owned(),
            next: AtomicU64::new(0),
            state: Mutex::default(),
        }
    }

    /// Keeps a directory that holds nothing but this file; false when it is to be removed.
    pub fn keep(&self, directory: &Path, file: &str) -> bool {
        let (unsure, ready) = {
            let state = self.state();
            (state.unsure.len(), state.ready.len())
        };
        if unsure + ready >= MOST {
            return false;
        }
        let number = self.next.fetch_add(1, Ordering::Relaxed);
        let place = self.temp.join(format!("{SPARE_PREFIX}{number}"));
        let kept = empty(directory, file).and_then(|()| rename(directory, &place));
        if kept.is_ok() {
            self.state().unsure.push(place);
        }
        kept.is_ok()
    }

    /// Gives a directory this name, when there is one; `prepare` is handed its file before. False when there is none, or
    /// it cannot be used.
    pub fn take(&self, to: &Path, prepare: impl FnOnce(&Path) -> io::Result<()>) -> bool {
        let Some(place) = self.state().ready.pop() else {
            return false;
        };
        let taken = prepare(&place.join(SPARE_FILE)).and_then(|()| rename(&place, to));
        if taken.is_err() {
            _ = fs::remove_dir_all(&place);
        }
        taken.is_ok()
    }

    /// Those that a sync of the whole file system which begins now makes sure of.
    pub fn unsure(&self) -> Vec<PathBuf> {
        std::mem::take(&mut self.state().unsure)
    }

    /// After that sync; one that failed makes sure of none.
    pub fn synced(&self, them: Vec<PathBuf>, is_sure: bool) {
        let mut state = self.state();
        match is_sure {
            true => state.ready.extend(them),
            false => state.unsure.extend(them),
        }
    }

    /// Removes them all.
    pub fn clear(&self) {
        let State { unsure, ready } = std::mem::take(&mut *self.state());
        for place in unsure.iter().chain(&ready) {
            _ = fs::remove_dir_all(place);
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Overwrites the file of a directory by nothing, and gives it its name as a spare.
fn empty(directory: &Path, file: &str) -> io::Result<()> {
    let path = directory.join(file);
    let open = File::options().write(true).open(&path)?;
    let length = open.metadata()?.len();
    if length > LONGEST {
        return Err(io::ErrorKind::FileTooLarge.into());
    }
    let nothing = vec![NOTHING; usize::try_from(length).unwrap_or_default()];
    durable::write_all_at(&open, &nothing, 0)?;
    rename(&path, &directory.join(SPARE_FILE))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_directory_is_used_again_once_a_sync_made_sure_that_it_says_nothing() {
        let temp = tempfile::tempdir().unwrap();
        let spares = Spares::new(temp.path());
        let (old, new) = (temp.path().join("out-1"), temp.path().join("out-2"));
        fs::create_dir(&old).unwrap();
        fs::write(old.join("restante-plan"), "a plan").unwrap();
        assert!(spares.keep(&old, "restante-plan"));
        assert!(!old.exists());

        assert!(!spares.take(&new, |_| Ok(())));
        let unsure = spares.unsure();
        spares.synced(unsure, false);
        assert!(!spares.take(&new, |_| Ok(())));
        let unsure = spares.unsure();
        spares.synced(unsure, true);
        let nothing = |file: &Path| {
            assert_eq!(fs::read(file)?, b"\n\n\n\n\n\n");
            Ok(())
        };
        assert!(spares.take(&new, nothing));
        assert!(new.join(SPARE_FILE).exists());
        assert!(!spares.take(&old, |_| Ok(())));
        assert_eq!(fs::read_dir(temp.path()).unwrap().count(), 1);
    }

    #[test]
    fn so_many_are_kept_and_no_more() {
        let temp = tempfile::tempdir().unwrap();
        let spares = Spares::new(temp.path());
        for number in 0..=MOST {
            let place = temp.path().join(format!("in-{number}"));
            fs::create_dir(&place).unwrap();
            fs::write(place.join("publish"), "a name").unwrap();
            assert_eq!(spares.keep(&place, "publish"), number < MOST);
        }
        spares.clear();
        assert_eq!(fs::read_dir(temp.path()).unwrap().count(), 1);
    }
}
