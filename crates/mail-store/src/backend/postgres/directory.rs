//! The operator's directory in PostgreSQL.

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::Timestamp;
use nhs::OdsCode;
use tokio_postgres::{Client, Transaction};

use super::connect::{Connector, snapshot, to_store_error};
use super::options::PostgresOptions;
use super::session::Session;
use super::{purge_orders, schema, sealed, trail};
use crate::StoreError;
use crate::audit::AuditEntry;
use crate::backend::row::{RowReader, mailbox, workflow};
use crate::contract::directory::{Change, DirectoryBackend};
use crate::contract::{
    Directory, DirectoryRecords, MailboxRecord, Purge, Resealed, ResealedCount, Right, RightRecord,
    WaitingAddresses,
};

/// The operator's side, making the tables when they are new. Blocks.
pub(crate) fn operators_directory(options: &PostgresOptions) -> Result<Directory, StoreError> {
    let directory = PostgresDirectory::new(Connector::new(options)?);
    directory.block_on(async |mut client| schema::prepare(&mut client).await)?;
    Ok(directory.into_public())
}

/// A connection for each call: operators' changes are rare.
pub(super) struct PostgresDirectory {
    connector: Connector,
}

impl PostgresDirectory {
    pub(super) fn new(connector: Connector) -> Self {
        Self { connector }
    }

    pub(super) fn into_public(self) -> Directory {
        Directory::new(Arc::new(self))
    }

    /// Blocks until the work is done, on a thread of its own because the caller's may belong to a
    /// runtime.
    fn block_on<T: Send>(
        &self,
        work: impl AsyncFnOnce(Client) -> Result<T, StoreError> + Send,
    ) -> Result<T, StoreError> {
        let run = || {
            let runtime = tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .build()
                .map_err(StoreError::file("a runtime"))?;
            runtime.block_on(async { work(self.connector.connect().await?.client).await })
        };
        std::thread::scope(|scope| scope.spawn(run).join()).map_err(|_| StoreError::Closing)?
    }
}

impl DirectoryBackend for PostgresDirectory {
    fn change(&self, change: &Change<'_>, by: &str, at: Timestamp) -> Result<bool, StoreError> {
        self.block_on(async |client| {
            let mut session = Session::new(client);
            session.run("BEGIN").await?;
            if !apply(&mut session, change, at).await? {
                return Ok(false);
            }
            session
                .run("UPDATE fact SET value = value + 1 WHERE name = 'directory_version'")
                .await?;
            trail::append(&mut session, &[change.audit_entry(by, at)]).await?;
            session.run("COMMIT").await?;
            Ok(true)
        })
    }

    fn records(&self) -> Result<DirectoryRecords, StoreError> {
        self.block_on(async |mut client| records(&mut client).await)
    }

    fn order_purge(&self, purge: &Purge, at: Timestamp) -> Result<i64, StoreError> {
        self.block_on(async |client| {
            let mut session = Session::new(client);
            session.run("BEGIN").await?;
            let order = purge_orders::add(&mut session, purge, at).await?;
            trail::append(&mut session, &[purge.audit_entry(at)]).await?;
            session.run("COMMIT").await?;
            Ok(order)
        })
    }

    fn purged(&self, order: i64) -> Result<Option<u64>, StoreError> {
        self.block_on(async |client| {
            let mut session = Session::new(client);
            purge_orders::removed(&mut session, order).await
        })
    }

    fn note(&self, entry: AuditEntry) -> Result<(), StoreError> {
        self.block_on(async |client| {
            let mut session = Session::new(client);
            session.run("BEGIN").await?;
            trail::append(&mut session, &[entry]).await?;
            session.run("COMMIT").await
        })
    }

    fn waiting_addresses(&self, after: i64, limit: u32) -> Result<WaitingAddresses, StoreError> {
        self.block_on(async |client| sealed::waiting(&client, after, limit).await)
    }

    fn reseal(&self, texts: &[Resealed], at: Timestamp) -> Result<ResealedCount, StoreError> {
        self.block_on(async |client| sealed::reseal(client, texts, at).await)
    }
}

