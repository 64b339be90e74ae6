//! The side that reads: inboxes and tokens from memory, the rest from connections that only read.

use std::path::PathBuf;
use std::sync::Arc;

use rusqlite::Connection;

use super::readers::Readers;
use super::shared::Shared;
use crate::StoreError;

/// Records in `records.sqlite3`.
pub(crate) struct SqliteRecords {
    pub(super) directory: PathBuf,
    pub(super) readers: Readers,
    pub(super) shared: Arc<Shared>,
}

impl SqliteRecords {
    /// Runs a read on a thread that may block.
    pub(super) async fn read<T, F>(&self, read: F) -> Result<T, StoreError>
    where
        T: Send + 'static,
        F: FnOnce(&Connection) -> Result<T, StoreError> + Send + 'static,
    {
        self.readers.run(read).await
    }
}
