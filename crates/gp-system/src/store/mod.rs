//! The practice's own records, in one SQLite file. Every change of state is one transaction that
//! is on disk before anyone is told of it.

pub(crate) mod alert_acts;
pub(crate) mod alert_groups;
mod alert_reads;
pub(crate) mod alert_sent;
pub(crate) mod alerts;
pub(crate) mod answers;
pub(crate) mod clinicians;
pub(crate) mod consultations;
pub(crate) mod drafts;
pub(crate) mod findings;
pub(crate) mod habits;
pub(crate) mod inbox;
mod inbox_reads;
pub(crate) mod left;
pub(crate) mod neighbours;
pub(crate) mod outbox;
mod reads;
pub(crate) mod received;
pub(crate) mod removal;
pub(crate) mod retention;
pub(crate) mod reviews;
pub(crate) mod sections;
pub(crate) mod sent;
pub(crate) mod standing;
pub(crate) mod succession;
pub(crate) mod tallies;
pub(crate) mod task_acts;
pub(crate) mod task_steps;
pub(crate) mod tasks;

use std::path::Path;
use std::time::Duration;

use durable::Access;
use jiff::Timestamp;
use parking_lot::Mutex;
use rusqlite::{Connection, OpenFlags, Transaction, TransactionBehavior};

use crate::PracticeError;
use crate::directories::close_to_others;

/// The records of version 2, and the steps from each version to the next: a new file takes them
/// all.
const SCHEMA: &str = include_str!("schema.sql");
const FROM_2_TO_3: &str = include_str!("from_2_to_3.sql");
const FROM_3_TO_4: &str = include_str!("from_3_to_4.sql");
const FROM_4_TO_5: &str = include_str!("from_4_to_5.sql");
const FROM_5_TO_6: &str = include_str!("from_5_to_6.sql");
const FROM_6_TO_7: &str = include_str!("from_6_to_7.sql");
const FROM_7_TO_8: &str = include_str!("from_7_to_8.sql");
const FROM_8_TO_9: &str = include_str!("from_8_to_9.sql");
const FROM_9_TO_10: &str = include_str!("from_9_to_10.sql");
const FROM_10_TO_11: &str = include_str!("from_10_to_11.sql");
const FROM_11_TO_12: &str = include_str!("from_11_to_12.sql");
const FROM_12_TO_13: &str = include_str!("from_12_to_13.sql");
const FROM_13_TO_14: &str = include_str!("from_13_to_14.sql");
const FROM_14_TO_15: &str = include_str!("from_14_to_15.sql");
const FROM_15_TO_16: &str = include_str!("from_15_to_16.sql");
const FROM_16_TO_17: &str = include_str!("from_16_to_17.sql");
/// The steps from version 2 on, in their order.
const STEPS: [&str; 15] = [
    FROM_2_TO_3,
    FROM_3_TO_4,
    FROM_4_TO_5,
    FROM_5_TO_6,
    FROM_6_TO_7,
    FROM_7_TO_8,
    FROM_8_TO_9,
    FROM_9_TO_10,
    FROM_10_TO_11,
    FROM_11_TO_12,
    FROM_12_TO_13,
    FROM_13_TO_14,
    FROM_14_TO_15,
    FROM_15_TO_16,
    FROM_16_TO_17,
];
const SCHEMA_VERSION: u32 = 17;

/// The practice's records, as callers read them; they are changed by way of
/// [`Practice`](crate::Practice). One connection writes, one reads for the pages, so that a page
/// never waits for a message.
pub struct Store {
    writer: Mutex<Connection>,
    reader: Mutex<Connection>,
}

