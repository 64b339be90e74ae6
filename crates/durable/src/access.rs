//! Who may read and write a file.

/// Who may reach a file or directory that is made here, under any umask.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Access {
    /// Its owner only: files 0600, directories 0700.
    Owner,
    /// Its owner, and its group may read: files 0640, directories 0750.
    GroupReads,
    /// Its owner, and everyone may read: files 0644, directories 0755. For what is public, such as a
    /// certificate.
    EveryoneReads,
}

impl Access {
    /// The mode of a file.
    #[cfg(unix)]
    pub(crate) fn file_mode(self) -> u32 {
        match self {
            Self::Owner => 0o600,
            Self::GroupReads => 0o640,
            Self::EveryoneReads => 0o644,
        }
    }

    /// The mode of a directory.
    #[cfg(unix)]
    pub(crate) fn directory_mode(self) -> u32 {
        match self {
            Self::Owner => 0o700,
            Self::GroupReads => 0o750,
            Self::EveryoneReads => 0o755,
        }
    }
}
