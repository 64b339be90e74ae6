//! What mailboxes' messages take: a row each, changed at the end of a transaction.

use rusqlite::{Connection, params};

use super::shared::Shared;
use crate::StoreError;
use crate::backend::row::mailbox;
use crate::backend::usage::{UsageChanges, usage};

/// Writes what a transaction changed.
pub(super) fn change(connection: &Connection, changes: &UsageChanges) -> Result<(), StoreError> {
    for (sender, change) in changes.iter() {
        connection
            .prepare_cached(
                "INSERT INTO usage (mailbox, messages, bytes, waiting) VALUES (?, ?, ?, ?)
                 ON CONFLICT (mailbox) DO UPDATE SET messages = messages + excluded.messages,
                   bytes = bytes + excluded.bytes, waiting = waiting + excluded.waiting",
            )?
            .execute(params![
                sender,
                change.messages,
                change.bytes,
                change.waiting
            ])?;
    }
    Ok(())
}

/// Reads all rows at the start.
pub(super) fn load(connection: &Connection, shared: &Shared) -> Result<(), StoreError> {
    let mut rows = connection.prepare("SELECT mailbox, messages, bytes, waiting FROM usage")?;
    let mut rows = rows.query([])?;
    while let Some(row) = rows.next()? {
        let of = mailbox(row.get_ref(0)?.as_str().unwrap_or_default());
        let numbers = (row.get(1), row.get(2), row.get(3));
        // a damaged row must not keep the server from starting
        if let (Ok(of), (Ok(messages), Ok(bytes), Ok(waiting))) = (of, numbers) {
            shared.set_usage(of, usage(messages, bytes, waiting));
        }
    }
    Ok(())
}
