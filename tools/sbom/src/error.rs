//! Why there is no bill of materials.

use std::path::PathBuf;

/// Why there is no bill of materials.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Cargo did not say what was asked.
    #[error("cargo metadata failed: {0}")]
    Cargo(String),
    /// What cargo said is not as expected.
    #[error("what cargo metadata says cannot be read: {0}")]
    Metadata(#[from] serde_json::Error),
    /// The lock file is not as expected.
    #[error("Cargo.lock cannot be read: {0}")]
    Lock(#[from] toml::de::Error),
    /// A package that others depend on is not described.
    #[error("cargo metadata names {0} and does not describe it")]
    Unknown(String),
    /// A file cannot be read or written.
    #[error("{}: {error}", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// What the operating system said.
        error: std::io::Error,
    },
}
