//! Opening, and what the store itself asks.

use std::sync::Arc;

use async_trait::async_trait;
use jiff::Timestamp;
use parking_lot::Mutex;

use super::announcing::Announcer;
use super::connect::Connector;
use super::directory::PostgresDirectory;
use super::options::PostgresOptions;
use super::records::PostgresRecords;
use super::writer::PostgresWriter;
use super::{lease, schema};
use crate::StoreError;
use crate::arrivals::Arrivals;
use crate::backend::row::RowReader;
use crate::contract::backend::{Backend, Upkeep};
use crate::contract::{Directory, History, Reads};
use crate::watch::Watch;

/// The side that reads and the side that writes. Makes the tables when they are new, and brings
/// those of an older format up to date. `node` must be no other server's.
pub(crate) async fn open(
    options: &PostgresOptions,
    node: u128,
) -> Result<(PostgresRecords, PostgresWriter), StoreError> {
    let connector = Connector::new(options)?;
    schema::prepare(&mut connector.connect().await?.client).await?;
    let released = Arc::<Mutex<Vec<String>>>::default();
    let arrivals = Arrivals::default();
    let announcer = Announcer::start(connector.clone(), arrivals.clone());
    let writer = PostgresWriter::new(connector.clone(), Arc::clone(&released), announcer);
    let records = PostgresRecords::new(connector, options.connections, node, released, arrivals)?;
    Ok((records, writer))
}

/// The side that reads, of a store that must be there, beside whoever has it open.
pub(crate) async fn open_history(options: &PostgresOptions) -> Result<PostgresRecords, StoreError> {
    schema::open_existing(options).await?;
    let connector = Connector::for_reading(options)?;
    PostgresRecords::new(connector, 1, 0, Arc::default(), Arrivals::default())
}

impl History for PostgresRecords {}

impl Reads for PostgresRecords {}

impl Backend for PostgresRecords {}

#[async_trait]
impl Upkeep for PostgresRecords {
    async fn unreferenced(&self, keys: Vec<String>) -> Result<Vec<String>, StoreError> {
        let mut found = Vec::new();
        for keys in keys.chunks(1_000) {
            let rows = self
                .rows(
                    "SELECT key FROM unnest($1::text[]) AS k (key)
                     WHERE NOT EXISTS (SELECT 1 FROM message WHERE object = key)
                     AND NOT EXISTS (SELECT 1 FROM chunk WHERE object = key)",
                    &[&keys],
                )
                .await?;
            for row in &rows {
                found.push(row.needed_text("key")?);
            }
        }
        Ok(found)
    }

    fn released(&self) -> Vec<String> {
        let mut released = self.released.lock();
        std::mem::take(&mut *released)
    }

    fn arrivals(&self) -> &Arrivals {
        &self.arrivals
    }

    async fn claim_full_sweep(&self, now: Timestamp, until: Timestamp) -> Result<bool, StoreError> {
        lease::acquire(self, "full sweep", now, until).await
    }

    async fn until_writes_end(&self) -> Result<(), StoreError> {
        Self::until_writes_end(self).await
    }

    async fn reach(&self) -> Result<(), StoreError> {
        let reached = match self.try_writable().await {
            Err(StoreError::Unavailable(_) | StoreError::ReadOnly) => self.try_writable().await,
            result => result,
        };
        self.connector.noted(reached)
    }

    fn watch(&self) -> Option<&Watch> {
        Some(self.connector.watch())
    }

    fn operators_directory(&self) -> Result<Directory, StoreError> {
        Ok(PostgresDirectory::new(self.connector.clone()).into_public())
    }
}
