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
use object_store::{GetResult, GetResultPayload, ObjectStore, ObjectStoreExt};
use sha2::{Digest, Sha256};
use tokio::io::AsyncWriteExt;
use tokio::runtime::Handle;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::StoreError;
use crate::hashing::Hashing;
use crate::permissions::{private_directory, restrict_file, sync_directory};
use crate::read_ahead::Reading;
use crate::staged;

/// Bodies up to this many bytes lie in their record, longer ones in a file of their own.
const INLINE_LIMIT: usize = 32 * 1024;
/// In files.
const IN_FILES: Parts = Parts {
    length: 1024 * 1024,
    at_once: 2,
    bodies_at_once: 16,
};

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
    pub(crate) objects: Arc<dyn ObjectStore>,
    /// Set when the objects are files, whose permissions are ours to set.
    files: Option<Files>,
    pub(crate) parts: Parts,
    large: Arc<Semaphore>,
}

/// How large bodies are written, and so how much memory they take.
#[derive(Clone, Copy)]
pub(crate) struct Parts {
    /// Bytes of a part.
    pub(crate) length: usize,
    /// So many parts of a body are under way at once.
    pub(crate) at_once: usize,
    /// So many large bodies are written at once; more wait.
    pub(crate) bodies_at_once: usize,
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
        let objects = Self::over(Arc::clone(&files) as _, IN_FILES);
        Ok(Self {
            files: Some(Files {
                store: files,
                directory: directory.to_owned(),
            }),
            ..objects
        })
    }

    pub(crate) fn in_memory() -> Self {
        Self::over(Arc::new(InMemory::new()), IN_FILES)
    }

    /// Over any object store.
    pub(crate) fn over(objects: Arc<dyn ObjectStore>, parts: Parts) -> Self {
        Self {
            objects,
            files: None,
            parts,
            large: Arc::new(Semaphore::new(parts.bodies_at_once)),
        }
    }

    /// Begins a body. `unique` must never have been used before.
    pub(crate) fn sink(&self, now: Timestamp, unique: u128) -> BodySink {
        BodySink {
            bodies: self.clone(),
            begun: now,
            unique,
            head: BytesMut::new(),
            object: None,
            length: 0,
        }
    }

    async fn begin_object(&self, begun: Timestamp, unique: u128) -> Result<Object, StoreError> {
        let permit = Arc::clone(&self.large)
            .acquire_owned()
            .await
            .map_err(|_| StoreError::Closing)?;
        let key = directory_of(begun).join(format!("{unique:032x}"));
        let writer =
            BufWriter::with_capacity(Arc::clone(&self.objects), key.clone(), self.parts.length)
                .with_max_concurrency(self.parts.at_once);
        Ok(Object {
            key,
            writer,
            hash: Hashing::default(),
            permit,
        })
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
                let found = self.get(&ObjectPath::from(key)).await?;
                if found.meta.size != length {
                    return Err(StoreError::DamagedBody);
                }
                Ok(BodyStream::of_object(found, length, sha256))
            }
        }
    }

    /// Where nothing can be listed, the bucket is not there: then no object of it is lost.
    pub(crate) async fn get(&self, path: &ObjectPath) -> Result<GetResult, StoreError> {
        match self.objects.get(path).await {
            Err(object_store::Error::NotFound { .. })
                if matches!(self.objects.list(None).next().await, Some(Err(_))) =>
            {
                Err(StoreError::Unavailable(
                    "the bucket of bodies cannot be listed",
                ))
            }
            other => Ok(other?),
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
}

/// Where a body begun at a time lies.
pub(crate) fn directory_of(day: Timestamp) -> ObjectPath {
    ObjectPath::from(day.strftime("%Y/%m/%d").to_string())
}

/// Takes a body in, in constant memory. Dropped without [`BodySink::finish`] it leaves nothing
/// that will not be swept.
pub struct BodySink {
    bodies: Bodies,
    begun: Timestamp,
    unique: u128,
    head: BytesMut,
    object: Option<Object>,
    length: u64,
}

/// A large body being written.
struct Object {
    key: ObjectPath,
    writer: BufWriter,
    hash: Hashing,
    permit: OwnedSemaphorePermit,
}

impl Object {
    async fn write(&mut self, bytes: Bytes) -> Result<(), StoreError> {
        self.hash.update(bytes.clone()).await?;
        Ok(self.writer.put(bytes).await?)
    }
}

impl BodySink {
    /// Adds bytes.
    pub async fn write(&mut self, bytes: Bytes) -> Result<(), StoreError> {
        self.length += bytes.len() as u64;
        if let Some(object) = &mut self.object {
            return object.write(bytes).await;
        }
        if self.head.len() + bytes.len() <= INLINE_LIMIT {
            self.head.extend_from_slice(&bytes);
            return Ok(());
        }
        let object = self.bodies.begin_object(self.begun, self.unique).await?;
        let object = self.object.insert(object);
        object.write(self.head.split().freeze()).await?;
        object.write(bytes).await
    }

    /// Bytes so far.
    pub fn length(&self) -> u64 {
        self.length
    }

    /// Makes the body durable. It is kept for good only when a job that names it is committed.
    pub async fn finish(mut self) -> Result<Body, StoreError> {
        let Some(mut object) = self.object.take() else {
            return Ok(Body::Inline(self.head.split().freeze()));
        };
        let key = object.key.to_string();
        object
            .writer
            .shutdown()
            .await
            .map_err(StoreError::file(&key))?;
        if let Some(files) = &self.bodies.files {
            let path = files.store.path_to_filesystem(&object.key)?;
            restrict_file(&path)?;
            // another body's task may have made the day's directories and not synced them yet
            path.ancestors()
                .skip(2)
                .take(3)
                .try_for_each(sync_directory)?;
        }
        Ok(Body::Object {
            key,
            length: self.length,
            sha256: object.hash.finish().await?,
        })
    }

    /// Takes back what was written so far.
    pub async fn abort(mut self) -> Result<(), StoreError> {
        match self.object.take() {
            Some(mut object) => Ok(object.writer.abort().await?),
            None => Ok(()),
        }
    }
}

impl Drop for BodySink {
    /// Cut off before its end: what was written so far is taken back.
    fn drop(&mut self) {
        if let Some(mut object) = self.object.take()
            && let Ok(runtime) = Handle::try_current()
        {
            runtime.spawn(async move {
                if let Err(error) = object.writer.abort().await {
                    tracing::warn!(%error, "a body cut off could not be taken back");
                }
                drop(object.permit);
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

impl BodyStream {
    /// `object_store` would read a file in pieces of 8 KB, each by another thread's leave.
    fn of_object(found: GetResult, length: u64, sha256: [u8; 32]) -> Self {
        match found.payload {
            GetResultPayload::File(file, path) => Self {
                inner: Reading::new(file, path, length, sha256).pieces(),
                expected: None,
            },
            GetResultPayload::Stream(stream) => Self {
                inner: stream.map_err(StoreError::from).boxed(),
                expected: Some(Expected {
                    hash: Sha256::new(),
                    left: length,
                    sha256,
                }),
            },
        }
    }
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
