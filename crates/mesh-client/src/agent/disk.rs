//! Blocking work on a mailbox's directories, off the async threads.

use std::io;
use std::sync::Arc;

use durable::GroupSync;

use super::directories::Directories;
use super::files::nameless;
use crate::ClientError;

/// A mailbox's directories, for blocking work on them.
#[derive(Clone)]
pub(super) struct Disk {
    directories: Arc<Directories>,
    group: Arc<GroupSync>,
}

impl Disk {
    /// # Errors
    /// [`ClientError::File`] when TEMP cannot be opened.
    pub fn new(directories: Directories) -> Result<Self, ClientError> {
        let group = GroupSync::open(&directories.temp)
            .map_err(|error| ClientError::File("opening TEMP", nameless(error)))?;
        Ok(Self {
            directories: Arc::new(directories),
            group: Arc::new(group),
        })
    }

    pub fn directories(&self) -> &Directories {
        &self.directories
    }

    /// What makes many of the mailbox's files durable at once.
    pub fn group(&self) -> Arc<GroupSync> {
        self.group.clone()
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
