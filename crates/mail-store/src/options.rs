//! Where a store is kept.

use serde::Deserialize;

use crate::StoreError;
use crate::backend::postgres::PostgresOptions;
use crate::bodies::S3Options;

/// Which backends a store has. Without any of this: SQLite and files in the data directory, for one
/// server.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct StoreOptions {
    /// Records in PostgreSQL, for any number of servers.
    pub postgresql: Option<PostgresOptions>,
    /// Large bodies in an S3 bucket.
    pub s3: Option<S3Options>,
    /// The most bytes of memory that large bodies take while they arrive. Absent: 64 MiB, over S3 160.
    pub upload_memory_bytes: Option<usize>,
    /// The most of these that one mailbox's bodies take. Absent: a quarter.
    pub upload_memory_bytes_per_mailbox: Option<usize>,
}

impl StoreOptions {
    /// Body files of one machine are not seen by the servers on the others.
    pub(crate) fn check(&self) -> Result<(), StoreError> {
        if self.postgresql.is_some() && self.s3.is_none() {
            let reason = "[store.postgresql] needs [store.s3]: every server must reach the bodies";
            return Err(StoreError::Configuration(reason.to_owned()));
        }
        Ok(())
    }
}
