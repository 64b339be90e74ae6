use std::fmt;
use std::path::{Path, PathBuf};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use bytes::{Bytes, BytesMut};
use futures_util::stream::{BoxStream, Stream, StreamExt, TryStreamExt};
use jiff::Timestamp;
use object_store::buffered::BufWriter;
use object_store::local::LocalFileSystem;
use object_store::memory::InMemory;
use object_store::path::Path as ObjectPath;
use object_store::{ObjectStore, ObjectStoreExt};
use sha2::{Digest, Sha256};
use tokio::io::AsyncWriteExt;
use tokio::runtime::Handle;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::StoreError;
use crate::permissions::{private_directory, restrict_file, sync_directory};
use crate::staged;

/// Bodies up to this many bytes lie in their record, longer ones in a file of their own.
const INLINE_LIMIT: usize = 32 * 1024;
/// A large body is written in parts of this many bytes, two under way at once.
const PART: usize = 1024 * 1024;
/// So many large bodies are written at once; more wait.
const LARGE_AT_ONCE: usize = 16;

/// A finished body: small ones as bytes, large ones by the key of their durable file.
#[derive(Clone)]
pub enum Body {
    /// At most 32 KB.
    Inline(Bytes),
    /// In the body store.
    Object {
        /// Never used twice.
        key: String,
        /// Bytes.
        length: u64,
        /// Of the bytes.
        sha256: [u8; 32],
    },
}

impl Body {
    /// Bytes.
    pub fn length(&self) -> u64 {
        match self {
            Self::Inline(bytes) => bytes.len() as u64,
            Self::Object { length, .. } => *length,
        }
    }
}

impl fmt::Debug for Body {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Body({} bytes)", self.length())
    }
}

/// The objects of large bodies.
#[derive(Clone)]
pub(crate) struct Bodies {
    objects: Arc<dyn ObjectStore>,
    /// Set when the objects are files, whose permissions are ours to set.
    files: Option<Files>,
    part: usize,
    large: Arc<Semaphore>,
}

#[derive(Clone)]
struct Files {
    store: Arc<LocalFileSystem>,
    directory: PathBuf,
}

impl Bodies {
    pub(crate) fn in_directory(directory: &Path) -> Result<Self, StoreError> {
        private_directory(directory)?;
        let files = Arc::new(
            LocalFileSystem::new_with_prefix(directory)?
                .with_fsync(true)
                .with_automatic_cleanup(true),
        );
        let objects = Self::over(Arc::clone(&files) as _, PART, LARGE_AT_ONCE);
        Ok(Self {
            files: Some(Files {
                store: files,
                directory: directory.to_owned(),
            }),
            ..objects
        })
    }

    pub(crate) fn in_memory() -> Self {
        Self::over(Arc::new(InMemory::new()), PART, LARGE_AT_ONCE)
    }

    /// Over any object store, in parts of so many bytes, so many large bodies at once.
    pub(crate) fn over(objects: Arc<dyn ObjectStore>, part: usize, large_at_once: usize) -> Self {
        Self {
            objects,
            files: None,
            part,
            large: Arc::new(Semaphore::new(large_at_once)),
        }
    }

    /// Begins a body. `unique` must never have been used before.
    pub(crate) fn sink(&self, now: Timestamp, unique: u128) -> BodySink {
        BodySink {
            bodies: self.clone(),
            key: ObjectPath::from(format!("{}/{unique:032x}", now.strftime("%Y/%m/%d"))),
            head: BytesMut::new(),
            object: None,
            hash: Sha256::new(),
            length: 0,
        }
    }

