use std::fs::File;
use std::path::Path;
use std::sync::Arc;

use jiff::Timestamp;
use nhs::{MailboxId, MessageId, WorkflowId};
use tokio::runtime;

use crate::StoreError;
use crate::audit::AuditLine;
use crate::bodies::{Bodies, Body, BodySink, BodyStream};
use crate::committer::Committer;
use crate::console::{MailboxSummary, RoutingSummary, UploadSummary};
use crate::directory::{Directory, DirectoryRecords};
use crate::health::{Halted, Trouble};
use crate::inbox::InboxSlice;
use crate::layout;
#[cfg(feature = "measuring")]
use crate::measuring::Pretending;
use crate::memory::Memory;
use crate::message::{Message, QueuedJob, Waiting};
use crate::operation::{Job, Op, Outcome, TokenDigest};
use crate::options::StoreOptions;
use crate::postgres::Postgres;
use crate::records::{Records, Writer};
use crate::sqlite::home::Sqlite;
use crate::sweep::Sweep;

/// A mail store. Cheap to clone; the last clone to go waits for the writer to finish.
#[derive(Clone)]
pub struct Store {
    inner: Arc<Inner>,
}

/// Dropped in this order: SQLite's reading connections cannot checkpoint the log when they close,
/// so the writer's must be the last one.
struct Inner {
    records: Box<dyn Records>,
    committer: Committer,
    bodies: Bodies,
    sweep: Sweep,
    halted: Halted,
    _lock: Option<File>,
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
    /// Opens the store in a directory, creating it when it is new: `records.sqlite3`, `bodies/` and
    /// `lock`. Blocks while it rebuilds the inboxes: about half a second a million waiting
    /// messages.
    pub fn open(directory: &Path) -> Result<Self, StoreError> {
        Self::open_in(directory, &StoreOptions::default())
    }

    fn open_in(directory: &Path, options: &StoreOptions) -> Result<Self, StoreError> {
        let lock = layout::lock(directory)?;
        let (records, writer) = Sqlite::open(directory)?;
        let bodies = match &options.s3 {
            None => Bodies::in_directory(&directory.join("bodies"))?,
            Some(s3) => s3.open()?,
        };
        Self::over(Box::new(records), Box::new(writer), bodies, Some(lock))
    }

    /// Opens the store that the options tell of; what they leave out is in the directory. `node`
    /// names this server among those on the same records: a number no other has, a new one each
    /// time.
    pub async fn open_with(
        options: &StoreOptions,
        directory: &Path,
        node: u128,
    ) -> Result<Self, StoreError> {
        let (Some(postgresql), Some(s3)) = (&options.postgresql, &options.s3) else {
            options.check()?;
            return Self::open_in(directory, options);
        };
        let (records, writer) = Postgres::open(postgresql, node).await?;
        Self::over(Box::new(records), Box::new(writer), s3.open()?, None)
    }

    /// A plain model of a store that keeps everything in memory and forgets it when dropped: the
    /// reference in tests of the other homes.
    pub fn in_memory() -> Result<Self, StoreError> {
        let (records, writer) = Memory::new();
        let bodies = Bodies::in_memory();
        Self::over(Box::new(records), Box::new(writer), bodies, None)
    }

    /// A store that keeps nothing and says it did; for measuring only.
    #[cfg(feature = "measuring")]
    pub fn storing_nothing() -> Result<Self, StoreError> {
        let (records, writer) = Pretending::to_store();
        let bodies = Bodies::in_memory();
        Self::over(Box::new(records), Box::new(writer), bodies, None)
    }

    /// A store that appends jobs to a log, durably, and never reads it; for measuring only.
    #[cfg(feature = "measuring")]
    pub fn over_raw_log(directory: &Path) -> Result<Self, StoreError> {
        let (records, writer) = Pretending::to_store_more_than_a_log(directory)?;
        let bodies = Bodies::in_memory();
        Self::over(Box::new(records), Box::new(writer), bodies, None)
    }

    fn over(
        records: Box<dyn Records>,
        writer: Box<dyn Writer>,
        bodies: Bodies,
        lock: Option<File>,
    ) -> Result<Self, StoreError> {
        let mut runtime = runtime::Builder::new_current_thread();
        if writer.needs_io() {
            runtime.enable_all();
        }
        let runtime = runtime
            .build()
            .map_err(StoreError::file("the writer's runtime"))?;
        let halted = Halted::default();
        Ok(Self {
            inner: Arc::new(Inner {
                records,
                committer: Committer::start(halted.watch(writer), runtime)?,
                bodies,
                sweep: Sweep::default(),
                halted,
                _lock: lock,
            }),
        })
    }

