//! The registry's key and where it is kept.

use std::path::{Path, PathBuf};

use durable::Access;
use nhs::Randomness;
use zeroize::Zeroizing;

use crate::PdsError;

/// The name of the key file beside the snapshots, when no other place is named.
const KEY_FILE: &str = "registry.key";

/// The longest key file, in bytes: the digits and blanks around them.
const MAX_FILE_BYTES: u64 = 1024;

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
    let bytes = durable::read_secret(path, MAX_FILE_BYTES)?.unexposed()?;
    let text = std::str::from_utf8(&bytes).ok();
    text.and_then(RegistryKey::from_hex)
        .ok_or_else(|| PdsError::RegistryKey {
            path: path.to_owned(),
            problem: "is not 64 hexadecimal digits",
        })
}

fn write_key(path: &Path, key: &RegistryKey) -> Result<(), PdsError> {
    let mut text = key.to_hex();
    text.push('\n');
    match durable::write_new(path, text.as_bytes(), Access::Owner) {
        // Another process was quicker: its key counts.
        Err(error) if error.is_taken() => Ok(()),
        other => Ok(other?),
    }
}
