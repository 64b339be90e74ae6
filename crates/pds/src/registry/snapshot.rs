//! Snapshots on disk. A registry directory holds, for patients and for practices:
//!
//! ```text
//! patients.current           the name of the folder that counts
//! patients-0000000003/       manifest.json, manifest.check, patients.table;
//!                            with details also details.table and names.table
//! practices.current
//! practices-0000000001/      manifest.json, manifest.check
//! registry.key               unless the key is kept elsewhere
//! import.lock                held by the import that is running
//! ```
//!
//! A snapshot is written beside the others under a name ending in `.partial`, made durable,
//! renamed, and then counts as soon as `….current` is replaced by rename. Readers keep what they
//! have open.

use std::fs;
use std::path::{Path, PathBuf};

use durable::{Access, Lock};
use jiff::Timestamp;
use nhs::OdsCode;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::key::RegistryKey;
use super::practices::Practice;
use super::seal::{is_manifest_whole, manifest_check};
use crate::{Kind, PdsError};

/// The version of the file format.
pub(crate) const FORMAT: u32 = 1;

/// What a snapshot is about.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Subject {
    Patients,
    Practices,
}

impl Subject {
    fn name(self) -> &'static str {
        match self {
            Self::Patients => "patients",
            Self::Practices => "practices",
        }
    }

    fn pointer(self, registry: &Path) -> PathBuf {
        registry.join(format!("{}.current", self.name()))
    }
}

/// What an operator may know of a snapshot.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SnapshotStatus {
    /// Counts up with every import.
    pub generation: u64,
    /// The version of the file format.
    pub format: u32,
    /// What kind of file was imported.
    pub kind: Kind,
    /// When it was imported.
    pub as_of: Timestamp,
    /// Rows accepted.
    pub rows: u64,
    /// Rows refused.
    pub refused: u64,
    /// SHA-256 of the imported file, in hexadecimal.
    pub sha256: String,
    /// Size of the snapshot's tables in bytes.
    pub bytes: u64,
    /// Whether names are kept for the stand-in.
    pub details: bool,
}

/// The first file of a snapshot, guarded by a check value made with the registry key.
#[derive(Serialize, Deserialize)]
pub(crate) struct Manifest {
    pub status: SnapshotStatus,
    pub salt: [u8; 32],
    /// The practice codes that patients' entries point into.
    pub practice_codes: Vec<OdsCode>,
    pub practices: Vec<Practice>,
}

/// The name of the snapshot that counts.
pub(crate) fn current(registry: &Path, subject: Subject) -> Result<Option<String>, PdsError> {
    let path = subject.pointer(registry);
    let name = match fs::read_to_string(&path) {
        Ok(text) => text.trim().to_owned(),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(PdsError::read(&path)(error)),
    };
    match generation(&name, subject) {
        Some(_) => Ok(Some(name)),
        None => Err(PdsError::RegistryDamaged(
            "it does not say which snapshot counts",
        )),
    }
}

/// Reads a manifest; with a key, its check value is verified.
pub(crate) fn manifest(folder: &Path, key: Option<&RegistryKey>) -> Result<Manifest, PdsError> {
    let path = folder.join("manifest.json");
    let text = fs::read(&path).map_err(PdsError::read(&path))?;
    if let Some(key) = key {
        let path = folder.join("manifest.check");
        let check = fs::read_to_string(&path).map_err(PdsError::read(&path))?;
        if !is_manifest_whole(key, &text, check.trim()) {
            return Err(PdsError::RegistryDamaged("the manifest fails its check"));
        }
    }
    let unreadable = || PdsError::RegistryDamaged("the manifest cannot be read");
    let format = serde_json::from_slice::<Value>(&text).ok();
    let format = format.and_then(|manifest| manifest.pointer("/status/format")?.as_u64());
    match format.and_then(|format| u32::try_from(format).ok()) {
        Some(FORMAT) => serde_json::from_slice(&text).map_err(|_| unreadable()),
        Some(found) => Err(PdsError::RegistryFormat {
            found,
            expected: FORMAT,
        }),
        None => Err(unreadable()),
    }
}

