//! The registry's key and where it is kept.

use std::fs::{self, File, OpenOptions};
use std::io::Write;
use std::path::{Path, PathBuf};

use nhs::Randomness;
use zeroize::Zeroizing;

use crate::PdsError;

/// The name of the key file beside the snapshots, when no other place is named.
const KEY_FILE: &str = "registry.key";

/// The 32 secret bytes without which a registry cannot be read.
#[derive(Clone)]
pub struct RegistryKey(Zeroizing<[u8; 32]>);

/// Where the registry's key is.
///
/// Whoever steals the snapshots without the key has nothing. Beside the snapshots is convenient;
/// production keeps the file on another volume or hands the key over from a secret store.
#[derive(Debug, Clone, Default)]
pub enum KeySource {
    /// `registry.key` in the registry's own directory.
    #[default]
    Beside,
    /// This file: 64 hexadecimal digits, readable by its owner only.
    File(PathBuf),
    /// Handed over by the caller.
    Given(RegistryKey),
}

impl RegistryKey {
    /// A key from 32 random bytes.
    pub fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(Zeroizing::new(bytes))
    }

    pub(crate) fn bytes(&self) -> &[u8; 32] {
        &self.0
    }

    fn generate(randomness: &dyn Randomness) -> Self {
        let mut bytes = Zeroizing::new([0u8; 32]);
        randomness.fill(bytes.as_mut());
        Self(bytes)
    }

    fn from_hex(text: &str) -> Option<Self> {
        let digits = text.trim().as_bytes();
        let mut bytes = Zeroizing::new([0u8; 32]);
        if digits.len() != 64 {
            return None;
        }
        for (byte, pair) in bytes.iter_mut().zip(digits.chunks_exact(2)) {
            *byte = u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok()?;
        }
        Some(Self(bytes))
    }

    fn to_hex(&self) -> Zeroizing<String> {
        Zeroizing::new(self.0.iter().map(|byte| format!("{byte:02x}")).collect())
    }
}

impl std::fmt::Debug for RegistryKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("RegistryKey(redacted)")
    }
}

impl KeySource {
    /// The key, which must exist.
    pub(crate) fn load(&self, registry: &Path) -> Result<RegistryKey, PdsError> {
        match self {
            Self::Given(key) => Ok(key.clone()),
            Self::Beside => read_key(&registry.join(KEY_FILE)),
            Self::File(path) => read_key(path),
        }
    }

    /// The key; a key file that is not there yet is made.
    pub(crate) fn load_or_make(
        &self,
        registry: &Path,
        randomness: &dyn Randomness,
    ) -> Result<RegistryKey, PdsError> {
        let path = match self {
            Self::Given(key) => return Ok(key.clone()),
            Self::Beside => registry.join(KEY_FILE),
            Self::File(path) => path.clone(),
        };
        if !path.try_exists().map_err(PdsError::read(&path))? {
            write_key(&path, &RegistryKey::generate(randomness))?;
        }
        read_key(&path)
    }
}

fn read_key(path: &Path) -> Result<RegistryKey, PdsError> {
    let problem = |problem| PdsError::RegistryKey {
        path: path.to_owned(),
        problem,
    };
    let file = File::open(path).map_err(PdsError::read(path))?;
    if readable_by_others(&file).map_err(PdsError::read(path))? {
        return Err(problem(
            "can be read by others than its owner; set its mode to 0600",
        ));
    }
    let text = Zeroizing::new(std::io::read_to_string(file).map_err(PdsError::read(path))?);
    RegistryKey::from_hex(&text).ok_or_else(|| problem("is not 64 hexadecimal digits"))
}

fn write_key(path: &Path, key: &RegistryKey) -> Result<(), PdsError> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    owner_only(&mut options);
    let write = || -> std::io::Result<()> {
        let mut file = options.open(path)?;
        file.write_all(key.to_hex().as_bytes())?;
        file.write_all(b"\n")?;
        file.sync_all()?;
        super::snapshot::sync_directory(path.parent().unwrap_or(Path::new(".")))
    };
    write()
        .inspect_err(|_| drop(fs::remove_file(path)))
        .map_err(PdsError::write(path))
}

#[cfg(unix)]
fn readable_by_others(file: &File) -> std::io::Result<bool> {
    use std::os::unix::fs::MetadataExt;
    Ok(file.metadata()?.mode() & 0o077 != 0)
}

#[cfg(not(unix))]
fn readable_by_others(_: &File) -> std::io::Result<bool> {
    Ok(false)
}

#[cfg(unix)]
pub(crate) fn owner_only(options: &mut OpenOptions) {
    use std::os::unix::fs::OpenOptionsExt;
    options.mode(0o600);
}

#[cfg(not(unix))]
pub(crate) fn owner_only(_: &mut OpenOptions) {}
