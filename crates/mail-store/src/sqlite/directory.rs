use std::fmt;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use jiff::Timestamp;
use nhs::{MailboxId, OdsCode, WorkflowId};
use rusqlite::{Connection, TransactionBehavior, params};

use super::audit::Trail;
use super::{columns, lists, schema};
use crate::StoreError;

/// A mailbox as the operator set it up.
#[derive(Clone)]
pub struct MailboxRecord {
    /// Its id.
    pub id: MailboxId,
    /// Its name, for people.
    pub name: String,
    /// Its organisation.
    pub ods: OdsCode,
    /// The organisation's name; may be empty.
    pub organisation_name: String,
    /// Who pays; may be empty.
    pub billing_entity: String,
    /// False: it may neither send nor be sent to.
    pub active: bool,
    /// The password as sealed by the exchange.
    pub password: Vec<u8>,
}

impl fmt::Debug for MailboxRecord {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MailboxRecord")
            .field("id", &self.id)
            .finish_non_exhaustive()
    }
}

/// Which way a mailbox may use a workflow.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Right {
    /// It may send.
    Send,
    /// It may receive.
    Receive,
}

impl Right {
    fn as_str(self) -> &'static str {
        match self {
            Self::Send => "send",
            Self::Receive => "receive",
        }
    }
}

/// A workflow and who may use it.
#[derive(Debug, Clone)]
pub struct RightRecord {
    /// The workflow.
    pub workflow: WorkflowId,
    /// Whether patient addresses are resolved for it.
    pub patient_routing: bool,
    /// Who may send it.
    pub senders: Vec<MailboxId>,
    /// Who may receive it.
    pub receivers: Vec<MailboxId>,
}

/// Everything the operator set up.
#[derive(Debug, Clone, Default)]
pub struct DirectoryRecords {
    /// Rises with every change.
    pub version: i64,
    /// By id.
    pub mailboxes: Vec<MailboxRecord>,
    /// By id.
    pub workflows: Vec<RightRecord>,
    /// Serial numbers of certificates no longer accepted.
    pub revoked: Vec<String>,
}

/// The operator's side of a store: works beside a running server, which notices by the version.
#[derive(Clone)]
pub struct Directory {
    connection: Arc<Mutex<Connection>>,
}

impl Directory {
    /// Opens the directory of a store, creating the store when it is new.
    pub fn open(directory: &Path) -> Result<Self, StoreError> {
        Ok(Self {
            connection: Arc::new(Mutex::new(schema::open_for_writing(directory)?)),
        })
    }

    fn change<T>(
        &self,
        at: Timestamp,
        action: &'static str,
        (subject, detail): (&str, &str),
        change: impl FnOnce(&Connection) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        let mut connection = self
            .connection
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let before = transaction.total_changes();
        let result = change(&transaction)?;
        if transaction.total_changes() != before {
            let version = lists::fact(&transaction, "directory_version")?;
            lists::set_fact(&transaction, "directory_version", version + 1)?;
            let did = ("operator", action);
            Trail::default().append(&transaction, at, did, subject, detail)?;
        }
        transaction.commit()?;
        Ok(result)
    }

    /// Adds a mailbox; false when the id is taken.
    pub fn add_mailbox(&self, mailbox: &MailboxRecord, at: Timestamp) -> Result<bool, StoreError> {
        self.change(at, "add mailbox", (mailbox.id.as_str(), ""), |connection| {
            let added = connection.execute(
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
            )?;
            Ok(added == 1)
        })
    }

    /// Switches a mailbox on or off; false when there is none.
    pub fn set_active(
        &self,
        mailbox: &MailboxId,
        active: bool,
        at: Timestamp,
    ) -> Result<bool, StoreError> {
        let action = if active {
            "enable mailbox"
        } else {
            "disable mailbox"
        };
        self.change(at, action, (mailbox.as_str(), ""), |connection| {
            let sql = "UPDATE mailbox SET active = ? WHERE id = ?";
            Ok(connection.execute(sql, params![active, mailbox.as_str()])? == 1)
        })
    }

