//! The pack: a directory of files with their hashes, that an assessor can open without any tool.

pub mod audit;
pub mod index;
pub mod junit;
pub mod names;
pub mod screenshots;
pub mod table;

use std::collections::BTreeMap;
use std::fmt::Write;
use std::io;
use std::path::{Path, PathBuf};

use durable::Access;
use sha2::{Digest, Sha256};

use crate::RehearsalError;

/// The list of hashes, as `sha256sum -c` reads it.
const SUMS: &str = "SHA256SUMS";
/// The directories of a pack.
const FOLDERS: [&str; 5] = ["messages", "answers", "findings", "journeys", "screenshots"];

/// A pack, made before there is anything to write into it, so that its place is sure. It is whole once [`Pack::finish`] has written the hashes.
pub struct Pack {
    dir: PathBuf,
    has_folders: bool,
    sums: BTreeMap<String, String>,
}

impl Pack {
    /// Refuses a directory that holds something, for a pack is of one run, and whatever is no directory.
    ///
    /// # Errors
    ///
    /// [`RehearsalError::NotEmpty`], [`RehearsalError::NotDirectory`], [`RehearsalError::Unreadable`].
    pub fn check_free(dir: &Path) -> Result<(), RehearsalError> {
        // a slash at the end would lead through a link
        let dir: &Path = &dir.components().collect::<PathBuf>();
        let path = dir.to_owned();
        let kind = match std::fs::symlink_metadata(dir) {
            Ok(metadata) => metadata.file_type(),
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
            Err(source) => return Err(RehearsalError::Unreadable { path, source }),
        };
        if !kind.is_dir() {
            let found = if kind.is_symlink() {
                "a link"
            } else {
                "a file"
            };
            return Err(RehearsalError::NotDirectory { path, found });
        }
        match std::fs::read_dir(dir).map(|mut entries| entries.next().is_none()) {
            Ok(true) => Ok(()),
            Ok(false) => Err(RehearsalError::NotEmpty { path }),
            Err(source) => Err(RehearsalError::Unreadable { path, source }),
        }
    }

    /// Makes the directory, for its owner alone. Nothing is in it until a file is put there, so that a run that comes to
    /// nothing leaves it free.
    ///
    /// # Errors
    ///
    /// As [`Self::check_free`]; what the operating system says.
    pub fn create(dir: &Path) -> Result<Self, RehearsalError> {
        Self::check_free(dir)?;
        durable::create_directory(dir, Access::Owner)?;
        Ok(Self {
            dir: dir.to_owned(),
            has_folders: false,
            sums: BTreeMap::new(),
        })
    }

    /// The directory.
    pub fn dir(&self) -> &Path {
        &self.dir
    }

    /// How many files there are.
    pub fn files(&self) -> usize {
        self.sums.len()
    }

    /// Writes a file; `name` is its path in the pack, with slashes, as [`names`] makes it.
    ///
    /// # Errors
    ///
    /// What the operating system says.
    pub fn put(&mut self, name: &str, contents: &[u8]) -> Result<(), RehearsalError> {
        self.make_folders()?;
        durable::replace_unsynced(&self.dir.join(name), contents, Access::Owner)?;
        self.sums.insert(name.to_owned(), hash(contents));
        Ok(())
    }

    fn make_folders(&mut self) -> Result<(), RehearsalError> {
        if !self.has_folders {
            for folder in FOLDERS {
                durable::create_directory(&self.dir.join(folder), Access::Owner)?;
            }
            self.has_folders = true;
        }
        Ok(())
    }

    /// Writes a value as JSON for people to read.
    ///
    /// # Errors
    ///
    /// What the operating system says.
    pub fn put_json(
        &mut self,
        name: &str,
        value: &impl serde::Serialize,
    ) -> Result<(), RehearsalError> {
        let mut text = serde_json::to_vec_pretty(value).map_err(|source| RehearsalError::Form {
            name: name.to_owned(),
            source: source.into(),
        })?;
        text.push(b'\n');
        self.put(name, &text)
    }

    /// Writes the hashes. Says how many files there are with them.
    ///
    /// # Errors
    ///
    /// What the operating system says.
    pub fn finish(mut self) -> Result<usize, RehearsalError> {
        let mut lines = String::new();
        for (name, hash) in &self.sums {
            let _ = writeln!(lines, "{hash}  {name}");
        }
        self.make_folders()?;
        for folder in FOLDERS {
            durable::sync_directory(&self.dir.join(folder))?;
        }
        durable::replace(&self.dir.join(SUMS), lines.as_bytes(), Access::Owner)?;
        Ok(self.sums.len() + 1)
    }
}

/// SHA-256 in hexadecimal digits.
fn hash(contents: &[u8]) -> String {
    let digest = Sha256::digest(contents);
    digest.iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}
