//! The home for several nodes: PostgreSQL. The nodes keep nothing of their own but the connection.

mod accept;
mod audit;
pub(crate) mod backup;
mod chunks;
mod claim;
mod columns;
mod connect;
mod console;
mod directory;
mod forget;
mod home;
mod options;
mod progress;
pub(crate) mod quarantine;
mod read;
mod schema;
mod session;
mod set_state;
pub(crate) mod trail;
mod write;

pub(crate) use home::Postgres;
pub use options::PostgresOptions;

use std::sync::Arc;

use crate::StoreError;
use crate::directory::Directory;

/// The operator's side, making the tables when they are new. Blocks.
pub(crate) fn operators_directory(options: &PostgresOptions) -> Result<Directory, StoreError> {
    let connector = connect::Connector::new(options)?;
    let directory = directory::PostgresDirectory::new(connector);
    directory.prepare()?;
    Ok(Directory::new(Arc::new(directory)))
}

/// A connection to a database that must hold a store, for an operator's command.
async fn existing(options: &PostgresOptions) -> Result<tokio_postgres::Client, StoreError> {
    let client = connect::Connector::new(options)?.connect().await?;
    schema::check(&client).await?;
    Ok(client)
}
