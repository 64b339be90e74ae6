//! Making many files durable at once.

use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use crate::{FileError, platform};

/// Fewer than this are synced each by itself.
const FEW: usize = 4;
/// Threads that sync files each by itself, side by side: a file system then writes its journal once for several.
const SIDE_BY_SIDE: usize = 8;
/// A sync of the whole file system that takes longer waits for what other programs wrote.
const PATIENCE: Duration = Duration::from_secs(2);
/// For so long after such a one each file is synced by itself.
const NOT_AGAIN_FOR: Duration = Duration::from_secs(60);

/// Begins groups of files below one directory, each a [`GroupSync`]. They share what they learn of how long a sync
/// takes.
#[derive(Debug)]
pub struct Groups {
    directory: PathBuf,
    each_until: Arc<Mutex<Option<Instant>>>,
}

impl Groups {
    /// For files below `directory`.
    pub fn new(directory: &Path) -> Self {
        Self {
            directory: directory.to_owned(),
            each_until: Arc::default(),
        }
    }

    /// Begins a group. Do it before anything is written that the group shall make durable.
    ///
    /// # Errors
    /// What the operating system says.
    pub fn begin(&self) -> Result<GroupSync, FileError> {
        let directory = &self.directory;
        let whole = platform::whole_file_system(directory);
        let whole = whole.map_err(FileError::while_doing("opening a directory", directory))?;
        Ok(GroupSync {
            directory: directory.clone(),
            whole,
            was_whole: false,
            each_until: self.each_until.clone(),
        })
    }
}

/// Makes many files and directories of one file system durable at once: by one `syncfs` where there are several,
/// the file system is ext4, XFS or Btrfs, and Linux is 5.17 or newer, which reports all that failed to it; otherwise
/// each by itself, several side by side. What other programs wrote is written too by `syncfs`; when that takes
/// two seconds, each file is synced by itself for a minute.
///
/// A failed write is reported once per descriptor, whoever wrote. So each group has one of its own, and its
/// syncs follow each other: of two that shared one, either could be told what failed of the other, which would then
/// take it for durable.
#[derive(Debug)]
pub struct GroupSync {
    directory: PathBuf,
    /// Open from before the first write: a failed write is reported to descriptors that were open then.
    whole: Option<File>,
    was_whole: bool,
    each_until: Arc<Mutex<Option<Instant>>>,
}

impl GroupSync {
    /// Makes contents of files, and names in directories, durable. All of them must be there, and on the
    /// file system of the directory.
    ///
    /// Durable when it returns: all of them; in between, any of them.
    ///
    /// # Errors
    /// What the operating system says; then none of them is sure to be.
    pub fn sync<P: AsRef<Path> + Sync>(&mut self, paths: &[P]) -> Result<(), FileError> {
        self.was_whole = false;
        match self.whole_for(paths.len()) {
            Some(file_system) => {
                let failed = FileError::while_doing("syncing a file system", &self.directory);
                let began = Instant::now();
                platform::sync_file_system(file_system).map_err(failed)?;
                self.took(began.elapsed());
                self.was_whole = true;
                Ok(())
            }
            None => each(paths),
        }
    }

    /// Whether the last sync was one of the whole file system, so that all is durable that was done on it before.
    pub fn was_whole(&self) -> bool {
        self.was_whole
    }

    /// Whether syncs of the whole file system are to be expected.
    pub fn may_be_whole(&self) -> bool {
        self.whole.is_some()
    }

    fn whole_for(&self, how_many: usize) -> Option<&File> {
        let too_slow = self
            .each_until()
            .is_some_and(|until| Instant::now() < until);
        self.whole.as_ref().filter(|_| how_many >= FEW && !too_slow)
    }

    /// A sync of the whole file system took so long.
    fn took(&self, time: Duration) {
        if time > PATIENCE {
            *self.each_until() = Instant::now().checked_add(NOT_AGAIN_FOR);
        }
    }

    fn each_until(&self) -> MutexGuard<'_, Option<Instant>> {
        self.each_until
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}

/// Syncs each by itself.
fn each<P: AsRef<Path> + Sync>(paths: &[P]) -> Result<(), FileError> {
    let sync = |path: &P| {
        let path = path.as_ref();
        platform::sync_path(path).map_err(FileError::while_doing("syncing a file", path))
    };
    if paths.len() < FEW {
        return paths.iter().try_for_each(sync);
    }
    let next = AtomicUsize::new(0);
    let work = || {
        while let Some(path) = paths.get(next.fetch_add(1, Ordering::Relaxed)) {
            sync(path)?;
        }
        Ok(())
    };
    thread::scope(|scope| {
        let threads = (0..SIDE_BY_SIDE.min(paths.len())).map(|_| scope.spawn(work));
        let threads: Vec<_> = threads.collect();
        threads.into_iter().try_for_each(|thread| {
            thread.join().unwrap_or_else(|_| {
                let error = io::Error::other("a thread that syncs files ended early");
                Err(FileError::while_doing("syncing files", Path::new(""))(
                    error,
                ))
            })
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn write(directory: &Path, names: &[&str]) -> Vec<PathBuf> {
        let paths = names.iter().map(|name| directory.join(name));
        let paths: Vec<_> = paths.collect();
        for path in &paths {
            std::fs::write(path, "contents").unwrap();
        }
        paths
    }

    /// The kernel tells each open file once what failed; no test can make a disk fail.
    #[cfg(target_os = "linux")]
    #[test]
    fn each_group_has_a_descriptor_of_its_own() {
        use std::os::fd::AsRawFd;
        let directory = tempfile::tempdir().unwrap();
        let groups = Groups::new(directory.path());
        let (mut one, mut other) = (groups.begin().unwrap(), groups.begin().unwrap());
        if let (Some(one), Some(other)) = (&one.whole, &other.whole) {
            assert_ne!(one.as_raw_fd(), other.as_raw_fd());
        }
        assert_eq!(one.whole.is_some(), other.whole.is_some());
        one.sync(&write(directory.path(), &["a", "b", "c", "d"]))
            .unwrap();
        other
            .sync(&write(directory.path(), &["e", "f", "g", "h"]))
            .unwrap();
    }

    #[test]
    fn what_one_group_waited_for_the_others_do_not() {
        let directory = tempfile::tempdir().unwrap();
        let groups = Groups::new(directory.path());
        let (one, mut other) = (groups.begin().unwrap(), groups.begin().unwrap());
        one.took(PATIENCE);
        assert_eq!(other.whole_for(FEW).is_some(), other.whole.is_some());
        one.took(PATIENCE * 2);
        assert!(other.whole_for(FEW).is_none());
        assert!(groups.begin().unwrap().whole_for(FEW).is_none());
        let paths = write(directory.path(), &["a", "b", "c", "d", "e"]);
        other.sync(&paths).unwrap();
    }
}
