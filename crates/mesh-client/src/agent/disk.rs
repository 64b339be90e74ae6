//! Blocking work on a mailbox's directories, off the async threads.

use std::io;
use std::sync::Arc;

use super::directories::Directories;
use crate::ClientError;

/// A mailbox's directories, for blocking work on them.
#[derive(Clone)]
pub(super) struct Disk(Arc<Directories>);

impl Disk {
    pub fn new(directories: Directories) -> Self {
        Self(Arc::new(directories))
    }

    pub fn directories(&self) -> &Directories {
        &self.0
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
        let directories = self.0.clone();
        tokio::task::spawn_blocking(move || work(&directories))
            .await
            .map_err(io::Error::other)
            .and_then(|done| done)
            .map_err(|error| ClientError::File(doing, error))
    }
}
