//! What the store can fail with.

use std::borrow::Cow;
use std::path::PathBuf;

use crate::service;

/// What the store can fail with. Whoever sees [`StoreError::is_worth_retrying`] may do the same
/// again later; nothing of the failed job was kept.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// Another server holds the directory.
    #[error("{0} is in use by another server; stop it first, or name another directory")]
    InUse(PathBuf),
    /// The database was written by a version this program does not know.
    #[error(
        "the store has format {found}, this program reads format {expected}; use the program that wrote it, or an empty directory"
    )]
    Format {
        /// Format number in the file.
        found: i64,
        /// Format number this program writes.
        expected: i64,
    },
    /// The database was written by an earlier release, and an operator's command is not what brings it
    /// up to date.
    #[error(
        "the store has format {found}, this program works on format {expected}; stop every server that runs on it, make a backup, and start this release's server once: it brings the store up to date"
    )]
    OlderFormat {
        /// Format number in the file.
        found: i64,
        /// Format number this program writes.
        expected: i64,
    },
    /// The directory was laid out by a version this program does not know.
    #[error(
        "the directory's layout is {found:?}, this program knows {expected:?}; use the program that wrote it, or an empty directory"
    )]
    Layout {
        /// What its `lock` says.
        found: String,
        /// What this program writes there.
        expected: &'static str,
    },
    /// The queue of waiting jobs is full.
    #[error(
        "the store has more work than it can take; nothing was kept, sending again later is safe"
    )]
    Busy,
    /// The database or the object store cannot be reached.
    #[error("{0}; nothing was kept, sending again later is safe")]
    Unavailable(Cow<'static, str>),
    /// PostgreSQL takes no writes: a standby, or a server that is being replaced by another.
    #[error(
        "PostgreSQL takes no writes, as a standby does; nothing was kept, sending again later is safe"
    )]
    ReadOnly,
    /// The database went away while it committed, and could not be asked since; or its disk failed meanwhile.
    #[error(
        "the database went away, or its disk failed, while it committed; whether the job was kept is not known, sending again \
         may keep it twice"
    )]
    Uncertain,
    /// PostgreSQL said no, with this SQLSTATE.
    #[error("PostgreSQL refused with SQLSTATE {0}; {cure}", cure = service::cure_of_sql(.0))]
    Sql(String),
    /// A secret of the store's configuration cannot be read.
    #[error("configuration of the store: {0}")]
    Secret(#[from] settings::SettingsError),
    /// The configuration of the store cannot be used.
    #[error("{0}")]
    Configuration(String),
    /// The disk is full.
    #[error("the disk is full; nothing was kept, sending again later is safe")]
    DiskFull,
    /// The process has as many files open as it may.
    #[error(
        "the server has as many files open as it may; nothing was kept, sending again later is safe"
    )]
    Descriptors,
    /// A write failed in a way after which the files must not be trusted until reopened.
    #[error("the store stopped taking writes after a failed one; restart the server")]
    Halted,
    /// A stored body is shorter, longer or other than its record says.
    #[error("a stored body does not agree with its record; it is not given out")]
    DamagedBody,
    /// A stored record cannot be read.
    #[error("a stored record cannot be read: {0}")]
    DamagedRecord(&'static str),
    /// SQLite said no.
    #[error("the database failed: {0}")]
    Database(#[from] rusqlite::Error),
    /// The body store said no.
    #[error("the body store failed: {0}{cure}", cure = service::cure(.0))]
    Bodies(#[source] object_store::Error),
    /// A file operation failed.
    #[error("{path}: {source}")]
    File {
        /// The file or directory.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// A file or directory of the store cannot be made, opened or synced.
    #[error(transparent)]
    Files(durable::FileError),
    /// A read was cut off because the process is stopping.
    #[error("the store is closing")]
    Closing,
}

impl StoreError {
    /// True when doing the same again later may succeed.
    pub fn is_worth_retrying(&self) -> bool {
        if let Self::Bodies(error) = self {
            return service::is_worth_retrying(error);
        }
        matches!(
            self,
            Self::Busy
                | Self::Unavailable(_)
                | Self::ReadOnly
                | Self::Uncertain
                | Self::DiskFull
                | Self::Descriptors
                | Self::Halted
                | Self::Closing
        )
    }

    /// True when a record or a body was changed on the disk: this one message is lost, the others
    /// are not.
    pub fn is_damage(&self) -> bool {
        match self {
            Self::DamagedBody | Self::DamagedRecord(_) => true,
            Self::Database(error) => match error {
                rusqlite::Error::InvalidColumnType(..)
                | rusqlite::Error::FromSqlConversionFailure(..)
                | rusqlite::Error::IntegralValueOutOfRange(..)
                | rusqlite::Error::Utf8Error(..) => true,
                rusqlite::Error::SqliteFailure(failure, _) => {
                    failure.code == rusqlite::ErrorCode::DatabaseCorrupt
                }
                _ => false,
            },
            _ => false,
        }
    }

    /// A full disk is worth another try; a body that is not there is lost.
    fn of_body(error: object_store::Error) -> Self {
        if is_no_room(&error) {
            return Self::DiskFull;
        }
        if is_out_of_descriptors(&error) {
            return Self::Descriptors;
        }
        match error {
            object_store::Error::NotFound { .. } => Self::DamagedBody,
            error => Self::Bodies(error),
        }
    }

    /// Of what was asked of a service without naming an object that must be there: what it does not find then is
    /// the bucket.
    pub(crate) fn of_service(error: object_store::Error) -> Self {
        match error {
            error @ object_store::Error::NotFound { .. } => Self::Bodies(error),
            error => Self::of_body(error),
        }
    }

    pub(crate) fn file(path: impl Into<PathBuf>) -> impl FnOnce(std::io::Error) -> Self {
        let path = path.into();
        move |source| {
            if is_no_room(&source) {
                Self::DiskFull
            } else if is_out_of_descriptors(&source) {
                Self::Descriptors
            } else {
                Self::File { path, source }
            }
        }
    }

    /// What a failed transaction means for the writer.
    pub(crate) fn of_commit(error: &Self) -> Self {
        match error {
            Self::Database(rusqlite::Error::SqliteFailure(failure, _)) => match failure.code {
                rusqlite::ErrorCode::DiskFull => Self::DiskFull,
                rusqlite::ErrorCode::DatabaseBusy | rusqlite::ErrorCode::DatabaseLocked => {
                    Self::Busy
                }
                _ => Self::Halted,
            },
            Self::Busy => Self::Busy,
            Self::DiskFull => Self::DiskFull,
            Self::Unavailable(what) => Self::Unavailable(what.clone()),
            Self::ReadOnly => Self::ReadOnly,
            Self::Uncertain => Self::Uncertain,
            Self::Sql(code) => Self::Sql(code.clone()),
            // one record cannot be read; the files as a whole are as good as before
            error if error.is_damage() => Self::DamagedRecord("the operation's own record"),
            _ => Self::Halted,
        }
    }
}

/// Whether an error, or one that caused it, says that the disk is full.
fn is_no_room(error: &(dyn std::error::Error + 'static)) -> bool {
    is_caused_by(error, |error| {
        let kind = error.kind();
        matches!(
            kind,
            std::io::ErrorKind::StorageFull | std::io::ErrorKind::QuotaExceeded
        )
    })
}

/// Whether an error, or one that caused it, says that the process or the system has no descriptor
/// left: ENFILE or EMFILE, for which [`std::io::ErrorKind`] has no name.
fn is_out_of_descriptors(error: &(dyn std::error::Error + 'static)) -> bool {
    is_caused_by(error, |error| {
        cfg!(unix) && matches!(error.raw_os_error(), Some(23 | 24))
    })
}

fn is_caused_by(
    error: &(dyn std::error::Error + 'static),
    is: fn(&std::io::Error) -> bool,
) -> bool {
    causes(error).any(|cause| cause.downcast_ref().is_some_and(is))
}

/// An error and what caused it, one after the other.
pub(crate) fn causes<'a>(
    error: &'a (dyn std::error::Error + 'static),
) -> impl Iterator<Item = &'a (dyn std::error::Error + 'static)> {
    std::iter::successors(Some(error), |error| {
        // an error wrapped whole is not among the sources
        match error.downcast_ref().and_then(std::io::Error::get_ref) {
            Some(wrapped) => Some(wrapped),
            None => error.source(),
        }
    })
}

impl From<object_store::Error> for StoreError {
    fn from(error: object_store::Error) -> Self {
        Self::of_body(error)
    }
}

impl From<durable::FileError> for StoreError {
    fn from(error: durable::FileError) -> Self {
        if error.is_full() {
            return Self::DiskFull;
        }
        if is_out_of_descriptors(&error) {
            return Self::Descriptors;
        }
        Self::Files(error)
    }
}
