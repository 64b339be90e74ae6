//! Messages by their ids, and their bodies.

use async_trait::async_trait;
use nhs::MessageId;
use rusqlite::types::ToSql;
use rusqlite::{Connection, params};

use super::records::SqliteRecords;
use super::row::{self, MESSAGE};
use crate::StoreError;
use crate::contract::{Body, Message, Messages};

#[async_trait]
impl Messages for SqliteRecords {
    async fn message(&self, id: &MessageId) -> Result<Option<Message>, StoreError> {
        let id = id.clone();
        self.read(move |connection| {
            let mut statement = connection.prepare_cached(&format!("{MESSAGE} WHERE m.id = ?"))?;
            let mut rows = statement.query(params![id.as_str()])?;
            rows.next()?.map(row::message).transpose()
        })
        .await
    }

    async fn chunk(&self, seq: i64, number: u32) -> Result<Option<Body>, StoreError> {
        self.read(move |connection| row::body(connection, seq, number))
            .await
    }

    async fn recent(&self, limit: u32, before_seq: i64) -> Result<Vec<Message>, StoreError> {
        self.read(move |connection| {
            let condition = "WHERE m.seq < ? ORDER BY m.seq DESC LIMIT ?";
            readable(connection, condition, &[&before_seq, &limit])
        })
        .await
    }

    async fn quarantined(&self) -> Result<u64, StoreError> {
        self.read(|connection| {
            let sql = "SELECT count(*) FROM quarantine";
            let count: i64 = connection.query_row(sql, [], |row| row.get(0))?;
            Ok(count.unsigned_abs())
        })
        .await
    }
}

/// The messages of a condition whose record can be read.
pub(super) fn readable(
    connection: &Connection,
    condition: &str,
    values: &[&dyn ToSql],
) -> Result<Vec<Message>, StoreError> {
    let mut statement = connection.prepare_cached(&format!("{MESSAGE} {condition}"))?;
    let mut rows = statement.query(values)?;
    let mut found = Vec::new();
    while let Some(row) = rows.next()? {
        // a damaged record must not hide the others
        match row::message(row) {
            Ok(message) => found.push(message),
            Err(error) if error.is_damage() => {
                let seq: i64 = row.get("seq")?;
                tracing::error!(seq, %error, "a stored record is damaged");
            }
            Err(error) => return Err(error),
        }
    }
    Ok(found)
}
