use std::path::{Path, PathBuf};

use serde::Deserialize;

use crate::StoreError;
use crate::directory::Directory;
use crate::postgres::{self, PostgresOptions};
use crate::s3::S3Options;

/// Which homes a store has. Without any of this: SQLite and files in the data directory, for one
/// server.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct StoreOptions {
    /// Records in PostgreSQL, for any number of servers.
    pub postgresql: Option<PostgresOptions>,
    /// Large bodies in an S3 bucket.
    pub s3: Option<S3Options>,
}

impl StoreOptions {
    /// The operator's side of a store, whether or not a server runs on it. Creates the store when it
    /// is new, and blocks.
    pub fn operators_directory(&self, directory: &Path) -> Result<Directory, StoreError> {
        match &self.postgresql {
            None => Directory::open(directory),
            Some(options) => postgres::operators_directory(options),
        }
    }

    /// Body files of one machine are not seen by the servers on the others.
    pub(crate) fn check(&self) -> Result<(), StoreError> {
        if self.postgresql.is_some() && self.s3.is_none() {
            let reason = "[store.postgresql] needs [store.s3]: every server must reach the bodies";
            return Err(StoreError::Configuration(reason.to_owned()));
        }
        Ok(())
    }
}

/// The first line of a file.
pub(crate) fn secret(path: &PathBuf) -> Result<String, StoreError> {
    let text = std::fs::read_to_string(path).map_err(StoreError::file(path))?;
    Ok(text.lines().next().unwrap_or_default().trim().to_owned())
}