    /// Gives a mailbox another sealed password; false when there is none.
    pub fn set_password(
        &self,
        mailbox: &MailboxId,
        sealed: &[u8],
        at: Timestamp,
    ) -> Result<bool, StoreError> {
        self.change(
            at,
            "change password",
            (mailbox.as_str(), ""),
            |connection| {
                let sql = "UPDATE mailbox SET password = ? WHERE id = ?";
                Ok(connection.execute(sql, params![sealed, mailbox.as_str()])? == 1)
            },
        )
    }

    /// Allows or denies mailboxes a workflow. A workflow not known before becomes known.
    pub fn set_rights(
        &self,
        workflow: &WorkflowId,
        right: Right,
        mailboxes: &[MailboxId],
        allowed: bool,
        at: Timestamp,
    ) -> Result<(), StoreError> {
        let action = if allowed {
            "allow workflow"
        } else {
            "deny workflow"
        };
        let names: Vec<_> = mailboxes.iter().map(MailboxId::as_str).collect();
        let detail = format!("{}={}", right.as_str(), names.join(","));
        self.change(at, action, (workflow.as_str(), &detail), |connection| {
            know_workflow(connection, workflow)?;
            for mailbox in mailboxes {
                let sql = if allowed {
                    "INSERT OR IGNORE INTO workflow_right VALUES (?, ?, ?)"
                } else {
                    "DELETE FROM workflow_right WHERE workflow = ? AND side = ? AND mailbox = ?"
                };
                connection.execute(
                    sql,
                    params![workflow.as_str(), right.as_str(), mailbox.as_str()],
                )?;
            }
            Ok(())
        })
    }

    /// Says whether patient addresses are resolved for a workflow.
    pub fn set_patient_routing(
        &self,
        workflow: &WorkflowId,
        enabled: bool,
        at: Timestamp,
    ) -> Result<(), StoreError> {
        let action = if enabled {
            "enable patient routing"
        } else {
            "disable patient routing"
        };
        self.change(at, action, (workflow.as_str(), ""), |connection| {
            know_workflow(connection, workflow)?;
            connection.execute(
                "UPDATE workflow SET patient_routing = ? WHERE id = ?",
                params![enabled, workflow.as_str()],
            )?;
            Ok(())
        })
    }

    /// Refuses a certificate from now on.
    pub fn revoke(&self, serial: &str, at: Timestamp) -> Result<(), StoreError> {
        self.change(at, "revoke certificate", (serial, ""), |connection| {
            connection.execute(
                "INSERT OR IGNORE INTO revoked_certificate VALUES (?, ?)",
                params![serial, at.as_microsecond()],
            )?;
            Ok(())
        })
    }

    /// Everything the operator set up.
    pub fn records(&self) -> Result<DirectoryRecords, StoreError> {
        records(
            &self
                .connection
                .lock()
                .unwrap_or_else(PoisonError::into_inner),
        )
    }
}

fn know_workflow(connection: &Connection, workflow: &WorkflowId) -> Result<(), StoreError> {
    connection.execute(
        "INSERT OR IGNORE INTO workflow VALUES (?, 0)",
        params![workflow.as_str()],
    )?;
    Ok(())
}

pub(crate) fn version(connection: &Connection) -> Result<i64, StoreError> {
    lists::fact(connection, "directory_version")
}

pub(crate) fn records(connection: &Connection) -> Result<DirectoryRecords, StoreError> {
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
            id: columns::mailbox(&row.get::<_, String>("id")?)?,
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
        let workflow = columns::workflow(&row.get::<_, String>(0)?)?;
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
        found.push(columns::mailbox(&row.get::<_, String>(0)?)?);
    }
    Ok(found)
}
