//! The files of the vault key: the key itself, and beside it the old and the next one while it is changed.
//!
//! | files | state |
//! |---|---|
//! | `key` | nothing under way |
//! | `key`, `key.next` | the next key is known: it opens, and does not seal yet |
//! | `key`, `key.next`, `key.old` the same as `key` | cut short while the next key was put in its place |
//! | `key`, `key.old` | the new key seals, the old one still opens |

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use durable::{Access, FileError, Lock};
use nhs::Randomness;
use zeroize::Zeroizing;

use super::key::KEY_BYTES;
use crate::ExchangeError;
use crate::watched::Stamp;

/// The longest key file.
const MAX_KEY_FILE_BYTES: u64 = 64 * 1024;

/// Where the vault key and those beside it are.
#[derive(Debug, Clone)]
pub struct KeyFiles {
    current: PathBuf,
}

/// How far a change of the vault key is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeyChange {
    /// There is none under way.
    None,
    /// The next key is known and does not seal yet.
    Prepared,
    /// The new key seals, and the old one still opens.
    UnderWay,
}

impl KeyFiles {
    /// The files of the key at a path.
    pub fn new(current: &Path) -> Self {
        Self {
            current: current.to_owned(),
        }
    }

    /// The key that seals.
    pub fn current(&self) -> &Path {
        &self.current
    }

    /// The key that sealed before.
    pub fn old(&self) -> PathBuf {
        self.beside(".old")
    }

    /// The key that is to seal.
    pub fn next(&self) -> PathBuf {
        self.beside(".next")
    }

    fn beside(&self, ending: &str) -> PathBuf {
        let mut path = OsString::from(&self.current);
        path.push(ending);
        path.into()
    }

    /// Keeps other commands from changing or copying the key.
    ///
    /// # Errors
    /// [`ExchangeError::KeyInUse`] while one does, [`ExchangeError::KeyFile`].
    pub fn lock(&self) -> Result<Lock, ExchangeError> {
        let path = self.beside(".lock");
        let taken = Lock::take(&path, Access::Owner).and_then(|lock| {
            durable::give_to_owner_of(&self.current, &path)?;
            Ok(lock)
        });
        taken.map_err(|error| {
            if error.is_locked() {
                ExchangeError::KeyInUse(self.current.clone())
            } else {
                ExchangeError::KeyFile(error)
            }
        })
    }

    /// How far a change is.
    ///
    /// # Errors
    /// [`ExchangeError::KeyFile`], [`ExchangeError::KeyTooShort`].
    pub fn change(&self) -> Result<KeyChange, ExchangeError> {
        let old = read_if_there(&self.old())?;
        let has_changed = old.is_some() && old != read_if_there(&self.current)?;
        Ok(match (has_changed, self.next().exists()) {
            (true, _) => KeyChange::UnderWay,
            (false, true) => KeyChange::Prepared,
            (false, false) => KeyChange::None,
        })
    }

    /// Makes the next key, unless there is one.
    pub(crate) fn prepare(&self, randomness: &dyn Randomness) -> Result<(), ExchangeError> {
        let next = self.next();
        open_or_create(&next, randomness)?;
        durable::give_to_owner_of(&self.current, &next).map_err(ExchangeError::KeyFile)
    }

    /// Puts the next key in the place of the current one, which stays as the old one.
    pub(crate) fn promote(&self) -> Result<(), ExchangeError> {
        let current = read(&self.current)?;
        let old = self.old();
        durable::replace(&old, current.as_slice(), Access::Owner)
            .and_then(|()| durable::give_to_owner_of(&self.current, &old))
            .and_then(|()| durable::rename(&self.next(), &self.current))
            .map_err(ExchangeError::KeyFile)
    }

    /// Forgets the old key.
    pub(crate) fn retire(&self) -> Result<(), ExchangeError> {
        let removed = durable::remove(&self.old()).map(drop);
        removed
            .and_then(|()| durable::sync_directory(parent_of(&self.current)))
            .map_err(ExchangeError::KeyFile)
    }

    /// When the current key took the place of the old one.
    pub fn changed_at(&self) -> Option<SystemTime> {
        self.old().metadata().ok()?.modified().ok()
    }

    pub(super) fn stamps(&self) -> Vec<Option<Stamp>> {
        let files = [self.current.clone(), self.old(), self.next()];
        files.iter().map(|path| Stamp::of(path)).collect()
    }

    /// The current key, and the others that there are.
    pub(super) fn read(&self) -> Result<Vec<Zeroizing<[u8; KEY_BYTES]>>, ExchangeError> {
        let mut keys = vec![read(&self.current)?];
        for path in [self.old(), self.next()] {
            keys.extend(read_if_there(&path)?);
        }
        Ok(keys)
    }
}

fn parent_of(path: &Path) -> &Path {
    match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    }
}

/// Reads a key, or makes it where there is none.
pub(super) fn open_or_create(
    path: &Path,
    randomness: &dyn Randomness,
) -> Result<Zeroizing<[u8; KEY_BYTES]>, ExchangeError> {
    match read_if_there(path)? {
        Some(key) => Ok(key),
        None => create(path, randomness),
    }
}

fn read(path: &Path) -> Result<Zeroizing<[u8; KEY_BYTES]>, ExchangeError> {
    of_bytes(path, read_bytes(path).map_err(ExchangeError::KeyFile)?)
}

fn read_if_there(path: &Path) -> Result<Option<Zeroizing<[u8; KEY_BYTES]>>, ExchangeError> {
    match read_bytes(path) {
        Err(error) if error.is_missing() => Ok(None),
        Err(error) => Err(ExchangeError::KeyFile(error)),
        Ok(bytes) => of_bytes(path, bytes).map(Some),
    }
}

/// The bytes, if nobody but the file's owner can reach it.
fn read_bytes(path: &Path) -> Result<Zeroizing<Vec<u8>>, FileError> {
    durable::read_secret(path, MAX_KEY_FILE_BYTES)?.unexposed()
}

fn of_bytes(
    path: &Path,
    bytes: Zeroizing<Vec<u8>>,
) -> Result<Zeroizing<[u8; KEY_BYTES]>, ExchangeError> {
    let key = bytes.first_chunk::<KEY_BYTES>();
    let key = key.ok_or_else(|| ExchangeError::KeyTooShort(path.to_owned()))?;
    Ok(Zeroizing::new(*key))
}

/// Under its name whole or not at all: no other process ever reads half a key.
fn create(
    path: &Path,
    randomness: &dyn Randomness,
) -> Result<Zeroizing<[u8; KEY_BYTES]>, ExchangeError> {
    durable::create_directory(parent_of(path), Access::Owner).map_err(ExchangeError::KeyFile)?;
    let mut key = Zeroizing::new([0u8; KEY_BYTES]);
    randomness.fill(key.as_mut());
    match durable::write_new(path, key.as_slice(), Access::Owner) {
        // another process was quicker
        Err(error) if error.is_taken() => read(path),
        Err(error) => Err(ExchangeError::KeyFile(error)),
        Ok(()) => Ok(key),
    }
}
