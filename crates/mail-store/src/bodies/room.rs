//! The memory that large bodies take while they arrive: bounded in bytes, of one mailbox and of all.
//!
//! What is held at a sender's pace is counted here and nowhere else; a place among the parts being
//! written is held at the pace of the disk or the bucket only.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use nhs::MailboxId;
use parking_lot::Mutex;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::timeout;

use super::objects::Parts;
use crate::StoreError;

/// How long a body waits for memory before its request is refused.
const PATIENCE: Duration = Duration::from_secs(10);

/// Bytes of memory for large bodies.
pub(crate) struct Room {
    bytes: Arc<Semaphore>,
    parts: Parts,
    shares: Mutex<HashMap<MailboxId, Arc<Semaphore>>>,
    writes: Arc<Semaphore>,
    waiting: AtomicUsize,
}

/// One mailbox's way to the room.
#[derive(Clone)]
pub(super) struct Share {
    room: Arc<Room>,
    bytes: Arc<Semaphore>,
}

/// Bytes taken, of the mailbox's share and of all. Given back when dropped.
pub(super) struct Held {
    of_mailbox: OwnedSemaphorePermit,
    of_all: OwnedSemaphorePermit,
}

impl Room {
    pub(super) fn new(parts: Parts) -> Self {
        Self {
            bytes: Arc::new(Semaphore::new(parts.memory)),
            parts,
            shares: Mutex::default(),
            writes: Arc::new(Semaphore::new(parts.writes)),
            waiting: AtomicUsize::new(0),
        }
    }

    /// How many bodies wait for memory now.
    pub(crate) fn waiting(&self) -> usize {
        self.waiting.load(Ordering::Relaxed)
    }

    /// A place among the parts being written.
    pub(super) async fn write(&self) -> Result<OwnedSemaphorePermit, StoreError> {
        let place = Arc::clone(&self.writes).acquire_owned().await;
        place.map_err(|_| StoreError::Closing)
    }

    pub(super) fn share(self: &Arc<Self>, mailbox: &MailboxId) -> Share {
        let mut shares = self.shares.lock();
        let share = || Arc::new(Semaphore::new(self.parts.share));
        let bytes = shares.entry(mailbox.clone()).or_insert_with(share);
        Share {
            room: Arc::clone(self),
            bytes: Arc::clone(bytes),
        }
    }
}

impl Share {
    /// Whether more than half of the share, or three quarters of all, is taken.
    pub(super) fn is_short(&self) -> bool {
        let parts = &self.room.parts;
        self.bytes.available_permits() < parts.share / 2
            || self.room.bytes.available_permits() < parts.memory / 4
    }

    /// Takes bytes if there is room at once.
    pub(super) fn try_take(&self, bytes: usize) -> Option<Held> {
        let bytes = u32::try_from(bytes).ok()?;
        let of_mailbox = Arc::clone(&self.bytes).try_acquire_many_owned(bytes).ok()?;
        let of_all = Arc::clone(&self.room.bytes)
            .try_acquire_many_owned(bytes)
            .ok()?;
        Some(Held { of_mailbox, of_all })
    }

    /// Takes bytes; waits for them, first come first served, for ten seconds at most.
    ///
    /// # Errors
    ///
    /// [`StoreError::Busy`] when there is no room until then.
    pub(super) async fn take(&self, bytes: usize) -> Result<Held, StoreError> {
        if let Some(held) = self.try_take(bytes) {
            return Ok(held);
        }
        let bytes = u32::try_from(bytes).map_err(|_| StoreError::Busy)?;
        let _waiting = Waiting::begin(&self.room);
        let both = async {
            let of_mailbox = Arc::clone(&self.bytes).acquire_many_owned(bytes).await;
            let of_all = Arc::clone(&self.room.bytes).acquire_many_owned(bytes).await;
            Some(Held {
                of_mailbox: of_mailbox.ok()?,
                of_all: of_all.ok()?,
            })
        };
        match timeout(PATIENCE, both).await {
            Ok(held) => held.ok_or(StoreError::Closing),
            Err(_) => {
                metrics::counter!("restante_bodies_refused_for_memory_total").increment(1);
                Err(StoreError::Busy)
            }
        }
    }
}

impl Held {
    pub(super) fn add(&mut self, more: Self) {
        self.of_mailbox.merge(more.of_mailbox);
        self.of_all.merge(more.of_all);
    }

    /// So many of these bytes by themselves; none when there are fewer.
    pub(super) fn split(&mut self, bytes: usize) -> Option<Self> {
        Some(Self {
            of_mailbox: self.of_mailbox.split(bytes)?,
            of_all: self.of_all.split(bytes)?,
        })
    }
}

/// Counts a body that waits, for as long as it does.
struct Waiting<'a>(&'a Room);

impl<'a> Waiting<'a> {
    fn begin(room: &'a Room) -> Self {
        room.waiting.fetch_add(1, Ordering::Relaxed);
        metrics::gauge!("restante_bodies_waiting_for_memory").increment(1.0);
        Self(room)
    }
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.0.waiting.fetch_sub(1, Ordering::Relaxed);
        metrics::gauge!("restante_bodies_waiting_for_memory").decrement(1.0);
    }
}
