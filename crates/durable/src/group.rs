//! Making many files durable at once.

use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};
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

/// Makes many files and directories of one file system durable at once: by one `syncfs` where there are several,
/// the file system is ext4, XFS or Btrfs, and Linux is 5.8 or newer, which reports failed writes to it; otherwise
/// each by itself, several side by side. What other programs wrote is written too by `syncfs`; when that takes
/// two seconds, each file is synced by itself for a minute.
#[derive(Debug)]
pub struct GroupSync {
    directory: PathBuf,
    /// Open from before the first write: a failed write is reported to descriptors that were open then.
    whole: Option<File>,
    each_until: Mutex<Option<Instant>>,
}

impl GroupSync {
    /// For files below `directory`. Open it before anything is written that it shall make durable.
    ///
    /// # Errors
    /// What the operating system says.
    pub fn open(directory: &Path) -> Result<Self, FileError> {
        let whole = platform::whole_file_system(directory);
        let whole = whole.map_err(FileError::while_doing("opening a directory", directory))?;
        Ok(Self {
            directory: directory.to_owned(),
            whole,
            each_until: Mutex::new(None),
        })
    }

    /// Makes contents of files, and names in directories, durable. All of them must be there, and on the
    /// file system of the directory.
    ///
    /// Durable when it returns: all of them; in between, any of them.
    ///
    /// # Errors
    /// What the operating system says; then none of them is sure to be.
    pub fn sync<P: AsRef<Path> + Sync>(&self, paths: &[P]) -> Result<(), FileError> {
        match self.whole_for(paths.len()) {
            Some(file_system) => {
                let failed = FileError::while_doing("syncing a file system", &self.directory);
                let began = Instant::now();
                platform::sync_file_system(file_system).map_err(failed)?;
                if began.elapsed() > PATIENCE {
                    *self.each_until() = Instant::now().checked_add(NOT_AGAIN_FOR);
                }
                Ok(())
            }
            None => each(paths),
        }
    }

    fn whole_for(&self, how_many: usize) -> Option<&File> {
        let too_slow = self
            .each_until()
            .is_some_and(|until| Instant::now() < until);
        self.whole.as_ref().filter(|_| how_many >= FEW && !too_slow)
    }

    fn each_until(&self) -> std::sync::MutexGuard<'_, Option<Instant>> {
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
