use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use deadpool_postgres::{Object, Pool};
use jiff::Timestamp;
use nhs::{MailboxId, MessageId};
use tokio_postgres::Row;

use super::connect::{Connector, meaning, meaning_of_pool};
use super::directory::{self, PostgresDirectory};
use super::options::PostgresOptions;
use super::session::Values;
use super::write::PostgresWriter;
use super::{console, read, schema};
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
use crate::stored::Cells;

/// The read side of a node.
pub(crate) struct Postgres {
    connector: Connector,
    pool: Pool,
    /// Names this node in leases; another one after every start.
    pub(super) node: String,
    released: Arc<Mutex<Vec<String>>>,
    /// Places in the order of arrival of messages whose place in an inbox cannot be read.
    damaged: Mutex<BTreeSet<i64>>,
}

impl Postgres {
    /// Connects, making the tables when they are new. `node` must be no other node's.
    pub(crate) async fn open(
        options: &PostgresOptions,
        node: u128,
    ) -> Result<(Self, PostgresWriter), StoreError> {
        let connector = Connector::new(options)?;
        let mut client = connector.connect().await?;
        schema::prepare(&mut client).await?;
        let released = Arc::<Mutex<Vec<String>>>::default();
        let writer = PostgresWriter::new(connector.clone(), Arc::clone(&released));
        let home = Self {
            pool: connector.pool(options.connections)?,
            connector,
            node: format!("{node:032x}"),
            released,
            damaged: Mutex::default(),
        };
        Ok((home, writer))
    }

    pub(super) async fn client(&self) -> Result<Object, StoreError> {
        self.pool.get().await.map_err(meaning_of_pool)
    }

    /// Reads; once more on a new connection when the one it was lent had died since.
    pub(super) async fn rows(&self, sql: &str, values: Values<'_>) -> Result<Vec<Row>, StoreError> {
        match self.try_rows(sql, values).await {
            Err(StoreError::Unavailable(_)) => self.try_rows(sql, values).await,
            result => result,
        }
    }

    async fn try_rows(&self, sql: &str, values: Values<'_>) -> Result<Vec<Row>, StoreError> {
        let client = self.client().await?;
        let statement = client.prepare_cached(sql).await.map_err(meaning)?;
        client.query(&statement, values).await.map_err(meaning)
    }

    /// A place in an inbox, if it can be read; one that cannot is noted.
    pub(super) fn readable<T>(&self, seq: i64, place: Result<T, StoreError>) -> Option<T> {
        if place.is_err() {
            let mut damaged = self.damaged.lock().unwrap_or_else(PoisonError::into_inner);
            damaged.insert(seq);
        }
        place.ok()
    }

    pub(super) async fn row(
        &self,
        sql: &str,
        values: Values<'_>,
    ) -> Result<Option<Row>, StoreError> {
        Ok(self.rows(sql, values).await?.into_iter().next())
    }
}

#[async_trait]
impl Records for Postgres {
    async fn chunk(&self, seq: i64, number: u32) -> Result<Option<Body>, StoreError> {
        read::chunk(self, seq, number).await
    }

    async fn message(&self, id: &MessageId) -> Result<Option<Message>, StoreError> {
        read::message(self, id).await
    }

    async fn inbox(
        &self,
        mailbox: &MailboxId,
        after: i64,
        limit: usize,
        wanted: Wanted<'_>,
    ) -> Result<InboxSlice, StoreError> {
        read::inbox(self, mailbox, after, limit, wanted).await
    }

    async fn count(&self, mailbox: &MailboxId) -> Result<u64, StoreError> {
        let sql = "SELECT count(*) FROM pending WHERE recipient = $1";
        read::number(self, sql, &[&mailbox.as_str()]).await
    }

    async fn approximate_count(&self, mailbox: &MailboxId) -> Result<u64, StoreError> {
        // in order, so that the index is read from the front and not gathered whole
        let sql = "SELECT count(*) FROM
           (SELECT FROM pending WHERE recipient = $1 ORDER BY position LIMIT 10000) AS first";
        read::number(self, sql, &[&mailbox.as_str()]).await
    }

    async fn inbox_position(&self, seq: i64) -> Result<Option<i64>, StoreError> {
        read::inbox_position(self, seq).await
    }

    async fn token_is_used(&self, token: &TokenDigest) -> Result<bool, StoreError> {
        let sql = "SELECT count(*) FROM used_token WHERE token = $1";
        Ok(read::number(self, sql, &[&token.as_slice()]).await? > 0)
    }

    async fn by_local_id(
        &self,
        mailbox: &MailboxId,
        local_id: &[u8],
        limit: u32,
    ) -> Result<Vec<Message>, StoreError> {
        let condition = "WHERE m.sender = $1 AND m.local_id = $2
           AND m.seq > coalesce((SELECT seq FROM list_reset WHERE mailbox = $1), 0)
           ORDER BY m.seq DESC LIMIT $3";
        let values: Values<'_> = &[&mailbox.as_str(), &local_id, &i64::from(limit)];
        read::messages(self, condition, values).await
    }

