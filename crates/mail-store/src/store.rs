//! A store as its users hold it.

use std::ops::Deref;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use durable::Lock;
use jiff::Timestamp;
use nhs::MailboxId;
use tokio::runtime;

use crate::StoreError;
use crate::arrivals::Arrivals;
use crate::backend::{postgres, sqlite};
use crate::bodies::{Bodies, BodySink, BodyStream};
use crate::committer::Committer;
use crate::contract::backend::{Backend, Writer};
use crate::contract::{
    Body, Directory, Job, ListFrom, Lists, Op, Outcome, Purge, PurgeOrder, Reads,
};
use crate::layout;
use crate::options::StoreOptions;
use crate::spare;
use crate::sweep::Sweep;
use crate::watch::{LONGEST_COMMIT, Part, Watch};

/// The most messages removed in one transaction, so that sends are never held up long.
const PURGE_STEP: u32 = 64;

/// A mail store: what changes it and its bodies here, what reads it in [`Reads`], to which it
/// dereferences. Cheap to clone; the last clone to go waits for the writer to finish.
#[derive(Clone)]
pub struct Store {
    inner: Arc<Inner>,
}

/// Dropped in this order: SQLite's reading connections cannot checkpoint the log when they close,
/// so the writer's must be the last one.
struct Inner {
    records: Box<dyn Backend>,
    committer: Committer,
    bodies: Bodies,
    sweep: Sweep,
    /// The directory on this machine that holds the records; `None` where they are elsewhere.
    directory: Option<PathBuf>,
    _lock: Option<Lock>,
}

/// The room on the disk that a store's records are on, in bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DiskRoom {
    /// All of the disk.
    pub total: u64,
    /// What is free of it.
    pub free: u64,
}

/// Why a store takes no mail.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Trouble {
    /// A write failed in a way after which the files must not be trusted until reopened.
    #[error("the mail store takes no messages after a failed write; restart the server")]
    Halted,
    /// The database does not answer, or takes no writes.
    #[error("the records cannot be reached; PostgreSQL does not answer, or takes no writes")]
    OutOfReach,
    /// The database has not answered a commit.
    #[error(
        "the records are not written; PostgreSQL has not answered a commit for ten seconds, as when a \
         synchronous standby is away"
    )]
    NotWritten,
}

impl Deref for Store {
    type Target = dyn Reads;

    fn deref(&self) -> &Self::Target {
        self.inner.records.as_ref()
    }
}

impl Store {
    /// Opens the store in a directory, creating it when it is new: `records.sqlite3`, `bodies/` and
    /// `lock`. One that an earlier release wrote is brought up to date. Blocks while it rebuilds the
    /// inboxes: about half a second a million waiting messages.
    ///
    /// # Errors
    ///
    /// [`StoreError::InUse`] when another server holds the directory, [`StoreError::Format`] and
    /// [`StoreError::Layout`] when a later release wrote it.
    pub fn open(directory: &Path) -> Result<Self, StoreError> {
        Self::open_in(directory, &StoreOptions::default())
    }

    fn open_in(directory: &Path, options: &StoreOptions) -> Result<Self, StoreError> {
        let lock = layout::lock(directory)?;
        let (records, writer) = sqlite::open(directory)?;
        let bodies = match &options.s3 {
            None => Bodies::in_directory(&directory.join("bodies"))?,
            Some(s3) => s3.open()?,
        };
        let bodies = bodies.with_memory(options);
        let place = Some((directory.to_owned(), lock));
        Self::over(Box::new(records), Box::new(writer), bodies, place)
    }

    /// Opens the store that the options tell of; what they leave out is in the directory. `node`
    /// names this server among those on the same records: a number no other has, a new one each
    /// time.
    ///
    /// # Errors
    ///
    /// As [`Store::open`]; [`StoreError::Configuration`] when the options cannot be used, and
    /// [`StoreError::Unavailable`] when the database does not answer.
    pub async fn open_with(
        options: &StoreOptions,
        directory: &Path,
        node: u128,
    ) -> Result<Self, StoreError> {
        let (Some(postgresql), Some(s3)) = (&options.postgresql, &options.s3) else {
            options.check()?;
            return Self::open_in(directory, options);
        };
        let (records, writer) = postgres::open(postgresql, node).await?;
        let bodies = s3.open()?.with_memory(options);
        Self::over(Box::new(records), Box::new(writer), bodies, None)
    }

