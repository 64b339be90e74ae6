//! Inboxes, from memory but for the times.

use async_trait::async_trait;
use jiff::Timestamp;
use nhs::{MailboxId, MessageId};
use rusqlite::{OptionalExtension, Row, params};

use super::records::SqliteRecords;
use crate::StoreError;
use crate::backend::row::{message_id, time};
use crate::contract::{InboxSlice, Inboxes, Waiting, Wanted};

#[async_trait]
impl Inboxes for SqliteRecords {
    async fn inbox(
        &self,
        mailbox: &MailboxId,
        after: i64,
        limit: usize,
        wanted: Wanted<'_>,
    ) -> Result<InboxSlice, StoreError> {
        Ok(self.shared.inboxes().slice(mailbox, after, limit, wanted))
    }

    async fn count(&self, mailbox: &MailboxId) -> Result<u64, StoreError> {
        Ok(self.shared.inboxes().count(mailbox))
    }

    async fn approximate_count(&self, mailbox: &MailboxId) -> Result<u64, StoreError> {
        self.count(mailbox).await
    }

    async fn inbox_position(&self, seq: i64) -> Result<Option<i64>, StoreError> {
        let waiting = self.shared.inboxes().position(seq);
        if waiting.is_some() {
            return Ok(waiting);
        }
        self.read(move |connection| {
            Ok(connection
                .prepare_cached("SELECT position FROM acknowledged WHERE seq = ?")?
                .query_row(params![seq], |row| row.get(0))
                .optional()?)
        })
        .await
    }

    async fn seq_in_inbox(
        &self,
        mailbox: &MailboxId,
        id: &MessageId,
    ) -> Result<Option<i64>, StoreError> {
        Ok(self.shared.inboxes().seq_of(mailbox, id))
    }

    async fn waiting_longest(
        &self,
        before: Timestamp,
        limit: u32,
    ) -> Result<Vec<Waiting>, StoreError> {
        let (found, damaged) = self
            .read(move |connection| {
                let mut statement = connection.prepare_cached(
                    "SELECT seq, id, since FROM
                       (SELECT seq, id, since, position FROM pending ORDER BY position LIMIT ?)
                     WHERE since < ? ORDER BY position",
                )?;
                let mut rows = statement.query(params![limit, before.as_microsecond()])?;
                let (mut found, mut damaged) = (Vec::new(), Vec::new());
                while let Some(row) = rows.next()? {
                    let seq = row.get(0)?;
                    match waiting(seq, row) {
                        Ok(waiting) => found.push(waiting),
                        Err(_) => damaged.push(seq),
                    }
                }
                Ok((found, damaged))
            })
            .await?;
        for seq in damaged {
            self.shared.found_damaged(seq);
        }
        Ok(found)
    }

    fn damaged(&self) -> Vec<i64> {
        self.shared.take_damaged()
    }
}

fn waiting(seq: i64, row: &Row<'_>) -> Result<Waiting, StoreError> {
    Ok(Waiting {
        seq,
        id: message_id(row.get_ref(1)?.as_str().unwrap_or_default())?,
        since: time(row.get(2)?)?,
    })
}
