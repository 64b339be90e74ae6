//! Inboxes, by their index.

use async_trait::async_trait;
use jiff::Timestamp;
use nhs::{MailboxId, MessageId, WorkflowId};
use tokio_postgres::Row;

use super::records::PostgresRecords;
use crate::StoreError;
use crate::backend::row::{RowReader, message_id, workflow};
use crate::contract::{ENTRIES_LOOKED_AT, InboxSlice, Inboxes, Waiting, Wanted};

/// How many rows of an inbox are read at once.
const PAGE: usize = 1_000;

#[async_trait]
impl Inboxes for PostgresRecords {
    /// Reads on until enough of the workflows wanted are found.
    async fn inbox(
        &self,
        mailbox: &MailboxId,
        after: i64,
        limit: usize,
        wanted: Wanted<'_>,
    ) -> Result<InboxSlice, StoreError> {
        let page = PAGE.min(limit + 1);
        let rows_at_once = i64::try_from(page).unwrap_or(i64::MAX);
        let mut slice = InboxSlice::default();
        let (mut last, mut looked_at) = (after, 0);
        loop {
            let rows = self
                .rows(
                    "SELECT position, seq, id, workflow FROM pending
                     WHERE recipient = $1 AND position > $2 ORDER BY position LIMIT $3",
                    &[&mailbox.as_str(), &last, &rows_at_once],
                )
                .await?;
            for row in &rows {
                let place = self.readable(row.needed("seq")?, place(row));
                let wanted = place.filter(|(_, workflow)| wanted(workflow));
                if wanted.is_some() && slice.ids.len() == limit || looked_at == ENTRIES_LOOKED_AT {
                    slice.next_after = Some(last);
                    return Ok(slice);
                }
                slice.ids.extend(wanted.map(|(id, _)| id));
                last = row.needed("position")?;
                looked_at += 1;
            }
            if rows.len() < page {
                return Ok(slice);
            }
        }
    }

    async fn count(&self, mailbox: &MailboxId) -> Result<u64, StoreError> {
        let sql = "SELECT count(*) FROM pending WHERE recipient = $1";
        self.number(sql, &[&mailbox.as_str()]).await
    }

    async fn approximate_count(&self, mailbox: &MailboxId) -> Result<u64, StoreError> {
        // in order, so that the index is read from the front and not gathered whole
        let sql = "SELECT count(*) FROM
           (SELECT FROM pending WHERE recipient = $1 ORDER BY position LIMIT 10000) AS first";
        self.number(sql, &[&mailbox.as_str()]).await
    }

    async fn inbox_position(&self, seq: i64) -> Result<Option<i64>, StoreError> {
        let row = self
            .row(
                "SELECT position FROM pending WHERE seq = $1
                 UNION ALL SELECT position FROM acknowledged WHERE seq = $1 LIMIT 1",
                &[&seq],
            )
            .await?;
        row.map_or(Ok(None), |row| row.integer("position"))
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

    async fn waiting_longest(
        &self,
        before: Timestamp,
        limit: u32,
    ) -> Result<Vec<Waiting>, StoreError> {
        let rows = self
            .rows(
                "SELECT id, seq, since FROM pending WHERE since < $1
                 ORDER BY since, position LIMIT $2",
                &[&before.as_microsecond(), &i64::from(limit)],
            )
            .await?;
        let mut found = Vec::with_capacity(rows.len());
        for row in &rows {
            let seq = row.needed("seq")?;
            found.extend(self.readable(seq, waiting(seq, row)));
        }
        Ok(found)
    }

    fn damaged(&self) -> Vec<i64> {
        self.take_damaged()
    }
}

fn place(row: &Row) -> Result<(MessageId, WorkflowId), StoreError> {
    let id = message_id(&row.needed_text("id")?)?;
    Ok((id, workflow(&row.needed_text("workflow")?)?))
}

fn waiting(seq: i64, row: &Row) -> Result<Waiting, StoreError> {
    Ok(Waiting {
        id: message_id(&row.needed_text("id")?)?,
        seq,
        since: row.needed_time("since")?,
    })
}
