//! The home for several nodes: PostgreSQL. The nodes keep nothing of their own but the connection.

mod accept;
mod audit;
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
mod read;
mod schema;
mod session;
mod set_state;
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
