//! A body on its way in.

use std::sync::Arc;

use bytes::{Bytes, BytesMut};
use durable::{Access, restrict, sync_directory};
use jiff::Timestamp;
use object_store::buffered::BufWriter;
use object_store::path::Path as ObjectPath;
use tokio::io::AsyncWriteExt;
use tokio::runtime::Handle;
use tokio::sync::OwnedSemaphorePermit;

use super::hashing::Hashing;
use super::objects::{Bodies, day_of};
use crate::StoreError;
use crate::contract::Body;

/// Bodies up to this many bytes lie in their record, longer ones in an object of their own.
const INLINE_LIMIT: usize = 32 * 1024;

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
    async fn begin(bodies: &Bodies, begun: Timestamp, unique: u128) -> Result<Self, StoreError> {
        let permit = Arc::clone(&bodies.large)
            .acquire_owned()
            .await
            .map_err(|_| StoreError::Closing)?;
        let key = day_of(begun).join(format!("{unique:032x}"));
        let objects = Arc::clone(&bodies.objects);
        let writer = BufWriter::with_capacity(objects, key.clone(), bodies.parts.length)
            .with_max_concurrency(bodies.parts.at_once);
        Ok(Self {
            key,
            writer,
            hash: Hashing::default(),
            permit,
        })
    }

    async fn write(&mut self, bytes: Bytes) -> Result<(), StoreError> {
        self.hash.update(bytes.clone()).await?;
        Ok(self.writer.put(bytes).await?)
    }
}

impl BodySink {
    /// Begins a body. `unique` must never have been used before.
    pub(crate) fn begin(bodies: &Bodies, now: Timestamp, unique: u128) -> Self {
        Self {
            bodies: bodies.clone(),
            begun: now,
            unique,
            head: BytesMut::new(),
            object: None,
            length: 0,
        }
    }

    /// Adds bytes; waits while as many large bodies are written as may be at once.
    ///
    /// # Errors
    ///
    /// When the bytes cannot be stored: a full disk, a bucket out of reach.
    pub async fn write(&mut self, bytes: Bytes) -> Result<(), StoreError> {
        self.length += bytes.len() as u64;
        if let Some(object) = &mut self.object {
            return object.write(bytes).await;
        }
        if self.head.len() + bytes.len() <= INLINE_LIMIT {
            self.head.extend_from_slice(&bytes);
            return Ok(());
        }
        let object = Object::begin(&self.bodies, self.begun, self.unique).await?;
        let object = self.object.insert(object);
        object.write(self.head.split().freeze()).await?;
        object.write(bytes).await
    }

    /// Bytes so far.
    pub fn length(&self) -> u64 {
        self.length
    }

    /// Makes the body durable. It is kept for good only when a job that names it is committed.
    ///
    /// # Errors
    ///
    /// As [`BodySink::write`]; nothing of the body is kept.
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
            restrict(&path, Access::Owner)?;
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
    ///
    /// # Errors
    ///
    /// When it cannot be taken back now; the sweep finds it later.
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
