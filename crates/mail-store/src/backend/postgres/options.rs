//! How the database is reached.

use std::path::PathBuf;

use serde::Deserialize;
use settings::Secret;

/// Records in PostgreSQL, version 13 or later.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PostgresOptions {
    /// `postgresql://user@host:5432/database`; `host=/directory` as a parameter for a Unix socket.
    pub url: String,
    /// The password; of a file the first line.
    pub password: Option<Secret>,
    /// The authorities' certificates in PEM; the connection is TLS only with it, and without TLS
    /// only without it.
    pub ca_file: Option<PathBuf>,
    /// Connections for reading, at most, beside the one that commits.
    #[serde(default = "connections")]
    pub connections: usize,
}

fn connections() -> usize {
    8
}
