//! The side that reads: a pool of connections.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use parking_lot::Mutex;
use tokio::time::timeout;
use tokio_postgres::Row;

use super::connect::{Connector, to_store_error, unavailable};
use super::pool::{self, Lent, Pool};
use super::session::Values;
use super::under_way::Looked;
use crate::StoreError;
use crate::arrivals::Arrivals;

/// A server that answers no question by then hangs. The longest read of a large store takes seconds.
pub(super) const READ_WITHIN: Duration = Duration::from_secs(60);
/// The same of whether it takes writes.
const TOLD_WITHIN: Duration = Duration::from_secs(5);

/// The connection of a server that hangs is given up, and the next is made to the one that takes writes then.
pub(super) fn not_lent_again(client: Lent) -> StoreError {
    drop(Lent::take(client));
    unavailable("PostgreSQL did not answer")
}

/// The read side of a server.
pub(crate) struct PostgresRecords {
    pub(super) connector: Connector,
    pool: Pool,
    /// Names this server in leases; another one after every start.
    pub(super) node: String,
    /// Keys of bodies no record names any more, let go of by this server.
    pub(super) released: Arc<Mutex<Vec<String>>>,
    /// Who is told of messages that came into an inbox, on whichever server.
    pub(super) arrivals: Arrivals,
    pub(super) looked: Looked,
    /// Places in the order of arrival of messages whose place in an inbox cannot be read.
    damaged: Mutex<BTreeSet<i64>>,
}

impl PostgresRecords {
    pub(super) fn new(
        connector: Connector,
        connections: usize,
        node: u128,
        released: Arc<Mutex<Vec<String>>>,
        arrivals: Arrivals,
    ) -> Result<Self, StoreError> {
        Ok(Self {
            pool: pool::of(connector.clone(), connections)?,
            connector,
            node: format!("{node:032x}"),
            released,
            arrivals,
            looked: Looked::default(),
            damaged: Mutex::default(),
        })
    }

    pub(super) async fn client(&self) -> Result<Lent, StoreError> {
        self.pool.get().await.map_err(pool::to_store_error)
    }

    /// Reads; once more on a new connection when the one it was lent had died since, or its server takes no writes
    /// any more.
    pub(super) async fn rows(&self, sql: &str, values: Values<'_>) -> Result<Vec<Row>, StoreError> {
        let rows = match self.try_rows(sql, values).await {
            Err(StoreError::Unavailable(_) | StoreError::ReadOnly) => {
                self.try_rows(sql, values).await
            }
            result => result,
        };
        self.connector.noted(rows)
    }

    async fn try_rows(&self, sql: &str, values: Values<'_>) -> Result<Vec<Row>, StoreError> {
        let client = self.client().await?;
        let rows = async {
            let statement = client.prepare_cached(sql).await?;
            client.query(&statement, values).await
        };
        match timeout(READ_WITHIN, rows).await {
            Ok(rows) => rows
                .map_err(to_store_error)
                .inspect_err(|error| self.look_elsewhere(&client, error)),
            Err(_) => Err(not_lent_again(client)),
        }
    }

    /// Whether a server can be reached and takes writes.
    pub(super) async fn try_writable(&self) -> Result<(), StoreError> {
        let client = self.client().await?;
        let sql = "SELECT 1 WHERE current_setting('transaction_read_only') = 'on'";
        let Ok(read_only) = timeout(TOLD_WITHIN, client.query_opt(sql, &[])).await else {
            return Err(not_lent_again(client));
        };
        let read_only = read_only.map_err(to_store_error)?;
        let reached = read_only.map_or(Ok(()), |_| Err(StoreError::ReadOnly));
        reached.inspect_err(|error| self.look_elsewhere(&client, error))
    }

    /// No connection to a server that has become a standby is lent again.
    pub(super) fn look_elsewhere(&self, client: &Lent, error: &StoreError) {
        if matches!(error, StoreError::ReadOnly) {
            self.connector.hosts().takes_no_writes(client.turn());
        }
    }

    pub(super) async fn row(
        &self,
        sql: &str,
        values: Values<'_>,
    ) -> Result<Option<Row>, StoreError> {
        Ok(self.rows(sql, values).await?.into_iter().next())
    }

    /// A statement that gives one number.
    pub(super) async fn number(&self, sql: &str, values: Values<'_>) -> Result<u64, StoreError> {
        let row = self.row(sql, values).await?;
        let number: Option<i64> = row.and_then(|row| row.try_get(0).ok());
        let number = number.ok_or(StoreError::DamagedRecord("a number"))?;
        Ok(u64::try_from(number).unwrap_or(0))
    }

    /// A place in an inbox, if it can be read; one that cannot is noted.
    pub(super) fn readable<T>(&self, seq: i64, place: Result<T, StoreError>) -> Option<T> {
        if place.is_err() {
            let mut damaged = self.damaged.lock();
            damaged.insert(seq);
        }
        place.ok()
    }

    pub(super) fn take_damaged(&self) -> Vec<i64> {
        let mut damaged = self.damaged.lock();
        std::mem::take(&mut *damaged).into_iter().collect()
    }
}
