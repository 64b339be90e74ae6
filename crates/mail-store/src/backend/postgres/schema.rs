//! The tables, their format, and how those of an older format are brought up to date.

use tokio_postgres::{Client, GenericClient, Transaction};

use super::connect::{Connector, to_store_error};
use super::options::PostgresOptions;
use crate::StoreError;
use crate::audit::before_the_first;

/// The format of the tables; a change of theirs raises it, and adds its step to [`MIGRATIONS`].
pub(super) const FORMAT: i64 = 5;

/// The oldest format that can be brought up to date.
const OLDEST: i64 = 1;

const TABLES: &str = include_str!("schema/tables.sql");

/// The tables of [`OLDEST`], from which the steps lead to those of each later format.
const OLDEST_TABLES: &str = include_str!("schema/format_1.sql");

/// Steps from [`OLDEST`] on, each from a format to the next.
const MIGRATIONS: [&str; (FORMAT - OLDEST) as usize] = [
    include_str!("schema/from_1_to_2.sql"),
    include_str!("schema/from_2_to_3.sql"),
    include_str!("schema/from_3_to_4.sql"),
    include_str!("schema/from_4_to_5.sql"),
];

/// Held while the tables are made or changed, so that servers that start together do not do it twice.
const MAKING: i64 = 0x7265_7374_616e_7465;

/// The tables that a backup keeps: all but `lease`, whose leases are of servers that run, and
/// `purge_order`, whose orders are theirs.
const KEPT: [&str; 18] = [
    "fact",
    "message",
    "chunk",
    "uploading",
    "completed",
    "routing",
    "routed",
    "pending",
    "acknowledged",
    "failed",
    "used_token",
    "audit",
    "audit_head",
    "quarantine",
    "mailbox",
    "workflow",
    "workflow_right",
    "revoked_certificate",
];

/// What numbers messages and places in inboxes; a number is never used twice.
pub(super) const SEQUENCES: [&str; 2] = ["message_seq_seq", "position"];

/// The tables that a backup of a format keeps.
pub(super) fn kept(format: i64) -> impl Iterator<Item = &'static str> {
    let not_always = [
        ("list_reset", 1..=1),
        ("usage", 3..=FORMAT),
        ("tally", 4..=FORMAT),
        ("step", 5..=FORMAT),
    ];
    let then = not_always
        .into_iter()
        .filter(move |(_, formats)| formats.contains(&format));
    KEPT.into_iter().chain(then.map(|(table, _)| table))
}

/// Makes the tables when they are new, and brings those of an older format up to date, all in one
/// transaction.
pub(super) async fn prepare(client: &mut Client) -> Result<(), StoreError> {
    let transaction = client.transaction().await.map_err(to_store_error)?;
    lock(&transaction).await?;
    if is_made(&transaction).await? {
        migrate(&transaction).await?;
    } else {
        make(&transaction).await?;
    }
    transaction.commit().await.map_err(to_store_error)
}

async fn make(transaction: &Transaction<'_>) -> Result<(), StoreError> {
    let made = transaction.batch_execute(TABLES).await;
    made.map_err(to_store_error)?;
    let sql = "INSERT INTO fact VALUES ('directory_version', 0), ('format', $1)";
    let facts = transaction.execute(sql, &[&FORMAT]).await;
    facts.map_err(to_store_error)?;
    let sql = "INSERT INTO audit_head VALUES (0, $1)";
    let head = before_the_first();
    let head = transaction.execute(sql, &[&head.as_slice()]).await;
    head.map(drop).map_err(to_store_error)
}

/// From whatever format `fact` tells.
pub(super) async fn migrate(transaction: &Transaction<'_>) -> Result<(), StoreError> {
    let found = format(transaction).await?;
    is_known(found)?;
    if found == FORMAT {
        return Ok(());
    }
    for (from, step) in (OLDEST..)
        .zip(MIGRATIONS)
        .skip_while(|(from, _)| *from < found)
    {
        let done = transaction.batch_execute(step).await;
        done.map_err(to_store_error)?;
        tracing::info!(
            from,
            to = from + 1,
            "the store's tables were brought up to date"
        );
    }
    let sql = "UPDATE fact SET value = $1 WHERE name = 'format'";
    let noted = transaction.execute(sql, &[&FORMAT]).await;
    noted.map(drop).map_err(to_store_error)
}

/// Makes the tables of a format, with nothing in them, where there are none: a backup of then is restored into them.
pub(super) async fn make_empty(
    transaction: &Transaction<'_>,
    format: i64,
) -> Result<(), StoreError> {
    is_known(format)?;
    lock(transaction).await?;
    is_free(transaction).await?;
    if format == FORMAT {
        let made = transaction.batch_execute(TABLES).await;
        return made.map_err(to_store_error);
    }
    let steps = (OLDEST..format).zip(MIGRATIONS).map(|(_, step)| step);
    for tables in [OLDEST_TABLES].into_iter().chain(steps) {
        let made = transaction.batch_execute(tables).await;
        made.map_err(to_store_error)?;
    }
    Ok(())
}

async fn lock(transaction: &Transaction<'_>) -> Result<(), StoreError> {
    let sql = "SELECT pg_advisory_xact_lock($1)";
    let locked = transaction.execute(sql, &[&MAKING]).await;
    locked.map(drop).map_err(to_store_error)
}

/// Refuses a database with tables.
pub(super) async fn is_free(client: &impl GenericClient) -> Result<(), StoreError> {
    if !is_made(client).await? {
        return Ok(());
    }
    let reason = "[store.postgresql] the database holds a mail store; a backup is restored into one \
                  that holds none";
    Err(StoreError::Configuration(reason.to_owned()))
}

/// A connection to a database that must hold a store, for an operator's command.
pub(super) async fn open_existing(options: &PostgresOptions) -> Result<Client, StoreError> {
    let client = open_to_copy(options).await?;
    match format(&client).await? {
        FORMAT => Ok(client),
        found => Err(StoreError::OlderFormat {
            found,
            expected: FORMAT,
        }),
    }
}

/// The same, of any format that could be brought up to date: a copy is made before that.
pub(super) async fn open_to_copy(options: &PostgresOptions) -> Result<Client, StoreError> {
    let client = Connector::for_reading(options)?.connect().await?.client;
    if !is_made(&client).await? {
        let reason =
            "[store.postgresql] the database holds no mail store: there is no table `fact`";
        return Err(StoreError::Configuration(reason.to_owned()));
    }
    is_known(format(&client).await?)?;
    Ok(client)
}

async fn is_made(client: &impl GenericClient) -> Result<bool, StoreError> {
    client
        .query_one("SELECT to_regclass('fact') IS NOT NULL", &[])
        .await
        .and_then(|row| row.try_get(0))
        .map_err(to_store_error)
}

/// As `fact` tells it.
pub(super) async fn format(client: &impl GenericClient) -> Result<i64, StoreError> {
    client
        .query_opt("SELECT value FROM fact WHERE name = 'format'", &[])
        .await
        .and_then(|row| row.map_or(Ok(0), |row| row.try_get(0)))
        .map_err(to_store_error)
}

/// Refuses a format that cannot be brought up to date.
pub(super) fn is_known(found: i64) -> Result<(), StoreError> {
    if (OLDEST..=FORMAT).contains(&found) {
        return Ok(());
    }
    let expected = FORMAT;
    Err(StoreError::Format { found, expected })
}
