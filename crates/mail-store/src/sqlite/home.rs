//! Reads of the embedded home: inboxes and tokens from memory, the rest from connections that only
//! read.

use std::path::{Path, PathBuf};
use std::sync::{Arc, PoisonError};

use async_trait::async_trait;
use jiff::Timestamp;
use nhs::{MailboxId, MessageId};

use super::readers::Readers;
use super::write::{Shared, SqliteWriter};
use super::{columns, console, directory, quarantine, read, schema};
use crate::StoreError;
use crate::audit::AuditLine;
use crate::bodies::Body;
use crate::console::{MailboxSummary, RoutingSummary, UploadSummary};
use crate::directory::{Directory, DirectoryRecords};
use crate::inbox::InboxSlice;
use crate::message::{Message, QueuedJob, Waiting};
use crate::operation::TokenDigest;
use crate::records::{Records, Wanted};
use crate::store::ListFrom;

/// Records in `records.sqlite3`.
pub(crate) struct Sqlite {
    path: PathBuf,
    readers: Readers,
    shared: Arc<Shared>,
}

impl Sqlite {
    /// Blocks while it rebuilds the inboxes.
    pub(crate) fn open(directory: &Path) -> Result<(Self, SqliteWriter), StoreError> {
        let shared = Arc::<Shared>::default();
        let connection = schema::open_for_writing(directory)?;
        let writer = SqliteWriter::open(connection, Arc::clone(&shared))?;
        let home = Self {
            path: directory.to_owned(),
            readers: Readers::open(directory),
            shared,
        };
        Ok((home, writer))
    }
}

#[async_trait]
impl Records for Sqlite {
    async fn chunk(&self, seq: i64, number: u32) -> Result<Option<Body>, StoreError> {
        self.readers
            .run(move |connection| columns::body(connection, seq, number))
            .await
    }

    async fn message(&self, id: &MessageId) -> Result<Option<Message>, StoreError> {
        let id = id.clone();
        self.readers
            .run(move |connection| read::message(connection, &id))
            .await
    }

    async fn inbox(
        &self,
        mailbox: &MailboxId,
        after: i64,
        limit: usize,
        wanted: Wanted<'_>,
    ) -> Result<InboxSlice, StoreError> {
        let inboxes = self
            .shared
            .inboxes
            .read()
            .unwrap_or_else(PoisonError::into_inner);
        Ok(inboxes.slice(mailbox, after, limit, wanted))
    }

    async fn count(&self, mailbox: &MailboxId) -> Result<u64, StoreError> {
        let inboxes = self
            .shared
            .inboxes
            .read()
            .unwrap_or_else(PoisonError::into_inner);
        Ok(inboxes.count(mailbox))
    }

    async fn inbox_position(&self, seq: i64) -> Result<Option<i64>, StoreError> {
        let waiting = self
            .shared
            .inboxes
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .position(seq);
        match waiting {
            Some(position) => Ok(Some(position)),
            None => {
                let find = move |connection: &_| read::acknowledged_position(connection, seq);
                self.readers.run(find).await
            }
        }
    }

    async fn token_is_used(&self, token: &TokenDigest) -> Result<bool, StoreError> {
        let tokens = self
            .shared
            .tokens
            .read()
            .unwrap_or_else(PoisonError::into_inner);
        Ok(tokens.contains(token))
    }

    async fn by_local_id(
        &self,
        mailbox: &MailboxId,
        local_id: &[u8],
        limit: u32,
    ) -> Result<Vec<Message>, StoreError> {
        let (mailbox, local_id) = (mailbox.clone(), local_id.to_vec());
        self.readers
            .run(move |connection| read::by_local_id(connection, &mailbox, &local_id, limit))
            .await
    }

    async fn newest(
        &self,
        from: ListFrom,
        mailbox: &MailboxId,
        since: Timestamp,
        before_seq: i64,
        limit: u32,
    ) -> Result<Vec<Message>, StoreError> {
        let mailbox = mailbox.clone();
        let list = match from {
            ListFrom::Sent => "sent",
            ListFrom::Received => "received",
        };
        self.readers
            .run(move |connection| {
                read::newest(connection, list, &mailbox, since, before_seq, limit)
            })
            .await
    }