    /// The model in memory that tests hold the backends against; it forgets everything when dropped.
    ///
    /// # Errors
    ///
    /// When the system gives no thread.
    #[cfg(feature = "model")]
    pub fn model() -> Result<Self, StoreError> {
        let (records, writer) = crate::model::Model::new();
        let bodies = Bodies::in_memory();
        Self::over(Box::new(records), Box::new(writer), bodies, None)
    }

    /// A store that keeps nothing and says it did; for measuring only.
    ///
    /// # Errors
    ///
    /// When the system gives no thread.
    #[cfg(feature = "measuring")]
    pub fn storing_nothing() -> Result<Self, StoreError> {
        let (records, writer) = crate::measuring::NullWriter::new();
        let bodies = Bodies::in_memory();
        Self::over(Box::new(records), Box::new(writer), bodies, None)
    }

    /// A store that appends jobs to a log, durably, and never reads it; for measuring only.
    ///
    /// # Errors
    ///
    /// When the directory holds such a log, or cannot be written.
    #[cfg(feature = "measuring")]
    pub fn over_raw_log(directory: &Path) -> Result<Self, StoreError> {
        let (records, writer) = crate::measuring::NullWriter::over_raw_log(directory)?;
        let bodies = Bodies::in_memory();
        Self::over(Box::new(records), Box::new(writer), bodies, None)
    }

    fn over(
        records: Box<dyn Backend>,
        writer: Box<dyn Writer>,
        bodies: Bodies,
        place: Option<(PathBuf, Lock)>,
    ) -> Result<Self, StoreError> {
        let mut runtime = runtime::Builder::new_current_thread();
        if writer.needs_io() {
            runtime.enable_all();
        }
        let runtime = runtime
            .build()
            .map_err(StoreError::file("the writer's runtime"))?;
        let (directory, lock) = place.unzip();
        Ok(Self {
            inner: Arc::new(Inner {
                records,
                committer: Committer::start(writer, runtime)?,
                bodies,
                sweep: Sweep::default(),
                directory,
                _lock: lock,
            }),
        })
    }

    /// The operator's side of this store.
    ///
    /// # Errors
    ///
    /// When a second connection cannot be made.
    pub fn operators_directory(&self) -> Result<Directory, StoreError> {
        self.inner.records.operators_directory()
    }

    /// Does a job; returns once its outcomes are durable. One outcome for each operation tried.
    ///
    /// # Errors
    ///
    /// Nothing of the job was kept, but see [`StoreError::Uncertain`]. [`StoreError::Busy`] at once
    /// when too much waits: 1,024 jobs, or 24 MiB of them; [`StoreError::Halted`] from the first
    /// failed sync on.
    pub async fn commit(&self, job: Job) -> Result<Vec<Outcome>, StoreError> {
        self.inner.committer.commit(job).await
    }

    /// Does several jobs side by side, in one transaction where there is room; returns once the
    /// outcomes of each are durable.
    ///
    /// # Errors
    ///
    /// As [`Store::commit`], of each job and of all.
    pub async fn commit_all(
        &self,
        jobs: Vec<Job>,
    ) -> Result<Vec<Result<Vec<Outcome>, StoreError>>, StoreError> {
        self.inner.committer.commit_all(jobs).await
    }

    /// Queues a job without waiting for it.
    ///
    /// # Errors
    ///
    /// When it could not be queued; what becomes of it later nobody learns.
    pub fn submit(&self, job: Job) -> Result<(), StoreError> {
        self.inner.committer.submit(job)
    }

    /// Who waits for mail; see [`Arrivals::subscribe`].
    pub fn arrivals(&self) -> &Arrivals {
        self.inner.records.arrivals()
    }