/// Whether the records of a practice can be opened by this release; nothing is made or changed.
///
/// # Errors
/// Records that are no database, or of a later release.
pub fn check_records(data_directory: &Path) -> Result<(), PracticeError> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let records = Connection::open_with_flags(data_directory.join("practice.sqlite"), flags)?;
    records.busy_timeout(Duration::from_secs(5))?;
    let found: u32 = records.query_row("PRAGMA user_version", [], |row| row.get(0))?;
    if found > SCHEMA_VERSION || found == 1 {
        return Err(PracticeError::Damaged {
            kind: "schema of another release",
        });
    }
    records.query_row("SELECT count(*) FROM sqlite_schema", [], |_| Ok(()))?;
    Ok(())
}

impl Store {
    pub(crate) fn open(path: &Path) -> Result<Self, PracticeError> {
        make_private(path)?;
        let mut writer = connect(path)?;
        let transaction = writer.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let found: u32 = transaction.query_row("PRAGMA user_version", [], |row| row.get(0))?;
        let steps = match found {
            0 => {
                transaction.execute_batch(SCHEMA)?;
                Some(STEPS.as_slice())
            }
            found => found
                .checked_sub(2)
                .and_then(|done| STEPS.get(usize::try_from(done).ok()?..)),
        };
        for step in steps.ok_or(PracticeError::Damaged {
            kind: "schema of another release",
        })? {
            transaction.execute_batch(step)?;
        }
        transaction.pragma_update(None, "user_version", SCHEMA_VERSION)?;
        transaction.commit()?;
        Ok(Self {
            writer: Mutex::new(writer),
            reader: Mutex::new(connect(path)?),
        })
    }

    /// Runs `change` as one durable transaction; an error undoes all of it.
    pub(crate) fn write<T>(
        &self,
        change: impl FnOnce(&Transaction<'_>) -> Result<T, PracticeError>,
    ) -> Result<T, PracticeError> {
        // A panic cannot leave a transaction half done: dropping it rolls it back.
        let mut writer = self.writer.lock();
        let transaction = writer.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let outcome = change(&transaction)?;
        transaction.commit()?;
        Ok(outcome)
    }

    /// Empties the log of changes, where removed rows still stand as they were. While somebody reads it
    /// is left for the next time.
    pub(crate) fn empty_log(&self) -> Result<(), PracticeError> {
        let writer = self.writer.lock();
        writer.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()))?;
        Ok(())
    }

    pub(crate) fn read<T>(
        &self,
        look: impl FnOnce(&Connection) -> Result<T, PracticeError>,
    ) -> Result<T, PracticeError> {
        look(&self.reader.lock())
    }
}

/// SQLite gives the files beside the records the rights of the records themselves.
fn make_private(path: &Path) -> Result<(), PracticeError> {
    match durable::create_new(path, Access::Owner) {
        Ok(_) => return Ok(()),
        Err(error) if error.is_taken() => {}
        Err(error) => {
            return Err(PracticeError::File {
                doing: "making the records",
                directory: path.parent().unwrap_or(path).to_owned(),
                source: std::io::Error::new(error.io_kind(), error.problem().to_string()),
            });
        }
    }
    for beside in ["", "-wal", "-shm"] {
        let mut name = path.as_os_str().to_owned();
        name.push(beside);
        let file = Path::new(&name);
        if file.exists() {
            close_to_others(file);
        }
    }
    Ok(())
}

fn connect(path: &Path) -> Result<Connection, PracticeError> {
    let connection = Connection::open(path)?;
    connection.busy_timeout(Duration::from_secs(10))?;
    connection.pragma_update(None, "journal_mode", "WAL")?;
    connection.pragma_update(None, "synchronous", "FULL")?;
    connection.pragma_update(None, "foreign_keys", true)?;
    // What is removed is overwritten, and not only forgotten.
    connection.pragma_update(None, "secure_delete", true)?;
    Ok(connection)
}

pub(crate) fn time(milliseconds: i64) -> Result<Timestamp, PracticeError> {
    Timestamp::from_millisecond(milliseconds).map_err(|_| PracticeError::Damaged { kind: "time" })
}
