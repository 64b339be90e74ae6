//! The users' file: its tables, and the columns that files of earlier versions get when they are opened.

use rusqlite::{Connection, TransactionBehavior};

use crate::PagesError;
use crate::security_log;

const TABLES: &str = "
CREATE TABLE IF NOT EXISTS users (
    name     TEXT PRIMARY KEY,
    role     TEXT NOT NULL,
    password TEXT NOT NULL,             -- argon2id, as a PHC string; empty where a provider proves who it is
    disabled INTEGER NOT NULL DEFAULT 0,
    version  INTEGER NOT NULL DEFAULT 1, -- rises when sessions must end
    added_at INTEGER NOT NULL            -- seconds since 1970
) STRICT, WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS device_key (
    one   INTEGER PRIMARY KEY CHECK (one = 1),
    bytes BLOB NOT NULL                 -- signs the cookies of known devices
) STRICT;
";

/// Columns of `users` that 0.1 did not have.
const ADDED: &[(&str, &str)] = &[
    // Seconds since 1970 until which the password, which an administrator gave out, can be used once to
    // choose one's own; null for one's own.
    ("one_time_until", "INTEGER"),
    // The provider's issuer and what it calls the user, where it proves who that is; empty while the
    // provider has yet to; null for a user with a password.
    ("subject", "TEXT"),
];

/// Nobody is two users.
const SUBJECTS: &str =
    "CREATE UNIQUE INDEX IF NOT EXISTS users_by_subject ON users (subject) WHERE subject <> ''";

/// Makes what is missing.
pub(super) fn prepare(connection: &mut Connection) -> Result<(), PagesError> {
    connection.execute_batch(TABLES)?;
    connection.execute_batch(security_log::SCHEMA)?;
    if missing(connection)?.is_empty() && !has_old_trigger(connection)? {
        return Ok(());
    }
    // Several processes may open the file at once: what is missing is seen again under its lock.
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    for (column, kind) in missing(&transaction)? {
        transaction.execute_batch(&format!("ALTER TABLE users ADD COLUMN {column} {kind}"))?;
    }
    transaction.execute_batch(SUBJECTS)?;
    transaction.execute_batch("DROP TRIGGER IF EXISTS security_log_is_not_shortened")?;
    Ok(transaction.commit()?)
}

/// Whether the file forbids what 0.2 did not: to shorten the security log.
fn has_old_trigger(connection: &Connection) -> rusqlite::Result<bool> {
    let sql = "SELECT 1 FROM sqlite_master WHERE name = 'security_log_is_not_shortened'";
    connection.prepare(sql)?.exists([])
}

fn missing(connection: &Connection) -> rusqlite::Result<Vec<(&'static str, &'static str)>> {
    let mut known =
        connection.prepare("SELECT 1 FROM pragma_table_info('users') WHERE name = ?")?;
    let mut missing = Vec::new();
    for column in ADDED {
        if !known.exists([column.0])? {
            missing.push(*column);
        }
    }
    Ok(missing)
}
