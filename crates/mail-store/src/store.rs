use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::{Arc, PoisonError};

use jiff::Timestamp;
use nhs::{MailboxId, MessageId, WorkflowId};

use crate::StoreError;
use crate::bodies::{Bodies, Body, BodySink, BodyStream};
use crate::committer::Committer;
use crate::inbox::InboxSlice;
use crate::layout;
use crate::message::{Message, QueuedJob, Waiting};
use crate::operation::{Job, Op, Outcome, TokenDigest};
use crate::sqlite::directory::{self, Directory, DirectoryRecords};
use crate::sqlite::readers::Readers;
use crate::sqlite::write::{Shared, Writer};
use crate::sqlite::{columns, read, schema};
use crate::staged;

/// A mail store in a directory of its own: `records.sqlite3`, `bodies/` and `lock`. Cheap to
/// clone; the last clone to go waits for the writer to finish.
#[derive(Clone)]
pub struct Store {
    inner: Arc<Inner>,
}

/// Dropped in this order: the readers' connections cannot checkpoint the log when they close, so
/// the writer's must be the last one.
struct Inner {
    path: PathBuf,
    readers: Readers,
    committer: Committer,
    bodies: Bodies,
    shared: Arc<Shared>,
    _lock: File,
}

/// Which list [`Store::newest`] reads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ListFrom {
    /// What the mailbox sent.
    Sent,
    /// What the mailbox was sent.
    Received,
}

impl Store {
    /// Opens the store in a directory, creating both when they are new. Blocks while it rebuilds
    /// the inboxes: about half a second a million waiting messages.
    pub fn open(directory: &Path) -> Result<Self, StoreError> {
        let lock = layout::lock(directory)?;
        let shared = Arc::<Shared>::default();
        let writer = Writer::open(schema::open_for_writing(directory)?, Arc::clone(&shared))?;
        Ok(Self {
            inner: Arc::new(Inner {
                path: directory.to_owned(),
                committer: Committer::start(writer)?,
                readers: Readers::open(directory),
                bodies: Bodies::open(&directory.join("bodies"))?,
                shared,
                _lock: lock,
            }),
        })
    }

    /// The operator's side of this store.
    pub fn operators_directory(&self) -> Result<Directory, StoreError> {
        Directory::open(&self.inner.path)
    }

    /// Does a job; returns once its outcomes are durable. One outcome for each operation tried.
    pub async fn commit(&self, job: Job) -> Result<Vec<Outcome>, StoreError> {
        self.inner
            .committer
            .submit(job)?
            .await
            .map_err(|_| StoreError::Halted)?
    }

    /// Queues a job without waiting for it.
    pub fn submit(&self, job: Job) -> Result<(), StoreError> {
        self.inner.committer.submit(job).map(drop)
    }

    /// Begins a body. `unique` must never have been used before.
    pub fn body(&self, now: Timestamp, unique: u128) -> BodySink {
        self.inner.bodies.sink(now, unique)
    }

    /// The bytes of a body.
    pub async fn read(&self, body: Body) -> Result<BodyStream, StoreError> {
        self.inner.bodies.read(body).await
    }

    /// One chunk of a message, the first being 1; `None` when it was never sent.
    pub async fn chunk(&self, seq: i64, number: u32) -> Result<Option<Body>, StoreError> {
        self.inner
            .readers
            .run(move |connection| columns::body(connection, seq, number))
            .await
    }

    /// A message as it is now.
    pub async fn message(&self, id: &MessageId) -> Result<Option<Message>, StoreError> {
        let id = id.clone();
        self.inner
            .readers
            .run(move |connection| read::message(connection, &id))
            .await
    }

    /// Part of an inbox, from memory: at most `limit` ids after a position, 0 being the beginning.
    pub fn inbox(
        &self,
        mailbox: &MailboxId,
        after: i64,
        limit: usize,
        wanted: &dyn Fn(&WorkflowId) -> bool,
    ) -> InboxSlice {
        let inboxes = self
            .inner
            .shared
            .inboxes
            .read()
            .unwrap_or_else(PoisonError::into_inner);
        inboxes.slice(mailbox, after, limit, wanted)
    }

    /// How many messages wait in an inbox.
    pub fn count(&self, mailbox: &MailboxId) -> u64 {
        self.inner
            .shared
            .inboxes
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .count(mailbox)
    }

    /// Where a message is, or was before its acknowledgement, in its inbox.
    pub async fn inbox_position(&self, seq: i64) -> Result<Option<i64>, StoreError> {
        let waiting = self
            .inner
            .shared
            .inboxes
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .position(seq);
        match waiting {
            Some(position) => Ok(Some(position)),
            None => {
                let find = move |connection: &_| read::acknowledged_position(connection, seq);
                self.inner.readers.run(find).await
            }
        }
    }

    /// True when the token was used.
    pub fn token_is_used(&self, token: &TokenDigest) -> bool {
        self.inner
            .shared
            .tokens
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .contains(token)
    }

