//! Directories in TEMP that are used again, each with one file: a burst would make and remove one of each a message, and
//! a file system looks for a free place past all that were removed in the last minutes.
//!
//! What a power cut leaves of a directory that was used again must not be taken for what was in it before. A write over
//! a file may be on disk before the removals and renames that were done earlier. So what was in the directory is left as it
//! is until its name as a spare is on disk; then its file is overwritten by what says nothing, and it is used again once that
//! is on disk too. Of one whose sync failed nobody knows what the disk holds: it is removed.

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
    /// Of all that there are, also those that are being synced.
    count: usize,
    /// Whose names may not be on disk.
    renamed: Vec<Spare>,
    /// Whose names are, so that their files may be overwritten.
    named: Vec<Spare>,
    ready: Vec<PathBuf>,
}

/// A directory that is not ready, and what its file is called.
#[derive(Debug)]
struct Spare {
    place: PathBuf,
    file: &'static str,
}

/// Directories that a sync which begins makes sure of.
#[derive(Debug)]
pub(super) struct Syncing {
    renamed: Vec<Spare>,
    emptied: Vec<Spare>,
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
    pub fn keep(&self, directory: &Path, file: &'static str) -> bool {
        let length = fs::metadata(directory.join(file)).map(|file| file.len());
        let mut state = self.state();
        if state.count >= MOST || length.is_err() || length.is_ok_and(|length| length > LONGEST) {
            return false;
        }
        let number = self.next.fetch_add(1, Ordering::Relaxed);
        let place = self.temp.join(format!("{SPARE_PREFIX}{number}"));
        let kept = rename(directory, &place);
        if kept.is_ok() {
            state.count += 1;
            state.renamed.push(Spare { place, file });
        }
        kept.is_ok()
    }

    /// Gives a directory this name, when there is one; `prepare` is handed its file before. False when there is none, or
    /// it cannot be used.
    pub fn take(&self, to: &Path, prepare: impl FnOnce(&Path) -> io::Result<()>) -> bool {
        let mut state = self.state();
        let Some(place) = state.ready.pop() else {
            return false;
        };
        state.count -= 1;
        drop(state);
        let taken = prepare(&place.join(SPARE_FILE)).and_then(|()| rename(&place, to));
        if taken.is_err() {
            _ = fs::remove_dir_all(&place);
        }
        taken.is_ok()
    }

    /// Those that a sync of the whole file system which begins now makes sure of. With `may_empty` files are overwritten
    /// before; whoever syncs must have been there by then, for a failed write is told to no later one.
    pub fn begin_sync(&self, may_empty: bool) -> Syncing {
        let mut state = self.state();
        let renamed = std::mem::take(&mut state.renamed);
        let named = match may_empty {
            true => std::mem::take(&mut state.named),
            false => Vec::new(),
        };
        drop(state);
        let (emptied, failed): (Vec<_>, Vec<_>) = named.into_iter().partition(Spare::is_emptied);
        self.remove(&failed);
        let emptied = emptied.into_iter().map(|spare| Spare {
            file: SPARE_FILE,
            ..spare
        });
        Syncing {
            renamed,
            emptied: emptied.collect(),
        }
    }

    /// After a sync of the whole file system that went well.
    pub fn synced(&self, syncing: Syncing) {
        let mut state = self.state();
        state.named.extend(syncing.renamed);
        let emptied = syncing.emptied.into_iter().map(|spare| spare.place);
        state.ready.extend(emptied);
    }

    /// After one of other files only: nothing is known of them.
    pub fn not_synced(&self, syncing: Syncing) {
        let mut state = self.state();
        state.renamed.extend(syncing.renamed);
        state.named.extend(syncing.emptied);
    }

    /// After one that failed, which the next does not say again.
    pub fn failed(&self, syncing: Syncing) {
        self.remove(&syncing.renamed);
        self.remove(&syncing.emptied);
    }

    fn remove(&self, spares: &[Spare]) {
        self.state().count -= spares.len();
        for spare in spares {
            _ = fs::remove_dir_all(&spare.place);
        }
    }

