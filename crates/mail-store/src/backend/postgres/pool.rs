//! Connections for reading, lent and given back.

use std::ops::{Deref, DerefMut};

use deadpool::Runtime;
use deadpool::managed::{self, Metrics, PoolError, RecycleError, RecycleResult};
use deadpool_postgres::ClientWrapper;

use super::connect::{Connected, Connector, unavailable};
use super::hosts::Turn;
use crate::StoreError;

pub(super) type Pool = managed::Pool<Manager>;
pub(super) type Lent = managed::Object<Manager>;

/// Makes connections, and says whether one that was given back may be lent again.
pub(super) struct Manager {
    connector: Connector,
}

/// A connection and the statements prepared on it.
pub(super) struct Pooled {
    client: ClientWrapper,
    turn: Turn,
}

impl managed::Manager for Manager {
    type Type = Pooled;
    type Error = StoreError;

    async fn create(&self) -> Result<Pooled, StoreError> {
        let Connected {
            client,
            driven,
            turn,
        } = self.connector.connect().await?;
        let client = ClientWrapper::new(client, driven);
        Ok(Pooled { client, turn })
    }

    async fn recycle(&self, pooled: &mut Pooled, _: &Metrics) -> RecycleResult<StoreError> {
        if pooled.client.is_closed() {
            return Err(RecycleError::message("it has ended"));
        }
        if pooled.turn != self.connector.hosts().turn() {
            return Err(RecycleError::message("another server takes the writes"));
        }
        Ok(())
    }
}

impl Pooled {
    /// The turn it was made in.
    pub(super) fn turn(&self) -> Turn {
        self.turn
    }
}

impl Deref for Pooled {
    type Target = ClientWrapper;

    fn deref(&self) -> &ClientWrapper {
        &self.client
    }
}

impl DerefMut for Pooled {
    fn deref_mut(&mut self) -> &mut ClientWrapper {
        &mut self.client
    }
}

/// A pool of so many connections.
pub(super) fn of(connector: Connector, size: usize) -> Result<Pool, StoreError> {
    let hosts = connector.hosts();
    let (one, all) = (hosts.patience(), hosts.patience_for_all());
    Pool::builder(Manager { connector })
        .max_size(size.max(1))
        .runtime(Runtime::Tokio1)
        .wait_timeout(Some(one))
        .create_timeout(Some(all + one))
        .recycle_timeout(Some(one))
        .build()
        .map_err(|_| unavailable("the connections to PostgreSQL"))
}

pub(super) fn to_store_error(error: PoolError<StoreError>) -> StoreError {
    match error {
        PoolError::Backend(error) => error,
        _ => unavailable("PostgreSQL has no connection free"),
    }
}