    /// Brings the lists behind [`Store::newest`] and [`Store::by_local_id`] up to date.
    pub async fn bring_lists_up_to_date(&self) -> Result<(), StoreError> {
        while self
            .commit(vec![Op::Index])
            .await?
            .first()
            .is_some_and(|outcome| matches!(outcome, Outcome::Counted(count) if *count > 0))
        {
        }
        Ok(())
    }

    /// Messages a mailbox sent under a local id, newest first.
    pub async fn by_local_id(
        &self,
        mailbox: &MailboxId,
        local_id: &[u8],
        limit: u32,
    ) -> Result<Vec<Message>, StoreError> {
        self.bring_lists_up_to_date().await?;
        let (mailbox, local_id) = (mailbox.clone(), local_id.to_vec());
        self.inner
            .readers
            .run(move |connection| read::by_local_id(connection, &mailbox, &local_id, limit))
            .await
    }

    /// Newest first: what a mailbox sent or was sent, after a time, before a place in the order.
    pub async fn newest(
        &self,
        from: ListFrom,
        mailbox: &MailboxId,
        since: Timestamp,
        before_seq: i64,
        limit: u32,
    ) -> Result<Vec<Message>, StoreError> {
        self.bring_lists_up_to_date().await?;
        let mailbox = mailbox.clone();
        let list = match from {
            ListFrom::Sent => "sent",
            ListFrom::Received => "received",
        };
        self.inner
            .readers
            .run(move |connection| {
                read::newest(connection, list, &mailbox, since, before_seq, limit)
            })
            .await
    }

    /// Routing jobs to be tried by now, those that have been due longest first. A job is left out
    /// while an earlier one with the same order key is put off beyond it.
    pub async fn routing_due(
        &self,
        now: Timestamp,
        limit: u32,
    ) -> Result<Vec<QueuedJob>, StoreError> {
        self.inner
            .readers
            .run(move |connection| read::routing_due(connection, now, limit))
            .await
    }

    /// When the next routing job is to be tried.
    pub async fn next_routing(&self) -> Result<Option<Timestamp>, StoreError> {
        self.inner.readers.run(read::next_routing).await
    }

    /// The messages that wait longest, of those waiting since before a time.
    pub async fn waiting_longest(
        &self,
        before: Timestamp,
        limit: u32,
    ) -> Result<Vec<Waiting>, StoreError> {
        let (waiting, damaged) = self
            .inner
            .readers
            .run(move |connection| read::waiting_longest(connection, before, limit))
            .await?;
        for seq in damaged {
            self.inner.shared.found_damaged(seq);
        }
        Ok(waiting)
    }

    /// Messages whose place in an inbox was found damaged since the last call, by their place in
    /// the order of arrival. They are in nobody's inbox; [`Op::SetAside`] says so for good.
    pub fn damaged(&self) -> Vec<i64> {
        let mut damaged = self
            .inner
            .shared
            .damaged
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        std::mem::take(&mut *damaged)
    }

    /// Where a message that waits in an inbox stands in the order of arrival, when its own record
    /// can no longer tell. Looks through the whole inbox.
    pub fn seq_in_inbox(&self, mailbox: &MailboxId, id: &MessageId) -> Option<i64> {
        self.inner
            .shared
            .inboxes
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .seq_of(mailbox, id)
    }

    /// How many messages of a mailbox wait for chunks.
    pub async fn uploads_of(&self, mailbox: &MailboxId) -> Result<u32, StoreError> {
        let mailbox = mailbox.clone();
        self.inner
            .readers
            .run(move |connection| read::uploads_of(connection, &mailbox))
            .await
    }

    /// Bytes received so far of a message still uploading.
    pub async fn uploaded_bytes(&self, seq: i64) -> Result<u64, StoreError> {
        self.inner
            .readers
            .run(move |connection| read::uploaded_bytes(connection, seq))
            .await
    }

    /// The version of what the operator set up; rises with every change.
    pub async fn directory_version(&self) -> Result<i64, StoreError> {
        self.inner.readers.run(directory::version).await
    }

    /// What the operator set up.
    pub async fn directory(&self) -> Result<DirectoryRecords, StoreError> {
        self.inner.readers.run(directory::records).await
    }

    /// Deletes body files no record names: those let go of since the last call, and any written
    /// before the given time. Returns how many.
    pub async fn sweep(&self, older_than: Timestamp) -> Result<u64, StoreError> {
        let released = std::mem::take(
            &mut *self
                .inner
                .shared
                .unreferenced
                .lock()
                .unwrap_or_else(PoisonError::into_inner),
        );
        let old = self.inner.bodies.older_than(older_than).await?;
        let orphans = self
            .inner
            .readers
            .run(move |connection| read::unreferenced(connection, old))
            .await?;
        let bodies = self.inner.path.join("bodies");
        let mut deleted = tokio::task::spawn_blocking(move || staged::remove(&bodies, older_than))
            .await
            .map_err(|_| StoreError::Closing)??;
        for key in released.iter().chain(&orphans) {
            self.inner.bodies.delete(key).await?;
            deleted += 1;
        }
        Ok(deleted)
    }
}
