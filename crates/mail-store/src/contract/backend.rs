//! What a backend gives the store beside the public reads.

use std::path::Path;

use async_trait::async_trait;
use jiff::Timestamp;

use super::{Directory, Job, Lists, Outcome, Reads};
use crate::StoreError;
use crate::arrivals::Arrivals;
use crate::watch::Watch;

/// Changes records. One task uses it, batch after batch.
#[async_trait]
pub(crate) trait Writer: Send {
    /// Whether it waits for sockets and timers.
    fn needs_io(&self) -> bool {
        false
    }

    /// All jobs in one durable transaction, the outcomes of each in its place. An operation that
    /// finds nothing to do ends its own job and no other. On an error nothing was kept.
    async fn commit(&mut self, jobs: &[Job]) -> Result<Vec<Vec<Outcome>>, StoreError>;
}

/// The reading side of a backend.
pub(crate) trait Backend: Reads + Lists + Upkeep {}

/// What the store itself needs to know.
#[async_trait]
pub(crate) trait Upkeep: Send + Sync {
    /// Whether lists fall behind until [`Op::Index`](super::Op::Index) brings them up to date.
    fn lists_fall_behind(&self) -> bool {
        false
    }

    /// Of these object keys, the ones no record names.
    async fn unreferenced(&self, keys: Vec<String>) -> Result<Vec<String>, StoreError>;

    /// Object keys let go of by this server since the last call.
    fn released(&self) -> Vec<String>;

    /// Who is told of messages that came into an inbox.
    fn arrivals(&self) -> &Arrivals;

    /// Bytes within the files of the records that are free for new ones.
    async fn free_in_records(&self) -> Result<u64, StoreError> {
        Ok(0)
    }

    /// Whether this server is the one to look through all bodies until then. Where there can be only
    /// one, it is.
    async fn claim_full_sweep(
        &self,
        _now: Timestamp,
        _until: Timestamp,
    ) -> Result<bool, StoreError> {
        Ok(true)
    }

    /// Returns once every write that other servers had begun when it was called is seen, or will never be. Where
    /// there can be no other, it is.
    async fn until_writes_end(&self) -> Result<(), StoreError> {
        Ok(())
    }

    /// An error when the records are out of reach; those of this machine are not.
    async fn reach(&self) -> Result<(), StoreError> {
        Ok(())
    }

    /// The part that is another machine's, watched; `None` where there is none.
    fn watch(&self) -> Option<&Watch> {
        None
    }

    /// The operator's side of the same records.
    fn operators_directory(&self) -> Result<Directory, StoreError>;
}

/// A body as its record names it.
pub(crate) struct NamedBody {
    pub(crate) key: String,
    pub(crate) sha256: Vec<u8>,
}

/// The bodies a copy of records names.
pub(crate) type NamedBodies = Box<dyn Iterator<Item = Result<NamedBody, StoreError>> + Send>;

/// Records that can be copied beside running servers, in every format that can be brought up to date.
#[async_trait]
pub(crate) trait RecordsSource: Send {
    /// Copies all records of one moment into a directory, in place of an earlier copy. How many
    /// messages, and which bodies.
    async fn copy_records(&mut self, to: &Path) -> Result<(u64, NamedBodies), StoreError>;
}