fn generation(name: &str, subject: Subject) -> Option<u64> {
    let digits = name.strip_prefix(subject.name())?.strip_prefix('-')?;
    let plain = digits.bytes().all(|b| b.is_ascii_digit());
    digits.parse().ok().filter(|_| plain && digits.len() == 10)
}

/// A snapshot being written. Dropped before [`Draft::publish`], it leaves nothing behind.
pub(crate) struct Draft {
    registry: PathBuf,
    subject: Subject,
    folder: PathBuf,
    pub generation: u64,
    /// Held until the draft is gone.
    _lock: Lock,
}

impl Draft {
    /// Takes the registry's import lock and makes room for a new snapshot.
    pub(crate) fn begin(registry: &Path, subject: Subject) -> Result<Self, PdsError> {
        durable::create_directory(registry, Access::Owner)?;
        let lock = Lock::take(&registry.join("import.lock"), Access::Owner).map_err(|error| {
            if error.is_locked() {
                PdsError::ImportRunning(registry.to_owned())
            } else {
                error.into()
            }
        })?;
        let mut last = 0;
        for name in names(registry)? {
            last = last.max(generation(&name, subject).unwrap_or_default());
            if name.ends_with(".partial") {
                let left_behind = registry.join(name);
                fs::remove_dir_all(&left_behind).map_err(PdsError::write(&left_behind))?;
            }
        }
        let generation = last + 1;
        let folder = registry.join(format!("{}-{generation:010}.partial", subject.name()));
        durable::create_directory(&folder, Access::Owner)?;
        Ok(Self {
            registry: registry.to_owned(),
            subject,
            folder,
            generation,
            _lock: lock,
        })
    }

    pub(crate) fn folder(&self) -> &Path {
        &self.folder
    }

    /// Makes the snapshot durable and the one that counts; forgets all but the one before it.
    pub(crate) fn publish(self, manifest: &Manifest, key: &RegistryKey) -> Result<(), PdsError> {
        let text = serde_json::to_vec(manifest)
            .map_err(|_| PdsError::RegistryDamaged("the manifest cannot be written"))?;
        let write = |name: &str, contents: &[u8]| {
            durable::replace_unsynced(&self.folder.join(name), contents, Access::Owner)
        };
        write("manifest.json", &text)?;
        write("manifest.check", manifest_check(key, &text).as_bytes())?;
        durable::sync_directory(&self.folder)?;

        let name = format!("{}-{:010}", self.subject.name(), self.generation);
        durable::rename(&self.folder, &self.registry.join(&name))?;
        let pointer = self.subject.pointer(&self.registry);
        durable::replace(&pointer, name.as_bytes(), Access::Owner)?;
        self.forget_old()
    }

    fn forget_old(&self) -> Result<(), PdsError> {
        for name in names(&self.registry)? {
            if generation(&name, self.subject).is_some_and(|old| old + 1 < self.generation)
                && let Err(error) = fs::remove_dir_all(self.registry.join(&name))
            {
                tracing::warn!(snapshot = name, %error, "cannot remove an old snapshot");
            }
        }
        Ok(())
    }
}

impl Drop for Draft {
    fn drop(&mut self) {
        if self.folder.exists()
            && let Err(error) = fs::remove_dir_all(&self.folder)
        {
            tracing::warn!(%error, "cannot remove an unfinished snapshot");
        }
    }
}

fn names(registry: &Path) -> Result<Vec<String>, PdsError> {
    let entries = fs::read_dir(registry).map_err(PdsError::read(registry))?;
    Ok(entries
        .filter_map(|entry| entry.ok()?.file_name().into_string().ok())
        .collect())
}
