//! Reading secrets: keys, passwords, tokens. A secret's bytes are had only by a judgement of its file.

use std::fmt;
use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

use zeroize::Zeroizing;

use crate::exposure::Exposure;
use crate::names::described;
use crate::{FileError, Problem, platform};

/// A secret's file that was read and is not judged yet.
pub struct SecretFile {
    contents: Zeroizing<Vec<u8>>,
    exposure: Option<Exposure>,
    path: PathBuf,
}

/// A secret that people put there, in a file that nobody else can change.
pub struct Admitted {
    /// The bytes of the file; forgotten when dropped.
    pub contents: Zeroizing<Vec<u8>>,
    /// How others can read it, to be warned of.
    pub exposure: Option<Exposure>,
}

impl SecretFile {
    /// For keys that a program of ours made, with rights for its user only: nobody else may have any.
    ///
    /// # Errors
    /// [`Problem::Exposed`].
    pub fn unexposed(self) -> Result<Zeroizing<Vec<u8>>, FileError> {
        match self.exposure {
            Some(exposure) => Err(FileError::new(&self.path, Problem::Exposed(exposure))),
            None => Ok(self.contents),
        }
    }

    /// For secrets that people put there: refused when everyone may write or replace the file, and what is
    /// wrong with it otherwise is said, to be warned of.
    ///
    /// # Errors
    /// [`Problem::Exposed`].
    pub fn admitted(self) -> Result<Admitted, FileError> {
        match self.exposure {
            Some(exposure) if exposure.lets_everyone_write() => {
                Err(FileError::new(&self.path, Problem::Exposed(exposure)))
            }
            exposure => Ok(Admitted {
                contents: self.contents,
                exposure,
            }),
        }
    }
}

/// Reads a secret of at most `limit` bytes and finds out whether others can reach its file, by the
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
    Ok(SecretFile {
        contents: contents(&file, metadata.len(), path, limit)?,
        exposure: Exposure::of(&file, path).map_err(failed)?,
        path: path.to_owned(),
    })
}

fn contents(
    file: &File,
    length: u64,
    path: &Path,
    limit: u64,
) -> Result<Zeroizing<Vec<u8>>, FileError> {
    let too_long = || FileError::new(path, Problem::TooLong { limit });
    if length > limit {
        return Err(too_long());
    }
    // Room for all of it at once: a vector that grows leaves copies behind.
    let room = usize::try_from(length).unwrap_or_default();
    let mut contents = Zeroizing::new(Vec::with_capacity(room + 1));
    let mut bounded = file.take(limit.saturating_add(1));
    bounded
        .read_to_end(&mut contents)
        .map_err(FileError::while_doing("reading a secret", path))?;
    if contents.len() as u64 > limit {
        return Err(too_long());
    }
    Ok(contents)
}

impl fmt::Debug for SecretFile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SecretFile")
            .field("exposure", &self.exposure)
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for Admitted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Admitted")
            .field("exposure", &self.exposure)
            .finish_non_exhaustive()
    }
}
