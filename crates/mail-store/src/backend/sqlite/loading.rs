//! Rebuilds at start what is kept in memory.

use nhs::MailboxId;
use rusqlite::{Connection, Row};

use super::inbox_index::InboxEntry;
use super::shared::Shared;
use super::usage;
use crate::StoreError;
use crate::backend::row::{mailbox, message_id, time, workflow};
use crate::contract::TokenDigest;

pub(super) fn load(connection: &Connection, shared: &Shared) -> Result<(), StoreError> {
    let mut inboxes = shared.inboxes_to_change();
    let mut rows = connection
        .prepare("SELECT position, seq, recipient, id, workflow FROM pending ORDER BY position")?;
    let mut rows = rows.query([])?;
    while let Some(row) = rows.next()? {
        match waiting(row) {
            Ok((recipient, entry)) => inboxes.insert(recipient, row.get(0)?, entry),
            Err(_) => shared.found_damaged(row.get(1)?),
        }
    }
    let mut tokens = shared.tokens_to_change();
    let mut rows = connection.prepare("SELECT token, forget_at FROM used_token")?;
    let mut rows = rows.query([])?;
    while let Some(row) = rows.next()? {
        // a damaged one can no longer be told from any other
        let forget_at = row.get(1).map(time);
        if let (Ok::<TokenDigest, _>(token), Ok(Ok(forget_at))) = (row.get(0), forget_at) {
            tokens.insert(token, forget_at);
        }
    }
    usage::load(connection, shared)
}

fn waiting(row: &Row<'_>) -> Result<(MailboxId, InboxEntry), StoreError> {
    let entry = InboxEntry {
        seq: row.get(1)?,
        id: message_id(row.get_ref(3)?.as_str().unwrap_or_default())?,
        workflow: workflow(row.get_ref(4)?.as_str().unwrap_or_default())?,
    };
    let recipient = mailbox(row.get_ref(2)?.as_str().unwrap_or_default())?;
    Ok((recipient, entry))
}
