//! Reading secrets: keys, passwords, tokens.

use std::fmt;
use std::fs::Metadata;
use std::io::Read;
use std::path::{Path, PathBuf};

use zeroize::Zeroizing;

use crate::names::described;
use crate::{FileError, Problem, platform};

/// What a secret's file holds, and whether others can reach it.
pub struct SecretFile {
    /// The bytes of the file; forgotten when dropped.
    pub contents: Zeroizing<Vec<u8>>,
    /// What is wrong with the file's rights; the caller refuses it or warns.
    pub exposure: Option<Exposure>,
    path: PathBuf,
}

/// How a secret's file can be reached by others than its user.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Exposure {
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
    /// Its group can write it, or everyone can read or write it.
    Open {
        /// The permission bits.
        mode: u32,
    },
}

impl SecretFile {
    /// The contents, unless others can reach them.
    ///
    /// # Errors
    /// [`Problem::Exposed`].
    pub fn unexposed(self) -> Result<Zeroizing<Vec<u8>>, FileError> {
        match self.exposure {
            Some(exposure) => Err(FileError::new(&self.path, Problem::Exposed(exposure))),
            None => Ok(self.contents),
        }
    }
}

/// Reads a secret of at most `limit` bytes and says whether others can reach its file, judged by the
/// open descriptor. Links are followed, for secret stores hand secrets out as links; a pipe or a device is
/// refused at once.
///
/// # Errors
/// [`Problem::NotRegular`], [`Problem::TooLong`]; what the operating system says.
pub fn read_secret(path: &Path, limit: u64) -> Result<SecretFile, FileError> {
    let failed = |error| FileError::while_doing("reading a secret", path)(error);
    let file = platform::open_without_waiting(path).map_err(failed)?;
    let metadata = file.metadata().map_err(failed)?;
    if !metadata.is_file() {
        let found = described(metadata.file_type());
        return Err(FileError::new(path, Problem::NotRegular { found }));
    }
    if metadata.len() > limit {
        return Err(FileError::new(path, Problem::TooLong { limit }));
    }
    // Room for all of it at once: a vector that grows leaves copies behind.
    let room = usize::try_from(metadata.len()).unwrap_or_default();
    let mut contents = Zeroizing::new(Vec::with_capacity(room + 1));
    let mut bounded = file.take(limit.saturating_add(1));
    bounded.read_to_end(&mut contents).map_err(failed)?;
    if contents.len() as u64 > limit {
        return Err(FileError::new(path, Problem::TooLong { limit }));
    }
    Ok(SecretFile {
        contents,
        exposure: exposure(&metadata),
        path: path.to_owned(),
    })
}

#[cfg(unix)]
fn exposure(metadata: &Metadata) -> Option<Exposure> {
    use std::os::unix::fs::MetadataExt;
    let mode = metadata.mode() & 0o777;
    // Root reads the secrets of the services it looks after, whoever owns them.
    let owner = platform::owner_unless_allowed(metadata, &crate::OwnedBy::ThisUser);
    if let Some(owner) = owner.filter(|_| !platform::is_root()) {
        return Some(Exposure::Owner { owner, mode });
    }
    match mode & 0o077 {
        0 => None,
        0o040 => Some(Exposure::GroupReads { mode }),
        _ => Some(Exposure::Open { mode }),
    }
}

#[cfg(windows)]
fn exposure(_: &Metadata) -> Option<Exposure> {
    None
}

impl fmt::Display for Exposure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
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
        }
    }
}

impl fmt::Debug for SecretFile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SecretFile")
            .field("exposure", &self.exposure)
            .finish_non_exhaustive()
    }
}
