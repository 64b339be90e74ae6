//! Searches, as far as the lists were brought up to date.

use async_trait::async_trait;
use rusqlite::types::ToSql;
use rusqlite::{OptionalExtension, params};

use super::messages::readable;
use super::records::SqliteRecords;
use super::row::audit_line;
use crate::StoreError;
use crate::backend::searching::{Numbered, Searched};
use crate::contract::searches::Among;
use crate::contract::{AuditFilter, AuditLine, Message};

/// The places in a range (`?1`, `?2`), `?3` at most, of a mailbox or workflow `?4`.
fn places_sql(among: &Among<'_>) -> &'static str {
    match among {
        Among::All => {
            "SELECT seq FROM message WHERE seq >= ?1 AND seq < ?2 ORDER BY seq DESC LIMIT ?3"
        }
        Among::Uploading => {
            "SELECT seq FROM uploading WHERE seq >= ?1 AND seq < ?2 ORDER BY seq DESC LIMIT ?3"
        }
        Among::Routing => {
            "SELECT seq FROM routing WHERE seq >= ?1 AND seq < ?2 ORDER BY seq DESC LIMIT ?3"
        }
        Among::Failed => {
            "SELECT seq FROM failed WHERE seq >= ?1 AND seq < ?2 ORDER BY seq DESC LIMIT ?3"
        }
        Among::Reports => {
            "SELECT seq FROM message INDEXED BY message_report
             WHERE kind = 1 AND seq >= ?1 AND seq < ?2 ORDER BY seq DESC LIMIT ?3"
        }
        Among::Workflow(_) => {
            "SELECT seq FROM of_workflow WHERE workflow = ?4 AND seq >= ?1 AND seq < ?2
             ORDER BY seq DESC LIMIT ?3"
        }
        Among::Mailbox(_) => {
            "SELECT seq FROM (
               SELECT seq FROM (SELECT seq FROM sent WHERE mailbox = ?4 AND seq >= ?1 AND seq < ?2
                 ORDER BY seq DESC LIMIT ?3)
               UNION
               SELECT seq FROM (SELECT seq FROM received
                 WHERE mailbox = ?4 AND seq >= ?1 AND seq < ?2 ORDER BY seq DESC LIMIT ?3))
             ORDER BY seq DESC LIMIT ?3"
        }
    }
}

#[async_trait]
impl Searched for SqliteRecords {
    async fn last(&self, of: Numbered) -> Result<Option<i64>, StoreError> {
        let sql = match of {
            Numbered::Messages => "SELECT max(seq) FROM message",
            Numbered::Lines => "SELECT max(number) FROM audit",
        };
        self.read(move |connection| Ok(connection.query_row(sql, [], |row| row.get(0))?))
            .await
    }

    async fn record_from(
        &self,
        of: Numbered,
        number: i64,
    ) -> Result<Option<(i64, i64)>, StoreError> {
        let sql = match of {
            Numbered::Messages => {
                "SELECT seq, sent_at FROM message WHERE seq >= ? ORDER BY seq LIMIT 1"
            }
            Numbered::Lines => {
                "SELECT number, at FROM audit WHERE number >= ? ORDER BY number LIMIT 1"
            }
        };
        self.read(move |connection| {
            let mut first = connection.prepare_cached(sql)?;
            let found = first.query_row([number], |row| Ok((row.get(0)?, row.get(1)?)));
            Ok(found.optional()?)
        })
        .await
    }

    async fn places(
        &self,
        among: Among<'_>,
        (from, end): (i64, i64),
        limit: u32,
    ) -> Result<Vec<i64>, StoreError> {
        let sql = places_sql(&among);
        let name = match among {
            Among::Mailbox(mailbox) => Some(mailbox.to_string()),
            Among::Workflow(workflow) => Some(workflow.to_string()),
            _ => None,
        };
        self.read(move |connection| {
            let mut places = connection.prepare_cached(sql)?;
            let rows = match name {
                Some(name) => places.query(params![from, end, limit, name])?,
                None => places.query(params![from, end, limit])?,
            };
            Ok(rows.mapped(|row| row.get(0)).collect::<Result<_, _>>()?)
        })
        .await
    }

    async fn at_places(&self, places: &[i64]) -> Result<Vec<Message>, StoreError> {
        let places = places.to_vec();
        self.read(move |connection| {
            let mut found = Vec::with_capacity(places.len());
            for place in &places {
                found.extend(readable(connection, "WHERE m.seq = ?", &[place])?);
            }
            Ok(found)
        })
        .await
    }

    async fn lines(
        &self,
        filter: &AuditFilter,
        (from, end): (i64, i64),
        limit: u32,
    ) -> Result<Vec<AuditLine>, StoreError> {
        let filter = filter.clone();
        self.read(move |connection| {
            let mut sql = String::from(
                "SELECT a.number, a.at, a.actor, a.action, a.subject, a.detail FROM audit a",
            );
            let micros = |at: jiff::Timestamp| at.as_microsecond();
            let (since, until) = (filter.from.map(micros), filter.until.map(micros));
            let mailbox = filter.mailbox.as_ref().map(ToString::to_string);
            let mut values: Vec<&dyn ToSql> = vec![&from, &end, &limit];
            sql.push_str(match filter.subject {
                Some(_) => " JOIN audit_subject s ON s.number = a.number WHERE s.number >= ?1 AND s.number < ?2",
                None => " WHERE a.number >= ?1 AND a.number < ?2",
            });
            let mut also = |condition: &str, value| {
                values.push(value);
                let place = format!("?{}", values.len());
                sql.push_str(" AND ");
                sql.push_str(&condition.replace('?', &place));
            };
            if let Some(subject) = &filter.subject {
                also("s.subject = ?", subject);
            }
            if let Some(mailbox) = &mailbox {
                also("(a.actor = ? OR a.subject = ?)", mailbox);
            }
            if let Some(actor) = &filter.actor {
                also("a.actor = ?", actor);
            }
            if let Some(action) = &filter.action {
                also("a.action = ?", action);
            }
            if let Some(since) = &since {
                also("a.at >= ?", since);
            }
            if let Some(until) = &until {
                also("a.at < ?", until);
            }
            sql.push_str(match filter.subject {
                Some(_) => " ORDER BY s.number DESC LIMIT ?3",
                None => " ORDER BY a.number DESC LIMIT ?3",
            });
            let mut lines = connection.prepare_cached(&sql)?;
            let mut rows = lines.query(values.as_slice())?;
            let mut found = Vec::new();
            while let Some(row) = rows.next()? {
                found.push(audit_line(row)?);
            }
            Ok(found)
        })
        .await
    }
}
