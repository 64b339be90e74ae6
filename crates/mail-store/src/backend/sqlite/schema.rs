//! The database: its tables, their format, and how one of an older format is brought up to date.

use std::path::{Path, PathBuf};
use std::time::Duration;

use durable::{Access, create_directory, open_or_create};
use rusqlite::{Connection, OpenFlags, Transaction, TransactionBehavior, params};

use crate::StoreError;
use crate::audit::{Line, before_the_first};

/// The format of the tables; a change of theirs raises it, and adds its step to [`MIGRATIONS`].
const FORMAT: i64 = 7;

/// The oldest format with the columns that a copy needs.
const OLDEST: i64 = 2;

const TABLES: &str = include_str!("schema/tables.sql");

/// From a format to the next.
type Migration = fn(&Connection) -> Result<(), StoreError>;

/// Steps from [`OLDEST`] on, in order.
const MIGRATIONS: [Migration; (FORMAT - OLDEST) as usize] = [
    |connection| {
        connection.execute_batch(include_str!("schema/from_2_to_3.sql"))?;
        chain_all(connection)
    },
    |connection| Ok(connection.execute_batch(include_str!("schema/from_3_to_4.sql"))?),
    |connection| Ok(connection.execute_batch(include_str!("schema/from_4_to_5.sql"))?),
    |connection| Ok(connection.execute_batch(include_str!("schema/from_5_to_6.sql"))?),
    |connection| Ok(connection.execute_batch(include_str!("schema/from_6_to_7.sql"))?),
];

/// Opens the directory's database for writing, creating it when it is new and bringing it up to date
/// when it is of an older format, all in one transaction.
pub(super) fn open_for_writing(directory: &Path) -> Result<Connection, StoreError> {
    create_directory(directory, Access::Owner)?;
    let path = path_in(directory);
    drop(open_or_create(&path, Access::Owner)?);
    let mut connection = Connection::open(&path)?;
    connection.busy_timeout(Duration::from_secs(10))?;
    connection.pragma_update(None, "journal_mode", "WAL")?;
    connection.pragma_update(None, "synchronous", "FULL")?;
    connection.pragma_update(None, "secure_delete", "ON")?;
    connection.pragma_update(None, "journal_size_limit", 64 * 1024 * 1024)?;
    connection.set_prepared_statement_cache_capacity(64);
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    match format(&transaction)? {
        FORMAT => {}
        0 => {
            transaction.execute_batch(TABLES)?;
            transaction.pragma_update(None, "user_version", FORMAT)?;
        }
        found => migrate(&transaction, found)?,
    }
    transaction.commit()?;
    Ok(connection)
}

fn path_in(directory: &Path) -> PathBuf {
    directory.join("records.sqlite3")
}

fn format(connection: &Connection) -> Result<i64, StoreError> {
    Ok(connection.pragma_query_value(None, "user_version", |row| row.get(0))?)
}

fn migrate(transaction: &Transaction<'_>, found: i64) -> Result<(), StoreError> {
    is_known(found)?;
    let done = usize::try_from(found - OLDEST).unwrap_or_default();
    for (step, from) in MIGRATIONS.iter().zip(OLDEST..).skip(done) {
        step(transaction)?;
        tracing::info!(
            from,
            to = from + 1,
            "the store's tables were brought up to date"
        );
    }
    transaction.pragma_update(None, "user_version", FORMAT)?;
    Ok(())
}

/// Refuses a format that cannot be brought up to date.
fn is_known(found: i64) -> Result<(), StoreError> {
    if (OLDEST..=FORMAT).contains(&found) {
        return Ok(());
    }
    let expected = FORMAT;
    Err(StoreError::Format { found, expected })
}

/// Opens the database of a directory that must hold one, for an operator's command.
pub(super) fn open_existing(directory: &Path) -> Result<Connection, StoreError> {
    let connection = open_to_copy(directory)?;
    match format(&connection)? {
        FORMAT => Ok(connection),
        found => Err(StoreError::OlderFormat {
            found,
            expected: FORMAT,
        }),
    }
}

/// The same, of any format that could be brought up to date: a copy is made before that.
pub(super) fn open_to_copy(directory: &Path) -> Result<Connection, StoreError> {
    let path = path_in(directory);
    std::fs::metadata(&path).map_err(StoreError::file(&path))?;
    let connection = open_for_reading(directory)?;
    is_known(format(&connection)?)?;
    Ok(connection)
}

/// Opens the directory's database for reading.
pub(super) fn open_for_reading(directory: &Path) -> Result<Connection, StoreError> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(path_in(directory), flags)?;
    connection.busy_timeout(Duration::from_secs(10))?;
    connection.set_prepared_statement_cache_capacity(32);
    Ok(connection)
}

/// Gives every line of the audit trail its hash, for a trail that had none.
fn chain_all(connection: &Connection) -> Result<(), StoreError> {
    let mut previous = before_the_first();
    let mut lines = connection
        .prepare("SELECT number, at, actor, action, subject, detail FROM audit ORDER BY number")?;
    let mut set = connection.prepare("UPDATE audit SET hash = ? WHERE number = ?")?;
    let mut rows = lines.query([])?;
    while let Some(row) = rows.next()? {
        let (actor, action): (String, String) = (row.get(2)?, row.get(3)?);
        let (subject, detail): (String, String) = (row.get(4)?, row.get(5)?);
        let line = Line {
            number: row.get(0)?,
            at: row.get(1)?,
            actor: &actor,
            action: &action,
            subject: &subject,
            detail: &detail,
        };
        previous = line.hash(&previous);
        set.execute(params![previous, line.number])?;
    }
    Ok(())
}
