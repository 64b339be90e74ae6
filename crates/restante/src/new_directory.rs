//! A directory that a command fills from nothing: whole when the command is done, as before when it failed.

use std::path::{Path, PathBuf};

use durable::Access;
use secrecy::{ExposeSecret, SecretString};

use crate::error::{self, Error};

/// A directory that was absent or empty.
pub struct NewDirectory {
    path: PathBuf,
    was_there: bool,
}

impl NewDirectory {
    /// Makes the directory, for its owner only, where there is none.
    ///
    /// # Errors
    ///
    /// When something is in it, or it cannot be made.
    pub fn begin(path: &Path) -> Result<Self, Error> {
        let path = std::path::absolute(path).map_err(error::at(path))?;
        let was_there = path.try_exists().map_err(error::at(&path))?;
        if was_there {
            let mut entries = std::fs::read_dir(&path).map_err(error::at(&path))?;
            if entries.next().is_some() {
                return Err(Error::Usage(format!(
                    "{}: is not empty, and nothing is written over; nothing was made. Choose another directory, \
                     or empty this one",
                    path.display()
                )));
            }
        }
        durable::create_directory(&path, Access::Owner)?;
        Ok(Self { path, was_there })
    }

    /// Fills the directory; what a failure leaves in it is removed.
    ///
    /// # Errors
    ///
    /// As the work.
    pub fn fill<T>(self, work: impl FnOnce(&Path) -> Result<T, Error>) -> Result<T, Error> {
        work(&self.path).inspect_err(|_| {
            if let Err(error) = self.empty() {
                let path = self.path.display();
                tracing::warn!(%error, "{path} could not be emptied again; remove what is in it");
            }
        })
    }

    fn empty(&self) -> std::io::Result<()> {
        if !self.was_there {
            return std::fs::remove_dir_all(&self.path);
        }
        for entry in std::fs::read_dir(&self.path)? {
            let path = entry?.path();
            if path.is_dir() {
                std::fs::remove_dir_all(path)?;
            } else {
                std::fs::remove_file(path)?;
            }
        }
        Ok(())
    }
}

/// Writes a secret as one line, for its owner only.
///
/// # Errors
///
/// When it cannot be written, or there is a file of the name.
pub fn write_secret(path: &Path, secret: &SecretString) -> Result<(), Error> {
    let line = SecretString::from(format!("{}\n", secret.expose_secret()));
    Ok(durable::write_new(
        path,
        line.expose_secret().as_bytes(),
        Access::Owner,
    )?)
}

/// A text as TOML has it, in quotes.
pub fn quoted(text: &str) -> String {
    toml::Value::String(text.to_owned()).to_string()
}

/// A path as TOML has it, in quotes. What is not Unicode cannot be in a configuration.
pub fn quoted_path(path: &Path) -> String {
    quoted(&path.to_string_lossy())
}
