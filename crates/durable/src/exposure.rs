//! Who else can reach the file of a secret: the one judgement for all of them.

use std::fmt;
use std::fs::File;
#[cfg(unix)]
use std::fs::Metadata;
use std::io;
use std::path::Path;

/// How a secret's file can be reached by others than its user; of several ways the worst.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Exposure {
    /// Everyone can write it, and so say what the secret is.
    Writable {
        /// The permission bits.
        mode: u32,
    },
    /// Everyone can put another file in its place: its directory can be written by everyone, and is not one
    /// like `/tmp`, in which each removes only what is their own.
    Replaceable {
        /// The directory's permission bits.
        mode: u32,
    },
    /// It belongs to neither this process's user nor root. Root itself is not told.
    Owner {
        /// The owner's user id.
        owner: u32,
        /// The permission bits.
        mode: u32,
    },
    /// Its group can read it, and nobody else.
    GroupReads {
        /// The permission bits.
        mode: u32,
    },
    /// Its group can write it, or everyone can read it.
    Open {
        /// The permission bits.
        mode: u32,
    },
    /// On Windows: its access list names a group that somebody is in without having been put there.
    Listed {
        /// The group.
        who: &'static str,
        /// Whether it can change or replace the file, and not only read it.
        writes: bool,
    },
}

impl Exposure {
    /// Judges a file by what its open descriptor said of it, and by the directory of its path. What is no regular
    /// file, such as a pipe, is reached by whoever holds its other end, and not judged.
    ///
    /// # Errors
    /// What the operating system says.
    #[cfg(unix)]
    pub fn of(file: &File, path: &Path) -> io::Result<Option<Self>> {
        Ok(Self::by_mode(&file.metadata()?, path))
    }

    #[cfg(unix)]
    fn by_mode(file: &Metadata, path: &Path) -> Option<Self> {
        use std::os::unix::fs::MetadataExt;
        if !file.is_file() {
            return None;
        }
        let mode = file.mode() & 0o777;
        if mode & 0o002 != 0 {
            return Some(Self::Writable { mode });
        }
        if let Some(mode) = open_directory(path) {
            return Some(Self::Replaceable { mode });
        }
        // Root reads the secrets of the services it looks after, whoever owns them.
        let owner = crate::platform::owner_unless_allowed(file, &crate::OwnedBy::ThisUser);
        if let Some(owner) = owner.filter(|_| !crate::platform::is_root()) {
            return Some(Self::Owner { owner, mode });
        }
        match mode & 0o077 {
            0 => None,
            0o040 => Some(Self::GroupReads { mode }),
            _ => Some(Self::Open { mode }),
        }
    }

    /// Judges a file by its access list, and by that of the directory of its path.
    ///
    /// # Errors
    /// What the operating system says.
    #[cfg(windows)]
    pub fn of(file: &File, path: &Path) -> io::Result<Option<Self>> {
        use crate::windows_rights::{reach_of_directory, reach_of_file};
        let found = reach_of_file(file)?;
        let replaces = reach_of_directory(crate::names::parent_of(path))?
            .filter(|directory| directory.removes && directory.writes);
        let worst = replaces.or(found);
        Ok(worst.map(|reach| Self::Listed {
            who: reach.who,
            writes: reach.writes,
        }))
    }

    /// Whether everyone decides what the secret is, and not only reads it.
    pub fn lets_everyone_write(&self) -> bool {
        matches!(
            self,
            Self::Writable { .. } | Self::Replaceable { .. } | Self::Listed { writes: true, .. }
        )
    }
}

/// The rights of the path's directory, or of the one that a link leads to, if everyone can replace what is
/// in it.
#[cfg(unix)]
fn open_directory(path: &Path) -> Option<u32> {
    use std::os::unix::fs::MetadataExt;
    const STICKY: u32 = 0o1000;
    let target = path.canonicalize().ok();
    [Some(path), target.as_deref()]
        .into_iter()
        .flatten()
        .filter_map(|path| crate::names::parent_of(path).metadata().ok())
        .map(|directory| directory.mode() & 0o7777)
        .find(|mode| mode & (STICKY | 0o002) == 0o002)
}

impl fmt::Display for Exposure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Writable { mode } => write!(
                f,
                "holds a secret and can be written by everyone (mode {mode:04o}), and its owner only \
                 was expected; chmod 600 it, and replace the secret, which may be somebody else's"
            ),
            Self::Replaceable { mode } => write!(
                f,
                "holds a secret and is in a directory in which everyone can replace it (mode \
                 {mode:04o}); chmod o-w the directory, and replace the secret, which may be somebody \
                 else's"
            ),
            Self::Owner { owner, .. } => write!(
                f,
                "holds a secret and belongs to user {owner}, and this service's user or root was \
                 expected; chown it"
            ),
            Self::GroupReads { mode } => write!(
                f,
                "holds a secret and can be read by its group (mode {mode:04o}), and its owner only \
                 was expected; chmod 600 it"
            ),
            Self::Open { mode } => write!(
                f,
                "holds a secret and can be reached by others (mode {mode:04o}), and its owner only \
                 was expected; chmod 600 it, and replace the secret if others may have read it"
            ),
            Self::Listed { who, writes } => write!(
                f,
                "holds a secret and can be {} by the group {who}, and the service's account, SYSTEM and \
                 Administrators only were expected; run icacls on it with /inheritance:r /grant:r *S-1-5-18:F \
                 *S-1-5-32-544:F, grant the service's account what it needs, and replace the secret if others may \
                 have {} it",
                if *writes { "changed" } else { "read" },
                if *writes { "changed" } else { "read" },
            ),
        }
    }
}
