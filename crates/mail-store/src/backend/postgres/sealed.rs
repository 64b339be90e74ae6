//! Sealed texts in PostgreSQL, to be sealed anew.

use jiff::Timestamp;
use tokio_postgres::Client;

use super::connect::to_store_error;
use super::session::Session;
use super::trail;
use crate::StoreError;
use crate::backend::row::{RowReader, message_id};
use crate::contract::{Resealed, ResealedCount, Sealed, WaitingAddress, WaitingAddresses};

const WAITING: &str = "
SELECT w.seq, m.id, m.sender, w.address FROM (
  SELECT seq, address FROM uploading WHERE address IS NOT NULL AND seq > $1
  UNION ALL SELECT seq, address FROM routing WHERE seq > $1 ORDER BY seq LIMIT $2) w
LEFT JOIN message m ON m.seq = w.seq ORDER BY w.seq";

/// An address is in one of the two tables.
const UPDATES: [&str; 2] = [
    "UPDATE uploading SET address = $3, order_key = $4 WHERE seq = $1 AND address = $2",
    "UPDATE routing SET address = $3, order_key = $4 WHERE seq = $1 AND address = $2",
];

pub(super) async fn waiting(
    client: &Client,
    after: i64,
    limit: u32,
) -> Result<WaitingAddresses, StoreError> {
    let rows = client.query(WAITING, &[&after, &i64::from(limit)]).await;
    let mut found = WaitingAddresses::default();
    for row in rows.map_err(to_store_error)? {
        let seq = row.needed("seq")?;
        found.last = Some(seq);
        let id = row.text("id")?.and_then(|id| message_id(&id).ok());
        if let (Some(message), Ok(sender)) = (id, row.mailbox("sender")) {
            found.addresses.push(WaitingAddress {
                seq,
                message,
                sender,
                sealed: Sealed(row.bytes("address")?.unwrap_or_default()),
            });
        }
    }
    Ok(found)
}

pub(super) async fn reseal(
    client: Client,
    texts: &[Resealed],
    at: Timestamp,
) -> Result<ResealedCount, StoreError> {
    let mut session = Session::new(client);
    session.run("BEGIN").await?;
    let mut count = ResealedCount::default();
    for text in texts {
        count.add(text, reseal_one(&mut session, text).await?);
    }
    if count.is_zero() {
        session.run("ROLLBACK").await?;
    } else {
        trail::append(&mut session, &[count.audit_entry(at)]).await?;
        session.run("COMMIT").await?;
    }
    Ok(count)
}

async fn reseal_one(session: &mut Session, text: &Resealed) -> Result<u64, StoreError> {
    match text {
        Resealed::Password {
            mailbox,
            was,
            sealed,
        } => {
            let sql = "UPDATE mailbox SET password = $3 WHERE id = $1 AND password = $2";
            session
                .execute(sql, &[&mailbox.as_str(), was, sealed])
                .await
        }
        Resealed::Address {
            seq,
            was,
            sealed,
            order_key,
        } => {
            let mut touched = 0;
            for sql in UPDATES {
                let values: [&(dyn tokio_postgres::types::ToSql + Sync); 4] =
                    [seq, was, sealed, &order_key.as_slice()];
                touched += session.execute(sql, &values).await?;
            }
            Ok(touched)
        }
    }
}
