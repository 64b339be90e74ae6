//! The memory and open files that answers take while their readers read: bounded, of one mailbox and of all.
//!
//! What is taken here is held until the last byte of the answer has been written
//! ([`https_listener::UntilSent`]): that is at the reader's pace, of whom others must not have to wait.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use axum::body::HttpBody;
use axum::response::Response;
use http::StatusCode;
use https_listener::UntilSent;
use mesh::Fault;
use nhs::MailboxId;
use parking_lot::Mutex;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::timeout;

use crate::error::Failure;
use crate::options::Options;

/// What a download takes that is read from a file or bucket: a piece with the connection, one that is given
/// to it, one read ahead; gzip takes less.
pub(crate) const STREAMED: u64 = 768 * 1024;
/// Answers up to here are not counted.
const SMALL: u64 = 16 * 1024;
/// How long an answer waits for room.
const PATIENCE: Duration = Duration::from_secs(10);

const NO_ROOM: Fault = Fault {
    event: "",
    code: "",
    text: "Too many answers wait for their readers; asking again later is safe",
};

/// Bytes of memory for answers.
pub(crate) struct Downloads {
    all: Share,
    share: usize,
    shares: Mutex<HashMap<MailboxId, Share>>,
    waiting: AtomicUsize,
}

#[derive(Clone)]
struct Share {
    bytes: Arc<Semaphore>,
    most: usize,
}

/// Bytes taken, of the mailbox's share and of all. Given back when dropped.
pub(crate) struct Held {
    of_mailbox: OwnedSemaphorePermit,
    of_all: OwnedSemaphorePermit,
}

impl Downloads {
    pub(crate) fn new(options: &Options) -> Self {
        Self {
            all: Share::new(options.download_memory_bytes),
            share: options.download_memory_bytes_per_mailbox,
            shares: Mutex::default(),
            waiting: AtomicUsize::new(0),
        }
    }

    /// How many answers wait for memory now.
    pub(crate) fn waiting(&self) -> usize {
        self.waiting.load(Ordering::Relaxed)
    }

    /// Takes bytes for an answer to the mailbox, at most all that there are; waits for them, first come first
    /// served, for ten seconds at most.
    ///
    /// # Errors
    ///
    /// 503 when there is no room until then.
    pub(crate) async fn take(&self, mailbox: &MailboxId, bytes: u64) -> Result<Held, Failure> {
        let share = self.share_of(mailbox);
        if let (Some(of_mailbox), Some(of_all)) = (share.try_take(bytes), self.all.try_take(bytes))
        {
            return Ok(Held { of_mailbox, of_all });
        }
        let _waiting = Waiting::begin(&self.waiting);
        let both = async {
            let of_mailbox = share.take(bytes).await?;
            let of_all = self.all.take(bytes).await?;
            Some(Held { of_mailbox, of_all })
        };
        if let Ok(Some(held)) = timeout(PATIENCE, both).await {
            return Ok(held);
        }
        metrics::counter!("restante_answers_refused_for_memory_total").increment(1);
        Err(Failure::fault(StatusCode::SERVICE_UNAVAILABLE, &NO_ROOM))
    }

    /// Keeps what a long answer takes until it is sent; what its handler took already counts.
    ///
    /// # Errors
    ///
    /// As of [`Self::take`].
    pub(crate) async fn keep(
        &self,
        mailbox: &MailboxId,
        response: &mut Response,
    ) -> Result<(), Failure> {
        if response.extensions().get::<UntilSent>().is_some() {
            return Ok(());
        }
        let length = response.body().size_hint().upper().unwrap_or(STREAMED);
        if length > SMALL {
            self.take(mailbox, length).await?.until_sent(response);
        }
        Ok(())
    }

    fn share_of(&self, mailbox: &MailboxId) -> Share {
        let mut shares = self.shares.lock();
        if let Some(share) = shares.get(mailbox) {
            return share.clone();
        }
        let share = Share::new(self.share);
        shares.insert(mailbox.clone(), share.clone());
        share
    }
}

impl Share {
    fn new(bytes: usize) -> Self {
        let most = bytes.clamp(1, Semaphore::MAX_PERMITS.min(u32::MAX as usize));
        Self {
            bytes: Arc::new(Semaphore::new(most)),
            most,
        }
    }

    /// No more than there are, or an answer longer than all of them would never be given.
    fn permits(&self, bytes: u64) -> u32 {
        let most = u32::try_from(self.most).unwrap_or(u32::MAX);
        u32::try_from(bytes).unwrap_or(most).min(most)
    }

    fn try_take(&self, bytes: u64) -> Option<OwnedSemaphorePermit> {
        let semaphore = Arc::clone(&self.bytes);
        semaphore.try_acquire_many_owned(self.permits(bytes)).ok()
    }

    async fn take(&self, bytes: u64) -> Option<OwnedSemaphorePermit> {
        let semaphore = Arc::clone(&self.bytes);
        semaphore.acquire_many_owned(self.permits(bytes)).await.ok()
    }
}

/// Counts an answer that waits, for as long as it does.
struct Waiting<'a>(&'a AtomicUsize);

impl<'a> Waiting<'a> {
    fn begin(waiting: &'a AtomicUsize) -> Self {
        waiting.fetch_add(1, Ordering::Relaxed);
        metrics::gauge!("restante_answers_waiting_for_memory").increment(1.0);
        Self(waiting)
    }
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
        metrics::gauge!("restante_answers_waiting_for_memory").decrement(1.0);
    }
}

impl Held {
    /// Gives back what goes beyond so many bytes.
    pub(crate) fn shrink(&mut self, bytes: u64) {
        let bytes = usize::try_from(bytes).unwrap_or(usize::MAX);
        for permit in [&mut self.of_mailbox, &mut self.of_all] {
            let beyond = permit.num_permits().saturating_sub(bytes);
            drop(permit.split(beyond));
        }
    }

    /// From now on held until the answer is sent.
    pub(crate) fn until_sent(self, response: &mut Response) {
        response.extensions_mut().insert(UntilSent(Arc::new(self)));
    }
}