    async fn newest(
        &self,
        from: ListFrom,
        mailbox: &MailboxId,
        since: Timestamp,
        before_seq: i64,
        limit: u32,
    ) -> Result<Vec<Message>, StoreError> {
        let condition = match from {
            ListFrom::Sent => read::SENT,
            ListFrom::Received => read::RECEIVED,
        };
        let values: Values<'_> = &[
            &mailbox.as_str(),
            &before_seq,
            &since.as_microsecond(),
            &i64::from(limit),
        ];
        read::messages(self, condition, values).await
    }

    async fn routing_due(
        &self,
        now: Timestamp,
        lease_until: Timestamp,
        limit: u32,
    ) -> Result<Vec<QueuedJob>, StoreError> {
        self.claim_routing(now, lease_until, limit).await
    }

    async fn next_routing(&self) -> Result<Option<Timestamp>, StoreError> {
        read::next_routing(self).await
    }

    async fn waiting_longest(
        &self,
        before: Timestamp,
        limit: u32,
    ) -> Result<Vec<Waiting>, StoreError> {
        read::waiting_longest(self, before, limit).await
    }

    fn damaged(&self) -> Vec<i64> {
        let mut damaged = self.damaged.lock().unwrap_or_else(PoisonError::into_inner);
        std::mem::take(&mut *damaged).into_iter().collect()
    }

    async fn seq_in_inbox(
        &self,
        mailbox: &MailboxId,
        id: &MessageId,
    ) -> Result<Option<i64>, StoreError> {
        let sql = "SELECT seq FROM pending WHERE recipient = $1 AND id = $2";
        let row = self.row(sql, &[&mailbox.as_str(), &id.as_str()]).await?;
        row.map_or(Ok(None), |row| row.integer("seq"))
    }

    async fn uploads_of(&self, mailbox: &MailboxId) -> Result<u32, StoreError> {
        let sql = "SELECT count(*) FROM uploading u JOIN message m ON m.seq = u.seq
           WHERE m.sender = $1";
        let uploads = read::number(self, sql, &[&mailbox.as_str()]).await?;
        Ok(u32::try_from(uploads).unwrap_or(u32::MAX))
    }

    async fn uploaded_bytes(&self, seq: i64) -> Result<u64, StoreError> {
        read::number(self, read::UPLOADED, &[&seq]).await
    }

    async fn unreferenced(&self, keys: Vec<String>) -> Result<Vec<String>, StoreError> {
        read::unreferenced(self, &keys).await
    }

    fn released(&self) -> Vec<String> {
        let mut released = self.released.lock().unwrap_or_else(PoisonError::into_inner);
        std::mem::take(&mut *released)
    }

    async fn claim_housekeeping(
        &self,
        now: Timestamp,
        until: Timestamp,
    ) -> Result<bool, StoreError> {
        self.claim_duty("housekeeping", now, until).await
    }

    async fn claim_full_sweep(&self, now: Timestamp, until: Timestamp) -> Result<bool, StoreError> {
        self.claim_duty("full sweep", now, until).await
    }

    async fn reach(&self) -> Result<(), StoreError> {
        self.rows("SELECT 1", &[]).await.map(drop)
    }

    async fn quarantined(&self) -> Result<u64, StoreError> {
        read::number(self, "SELECT count(*) FROM quarantine", &[]).await
    }

    async fn directory_version(&self) -> Result<i64, StoreError> {
        read::directory_version(self).await
    }

    async fn directory(&self) -> Result<DirectoryRecords, StoreError> {
        let mut client = self.client().await?;
        directory::records(&mut client).await
    }

    fn operators_directory(&self) -> Result<Directory, StoreError> {
        let directory = PostgresDirectory::new(self.connector.clone());
        Ok(Directory::new(Arc::new(directory)))
    }

    async fn mailbox_summaries(&self) -> Result<Vec<MailboxSummary>, StoreError> {
        console::mailbox_summaries(self).await
    }

    async fn routing_queue(&self, limit: u32) -> Result<Vec<RoutingSummary>, StoreError> {
        console::routing_queue(self, limit).await
    }

    async fn uploads(&self, limit: u32) -> Result<Vec<UploadSummary>, StoreError> {
        console::uploads(self, limit).await
    }

    async fn recent(&self, limit: u32, before_seq: i64) -> Result<Vec<Message>, StoreError> {
        let condition = "WHERE m.seq < $1 ORDER BY m.seq DESC LIMIT $2";
        read::messages(self, condition, &[&before_seq, &i64::from(limit)]).await
    }

    async fn audit_of(&self, subject: &str) -> Result<Vec<AuditLine>, StoreError> {
        let condition = format!("{} ORDER BY number LIMIT 1000", console::ABOUT);
        console::audit_lines(self, &condition, &[&subject]).await
    }

    async fn audit_page(
        &self,
        before: Option<i64>,
        limit: u32,
    ) -> Result<Vec<AuditLine>, StoreError> {
        let condition = "WHERE number < $1 ORDER BY number DESC LIMIT $2";
        let before = before.unwrap_or(i64::MAX);
        console::audit_lines(self, condition, &[&before, &i64::from(limit)]).await
    }
}
