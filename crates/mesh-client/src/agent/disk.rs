//! Blocking work on a mailbox's directories, off the async threads.

use std::io;
use std::sync::Arc;

use durable::{GroupSync, Groups};

use super::directories::Directories;
use super::files::nameless;
use crate::ClientError;

/// A mailbox's directories, for blocking work on them.
#[derive(Clone)]
pub(super) struct Disk {
    directories: Arc<Directories>,
    groups: Arc<Groups>,
}

impl Disk {
    pub fn new(directories: Directories) -> Self {
        Self {
            groups: Arc::new(Groups::new(&directories.temp)),
            directories: Arc::new(directories),
        }
    }

    pub fn directories(&self) -> &Directories {
        &self.directories
    }

    /// Begins a group of files of the mailbox that are made durable at once; before its first write. It blocks.
    pub fn group(&self) -> io::Result<GroupSync> {
        self.groups.begin().map_err(nameless)
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