    async fn routing_due(
        &self,
        now: Timestamp,
        _lease_until: Timestamp,
        limit: u32,
    ) -> Result<Vec<QueuedJob>, StoreError> {
        self.readers
            .run(move |connection| read::routing_due(connection, now, limit))
            .await
    }

    async fn next_routing(&self) -> Result<Option<Timestamp>, StoreError> {
        self.readers.run(read::next_routing).await
    }

    async fn waiting_longest(
        &self,
        before: Timestamp,
        limit: u32,
    ) -> Result<Vec<Waiting>, StoreError> {
        let (waiting, damaged) = self
            .readers
            .run(move |connection| read::waiting_longest(connection, before, limit))
            .await?;
        for seq in damaged {
            self.shared.found_damaged(seq);
        }
        Ok(waiting)
    }

    fn damaged(&self) -> Vec<i64> {
        let mut damaged = self
            .shared
            .damaged
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        std::mem::take(&mut *damaged)
    }

    async fn seq_in_inbox(
        &self,
        mailbox: &MailboxId,
        id: &MessageId,
    ) -> Result<Option<i64>, StoreError> {
        let inboxes = self
            .shared
            .inboxes
            .read()
            .unwrap_or_else(PoisonError::into_inner);
        Ok(inboxes.seq_of(mailbox, id))
    }

    async fn uploads_of(&self, mailbox: &MailboxId) -> Result<u32, StoreError> {
        let mailbox = mailbox.clone();
        self.readers
            .run(move |connection| read::uploads_of(connection, &mailbox))
            .await
    }

    async fn uploaded_bytes(&self, seq: i64) -> Result<u64, StoreError> {
        self.readers
            .run(move |connection| read::uploaded_bytes(connection, seq))
            .await
    }

    async fn unreferenced(&self, keys: Vec<String>) -> Result<Vec<String>, StoreError> {
        self.readers
            .run(move |connection| read::unreferenced(connection, keys))
            .await
    }

    fn released(&self) -> Vec<String> {
        let mut released = self
            .shared
            .unreferenced
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        std::mem::take(&mut *released)
    }

    async fn claim_housekeeping(
        &self,
        _now: Timestamp,
        _until: Timestamp,
    ) -> Result<bool, StoreError> {
        Ok(true)
    }

    async fn quarantined(&self) -> Result<u64, StoreError> {
        self.readers.run(quarantine::count).await
    }

    async fn directory_version(&self) -> Result<i64, StoreError> {
        self.readers.run(directory::version).await
    }

    async fn directory(&self) -> Result<DirectoryRecords, StoreError> {
        self.readers.run(directory::records).await
    }

    fn operators_directory(&self) -> Result<Directory, StoreError> {
        Directory::open(&self.path)
    }

    async fn mailbox_summaries(&self) -> Result<Vec<MailboxSummary>, StoreError> {
        let waiting = self
            .shared
            .inboxes
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .summaries();
        self.readers
            .run(move |connection| console::mailbox_summaries(connection, &waiting))
            .await
    }

    async fn routing_queue(&self, limit: u32) -> Result<Vec<RoutingSummary>, StoreError> {
        self.readers
            .run(move |connection| console::routing_queue(connection, limit))
            .await
    }

    async fn uploads(&self, limit: u32) -> Result<Vec<UploadSummary>, StoreError> {
        self.readers
            .run(move |connection| console::uploads(connection, limit))
            .await
    }

    async fn recent(&self, limit: u32, before_seq: i64) -> Result<Vec<Message>, StoreError> {
        self.readers
            .run(move |connection| read::recent(connection, limit, before_seq))
            .await
    }

    async fn audit_of(&self, subject: &str) -> Result<Vec<AuditLine>, StoreError> {
        let subject = subject.to_owned();
        self.readers
            .run(move |connection| console::audit_of(connection, &subject))
            .await
    }

    async fn audit_page(
        &self,
        before: Option<i64>,
        limit: u32,
    ) -> Result<Vec<AuditLine>, StoreError> {
        self.readers
            .run(move |connection| console::audit_page(connection, before, limit))
            .await
    }
}