    /// Begins a body, in memory that counts as the sender's. `unique` must never have been used
    /// before.
    pub fn body(&self, sender: MailboxId, now: Timestamp, unique: u128) -> BodySink {
        BodySink::begin(&self.inner.bodies, sender, now, unique)
    }

    /// Deletes a body that no job named, or that no job will name again.
    ///
    /// # Errors
    ///
    /// When it cannot be deleted now; the sweep finds it later.
    pub async fn discard(&self, body: &Body) -> Result<(), StoreError> {
        match body {
            Body::Inline(_) => Ok(()),
            Body::Object { key, .. } => self.inner.bodies.delete(key).await,
        }
    }

    /// How many bodies wait for memory now.
    pub fn bodies_waiting(&self) -> usize {
        self.inner.bodies.room.waiting()
    }

    /// The bytes of a body.
    ///
    /// # Errors
    ///
    /// [`StoreError::DamagedBody`] when it is not there or has another length than its record says.
    pub async fn read(&self, body: Body) -> Result<BodyStream, StoreError> {
        BodyStream::open(&self.inner.bodies, body).await
    }

    /// The lists, once they are up to date with everything committed before the call.
    ///
    /// # Errors
    ///
    /// As [`Store::commit`].
    pub async fn lists(&self) -> Result<&dyn Lists, StoreError> {
        while self.inner.records.lists_fall_behind()
            && matches!(
                self.commit(vec![Op::Index]).await?.first(),
                Some(Outcome::Counted(1..))
            )
        {}
        Ok(self.inner.records.as_ref())
    }

    /// Waits until every write that a server had begun on these records when it was called is seen, or will never be;
    /// false when that takes longer. What this server has only queued does not count.
    ///
    /// # Errors
    ///
    /// Those of every read.
    pub async fn writes_end_within(&self, longest: Duration) -> Result<bool, StoreError> {
        let ended = self.inner.records.until_writes_end();
        match tokio::time::timeout(longest, ended).await {
            Ok(ended) => ended.map(|()| true),
            Err(_) => Ok(false),
        }
    }

    /// Removes messages, 64 in a transaction. Returns how many. One whose record is damaged
    /// stays until it is old enough to be forgotten.
    ///
    /// # Errors
    ///
    /// As [`Store::commit`]; those removed before stay so.
    pub async fn purge(&self, purge: &Purge, at: Timestamp) -> Result<u64, StoreError> {
        let lists = self.lists().await?;
        let (mut before, mut removed) = (i64::MAX, 0);
        loop {
            let page = lists
                .newest(
                    ListFrom::Sent,
                    &purge.mailbox,
                    Timestamp::MIN,
                    before,
                    PURGE_STEP,
                )
                .await?;
            let Some(last) = page.last() else {
                return Ok(removed);
            };
            before = last.seq;
            let wanted = page.iter().filter(|message| {
                message.sent_at < purge.before && purge.states.contains(&message.state)
            });
            let messages: Vec<_> = wanted.map(|message| message.id.clone()).collect();
            if messages.is_empty() {
                continue;
            }
            let done = self.commit(vec![Op::Purge { messages, at }]).await?;
            if let Some(Outcome::Counted(count)) = done.first() {
                removed += u64::from(*count);
            }
        }
    }

    /// Carries out what operators ordered to be removed. Several servers may do so at once.
    ///
    /// # Errors
    ///
    /// As [`Store::commit`]; what is not carried out stays ordered.
    pub async fn carry_out_purges(&self, at: Timestamp) -> Result<(), StoreError> {
        for PurgeOrder { number, purge } in self.purge_orders().await? {
            let removed = self.purge(&purge, at).await?;
            let (order, mailbox) = (number, &purge.mailbox);
            tracing::info!(%mailbox, removed, "messages were removed as an operator ordered");
            self.commit(vec![Op::EndPurge { order, removed }]).await?;
            self.sweep_released().await?;
        }
        Ok(())
    }

    /// The room on the disk that the records are on; `None` where that is another machine's. Cheap.
    pub fn disk_room(&self) -> Option<DiskRoom> {
        let space = durable::space(self.inner.directory.as_deref()?).ok()?;
        Some(DiskRoom {
            total: space.total,
            free: space.free,
        })
    }

