//! Opening, and what the store itself asks.

use std::path::Path;
use std::sync::Arc;

use async_trait::async_trait;

use super::readers::Readers;
use super::records::SqliteRecords;
use super::shared::Shared;
use super::writer::SqliteWriter;
use super::{directory, schema};
use crate::StoreError;
use crate::arrivals::Arrivals;
use crate::contract::backend::{Backend, Upkeep};
use crate::contract::{Directory, History, Reads};

/// The side that reads and the side that writes. Creates the database when it is new, brings one of
/// an older format up to date, and blocks while it rebuilds the inboxes.
pub(crate) fn open(directory: &Path) -> Result<(SqliteRecords, SqliteWriter), StoreError> {
    let shared = Arc::<Shared>::default();
    let connection = schema::open_for_writing(directory)?;
    let writer = SqliteWriter::open(connection, Arc::clone(&shared))?;
    let records = SqliteRecords {
        directory: directory.to_owned(),
        readers: Readers::open(directory),
        shared,
    };
    Ok((records, writer))
}

/// The side that reads, of a store that must be there, beside whoever has it open. It knows nothing of what only the
/// writer keeps in memory: inboxes and tokens.
pub(crate) fn open_history(directory: &Path) -> Result<SqliteRecords, StoreError> {
    schema::open_existing(directory)?;
    Ok(SqliteRecords {
        directory: directory.to_owned(),
        readers: Readers::open(directory),
        shared: Arc::default(),
    })
}

impl History for SqliteRecords {}

impl Reads for SqliteRecords {}

impl Backend for SqliteRecords {}

#[async_trait]
impl Upkeep for SqliteRecords {
    fn lists_fall_behind(&self) -> bool {
        true
    }

    async fn unreferenced(&self, keys: Vec<String>) -> Result<Vec<String>, StoreError> {
        self.read(move |connection| {
            let mut named = connection.prepare_cached(
                "SELECT EXISTS (SELECT 1 FROM message WHERE object = ?1)
                 OR EXISTS (SELECT 1 FROM chunk WHERE object = ?1)",
            )?;
            let mut found = Vec::new();
            for key in keys {
                if !named.query_row([&key], |row| row.get::<_, bool>(0))? {
                    found.push(key);
                }
            }
            Ok(found)
        })
        .await
    }

    fn released(&self) -> Vec<String> {
        self.shared.take_released()
    }

    fn arrivals(&self) -> &Arrivals {
        &self.shared.arrivals
    }

    async fn free_in_records(&self) -> Result<u64, StoreError> {
        self.read(|connection| {
            let pragma = |name: &str| -> Result<u64, StoreError> {
                let value =
                    connection.pragma_query_value(None, name, |row| row.get::<_, i64>(0))?;
                Ok(value.unsigned_abs())
            };
            Ok(pragma("freelist_count")? * pragma("page_size")?)
        })
        .await
    }

    fn operators_directory(&self) -> Result<Directory, StoreError> {
        directory::operators_directory(&self.directory)
    }
}