    /// Removes them all.
    pub fn clear(&self) {
        let mut state = self.state();
        let (renamed, named) = (
            std::mem::take(&mut state.renamed),
            std::mem::take(&mut state.named),
        );
        let ready = std::mem::take(&mut state.ready);
        state.count -= ready.len();
        drop(state);
        self.remove(&renamed);
        self.remove(&named);
        for place in &ready {
            _ = fs::remove_dir_all(place);
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Spare {
    /// Overwrites its file by nothing, and gives that the name of a spare's; whether that went well.
    fn is_emptied(&self) -> bool {
        empty(&self.place, self.file).is_ok()
    }
}

fn empty(directory: &Path, file: &str) -> io::Result<()> {
    let path = directory.join(file);
    let open = File::options().write(true).open(&path)?;
    let length = open.metadata()?.len().min(LONGEST);
    let nothing = vec![NOTHING; usize::try_from(length).unwrap_or_default()];
    durable::write_all_at(&open, &nothing, 0)?;
    drop(open);
    match file == SPARE_FILE {
        true => Ok(()),
        false => rename(&path, &directory.join(SPARE_FILE)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PLAN: &str = "restante-plan";

    fn kept(temp: &Path, spares: &Spares) {
        let old = temp.join("out-1");
        fs::create_dir(&old).unwrap();
        fs::write(old.join(PLAN), "a plan").unwrap();
        assert!(spares.keep(&old, PLAN));
        assert!(!old.exists());
    }

    #[test]
    fn a_plan_stays_as_it_is_until_its_directory_has_another_name_on_disk() {
        let temp = tempfile::tempdir().unwrap();
        let spares = Spares::new(temp.path());
        kept(temp.path(), &spares);
        let (spare, new) = (temp.path().join("spare-0"), temp.path().join("out-2"));
        let plan = || fs::read(spare.join(PLAN)).ok();

        spares.not_synced(spares.begin_sync(true));
        assert_eq!(plan().unwrap(), b"a plan");
        let first = spares.begin_sync(true);
        assert_eq!(plan().unwrap(), b"a plan");
        spares.synced(first);
        assert_eq!(plan().unwrap(), b"a plan");
        assert!(!spares.take(&new, |_| Ok(())));

        // Who was not there before the write does not hear that it failed.
        spares.synced(spares.begin_sync(false));
        assert_eq!(plan().unwrap(), b"a plan");
        assert!(!spares.take(&new, |_| Ok(())));

        spares.not_synced(spares.begin_sync(true));
        assert!(!spares.take(&new, |_| Ok(())));
        let second = spares.begin_sync(true);
        assert!(plan().is_none());
        assert!(!spares.take(&new, |_| Ok(())));
        spares.synced(second);
        let nothing = |file: &Path| {
            assert_eq!(fs::read(file)?, b"\n\n\n\n\n\n");
            Ok(())
        };
        assert!(spares.take(&new, nothing));
        assert!(new.join(SPARE_FILE).exists());
        assert!(!spares.take(&temp.path().join("out-3"), |_| Ok(())));
        assert_eq!(fs::read_dir(temp.path()).unwrap().count(), 1);
        assert_eq!(spares.state().count, 0);
    }

    #[test]
    fn a_directory_whose_sync_failed_is_not_used_again() {
        let temp = tempfile::tempdir().unwrap();
        let spares = Spares::new(temp.path());
        for syncs_before in 0..2 {
            kept(temp.path(), &spares);
            for _ in 0..syncs_before {
                spares.synced(spares.begin_sync(true));
            }
            spares.failed(spares.begin_sync(true));
            for _ in 0..3 {
                spares.synced(spares.begin_sync(true));
                assert!(!spares.take(&temp.path().join("out-2"), |_| Ok(())));
            }
            assert_eq!(fs::read_dir(temp.path()).unwrap().count(), 0);
            assert_eq!(spares.state().count, 0);
        }
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
        assert_eq!(spares.state().count, 0);
    }
}
