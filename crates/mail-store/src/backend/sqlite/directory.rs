//! The operator's directory in SQLite.

use std::path::Path;
use std::sync::Arc;

use jiff::Timestamp;
use nhs::{MailboxId, OdsCode, WorkflowId};
use parking_lot::Mutex;
use rusqlite::{Connection, TransactionBehavior, params};

use super::facts::{fact, set_fact};
use super::trail::Trail;
use super::{purge_orders, schema, sealed};
use crate::StoreError;
use crate::audit::AuditEntry;
use crate::backend::row;
use crate::contract::directory::{Change, DirectoryBackend};
use crate::contract::{
    Directory, DirectoryRecords, MailboxRecord, Purge, Resealed, ResealedCount, Right, RightRecord,
    WaitingAddresses,
};

/// The operator's side of the store in a directory; creates it when it is new.
pub(crate) fn operators_directory(directory: &Path) -> Result<Directory, StoreError> {
    let connection = schema::open_for_writing(directory)?;
    let connection = Mutex::new(connection);
    Ok(Directory::new(Arc::new(SqliteDirectory { connection })))
}

/// A connection of the operator's own, beside the server's.
struct SqliteDirectory {
    connection: Mutex<Connection>,
}

impl DirectoryBackend for SqliteDirectory {
    fn change(&self, change: &Change<'_>, by: &str, at: Timestamp) -> Result<bool, StoreError> {
        let mut connection = self.connection.lock();
        let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let before = transaction.total_changes();
        let applies = apply(&transaction, change, at)?;
        if transaction.total_changes() == before {
            return Ok(applies);
        }
        let version = fact(&transaction, "directory_version")?;
        set_fact(&transaction, "directory_version", version + 1)?;
        Trail::default().append(&transaction, &change.audit_entry(by, at))?;
        transaction.commit()?;
        Ok(true)
    }

    fn records(&self) -> Result<DirectoryRecords, StoreError> {
        records(&self.connection.lock())
    }

    fn order_purge(&self, purge: &Purge, at: Timestamp) -> Result<i64, StoreError> {
        let mut connection = self.connection.lock();
        let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let order = purge_orders::add(&transaction, purge, at)?;
        Trail::default().append(&transaction, &purge.audit_entry(at))?;
        transaction.commit()?;
        Ok(order)
    }

    fn purged(&self, order: i64) -> Result<Option<u64>, StoreError> {
        purge_orders::removed(&self.connection.lock(), order)
    }

    fn note(&self, entry: AuditEntry) -> Result<(), StoreError> {
        let mut connection = self.connection.lock();
        let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        Trail::default().append(&transaction, &entry)?;
        Ok(transaction.commit()?)
    }

    fn waiting_addresses(&self, after: i64, limit: u32) -> Result<WaitingAddresses, StoreError> {
        sealed::waiting(&self.connection.lock(), after, limit)
    }

    fn reseal(&self, texts: &[Resealed], at: Timestamp) -> Result<ResealedCount, StoreError> {
        sealed::reseal(&mut self.connection.lock(), texts, at)
    }
}

/// False when the change does not apply.
fn apply(connection: &Connection, change: &Change<'_>, at: Timestamp) -> Result<bool, StoreError> {
    let changed = match change {
        Change::AddMailbox(mailbox) => connection.execute(
            "INSERT OR IGNORE INTO mailbox VALUES (?, ?, ?, ?, ?, ?, ?)",
            params![
                mailbox.id.as_str(),
                mailbox.name,
                mailbox.ods.as_str(),
                mailbox.organisation_name,
                mailbox.billing_entity,
                mailbox.active,
                mailbox.password
            ],
        )?,
        Change::SetActive(mailbox, active) => connection.execute(
            "UPDATE mailbox SET active = ? WHERE id = ?",
            params![active, mailbox.as_str()],
        )?,
        Change::SetPassword(mailbox, sealed) => connection.execute(
            "UPDATE mailbox SET password = ? WHERE id = ?",
            params![sealed, mailbox.as_str()],
        )?,
        Change::SetRights {
            workflow,
            right,
            mailboxes,
            allowed,
        } => {
            know_workflow(connection, workflow)?;
            set_rights(connection, workflow, *right, mailboxes, *allowed)?;
            1
        }
        Change::SetPatientRouting(workflow, enabled) => {
            know_workflow(connection, workflow)?;
            connection.execute(
                "UPDATE workflow SET patient_routing = ? WHERE id = ?",
                params![enabled, workflow.as_str()],
            )?
        }
        Change::Revoke(serial) => {
            connection.execute(
                "INSERT OR IGNORE INTO revoked_certificate VALUES (?, ?)",
                params![serial, at.as_microsecond()],
            )?;
            1
        }
    };
    Ok(changed == 1)
}