    /// The operator's side of this store.
    pub fn operators_directory(&self) -> Result<Directory, StoreError> {
        self.inner.records.operators_directory()
    }

    /// Does a job; returns once its outcomes are durable. One outcome for each operation tried.
    pub async fn commit(&self, job: Job) -> Result<Vec<Outcome>, StoreError> {
        let mut done = self.commit_all(vec![job]).await?;
        done.pop().ok_or(StoreError::Halted)?
    }

    /// Does several jobs side by side, in one transaction where there is room; returns once the
    /// outcomes of each are durable.
    pub async fn commit_all(
        &self,
        jobs: Vec<Job>,
    ) -> Result<Vec<Result<Vec<Outcome>, StoreError>>, StoreError> {
        self.inner
            .committer
            .submit(jobs)?
            .await
            .map_err(|_| StoreError::Halted)
    }

    /// Queues a job without waiting for it.
    pub fn submit(&self, job: Job) -> Result<(), StoreError> {
        self.inner.committer.submit(vec![job]).map(drop)
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
        self.inner.records.chunk(seq, number).await
    }

    /// A message as it is now.
    pub async fn message(&self, id: &MessageId) -> Result<Option<Message>, StoreError> {
        self.inner.records.message(id).await
    }

    /// Part of an inbox: at most `limit` ids after a position, 0 being the beginning. With several
    /// nodes a message may appear at a position that was passed already; only a list from the
    /// beginning is sure to show it.
    pub async fn inbox(
        &self,
        mailbox: &MailboxId,
        after: i64,
        limit: usize,
        wanted: &(dyn Fn(&WorkflowId) -> bool + Sync),
    ) -> Result<InboxSlice, StoreError> {
        self.inner
            .records
            .inbox(mailbox, after, limit, wanted)
            .await
    }

    /// How many messages wait in an inbox.
    pub async fn count(&self, mailbox: &MailboxId) -> Result<u64, StoreError> {
        self.inner.records.count(mailbox).await
    }

    /// The same at a price that does not grow with the inbox: at most ten thousand where a home would
    /// have to count one by one.
    pub async fn approximate_count(&self, mailbox: &MailboxId) -> Result<u64, StoreError> {
        self.inner.records.approximate_count(mailbox).await
    }

    /// Where a message is, or was before its acknowledgement, in its inbox.
    pub async fn inbox_position(&self, seq: i64) -> Result<Option<i64>, StoreError> {
        self.inner.records.inbox_position(seq).await
    }

    /// True when the token was used.
    pub async fn token_is_used(&self, token: &TokenDigest) -> Result<bool, StoreError> {
        self.inner.records.token_is_used(token).await
    }