/// False when the change does not apply.
async fn apply(
    session: &mut Session,
    change: &Change<'_>,
    at: Timestamp,
) -> Result<bool, StoreError> {
    let changed = match change {
        Change::AddMailbox(mailbox) => session
            .execute(
                "INSERT INTO mailbox VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT DO NOTHING",
                &[
                    &mailbox.id.as_str(),
                    &mailbox.name,
                    &mailbox.ods.as_str(),
                    &mailbox.organisation_name,
                    &mailbox.billing_entity,
                    &mailbox.active,
                    &mailbox.password,
                ],
            )
            .await?,
        Change::SetActive(mailbox, active) => {
            let sql = "UPDATE mailbox SET active = $2 WHERE id = $1";
            session.execute(sql, &[&mailbox.as_str(), active]).await?
        }
        Change::SetPassword(mailbox, sealed) => {
            let sql = "UPDATE mailbox SET password = $2 WHERE id = $1";
            session.execute(sql, &[&mailbox.as_str(), sealed]).await?
        }
        Change::SetRights {
            workflow,
            right,
            mailboxes,
            allowed,
        } => {
            know_workflow(session, workflow.as_str()).await?;
            let sql = if *allowed {
                "INSERT INTO workflow_right SELECT $1, $2, unnest($3::text[])
                 ON CONFLICT DO NOTHING"
            } else {
                "DELETE FROM workflow_right WHERE workflow = $1 AND side = $2
                 AND mailbox = ANY($3::text[])"
            };
            let mailboxes: Vec<&str> = mailboxes.iter().map(|mailbox| mailbox.as_str()).collect();
            session
                .execute(sql, &[&workflow.as_str(), &right.as_str(), &mailboxes])
                .await?;
            1
        }
        Change::SetPatientRouting(workflow, enabled) => {
            know_workflow(session, workflow.as_str()).await?;
            let sql = "UPDATE workflow SET patient_routing = $2 WHERE id = $1";
            session.execute(sql, &[&workflow.as_str(), enabled]).await?
        }
        Change::Revoke(serial) => {
            let sql = "INSERT INTO revoked_certificate VALUES ($1, $2) ON CONFLICT DO NOTHING";
            session
                .execute(sql, &[serial, &at.as_microsecond()])
                .await?;
            1
        }
    };
    Ok(changed == 1)
}

async fn know_workflow(session: &mut Session, workflow: &str) -> Result<(), StoreError> {
    let sql = "INSERT INTO workflow VALUES ($1, false) ON CONFLICT DO NOTHING";
    session.execute(sql, &[&workflow]).await.map(drop)
}

/// All of one moment.
pub(super) async fn records(client: &mut Client) -> Result<DirectoryRecords, StoreError> {
    let transaction = snapshot(client).await?;
    let sql = "SELECT value FROM fact WHERE name = 'directory_version'";
    let version = transaction
        .query_one(sql, &[])
        .await
        .map_err(to_store_error)?;
    let records = DirectoryRecords {
        version: version.needed("value")?,
        mailboxes: mailboxes(&transaction).await?,
        workflows: workflows(&transaction).await?,
        revoked: revoked(&transaction).await?,
    };
    transaction.commit().await.map_err(to_store_error)?;
    Ok(records)
}

async fn mailboxes(transaction: &Transaction<'_>) -> Result<Vec<MailboxRecord>, StoreError> {
    let sql = "SELECT * FROM mailbox ORDER BY id COLLATE \"C\"";
    let rows = transaction.query(sql, &[]).await.map_err(to_store_error)?;
    rows.iter()
        .map(|row| {
            Ok(MailboxRecord {
                id: mailbox(&row.needed_text("id")?)?,
                name: row.needed_text("name")?,
                ods: OdsCode::parse(&row.needed_text("ods")?)
                    .map_err(|_| StoreError::DamagedRecord("an ODS code"))?,
                organisation_name: row.needed_text("organisation_name")?,
                billing_entity: row.needed_text("billing_entity")?,
                active: row.try_get("active").map_err(to_store_error)?,
                password: row.bytes("password")?.unwrap_or_default(),
            })
        })
        .collect()
}

async fn workflows(transaction: &Transaction<'_>) -> Result<Vec<RightRecord>, StoreError> {
    let sql = "SELECT id, patient_routing FROM workflow";
    let mut found = BTreeMap::new();
    for row in transaction.query(sql, &[]).await.map_err(to_store_error)? {
        let id = row.needed_text("id")?;
        let record = RightRecord {
            workflow: workflow(&id)?,
            patient_routing: row.try_get("patient_routing").map_err(to_store_error)?,
            senders: Vec::new(),
            receivers: Vec::new(),
        };
        found.insert(id, record);
    }
    let sql = "SELECT workflow, side, mailbox FROM workflow_right ORDER BY mailbox COLLATE \"C\"";
    for row in transaction.query(sql, &[]).await.map_err(to_store_error)? {
        let holder = mailbox(&row.needed_text("mailbox")?)?;
        let side = row.needed_text("side")?;
        if let Some(record) = found.get_mut(&row.needed_text("workflow")?) {
            if side == Right::Send.as_str() {
                record.senders.push(holder);
            } else {
                record.receivers.push(holder);
            }
        }
    }
    Ok(found.into_values().collect())
}

async fn revoked(transaction: &Transaction<'_>) -> Result<Vec<String>, StoreError> {
    let sql = "SELECT serial FROM revoked_certificate ORDER BY serial COLLATE \"C\"";
    let rows = transaction.query(sql, &[]).await.map_err(to_store_error)?;
    rows.iter().map(|row| row.needed_text("serial")).collect()
}
