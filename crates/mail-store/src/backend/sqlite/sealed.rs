//! Sealed texts in SQLite, to be sealed anew.

use jiff::Timestamp;
use rusqlite::{Connection, TransactionBehavior, params};

use super::row::optional_mailbox;
use super::trail::Trail;
use crate::StoreError;
use crate::backend::row::message_id;
use crate::contract::{Resealed, ResealedCount, Sealed, WaitingAddress, WaitingAddresses};

const WAITING: &str = "
SELECT w.seq, m.id, m.sender, w.address FROM (
  SELECT seq, address FROM uploading WHERE address IS NOT NULL AND seq > ?1
  UNION ALL SELECT seq, address FROM routing WHERE seq > ?1 ORDER BY seq LIMIT ?2) w
LEFT JOIN message m ON m.seq = w.seq ORDER BY w.seq";

/// An address is in one of the two tables.
const UPDATES: [&str; 2] = [
    "UPDATE uploading SET address = ?3, order_key = ?4 WHERE seq = ?1 AND address = ?2",
    "UPDATE routing SET address = ?3, order_key = ?4 WHERE seq = ?1 AND address = ?2",
];

pub(super) fn waiting(
    connection: &Connection,
    after: i64,
    limit: u32,
) -> Result<WaitingAddresses, StoreError> {
    let mut statement = connection.prepare_cached(WAITING)?;
    let mut rows = statement.query(params![after, limit])?;
    let mut found = WaitingAddresses::default();
    while let Some(row) = rows.next()? {
        let seq = row.get(0)?;
        found.last = Some(seq);
        let id: Option<String> = row.get(1)?;
        let id = id.and_then(|id| message_id(&id).ok());
        if let (Some(message), Ok(sender)) = (id, optional_mailbox(row, 2)) {
            found.addresses.push(WaitingAddress {
                seq,
                message,
                sender,
                sealed: Sealed(row.get(3)?),
            });
        }
    }
    Ok(found)
}

pub(super) fn reseal(
    connection: &mut Connection,
    texts: &[Resealed],
    at: Timestamp,
) -> Result<ResealedCount, StoreError> {
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let mut count = ResealedCount::default();
    for text in texts {
        count.add(text, reseal_one(&transaction, text)? as u64);
    }
    if !count.is_zero() {
        Trail::default().append(&transaction, &count.audit_entry(at))?;
        transaction.commit()?;
    }
    Ok(count)
}

fn reseal_one(connection: &Connection, text: &Resealed) -> Result<usize, StoreError> {
    Ok(match text {
        Resealed::Password {
            mailbox,
            was,
            sealed,
        } => connection.execute(
            "UPDATE mailbox SET password = ?3 WHERE id = ?1 AND password = ?2",
            params![mailbox.as_str(), was, sealed],
        )?,
        Resealed::Address {
            seq,
            was,
            sealed,
            order_key,
        } => {
            let mut touched = 0;
            for sql in UPDATES {
                let mut statement = connection.prepare_cached(sql)?;
                touched += statement.execute(params![seq, was, sealed, order_key])?;
            }
            touched
        }
    })
}
