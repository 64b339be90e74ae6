use std::path::PathBuf;

use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;

use super::read_file;
use crate::ClientError;

/// A secret: the text itself, or the file or environment variable that holds it.
#[derive(Debug, Clone, Deserialize)]
#[serde(untagged)]
pub enum Secret {
    /// The text itself.
    Text(#[serde(deserialize_with = "secret_text")] SecretString),
    /// `{ file = "…" }`: the file's text, without the line end.
    File {
        /// The file.
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
    /// The secret itself.
    pub fn resolve(&self) -> Result<SecretString, ClientError> {
        let text: SecretString = match self {
            Self::Text(text) => text.clone(),
            Self::File { file } => String::from_utf8_lossy(&read_file(file, "secret")?)
                .trim_end_matches(['\r', '\n'])
                .into(),
            Self::Env { env } => std::env::var(env).unwrap_or_default().into(),
        };
        if text.expose_secret().is_empty() {
            let what = format!("a secret is empty ({})", self.source());
            return Err(ClientError::Configuration(what));
        }
        Ok(text)
    }

    /// Where it comes from; never what it is.
    pub fn source(&self) -> String {
        match self {
            Self::Text(_) => "in the configuration".to_owned(),
            Self::File { file } => format!("file {}", file.display()),
            Self::Env { env } => format!("environment variable {env}"),
        }
    }
}

fn secret_text<'de, D: serde::Deserializer<'de>>(
    deserializer: D,
) -> Result<SecretString, D::Error> {
    String::deserialize(deserializer).map(SecretString::from)
}
