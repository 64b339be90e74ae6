//! Blocking work on a mailbox's directories, off the async threads.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use durable::{GroupSync, Groups};

use super::directories::Directories;
use super::files::nameless;
use super::spares::Spares;
use crate::ClientError;

/// A mailbox's directories, for blocking work on them.
#[derive(Clone)]
pub(super) struct Disk {
    directories: Arc<Directories>,
    groups: Arc<Groups>,
    spares: Arc<Spares>,
}

/// From so many messages together on, more follow, and what one leaves in TEMP is used again for the next.
const BURST: usize = 8;

/// Files of a mailbox that are made durable at once.
pub(super) struct Group {
    sync: GroupSync,
    spares: Arc<Spares>,
    is_burst: bool,
}

impl Disk {
    pub fn new(directories: Directories) -> Self {
        Self {
            groups: Arc::new(Groups::new(&directories.temp)),
            spares: Arc::new(Spares::new(&directories.temp)),
            directories: Arc::new(directories),
        }
    }

    pub fn directories(&self) -> &Directories {
        &self.directories
    }

    /// Begins a group, of the files of so many messages; before its first write. It blocks.
    pub fn group(&self, messages: usize) -> io::Result<Group> {
        Ok(Group {
            sync: self.groups.begin().map_err(nameless)?,
            spares: self.spares.clone(),
            is_burst: messages >= BURST,
        })
    }

    /// Removes what is in TEMP for use again only. It blocks.
    pub fn clear(&self) {
        self.spares.clear();
    }

    /// Runs blocking work; `doing` says in an error what failed.
    ///
    /// # Errors
    /// [`ClientError::File`]
    pub async fn run<T, F>(&self, doing: &'static str, work: F) -> Result<T, ClientError>
    where
        T: Send + 'static,
        F: FnOnce(&Directories) -> io::Result<T> + Send + 'static,
    {
        let directories = self.directories.clone();
        tokio::task::spawn_blocking(move || work(&directories))
            .await
            .map_err(io::Error::other)
            .and_then(|done| done)
            .map_err(|error| ClientError::File(doing, error))
    }
}

impl Group {
    /// Makes contents and names durable together.
    pub fn sync(&mut self, paths: &[PathBuf]) -> io::Result<()> {
        let may_empty = self.is_burst && self.sync.may_be_whole();
        let spares = self.spares.begin_sync(may_empty);
        let synced = self.sync.sync(paths).map_err(nameless);
        match &synced {
            Ok(()) if self.sync.was_whole() => self.spares.synced(spares),
            Ok(()) => self.spares.not_synced(spares),
            Err(_) => self.spares.failed(spares),
        }
        synced
    }

    /// Makes a directory from one that is to be used again, see [`Spares::take`].
    pub fn reuse(&self, to: &Path, prepare: impl FnOnce(&Path) -> io::Result<()>) -> bool {
        self.spares.take(to, prepare)
    }

    /// Keeps a directory with one file, or removes both.
    pub fn keep_or_remove(&self, directory: &Path, file: &'static str) -> io::Result<()> {
        if self.is_burst && self.sync.may_be_whole() && self.spares.keep(directory, file) {
            return Ok(());
        }
        std::fs::remove_dir_all(directory)
    }
}
