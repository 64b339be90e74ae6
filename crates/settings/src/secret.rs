//! Secrets: keys, passwords, tokens.

use std::fmt;
use std::path::{Path, PathBuf};

use durable::FileError;
use secrecy::{ExposeSecret, SecretString};
use serde::de::{Deserialize, Deserializer, Error, MapAccess, Visitor};
use zeroize::Zeroizing;

use crate::error::{Place, Problem, SettingsError};
use crate::file::{decoded, no_text};

/// What a secret's type is called between its reading and the values as written.
pub(crate) const SECRET: &str = "settings::Secret";

/// The longest secret in a file, in bytes: a private key with room to spare.
const MAX_SECRET_BYTES: u64 = 64 * 1024;

/// A secret: the text itself, or the file or environment variable that holds it.
#[derive(Debug, Clone)]
pub enum Secret {
    /// The text itself.
    Text(SecretString),
    /// `{ file = "…" }`, or `key_file = "…"` in the settings.
    File {
        /// The file, relative to the working directory.
        file: PathBuf,
    },
    /// `{ env = "…" }`: the variable's value.
    Env {
        /// The variable.
        env: String,
    },
}

impl From<&str> for Secret {
    fn from(text: &str) -> Self {
        Self::Text(text.into())
    }
}

impl Secret {
    /// The secret itself, without the line ends at its end. A file may be UTF-8 or UTF-16 and of at most 64 KiB;
    /// if others can read it, a warning is logged each time, and if everyone can write it, it is refused.
    ///
    /// # Errors
    /// [`Problem::File`], [`Problem::Encoding`], [`Problem::NoVariable`], [`Problem::EmptySecret`].
    pub fn resolve(&self) -> Result<SecretString, SettingsError> {
        let text = self.whole()?;
        let trimmed = text.expose_secret().trim_end_matches(['\r', '\n']);
        self.not_empty(trimmed)
    }

    /// The first line of the secret, without blanks around it: for keys and passwords in files where
    /// something may follow.
    ///
    /// # Errors
    /// As [`Secret::resolve`].
    pub fn first_line(&self) -> Result<SecretString, SettingsError> {
        let text = self.whole()?;
        let line = text.expose_secret().lines().next().unwrap_or_default();
        self.not_empty(line.trim())
    }

    /// Where it comes from; never what it is.
    pub fn source(&self) -> String {
        match self {
            Self::Text(_) => "in the configuration".to_owned(),
            Self::File { file } => format!("file {}", file.display()),
            Self::Env { env } => format!("environment variable {env}"),
        }
    }

    /// The file it is in, to be watched for changes.
    pub fn file(&self) -> Option<&Path> {
        match self {
            Self::File { file } => Some(file),
            Self::Text(_) | Self::Env { .. } => None,
        }
    }

    fn whole(&self) -> Result<SecretString, SettingsError> {
        match self {
            Self::Text(text) => Ok(text.clone()),
            Self::File { file } => read(file),
            Self::Env { env } => std::env::var(env)
                .map(SecretString::from)
                .map_err(|_| self.wrong(Problem::NoVariable)),
        }
    }

    fn not_empty(&self, text: &str) -> Result<SecretString, SettingsError> {
        if text.is_empty() {
            return Err(self.wrong(Problem::EmptySecret));
        }
        Ok(text.into())
    }

    fn wrong(&self, problem: Problem) -> SettingsError {
        match self {
            Self::Text(_) => SettingsError::in_file(Path::new(""), problem),
            Self::File { file } => SettingsError::in_file(file, problem),
            Self::Env { env } => SettingsError::new(Place::Variable(env.clone()), problem),
        }
    }
}

/// Reads the file of a secret that is no text, such as a key store, of at most `limit` bytes. If others can
/// read it, a warning is logged.
///
/// # Errors
/// When everyone can write or replace the file; as [`durable::read_secret`].
pub fn read_secret(path: &Path, limit: u64) -> Result<Zeroizing<Vec<u8>>, FileError> {
    let secret = durable::read_secret(path, limit)?.admitted()?;
    if let Some(exposure) = &secret.exposure {
        tracing::warn!("{}: {exposure}", path.display());
    }
    Ok(secret.contents)
}

fn read(file: &Path) -> Result<SecretString, SettingsError> {
    let nowhere = |error| SettingsError::in_file(Path::new(""), Problem::File(error));
    let contents = read_secret(file, MAX_SECRET_BYTES).map_err(nowhere)?;
    match decoded(&contents) {
        Ok(text) => Ok(text.into()),
        Err(error) => Err(no_text(file, error)),
    }
}

impl<'de> Deserialize<'de> for Secret {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_newtype_struct(SECRET, Written)
    }
}

/// A secret as it is written.
struct Written;

impl<'de> Visitor<'de> for Written {
    type Value = Secret;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a secret: a text in quotes, { file = \"…\" } or { env = \"…\" }")
    }

    /// Other languages than ours hand on what they hold.
    fn visit_newtype_struct<D: Deserializer<'de>>(self, inner: D) -> Result<Secret, D::Error> {
        inner.deserialize_any(self)
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Secret, E> {
        Ok(text.into())
    }

    fn visit_string<E: Error>(self, text: String) -> Result<Secret, E> {
        Ok(Secret::Text(text.into()))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut keys: A) -> Result<Secret, A::Error> {
        let one = "a secret has one of `file` and `env`";
        let Some(key) = keys.next_key::<String>()? else {
            return Err(A::Error::custom(one));
        };
        let secret = match key.as_str() {
            "file" => Secret::File {
                file: keys.next_value()?,
            },
            "env" => Secret::Env {
                env: keys.next_value()?,
            },
            other => return Err(A::Error::unknown_field(other, &["file", "env"])),
        };
        match keys.next_key::<String>()? {
            Some(_) => Err(A::Error::custom(one)),
            None => Ok(secret),
        }
    }
}