fn set_rights(
    connection: &Connection,
    workflow: &WorkflowId,
    right: Right,
    mailboxes: &[MailboxId],
    allowed: bool,
) -> Result<(), StoreError> {
    let sql = if allowed {
        "INSERT OR IGNORE INTO workflow_right VALUES (?, ?, ?)"
    } else {
        "DELETE FROM workflow_right WHERE workflow = ? AND side = ? AND mailbox = ?"
    };
    for mailbox in mailboxes {
        connection.execute(
            sql,
            params![workflow.as_str(), right.as_str(), mailbox.as_str()],
        )?;
    }
    Ok(())
}

fn know_workflow(connection: &Connection, workflow: &WorkflowId) -> Result<(), StoreError> {
    connection.execute(
        "INSERT OR IGNORE INTO workflow VALUES (?, 0)",
        params![workflow.as_str()],
    )?;
    Ok(())
}

pub(super) fn version(connection: &Connection) -> Result<i64, StoreError> {
    fact(connection, "directory_version")
}

pub(super) fn records(connection: &Connection) -> Result<DirectoryRecords, StoreError> {
    let transaction = connection.unchecked_transaction()?;
    Ok(DirectoryRecords {
        version: version(&transaction)?,
        mailboxes: mailboxes(&transaction)?,
        workflows: workflows(&transaction)?,
        revoked: transaction
            .prepare_cached("SELECT serial FROM revoked_certificate ORDER BY serial")?
            .query_map([], |row| row.get(0))?
            .collect::<Result<_, _>>()?,
    })
}

fn mailboxes(connection: &Connection) -> Result<Vec<MailboxRecord>, StoreError> {
    let mut statement = connection.prepare_cached("SELECT * FROM mailbox ORDER BY id")?;
    let mut rows = statement.query([])?;
    let mut found = Vec::new();
    while let Some(row) = rows.next()? {
        found.push(MailboxRecord {
            id: row::mailbox(&row.get::<_, String>("id")?)?,
            name: row.get("name")?,
            ods: OdsCode::parse(&row.get::<_, String>("ods")?)
                .map_err(|_| StoreError::DamagedRecord("an ODS code"))?,
            organisation_name: row.get("organisation_name")?,
            billing_entity: row.get("billing_entity")?,
            active: row.get("active")?,
            password: row.get("password")?,
        });
    }
    Ok(found)
}

fn workflows(connection: &Connection) -> Result<Vec<RightRecord>, StoreError> {
    let mut statement =
        connection.prepare_cached("SELECT id, patient_routing FROM workflow ORDER BY id")?;
    let mut rows = statement.query([])?;
    let mut found = Vec::new();
    while let Some(row) = rows.next()? {
        let workflow = row::workflow(&row.get::<_, String>(0)?)?;
        found.push(RightRecord {
            patient_routing: row.get(1)?,
            senders: holders(connection, &workflow, Right::Send)?,
            receivers: holders(connection, &workflow, Right::Receive)?,
            workflow,
        });
    }
    Ok(found)
}

fn holders(
    connection: &Connection,
    workflow: &WorkflowId,
    right: Right,
) -> Result<Vec<MailboxId>, StoreError> {
    let mut statement = connection.prepare_cached(
        "SELECT mailbox FROM workflow_right WHERE workflow = ? AND side = ? ORDER BY mailbox",
    )?;
    let mut rows = statement.query(params![workflow.as_str(), right.as_str()])?;
    let mut found = Vec::new();
    while let Some(row) = rows.next()? {
        found.push(row::mailbox(&row.get::<_, String>(0)?)?);
    }
    Ok(found)
}
