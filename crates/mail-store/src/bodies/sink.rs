//! A body on its way in.

use bytes::{Bytes, BytesMut};
use durable::{Access, restrict, sync_directory};
use jiff::Timestamp;
use nhs::MailboxId;
use tokio::runtime::Handle;

use super::object::Object;
use super::objects::{Bodies, day_of};
use crate::StoreError;
use crate::contract::Body;

/// Bodies up to this many bytes lie in their record, longer ones in an object of their own.
pub const INLINE_LIMIT: usize = 32 * 1024;
/// Pieces shorter than this are joined, so that what is counted is what they take.
const PIECE: usize = 16 * 1024;

/// Takes a body in, in constant memory. Dropped without [`BodySink::finish`] it leaves nothing
/// that will not be swept.
pub struct BodySink {
    bodies: Bodies,
    sender: MailboxId,
    begun: Timestamp,
    unique: u128,
    /// The head of the body, then short pieces until they are worth a write.
    joined: BytesMut,
    object: Option<Object>,
    expected: Option<u64>,
    length: u64,
}

impl BodySink {
    /// Begins a body. `unique` must never have been used before.
    pub(crate) fn begin(bodies: &Bodies, sender: MailboxId, now: Timestamp, unique: u128) -> Self {
        Self {
            bodies: bodies.clone(),
            sender,
            begun: now,
            unique,
            joined: BytesMut::new(),
            object: None,
            expected: None,
            length: 0,
        }
    }

    /// How long the body is said to be, so that no more memory is kept for it than it needs.
    #[must_use]
    pub fn expecting(mut self, bytes: Option<u64>) -> Self {
        self.expected = bytes;
        self
    }

    /// Adds bytes; waits ten seconds at most for memory.
    ///
    /// # Errors
    ///
    /// When the bytes cannot be stored: a full disk, a bucket out of reach; [`StoreError::Busy`] when
    /// the sender's bodies, or all, take as much memory as they may.
    pub async fn write(&mut self, bytes: Bytes) -> Result<(), StoreError> {
        self.length += bytes.len() as u64;
        let Some(object) = &mut self.object else {
            if self.joined.len() + bytes.len() <= INLINE_LIMIT {
                self.joined.extend_from_slice(&bytes);
                return Ok(());
            }
            let key = day_of(self.begun).join(format!("{:032x}", self.unique));
            let share = self.bodies.room.share(&self.sender);
            let object = Object::begin(&self.bodies, key, share, self.expected).await?;
            let object = self.object.insert(object);
            object.write(self.joined.split().freeze()).await?;
            return object.write(bytes).await;
        };
        if self.joined.is_empty() && bytes.len() >= PIECE {
            return object.write(bytes).await;
        }
        self.joined.extend_from_slice(&bytes);
        if self.joined.len() >= PIECE {
            object.write(self.joined.split().freeze()).await?;
        }
        Ok(())
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
        let rest = self.joined.split().freeze();
        let Some(object) = &mut self.object else {
            return Ok(Body::Inline(rest));
        };
        object.write(rest).await?;
        let sha256 = object.finish().await?;
        let Some(object) = self.object.take() else {
            return Err(StoreError::Closing);
        };
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
            key: object.key.to_string(),
            length: self.length,
            sha256,
        })
    }

    /// Takes back what was written so far.
    ///
    /// # Errors
    ///
    /// When it cannot be taken back now; the sweep finds it later.
    pub async fn abort(mut self) -> Result<(), StoreError> {
        match self.object.take() {
            Some(mut object) => object.abort().await,
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
                if let Err(error) = object.abort().await {
                    tracing::warn!(%error, "a body cut off could not be taken back");
                }
            });
        }
    }
}
