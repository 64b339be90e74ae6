use std::path::Path;
use std::time::Duration;

use rusqlite::{Connection, OpenFlags, TransactionBehavior};

use super::audit;
use crate::StoreError;
use crate::permissions::{private_directory, private_file};

/// The format of the database; a change that an older program could not read raises it.
const FORMAT: i64 = 3;

/// `message` rows never change. `pending`, `routing` and `uploading` hold what still has to be
/// done; `acknowledged`, `failed`, `routed` and `completed` what has happened. `sent` and
/// `received` are filled behind the writer's back in large batches (`Op::Index`), because an index
/// by mailbox kept with each message would cost more than the message.
const TABLES: &str = "
CREATE TABLE fact (name TEXT PRIMARY KEY, value INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE message (
  seq INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, kind INTEGER NOT NULL, sender TEXT,
  recipient TEXT, workflow TEXT NOT NULL, sent_at INTEGER NOT NULL, total_chunks INTEGER NOT NULL,
  flags INTEGER NOT NULL, local_id BLOB, subject BLOB, file_name BLOB, partner_id BLOB,
  checksum BLOB, content_type BLOB, report_code TEXT, report_event TEXT, report_text TEXT,
  report_linked TEXT, length INTEGER NOT NULL, object TEXT, sha256 BLOB, body BLOB, crc INTEGER);
CREATE INDEX message_object ON message (object) WHERE object IS NOT NULL;
CREATE TABLE chunk (
  seq INTEGER NOT NULL, number INTEGER NOT NULL, length INTEGER NOT NULL, object TEXT, sha256 BLOB,
  body BLOB, crc INTEGER, PRIMARY KEY (seq, number)) WITHOUT ROWID;
CREATE INDEX chunk_object ON chunk (object) WHERE object IS NOT NULL;
CREATE TABLE uploading (
  seq INTEGER PRIMARY KEY, received INTEGER NOT NULL, address BLOB, order_key BLOB);
CREATE TABLE completed (seq INTEGER PRIMARY KEY, at INTEGER NOT NULL, length INTEGER NOT NULL);
CREATE TABLE routing (
  seq INTEGER PRIMARY KEY, address BLOB NOT NULL, order_key BLOB NOT NULL, since INTEGER NOT NULL,
  attempts INTEGER NOT NULL, next_at INTEGER NOT NULL);
CREATE INDEX routing_due ON routing (next_at);
CREATE INDEX routing_order ON routing (order_key, next_at);
CREATE TABLE routed (
  position INTEGER PRIMARY KEY, seq INTEGER NOT NULL UNIQUE, recipient TEXT NOT NULL,
  hidden INTEGER NOT NULL, at INTEGER NOT NULL);
CREATE TABLE pending (
  position INTEGER PRIMARY KEY, seq INTEGER NOT NULL, recipient TEXT NOT NULL, id TEXT NOT NULL,
  workflow TEXT NOT NULL, since INTEGER NOT NULL);
CREATE TABLE acknowledged (
  seq INTEGER PRIMARY KEY, position INTEGER NOT NULL, at INTEGER NOT NULL);
CREATE TABLE failed (
  seq INTEGER PRIMARY KEY, state TEXT NOT NULL, at INTEGER NOT NULL, code TEXT NOT NULL,
  event TEXT NOT NULL, description TEXT NOT NULL, linked TEXT);
CREATE TABLE sent (
  mailbox TEXT NOT NULL, seq INTEGER NOT NULL, local_id BLOB, PRIMARY KEY (mailbox, seq))
  WITHOUT ROWID;
CREATE TABLE received (
  mailbox TEXT NOT NULL, seq INTEGER NOT NULL, PRIMARY KEY (mailbox, seq)) WITHOUT ROWID;
CREATE TABLE used_token (number INTEGER PRIMARY KEY, token BLOB NOT NULL, forget_at INTEGER NOT NULL);
CREATE TABLE audit (
  number INTEGER PRIMARY KEY, at INTEGER NOT NULL, actor TEXT NOT NULL, action TEXT NOT NULL,
  subject TEXT NOT NULL, detail TEXT NOT NULL, hash BLOB NOT NULL);
CREATE TABLE quarantine (seq INTEGER PRIMARY KEY, id TEXT, at INTEGER NOT NULL, reason TEXT NOT NULL);
CREATE TABLE mailbox (
  id TEXT PRIMARY KEY, name TEXT NOT NULL, ods TEXT NOT NULL, organisation_name TEXT NOT NULL,
  billing_entity TEXT NOT NULL, active INTEGER NOT NULL, password BLOB NOT NULL) WITHOUT ROWID;
CREATE TABLE workflow (id TEXT PRIMARY KEY, patient_routing INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE workflow_right (
  workflow TEXT NOT NULL, side TEXT NOT NULL, mailbox TEXT NOT NULL,
  PRIMARY KEY (workflow, side, mailbox)) WITHOUT ROWID;
CREATE TABLE revoked_certificate (serial TEXT PRIMARY KEY, at INTEGER NOT NULL) WITHOUT ROWID;
";

/// What format 3 added: checksums of records, the list of damaged ones, and the audit trail's
/// chain. Records written before have no checksum.
const FROM_2_TO_3: &str = "
ALTER TABLE message ADD COLUMN crc INTEGER;
ALTER TABLE chunk ADD COLUMN crc INTEGER;
ALTER TABLE audit ADD COLUMN detail TEXT NOT NULL DEFAULT '';
ALTER TABLE audit ADD COLUMN hash BLOB NOT NULL DEFAULT x'';
CREATE TABLE quarantine (seq INTEGER PRIMARY KEY, id TEXT, at INTEGER NOT NULL, reason TEXT NOT NULL);
";

/// Opens the directory's database for writing, creating it when it is new.
pub(crate) fn open_for_writing(directory: &Path) -> Result<Connection, StoreError> {
    private_directory(directory)?;
    let path = directory.join("records.sqlite3");
    drop(private_file(&path)?);
    let mut connection = Connection::open(&path)?;
    connection.busy_timeout(Duration::from_secs(10))?;
    connection.pragma_update(None, "journal_mode", "WAL")?;
    connection.pragma_update(None, "synchronous", "FULL")?;
    connection.pragma_update(None, "secure_delete", "ON")?;
    connection.pragma_update(None, "journal_size_limit", 64 * 1024 * 1024)?;
    connection.set_prepared_statement_cache_capacity(64);
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let found: i64 = transaction.pragma_query_value(None, "user_version", |row| row.get(0))?;
    match found {
        FORMAT => {}
        0 => {
            transaction.execute_batch(TABLES)?;
            transaction.pragma_update(None, "user_version", FORMAT)?;
        }
        2 => {
            transaction.execute_batch(FROM_2_TO_3)?;
            audit::chain_all(&transaction)?;
            transaction.pragma_update(None, "user_version", FORMAT)?;
        }
        found => {
            return Err(StoreError::Format {
                found,
                expected: FORMAT,
            });
        }
    }
    transaction.execute_batch(
        "CREATE TABLE IF NOT EXISTS audit_subject (
           subject TEXT NOT NULL, number INTEGER NOT NULL, PRIMARY KEY (subject, number))
         WITHOUT ROWID",
    )?;
    transaction.commit()?;
    Ok(connection)
}

/// Opens the database of a directory that must hold one, for an operator's command.
pub(crate) fn open_existing(directory: &Path) -> Result<Connection, StoreError> {
    let path = directory.join("records.sqlite3");
    std::fs::metadata(&path).map_err(StoreError::file(&path))?;
    let connection = open_for_reading(directory)?;
    let found: i64 = connection.pragma_query_value(None, "user_version", |row| row.get(0))?;
    if found != FORMAT {
        return Err(StoreError::Format {
            found,
            expected: FORMAT,
        });
    }
    Ok(connection)
}

/// Opens the directory's database for reading.
pub(crate) fn open_for_reading(directory: &Path) -> Result<Connection, StoreError> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(directory.join("records.sqlite3"), flags)?;
    connection.busy_timeout(Duration::from_secs(10))?;
    connection.set_prepared_statement_cache_capacity(32);
    Ok(connection)
}
