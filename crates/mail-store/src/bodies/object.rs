//! A large body being written: gathered into parts, each written as soon as it is whole.

use bytes::Bytes;
use object_store::path::Path as ObjectPath;
use object_store::{MultipartUpload, ObjectStoreExt, PutPayload};
use tokio::task::{JoinError, JoinSet};

use super::hashing::Hashing;
use super::objects::Bodies;
use super::room::{Held, Share};
use crate::StoreError;

/// While memory is short, a part is written from this many bytes on, where parts may be of any length.
const SHORT_PART: usize = 64 * 1024;

/// A large body being written.
pub(super) struct Object {
    pub(super) key: ObjectPath,
    bodies: Bodies,
    share: Share,
    held: Held,
    /// Bytes of memory taken at the beginning.
    reserved: usize,
    written: usize,
    gathered: Vec<Bytes>,
    gathered_bytes: usize,
    upload: Option<Box<dyn MultipartUpload>>,
    under_way: JoinSet<object_store::Result<()>>,
    hash: Hashing,
}

impl Object {
    /// `expected`: how long the body is said to be.
    pub(super) async fn begin(
        bodies: &Bodies,
        key: ObjectPath,
        share: Share,
        expected: Option<u64>,
    ) -> Result<Self, StoreError> {
        let most = bodies.parts.reserved;
        let expected = expected.and_then(|bytes| usize::try_from(bytes).ok());
        let reserved = expected.map_or(most, |bytes| bytes.min(most));
        let held = share.take(reserved).await?;
        Ok(Self {
            key,
            bodies: bodies.clone(),
            share,
            held,
            reserved,
            written: 0,
            gathered: Vec::new(),
            gathered_bytes: 0,
            upload: None,
            under_way: JoinSet::new(),
            hash: Hashing::default(),
        })
    }

    pub(super) async fn write(&mut self, mut bytes: Bytes) -> Result<(), StoreError> {
        while !bytes.is_empty() {
            let space = self.bodies.parts.length.saturating_sub(self.gathered_bytes);
            let piece = bytes.split_to(space.min(bytes.len()));
            self.hold(piece.len()).await?;
            self.hash.update(piece.clone()).await?;
            self.gathered_bytes += piece.len();
            self.gathered.push(piece);
            let whole = self.gathered_bytes >= self.bodies.parts.length;
            if whole || (self.gathered_bytes >= SHORT_PART && self.may_be_short()) {
                self.write_part().await?;
            }
        }
        Ok(())
    }

    /// Takes memory for bytes that came, unless the body's was taken at its beginning.
    async fn hold(&mut self, bytes: usize) -> Result<(), StoreError> {
        let most = self.bodies.parts.reserved;
        if most > 0 {
            self.written = self.written.saturating_add(bytes);
            if self.written > self.reserved && self.reserved < most {
                // it is longer than it was said to be
                let held = self.share.take(most - self.reserved).await?;
                self.held.add(held);
                self.reserved = most;
            }
            return Ok(());
        }
        let held = match self.share.try_take(bytes) {
            Some(held) => held,
            None => {
                // what this body holds must not be what it waits for
                if self.gathered_bytes > 0 {
                    self.write_part().await?;
                }
                self.share.take(bytes).await?
            }
        };
        self.held.add(held);
        Ok(())
    }

    fn may_be_short(&self) -> bool {
        self.bodies.parts.reserved == 0 && self.share.is_short()
    }

    /// Begins to write what is gathered; waits while as many parts are under way as may be.
    async fn write_part(&mut self) -> Result<(), StoreError> {
        if self.gathered_bytes < self.bodies.parts.length {
            // the bytes' memory is free only once they are hashed
            self.hash.begin_waiting().await?;
        }
        let more = loop {
            if self.under_way.len() < self.bodies.parts.at_once {
                break None;
            }
            if let Some(held) = self.hold_one_more() {
                break Some(held);
            }
            self.one_written().await?;
        };
        let place = self.bodies.room.write().await?;
        let upload = match &mut self.upload {
            Some(upload) => upload,
            none => {
                let begun = self.bodies.objects.put_multipart(&self.key).await;
                none.insert(begun.map_err(StoreError::of_service)?)
            }
        };
        let part = upload.put_part(PutPayload::from_iter(std::mem::take(&mut self.gathered)));
        let held = match self.bodies.parts.reserved {
            0 => self.held.split(self.gathered_bytes),
            _ => more,
        };
        self.gathered_bytes = 0;
        self.under_way.spawn(async move {
            let written = part.await;
            drop((place, held));
            written
        });
        Ok(())
    }

    /// Memory for a part beside those that may always be under way.
    fn hold_one_more(&self) -> Option<Held> {
        let parts = &self.bodies.parts;
        let most = parts.at_once + parts.more_at_once;
        if self.under_way.len() >= most || self.share.is_short() {
            return None;
        }
        self.share.try_take(parts.length)
    }

    async fn one_written(&mut self) -> Result<(), StoreError> {
        match self.under_way.join_next().await {
            None => Ok(()),
            Some(written) => written.map_err(lost)?.map_err(StoreError::of_service),
        }
    }

    /// Makes the object durable. Returns the SHA-256 of the whole.
    pub(super) async fn finish(&mut self) -> Result<[u8; 32], StoreError> {
        if self.upload.is_some() && self.gathered_bytes > 0 {
            self.write_part().await?;
        }
        while !self.under_way.is_empty() {
            self.one_written().await?;
        }
        let _place = self.bodies.room.write().await?;
        match &mut self.upload {
            Some(upload) => {
                let complete = upload.complete().await;
                complete.map_err(StoreError::of_service)?;
            }
            None => {
                let payload = PutPayload::from_iter(std::mem::take(&mut self.gathered));
                let put = self.bodies.objects.put(&self.key, payload).await;
                put.map_err(StoreError::of_service)?;
            }
        }
        std::mem::take(&mut self.hash).finish().await
    }

    /// Takes back what was written so far.
    pub(super) async fn abort(&mut self) -> Result<(), StoreError> {
        self.under_way.shutdown().await;
        match &mut self.upload {
            Some(upload) => upload.abort().await.map_err(StoreError::of_service),
            None => Ok(()),
        }
    }
}

fn lost(_: JoinError) -> StoreError {
    StoreError::Closing
}
