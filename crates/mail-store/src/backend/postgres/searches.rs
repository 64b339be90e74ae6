//! Searches by indexes, always up to date.

use async_trait::async_trait;

use super::messages::readable;
use super::records::PostgresRecords;
use super::row::audit_line;
use crate::StoreError;
use crate::backend::row::RowReader;
use crate::backend::searching::{Numbered, Searched};
use crate::contract::searches::Among;
use crate::contract::{AuditFilter, AuditLine, Message};

const MAILBOX: &str = "SELECT seq FROM (
    (SELECT seq FROM message WHERE sender = $4 AND seq >= $1 AND seq < $2
     ORDER BY seq DESC LIMIT $3)
    UNION
    (SELECT seq FROM message WHERE recipient = $4 AND seq >= $1 AND seq < $2
     ORDER BY seq DESC LIMIT $3)
    UNION
    (SELECT seq FROM routed WHERE recipient = $4 AND seq >= $1 AND seq < $2
     ORDER BY seq DESC LIMIT $3)) o
  ORDER BY seq DESC LIMIT $3";

/// The places in a range (`$1`, `$2`), `$3` at most, of a mailbox or workflow `$4`.
fn places_sql(among: &Among<'_>) -> &'static str {
    match among {
        Among::All => {
            "SELECT seq FROM message WHERE seq >= $1 AND seq < $2 ORDER BY seq DESC LIMIT $3"
        }
        Among::Uploading => {
            "SELECT seq FROM uploading WHERE seq >= $1 AND seq < $2 ORDER BY seq DESC LIMIT $3"
        }
        Among::Routing => {
            "SELECT seq FROM routing WHERE seq >= $1 AND seq < $2 ORDER BY seq DESC LIMIT $3"
        }
        Among::Failed => {
            "SELECT seq FROM failed WHERE seq >= $1 AND seq < $2 ORDER BY seq DESC LIMIT $3"
        }
        Among::Reports => {
            "SELECT seq FROM message WHERE kind = 1 AND seq >= $1 AND seq < $2
             ORDER BY seq DESC LIMIT $3"
        }
        Among::Workflow(_) => {
            "SELECT seq FROM message WHERE workflow = $4 AND seq >= $1 AND seq < $2
             ORDER BY seq DESC LIMIT $3"
        }
        Among::Mailbox(_) => MAILBOX,
    }
}

/// Of the numbers from `$1` up to `$2`, `$3` at most; what is not asked for is null.
const LINES: &str = "
SELECT number, at, actor, action, subject, detail FROM audit
WHERE number >= $1 AND number < $2 AND ($4::text IS NULL OR actor = $4 OR subject = $4)
  AND ($5::text IS NULL OR actor = $5) AND ($6::text IS NULL OR action = $6)
  AND ($7::bigint IS NULL OR at >= $7) AND ($8::bigint IS NULL OR at < $8)
ORDER BY number DESC LIMIT $3";

/// As [`LINES`], about `$9`.
const LINES_ABOUT: &str = "
SELECT number, at, actor, action, subject, detail FROM audit
WHERE number IN (
    SELECT number FROM audit WHERE subject = $9 AND number >= $1 AND number < $2
    UNION SELECT number FROM audit WHERE about = $9 AND number >= $1 AND number < $2)
  AND ($4::text IS NULL OR actor = $4 OR subject = $4)
  AND ($5::text IS NULL OR actor = $5) AND ($6::text IS NULL OR action = $6)
  AND ($7::bigint IS NULL OR at >= $7) AND ($8::bigint IS NULL OR at < $8)
ORDER BY number DESC LIMIT $3";

#[async_trait]
impl Searched for PostgresRecords {
    async fn last(&self, of: Numbered) -> Result<Option<i64>, StoreError> {
        let sql = match of {
            Numbered::Messages => "SELECT max(seq) AS last FROM message",
            Numbered::Lines => "SELECT max(number) AS last FROM audit",
        };
        let row = self.row(sql, &[]).await?;
        row.map_or(Ok(None), |row| row.integer("last"))
    }

    async fn record_from(
        &self,
        of: Numbered,
        number: i64,
    ) -> Result<Option<(i64, i64)>, StoreError> {
        let sql = match of {
            Numbered::Messages => {
                "SELECT seq AS number, sent_at AS at FROM message WHERE seq >= $1
                 ORDER BY seq LIMIT 1"
            }
            Numbered::Lines => {
                "SELECT number, at FROM audit WHERE number >= $1 ORDER BY number LIMIT 1"
            }
        };
        let row = self.row(sql, &[&number]).await?;
        row.map(|row| Ok((row.needed("number")?, row.needed("at")?)))
            .transpose()
    }

    async fn places(
        &self,
        among: Among<'_>,
        (from, end): (i64, i64),
        limit: u32,
    ) -> Result<Vec<i64>, StoreError> {
        let (sql, limit) = (places_sql(&among), i64::from(limit));
        let rows = match among {
            Among::Mailbox(mailbox) => {
                self.rows(sql, &[&from, &end, &limit, &mailbox.as_str()])
                    .await?
            }
            Among::Workflow(workflow) => {
                self.rows(sql, &[&from, &end, &limit, &workflow.as_str()])
                    .await?
            }
            _ => self.rows(sql, &[&from, &end, &limit]).await?,
        };
        rows.iter().map(|row| row.needed("seq")).collect()
    }

    async fn at_places(&self, places: &[i64]) -> Result<Vec<Message>, StoreError> {
        let condition = "WHERE m.seq = ANY($1) ORDER BY m.seq DESC";
        readable(self, condition, &[&places]).await
    }

    async fn lines(
        &self,
        filter: &AuditFilter,
        (from, end): (i64, i64),
        limit: u32,
    ) -> Result<Vec<AuditLine>, StoreError> {
        let micros = |at: jiff::Timestamp| at.as_microsecond();
        let (since, until) = (filter.from.map(micros), filter.until.map(micros));
        let mailbox = filter.mailbox.as_ref().map(ToString::to_string);
        let limit = i64::from(limit);
        let (actor, action) = (&filter.actor, &filter.action);
        let rows = match &filter.subject {
            None => {
                self.rows(
                    LINES,
                    &[&from, &end, &limit, &mailbox, actor, action, &since, &until],
                )
                .await?
            }
            Some(subject) => {
                self.rows(
                    LINES_ABOUT,
                    &[
                        &from, &end, &limit, &mailbox, actor, action, &since, &until, subject,
                    ],
                )
                .await?
            }
        };
        rows.iter().map(audit_line).collect()
    }
}