    /// Brings the lists behind [`Store::newest`], [`Store::by_local_id`] and [`Store::audit_of`] up
    /// to date.
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
        self.inner
            .records
            .by_local_id(mailbox, local_id, limit)
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
        self.inner
            .records
            .newest(from, mailbox, since, before_seq, limit)
            .await
    }

    /// Routing jobs to be tried by now, those that have been due longest first. A job is left out
    /// while an earlier one with the same order key is put off beyond it, and, where there are
    /// several nodes, while another node has claimed it or an earlier one with its order key. The
    /// jobs returned are this node's until `lease_until`.
    pub async fn routing_due(
        &self,
        now: Timestamp,
        lease_until: Timestamp,
        limit: u32,
    ) -> Result<Vec<QueuedJob>, StoreError> {
        self.inner
            .records
            .routing_due(now, lease_until, limit)
            .await
    }

    /// When the next routing job is to be tried.
    pub async fn next_routing(&self) -> Result<Option<Timestamp>, StoreError> {
        self.inner.records.next_routing().await
    }

    /// The messages that wait longest, of those waiting since before a time.
    pub async fn waiting_longest(
        &self,
        before: Timestamp,
        limit: u32,
    ) -> Result<Vec<Waiting>, StoreError> {
        self.inner.records.waiting_longest(before, limit).await
    }

    /// Messages whose place in an inbox was found damaged since the last call, by their place in
    /// the order of arrival. They are in nobody's inbox; [`Op::SetAside`] says so for good.
    pub fn damaged(&self) -> Vec<i64> {
        self.inner.records.damaged()
    }

    /// Where a message that waits in an inbox stands in the order of arrival, when its own record
    /// can no longer tell. May look through the whole inbox.
    pub async fn seq_in_inbox(
        &self,
        mailbox: &MailboxId,
        id: &MessageId,
    ) -> Result<Option<i64>, StoreError> {
        self.inner.records.seq_in_inbox(mailbox, id).await
    }

    /// How many messages of a mailbox wait for chunks.
    pub async fn uploads_of(&self, mailbox: &MailboxId) -> Result<u32, StoreError> {
        self.inner.records.uploads_of(mailbox).await
    }

    /// Bytes received so far of a message still uploading.
    pub async fn uploaded_bytes(&self, seq: i64) -> Result<u64, StoreError> {
        self.inner.records.uploaded_bytes(seq).await
    }

    /// Whether this node is to expire, forget and sweep until then. One node at a time is; a node
    /// that asks again in time stays it.
    pub async fn claim_housekeeping(
        &self,
        now: Timestamp,
        until: Timestamp,
    ) -> Result<bool, StoreError> {
        self.inner.records.claim_housekeeping(now, until).await
    }

    /// The version of what the operator set up; rises with every change.
    pub async fn directory_version(&self) -> Result<i64, StoreError> {
        self.inner.records.directory_version().await
    }

    /// What the operator set up.
    pub async fn directory(&self) -> Result<DirectoryRecords, StoreError> {
        self.inner.records.directory().await
    }

    /// Deletes bodies no record names: those let go of since the last call, and any written before
    /// the given time. For the latter everything is looked through once a day, on one node, and the
    /// days that came of age once an hour. Returns how many.
    pub async fn sweep(&self, older_than: Timestamp) -> Result<u64, StoreError> {
        let released = self.inner.records.released();
        let (bodies, records) = (&self.inner.bodies, self.inner.records.as_ref());
        let orphans = self.inner.sweep.orphans(bodies, records, older_than);
        let orphans = orphans.await?;
        let mut deleted = self.inner.bodies.remove_staged(older_than).await?;
        for key in released.iter().chain(&orphans) {
            self.inner.bodies.delete(key).await?;
            deleted += 1;
        }
        Ok(deleted)
    }

    /// Why the store takes no mail now, if it does not.
    pub async fn trouble(&self) -> Option<Trouble> {
        if self.inner.halted.is_set() {
            return Some(Trouble::Halted);
        }
        let reached = self.inner.records.reach().await;
        reached.err().map(|_| Trouble::OutOfReach)
    }

    /// How many messages are in quarantine: set aside because their record or body is damaged.
    pub async fn quarantined(&self) -> Result<u64, StoreError> {
        self.inner.records.quarantined().await
    }

    /// Every mailbox of the directory at a glance, by id.
    pub async fn mailbox_summaries(&self) -> Result<Vec<MailboxSummary>, StoreError> {
        self.inner.records.mailbox_summaries().await
    }

    /// The messages that wait to be routed, the one due first before the others.
    pub async fn routing_queue(&self, limit: u32) -> Result<Vec<RoutingSummary>, StoreError> {
        self.inner.records.routing_queue(limit).await
    }

    /// The messages that wait for chunks, the oldest first.
    pub async fn uploads(&self, limit: u32) -> Result<Vec<UploadSummary>, StoreError> {
        self.inner.records.uploads(limit).await
    }

    /// The newest messages of all mailboxes before a place in the order.
    pub async fn recent(&self, limit: u32, before_seq: i64) -> Result<Vec<Message>, StoreError> {
        self.inner.records.recent(limit, before_seq).await
    }

    /// The audit trail of a message, mailbox, workflow or certificate: the first thousand lines,
    /// oldest first.
    pub async fn audit_of(&self, subject: &str) -> Result<Vec<AuditLine>, StoreError> {
        self.bring_lists_up_to_date().await?;
        self.inner.records.audit_of(subject).await
    }

    /// The audit trail, newest first, before a line's number.
    pub async fn audit_page(
        &self,
        before: Option<i64>,
        limit: u32,
    ) -> Result<Vec<AuditLine>, StoreError> {
        self.inner.records.audit_page(before, limit).await
    }
}
