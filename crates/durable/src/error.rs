//! What can go wrong with a file.

use std::io;
use std::path::{Path, PathBuf};

/// A file, and what is wrong with it. The text names the path; where a stranger chose the file's name,
/// which may tell of a patient, log [`FileError::problem`] instead.
#[derive(Debug, thiserror::Error)]
#[error("{}: {problem}", path.display())]
pub struct FileError {
    path: PathBuf,
    #[source]
    problem: Problem,
}

/// What is wrong with a file: what was expected, what was found, and what to do. Never names the file.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Problem {
    /// There is nothing of that name.
    #[error("is not there, while {doing}; check the path and that its file system is mounted")]
    Missing {
        /// What was tried.
        doing: &'static str,
    },
    /// There is something of that name already, and it is not written over.
    #[error(
        "is there already, while {doing}; nothing was changed, move it away or choose another name"
    )]
    Exists {
        /// What was tried.
        doing: &'static str,
    },
    /// The operating system does not permit it.
    #[error("access is denied, while {doing}; give this service's user the right to it")]
    Denied {
        /// What was tried.
        doing: &'static str,
    },
    /// The disk or the user's quota is full.
    #[error("the disk or the quota is full, while {doing}; free some room, trying again is safe")]
    Full {
        /// What was tried.
        doing: &'static str,
    },
    /// The two names are on different file systems.
    #[error("cannot be renamed to another file system; put both directories on the same one")]
    OtherFileSystem,
    /// A regular file was expected.
    #[error("is a {found}, and a regular file was expected; it was not read, remove it")]
    NotRegular {
        /// What it is.
        found: &'static str,
    },
    /// A directory was expected.
    #[error("is a {found}, and a directory was expected; move it away")]
    NotDirectory {
        /// What it is.
        found: &'static str,
    },
    /// The file has more names than one, so it may be somebody else's.
    #[error(
        "has {links} names (hard links), and one was expected; it was not read, put a copy there instead"
    )]
    ManyNames {
        /// How many.
        links: u64,
    },
    /// The file belongs to a user who is not allowed here.
    #[error("belongs to user {owner}, who is not allowed here; it was not read, change its owner")]
    Owner {
        /// The owner's user id.
        owner: u32,
    },
    /// A secret that others can read or write.
    #[error("{0}")]
    Exposed(crate::Exposure),
    /// The file is longer than allowed.
    #[error(
        "is longer than {limit} bytes, the most that is allowed; check that it is the right file"
    )]
    TooLong {
        /// The limit in bytes.
        limit: u64,
    },
    /// A lock that somebody else holds.
    #[error(
        "is locked by somebody who uses it; it is free when that process ends, trying again is safe"
    )]
    Locked,
    /// Anything else the operating system said.
    #[error("failed, while {doing}: {source}")]
    Other {
        /// What was tried.
        doing: &'static str,
        /// What the operating system said.
        source: io::Error,
    },
}

impl FileError {
    pub(crate) fn new(path: &Path, problem: Problem) -> Self {
        Self {
            path: path.to_owned(),
            problem,
        }
    }

    /// From what the operating system said, for `map_err`.
    pub(crate) fn while_doing(
        doing: &'static str,
        path: &Path,
    ) -> impl FnOnce(io::Error) -> FileError {
        move |source| Self::new(path, Problem::from_io(doing, source))
    }

    /// The file or directory it is about.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// What is wrong, without the file's name.
    pub fn problem(&self) -> &Problem {
        &self.problem
    }

    /// Whether there is nothing of that name.
    pub fn is_missing(&self) -> bool {
        matches!(self.problem, Problem::Missing { .. })
    }

    /// Whether something of that name was in the way.
    pub fn is_taken(&self) -> bool {
        matches!(self.problem, Problem::Exists { .. })
    }

    /// Whether somebody else holds the lock.
    pub fn is_locked(&self) -> bool {
        matches!(self.problem, Problem::Locked)
    }

    /// Whether the disk or the quota is full.
    pub fn is_full(&self) -> bool {
        matches!(self.problem, Problem::Full { .. })
    }

    /// The nearest kind of [`io::Error`].
    pub fn io_kind(&self) -> io::ErrorKind {
        match &self.problem {
            Problem::Missing { .. } => io::ErrorKind::NotFound,
            Problem::Exists { .. } => io::ErrorKind::AlreadyExists,
            Problem::Denied { .. } | Problem::Owner { .. } | Problem::Exposed(_) => {
                io::ErrorKind::PermissionDenied
            }
            Problem::Full { .. } => io::ErrorKind::StorageFull,
            Problem::Locked => io::ErrorKind::ResourceBusy,
            Problem::OtherFileSystem => io::ErrorKind::CrossesDevices,
            Problem::NotDirectory { .. } => io::ErrorKind::NotADirectory,
            Problem::TooLong { .. } => io::ErrorKind::FileTooLarge,
            Problem::NotRegular { .. } | Problem::ManyNames { .. } => io::ErrorKind::InvalidInput,
            Problem::Other { source, .. } => source.kind(),
        }
    }
}

impl Problem {
    fn from_io(doing: &'static str, source: io::Error) -> Self {
        match source.kind() {
            io::ErrorKind::NotFound => Self::Missing { doing },
            io::ErrorKind::AlreadyExists => Self::Exists { doing },
            io::ErrorKind::PermissionDenied => Self::Denied { doing },
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => Self::Full { doing },
            io::ErrorKind::CrossesDevices => Self::OtherFileSystem,
            _ => Self::Other { doing, source },
        }
    }
}

/// For callers whose work is one of many reads and writes; kind and text stay.
impl From<FileError> for io::Error {
    fn from(error: FileError) -> Self {
        Self::new(error.io_kind(), error)
    }
}
