//! Connections that only read.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use parking_lot::Mutex;
use rusqlite::Connection;
use tokio::sync::Semaphore;

use super::schema::open_for_reading;
use crate::StoreError;

/// How many reads go on at once; each has its own connection.
const AT_ONCE: usize = 8;

/// Lent out one read at a time.
pub(super) struct Readers {
    directory: PathBuf,
    permits: Arc<Semaphore>,
    idle: Arc<Mutex<Vec<Connection>>>,
}

impl Readers {
    pub(super) fn open(directory: &Path) -> Self {
        Self {
            directory: directory.to_owned(),
            permits: Arc::new(Semaphore::new(AT_ONCE)),
            idle: Arc::default(),
        }
    }

    /// Runs a read on a thread that may block.
    pub(super) async fn run<T, F>(&self, read: F) -> Result<T, StoreError>
    where
        T: Send + 'static,
        F: FnOnce(&Connection) -> Result<T, StoreError> + Send + 'static,
    {
        let permit = Arc::clone(&self.permits)
            .acquire_owned()
            .await
            .map_err(|_| StoreError::Closing)?;
        let idle = Arc::clone(&self.idle);
        let directory = self.directory.clone();
        tokio::task::spawn_blocking(move || {
            let _permit = permit;
            let lent = idle.lock().pop();
            let connection = match lent {
                Some(connection) => connection,
                None => open_for_reading(&directory)?,
            };
            let result = read(&connection);
            idle.lock().push(connection);
            result
        })
        .await
        .map_err(|_| StoreError::Closing)?
    }
}