    /// Keeps 16 MiB of the disk that the records are on in a file, for [`Store::give_up_spare`].
    ///
    /// # Errors
    ///
    /// When the file cannot be made.
    pub async fn keep_spare(&self) -> Result<(), StoreError> {
        self.with_directory(spare::keep).await.unwrap_or(Ok(()))
    }

    /// Gives these 16 MiB back to a disk that has not a byte left, so that the records can write what
    /// they must before anything is freed. False when there were none.
    ///
    /// # Errors
    ///
    /// When the file cannot be removed.
    pub async fn give_up_spare(&self) -> Result<bool, StoreError> {
        self.with_directory(spare::give_up)
            .await
            .unwrap_or(Ok(false))
    }

    /// On a thread that may block; `None` where the records are elsewhere.
    async fn with_directory<T: Send + 'static>(
        &self,
        work: fn(&Path) -> Result<T, StoreError>,
    ) -> Option<Result<T, StoreError>> {
        let directory = self.inner.directory.clone()?;
        let done = tokio::task::spawn_blocking(move || work(&directory)).await;
        Some(done.unwrap_or(Err(StoreError::Closing)))
    }

    /// Bytes within the files of the records that are free for new ones: what was deleted does not go
    /// back to the disk. Small bodies lie there too.
    ///
    /// # Errors
    ///
    /// Those of every read.
    pub async fn free_in_records(&self) -> Result<u64, StoreError> {
        self.inner.records.free_in_records().await
    }

    /// Deletes the bodies that records let go of since the last call. Returns how many.
    ///
    /// # Errors
    ///
    /// The first error met; what could not be deleted is tried again the next time.
    pub async fn sweep_released(&self) -> Result<u64, StoreError> {
        let released = self.inner.records.released();
        self.inner
            .sweep
            .released(&self.inner.bodies, released)
            .await
    }

    /// Deletes bodies no record names: those let go of since the last call, and any written before
    /// the given time. For the latter everything is looked through once a day, on one server, and the
    /// days that came of age once an hour. Returns how many.
    ///
    /// # Errors
    ///
    /// When bodies cannot be listed or deleted; what is left is found again later.
    pub async fn sweep(&self, older_than: Timestamp) -> Result<u64, StoreError> {
        let mut deleted = self.sweep_released().await?;
        let (bodies, records) = (&self.inner.bodies, self.inner.records.as_ref());
        let orphans = self.inner.sweep.orphans(bodies, records, older_than);
        let orphans = orphans.await?;
        deleted += bodies.remove_staged(older_than).await?;
        for key in &orphans {
            bodies.delete(key).await?;
            deleted += 1;
        }
        Ok(deleted)
    }

    /// Why the store takes no mail now, if it does not.
    pub async fn trouble(&self) -> Option<Trouble> {
        if self.inner.committer.is_halted() {
            return Some(Trouble::Halted);
        }
        let waits_for = self.inner.committer.waits_for();
        if self.inner.records.reach().await.is_err() {
            return Some(Trouble::OutOfReach);
        }
        waits_for
            .filter(|waits| *waits > LONGEST_COMMIT)
            .map(|_| Trouble::NotWritten)
    }

    /// The other machines' parts that are in trouble, and for how long.
    pub fn parts_in_trouble(&self) -> Vec<(Part, Duration)> {
        let watched = [self.inner.records.watch(), self.inner.bodies.watch.as_ref()];
        let in_trouble = |watch: &Watch| Some((watch.part(), watch.in_trouble_for()?));
        watched
            .into_iter()
            .flatten()
            .filter_map(in_trouble)
            .collect()
    }

    /// Why the object store is in trouble, and what to do about it where that helps.
    pub fn why_object_store_is_in_trouble(&self) -> Option<String> {
        self.inner.bodies.watch.as_ref()?.reason()
    }

    /// Asks the object store whether it works again, if it was in trouble; for two seconds at most.
    pub async fn look_again(&self) {
        self.inner.bodies.look_again().await;
    }
}