    /// The bytes of a body, checked on the way: a body that does not agree with its record ends
    /// in [`StoreError::DamagedBody`] instead of its last bytes.
    pub(crate) async fn read(&self, body: Body) -> Result<BodyStream, StoreError> {
        match body {
            Body::Inline(bytes) => Ok(BodyStream {
                inner: futures_util::stream::iter([Ok(bytes)]).boxed(),
                expected: None,
            }),
            Body::Object {
                key,
                length,
                sha256,
            } => {
                let found = self.objects.get(&ObjectPath::from(key)).await?;
                if found.meta.size != length {
                    return Err(StoreError::DamagedBody);
                }
                Ok(BodyStream {
                    inner: found.into_stream().map_err(StoreError::from).boxed(),
                    expected: Some(Expected {
                        hash: Sha256::new(),
                        left: length,
                        sha256,
                    }),
                })
            }
        }
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

    /// Keys of files last written before the given time.
    pub(crate) async fn older_than(&self, time: Timestamp) -> Result<Vec<String>, StoreError> {
        let limit = time.as_second();
        let mut keys = Vec::new();
        let mut all = self.objects.list(None);
        while let Some(meta) = all.try_next().await? {
            if meta.last_modified.timestamp() < limit {
                keys.push(meta.location.to_string());
            }
        }
        Ok(keys)
    }
}

/// Takes a body in, in constant memory. Dropped without [`BodySink::finish`] it leaves nothing
/// that will not be swept.
pub struct BodySink {
    bodies: Bodies,
    key: ObjectPath,
    head: BytesMut,
    object: Option<(BufWriter, OwnedSemaphorePermit)>,
    hash: Sha256,
    length: u64,
}

impl BodySink {
    /// Adds bytes.
    pub async fn write(&mut self, bytes: Bytes) -> Result<(), StoreError> {
        self.length += bytes.len() as u64;
        if self.object.is_none() {
            if self.head.len() + bytes.len() <= INLINE_LIMIT {
                self.head.extend_from_slice(&bytes);
                return Ok(());
            }
            let permit = Arc::clone(&self.bodies.large)
                .acquire_owned()
                .await
                .map_err(|_| StoreError::Closing)?;
            let objects = Arc::clone(&self.bodies.objects);
            let mut writer = BufWriter::with_capacity(objects, self.key.clone(), self.bodies.part)
                .with_max_concurrency(2);
            let head = self.head.split().freeze();
            self.hash.update(&head);
            writer.put(head).await?;
            self.object = Some((writer, permit));
        }
        if let Some((writer, _)) = &mut self.object {
            self.hash.update(&bytes);
            writer.put(bytes).await?;
        }
        Ok(())
    }

    /// Bytes so far.
    pub fn length(&self) -> u64 {
        self.length
    }

    /// Makes the body durable. It is kept for good only when a job that names it is committed.
    pub async fn finish(mut self) -> Result<Body, StoreError> {
        let Some((mut writer, permit)) = self.object.take() else {
            return Ok(Body::Inline(self.head.split().freeze()));
        };
        writer
            .shutdown()
            .await
            .map_err(StoreError::file(self.key.to_string()))?;
        if let Some(files) = &self.bodies.files {
            let path = files.store.path_to_filesystem(&self.key)?;
            restrict_file(&path)?;
            // another body's task may have made the day's directories and not synced them yet
            path.ancestors()
                .skip(2)
                .take(3)
                .try_for_each(sync_directory)?;
        }
        drop(permit);
        Ok(Body::Object {
            key: self.key.to_string(),
            length: self.length,
            sha256: std::mem::take(&mut self.hash).finalize().into(),
        })
    }

    /// Takes back what was written so far.
    pub async fn abort(mut self) -> Result<(), StoreError> {
        match self.object.take() {
            Some((mut writer, _)) => Ok(writer.abort().await?),
            None => Ok(()),
        }
    }
}

impl Drop for BodySink {
    /// Cut off before its end: what was written so far is taken back.
    fn drop(&mut self) {
        if let Some((mut writer, permit)) = self.object.take()
            && let Ok(runtime) = Handle::try_current()
        {
            runtime.spawn(async move {
                if let Err(error) = writer.abort().await {
                    tracing::warn!(%error, "a body cut off could not be taken back");
                }
                drop(permit);
            });
        }
    }
}

struct Expected {
    hash: Sha256,
    left: u64,
    sha256: [u8; 32],
}

/// The bytes of a stored body.
pub struct BodyStream {
    inner: BoxStream<'static, Result<Bytes, StoreError>>,
    expected: Option<Expected>,
}

impl Stream for BodyStream {
    type Item = Result<Bytes, StoreError>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let next = ready!(self.inner.poll_next_unpin(cx));
        let Some(expected) = self.expected.as_mut() else {
            return Poll::Ready(next);
        };
        let Some(Ok(bytes)) = &next else {
            return Poll::Ready(next);
        };
        expected.hash.update(bytes);
        expected.left = expected.left.saturating_sub(bytes.len() as u64);
        if expected.left == 0
            && <[u8; 32]>::from(std::mem::take(&mut expected.hash).finalize()) != expected.sha256
        {
            return Poll::Ready(Some(Err(StoreError::DamagedBody)));
        }
        Poll::Ready(next)
    }
}
