//! Large bodies: files under a directory, or objects in a bucket.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use durable::{Access, create_directory};
use futures_util::stream::StreamExt;
use jiff::Timestamp;
use object_store::local::LocalFileSystem;
use object_store::path::Path as ObjectPath;
use object_store::{GetResult, ObjectStore, ObjectStoreExt, PutPayload};

use super::room::Room;
use super::staged;
use crate::StoreError;
use crate::options::StoreOptions;
use crate::watch::{Asked, Watch};

/// How long a service that was in trouble is asked whether it works again.
const LOOK: Duration = Duration::from_secs(2);
/// Written, empty, and removed again to find out whether a service takes objects. A day's directory is no such name; were
/// it left, it would be swept as a body that no record names.
const PROBE: &str = "restante-probe";

/// In files.
const IN_FILES: Parts = Parts {
    length: 1024 * 1024,
    at_once: 2,
    more_at_once: 0,
    reserved: 0,
    memory: 64 * 1024 * 1024,
    share: 16 * 1024 * 1024,
    writes: 32,
};

/// The objects of large bodies.
#[derive(Clone)]
pub(crate) struct Bodies {
    pub(crate) objects: Arc<dyn ObjectStore>,
    /// Set when the objects are files, whose permissions are ours to set.
    pub(super) files: Option<Files>,
    pub(crate) parts: Parts,
    pub(crate) room: Arc<Room>,
    /// Set when the objects are another machine's.
    pub(crate) watch: Option<Watch>,
    /// Held by whoever looks whether that machine works again.
    pub(super) looking: Arc<tokio::sync::Mutex<()>>,
}

/// How large bodies are written, and so how much memory they take.
#[derive(Clone, Copy)]
pub(crate) struct Parts {
    /// Bytes of a part.
    pub(crate) length: usize,
    /// How many parts of a body are under way at once.
    pub(crate) at_once: usize,
    /// How many more there may be while memory is not short, each with memory of its own.
    pub(crate) more_at_once: usize,
    /// Bytes of memory a large body takes at its beginning, or as many as it is long. 0: as they come,
    /// because a part may be of any length.
    pub(crate) reserved: usize,
    /// The most bytes of memory that large bodies take while they arrive.
    pub(crate) memory: usize,
    /// The most of these that one mailbox's bodies take.
    pub(crate) share: usize,
    /// How many parts are written at once; more wait.
    pub(crate) writes: usize,
}

#[derive(Clone)]
pub(super) struct Files {
    pub(super) store: Arc<LocalFileSystem>,
    directory: PathBuf,
}

impl Bodies {
    pub(crate) fn in_directory(directory: &Path) -> Result<Self, StoreError> {
        create_directory(directory, Access::Owner)?;
        let files = Arc::new(
            LocalFileSystem::new_with_prefix(directory)?
                .with_fsync(true)
                .with_automatic_cleanup(true),
        );
        let objects = Self::over(Arc::clone(&files) as _, IN_FILES);
        Ok(Self {
            files: Some(Files {
                store: files,
                directory: directory.to_owned(),
            }),
            ..objects
        })
    }

    #[cfg(feature = "model")]
    pub(crate) fn in_memory() -> Self {
        Self::over(Arc::new(object_store::memory::InMemory::new()), IN_FILES)
    }

    /// Over any object store.
    pub(crate) fn over(objects: Arc<dyn ObjectStore>, parts: Parts) -> Self {
        Self {
            objects,
            files: None,
            parts,
            room: Arc::new(Room::new(parts)),
            watch: None,
            looking: Arc::default(),
        }
    }

    /// With as much memory as the options say, at least what two bodies need.
    pub(crate) fn with_memory(mut self, options: &StoreOptions) -> Self {
        let least = self.parts.reserved.max(self.parts.length) * 2;
        if let Some(bytes) = options.upload_memory_bytes {
            self.parts.memory = bytes.clamp(least, u32::MAX as usize);
            self.parts.share = (self.parts.memory / 4).max(least);
        }
        if let Some(bytes) = options.upload_memory_bytes_per_mailbox {
            self.parts.share = bytes.clamp(least, self.parts.memory);
        }
        self.room = Arc::new(Room::new(self.parts));
        self
    }

    /// Where nothing can be listed, no object counts as lost: the bucket itself may not be there.
    pub(crate) async fn get(&self, path: &ObjectPath) -> Result<GetResult, StoreError> {
        let found = self.objects.get(path).await;
        if let Err(object_store::Error::NotFound { .. }) = &found
            && let Some(Err(error)) = self.objects.list(None).next().await
        {
            return Err(StoreError::of_service(error));
        }
        Ok(found?)
    }

    /// Asks a service in trouble whether it works again, by what it did not do; not while somebody else does, and not for
    /// long.
    pub(crate) async fn look_again(&self) {
        let Some(watch) = &self.watch else { return };
        let fails = [Asked::Reading, Asked::Writing].map(|asked| watch.is_failing(asked));
        let (true, Ok(_alone)) = (fails.contains(&true), self.looking.try_lock()) else {
            return;
        };
        let [reading, writing] = fails;
        // what it answers is noted on its way
        let asking = async {
            if reading {
                _ = self.objects.list(None).next().await;
            }
            if writing {
                let probe = ObjectPath::from(PROBE);
                if self.objects.put(&probe, PutPayload::new()).await.is_ok() {
                    _ = self.objects.delete(&probe).await;
                }
            }
        };
        _ = tokio::time::timeout(LOOK, asking).await;
    }

    pub(crate) async fn delete(&self, key: &str) -> Result<(), StoreError> {
        match self.objects.delete(&ObjectPath::from(key)).await {
            Ok(()) | Err(object_store::Error::NotFound { .. }) => Ok(()),
            Err(error) => Err(error.into()),
        }
    }

    /// Deletes files begun before a time and never finished. Returns how many.
    pub(crate) async fn remove_staged(&self, older_than: Timestamp) -> Result<u64, StoreError> {
        let Some(files) = self.files.clone() else {
            return Ok(0);
        };
        tokio::task::spawn_blocking(move || staged::remove(&files.directory, older_than))
            .await
            .map_err(|_| StoreError::Closing)?
    }
}

/// Where a body begun at a time lies.
pub(crate) fn day_of(day: Timestamp) -> ObjectPath {
    ObjectPath::from(day.strftime("%Y/%m/%d").to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn memory_is_what_the_options_say_and_enough_for_two_bodies() {
        let directory = tempfile::tempdir().unwrap();
        let mib = |mib: usize| mib * 1024 * 1024;
        for (all, of_mailbox, expected) in [
            (None, None, (64, 16)),
            (Some(mib(200)), None, (200, 50)),
            (Some(mib(200)), Some(mib(10)), (200, 10)),
            (None, Some(mib(100)), (64, 64)),
            (Some(1), Some(1), (2, 2)),
        ] {
            let options = StoreOptions {
                upload_memory_bytes: all,
                upload_memory_bytes_per_mailbox: of_mailbox,
                ..StoreOptions::default()
            };
            let bodies = Bodies::in_directory(directory.path()).unwrap();
            let parts = bodies.with_memory(&options).parts;
            assert_eq!(
                (parts.memory, parts.share),
                (mib(expected.0), mib(expected.1))
            );
        }
    }
}
