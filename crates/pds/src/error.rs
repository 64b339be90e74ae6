//! Why a trace, an import or a start failed.

use std::path::PathBuf;
use std::time::Duration;

use durable::Problem;

/// Why a trace, an import or a start did not come to an answer. Never carries patient data.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PdsError {
    /// PDS is down, slow, throttling or answers with a server error. Try again later.
    #[error("PDS is unavailable ({reason}); sending again is safe")]
    Unavailable {
        /// How long to wait at least, when PDS or our own limit says so.
        retry_after: Option<Duration>,
        /// What was seen, in our words.
        reason: &'static str,
    },
    /// PDS answered with something that is not an answer of PDS. Nothing was concluded from it.
    #[error("expected {expected} from PDS, found something else; sending again is safe")]
    UnexpectedAnswer {
        /// What should have come.
        expected: &'static str,
    },
    /// PDS does not accept our credentials (HTTP 400, 401 or 403). An operator has to act.
    #[error(
        "PDS refused our credentials with HTTP {status}; sending again is safe but will not help until the key, its id or the API key is corrected"
    )]
    Refused {
        /// The HTTP status.
        status: u16,
    },
    /// The registry directory holds no snapshot of patients yet.
    #[error("no registry in {0}: import patients first")]
    NoRegistry(PathBuf),
    /// A registry file is not what the import wrote: damaged, tampered with, or another key.
    #[error("the registry is damaged or its key is another one: {0}; import again")]
    RegistryDamaged(&'static str),
    /// The registry was written by a version of this program with another file format.
    #[error("the registry has format {found}, this program reads format {expected}; import again")]
    RegistryFormat {
        /// The format in the file.
        found: u32,
        /// The format this program reads.
        expected: u32,
    },
    /// The key file cannot serve as one.
    #[error("the registry key {path} {problem}")]
    RegistryKey {
        /// The key file.
        path: PathBuf,
        /// What is wrong with it.
        problem: &'static str,
    },
    /// Another import is running in the same directory.
    #[error("another import is running in {0}; wait for it to end")]
    ImportRunning(PathBuf),
    /// The file is none of the kinds that can be imported.
    #[error("the file is not recognised: expected the header of {expected}")]
    UnknownFile {
        /// What it could have been.
        expected: &'static str,
    },
    /// A single row is longer than the limit, most often a quote that is never closed.
    #[error(
        "the row that begins on line {line} is longer than {limit} bytes; a quote may be left open"
    )]
    RowTooLong {
        /// The line on which the row begins.
        line: u64,
        /// The limit in bytes.
        limit: u64,
    },
    /// A file without one acceptable row; the registry stays as it was.
    #[error("no row was accepted, {refused} refused{}; the registry is unchanged", first.as_ref().map(|first| format!(" ({first})")).unwrap_or_default())]
    NothingAccepted {
        /// How many rows were refused.
        refused: u64,
        /// The first refused row: its line and the reason.
        first: Option<String>,
    },
    /// A setting cannot be used.
    #[error("{setting}: {problem}")]
    Configuration {
        /// The setting.
        setting: &'static str,
        /// What is wrong with it.
        problem: String,
    },
    /// A secret of the configuration cannot be read.
    #[error("configuration: {0}")]
    Secret(#[from] settings::SettingsError),
    /// A file of the registry or its key could not be read or written as it must be.
    #[error(transparent)]
    Durable(#[from] durable::FileError),
    /// A file could not be read or written.
    #[error("cannot {action} {path}: {source}")]
    File {
        /// What was tried: `read`, `write`.
        action: &'static str,
        /// The file.
        path: PathBuf,
        /// The operating system's reason.
        source: std::io::Error,
    },
}

impl PdsError {
    /// The stable code of this error, for logs and metrics.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Unavailable { .. } => "PDS_UNAVAILABLE",
            Self::UnexpectedAnswer { .. } => "PDS_UNEXPECTED_ANSWER",
            Self::Refused { .. } => "PDS_REFUSED",
            Self::NoRegistry(_) => "REGISTRY_MISSING",
            Self::RegistryDamaged(_) => "REGISTRY_DAMAGED",
            Self::RegistryFormat { .. } => "REGISTRY_FORMAT",
            Self::RegistryKey { .. } => "REGISTRY_KEY",
            Self::ImportRunning(_) => "IMPORT_RUNNING",
            Self::UnknownFile { .. } => "IMPORT_UNKNOWN_FILE",
            Self::RowTooLong { .. } => "IMPORT_ROW_TOO_LONG",
            Self::NothingAccepted { .. } => "IMPORT_NOTHING_ACCEPTED",
            Self::Configuration { .. } | Self::Secret(_) => "PDS_CONFIGURATION",
            Self::Durable(error) if matches!(error.problem(), Problem::Exposed(_)) => {
                "REGISTRY_KEY"
            }
            Self::File { .. } | Self::Durable(_) => "PDS_FILE",
        }
    }

    /// How long to wait before asking again, when that is known.
    pub fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::Unavailable { retry_after, .. } => *retry_after,
            _ => None,
        }
    }

    pub(crate) fn unavailable(reason: &'static str) -> Self {
        Self::Unavailable {
            retry_after: None,
            reason,
        }
    }

    pub(crate) fn read(path: &std::path::Path) -> impl FnOnce(std::io::Error) -> Self {
        let path = path.to_owned();
        move |source| Self::File {
            action: "read",
            path,
            source,
        }
    }

    pub(crate) fn write(path: &std::path::Path) -> impl FnOnce(std::io::Error) -> Self {
        let path = path.to_owned();
        move |source| Self::File {
            action: "write",
            path,
            source,
        }
    }
}
