//! Settings of one file, from its text to checked values.

use std::path::{Path, PathBuf};

use durable::Exposure;
use serde::de::DeserializeOwned;

use crate::error::{Place, Problem, SettingsError};
use crate::file::{TextFile, read_toml};
use crate::kind::Kind;
use crate::tree::{Node, Origin, Table, Value, from_toml, position};
use crate::typed::Failure;
use crate::{environment, typed};

/// What a file and the environment say, not yet checked.
#[derive(Clone)]
pub struct Settings {
    path: PathBuf,
    /// Where positions are counted.
    text: String,
    table: Table,
    /// How others can reach the file.
    exposure: Option<Exposure>,
}

impl Settings {
    /// Reads a file of TOML.
    ///
    /// # Errors
    /// As [`crate::read_text`]; [`Problem::Foreign`], [`Problem::Syntax`].
    pub fn read(path: &Path, kind: &Kind) -> Result<Self, SettingsError> {
        let file = read_toml(path, kind.name)?;
        Ok(Self::parse(path, &file.text)?.found_in(&file))
    }

    /// Reads a text of TOML; `path` is for errors.
    ///
    /// # Errors
    /// [`Problem::Syntax`].
    pub fn parse(path: &Path, text: &str) -> Result<Self, SettingsError> {
        match from_toml(text) {
            Ok(table) => Ok(Self::from_table(path, text, table)),
            Err((reason, span)) => {
                let position = span.map(|span| position(text, span.start));
                let path = path.to_owned();
                Err(SettingsError::new(
                    Place::File { path, position },
                    Problem::Syntax(reason),
                ))
            }
        }
    }

    /// Settings from another language than TOML: a table whose keys were set at bytes of `text`.
    pub fn from_table(path: &Path, text: &str, table: Table) -> Self {
        Self {
            path: path.to_owned(),
            text: text.to_owned(),
            table,
            exposure: None,
        }
    }

    /// The settings, known to be those of a file: a secret among them makes it a secret's file.
    #[must_use]
    pub fn found_in(mut self, file: &TextFile) -> Self {
        self.exposure = file.exposure;
        self
    }

    /// Whether this key or table is set at the top.
    pub fn has(&self, key: &str) -> bool {
        self.table.has(key)
    }

    /// Whether this key is set in a table at the top.
    pub fn has_in(&self, table: &str, key: &str) -> bool {
        self.table.inner(table).is_some_and(|table| table.has(key))
    }

    /// Lays environment variables over the settings; names that do not begin as the kind says are
    /// passed over.
    ///
    /// # Errors
    /// [`Problem::NoSetting`].
    pub fn set_variables(
        &mut self,
        kind: &Kind,
        variables: impl IntoIterator<Item = (String, String)>,
    ) -> Result<(), SettingsError> {
        environment::overlay(&mut self.table, kind, variables)
    }

    /// The settings as a type. A file that is rather one of `others` is said to be.
    ///
    /// # Errors
    /// [`Problem::WrongKind`] and whatever is wrong with keys and values; [`Problem::Exposed`] when a secret
    /// stands in a file that everyone can write or replace.
    pub fn into_checked<T: DeserializeOwned>(
        self,
        kind: &Kind,
        others: &[&Kind],
    ) -> Result<T, SettingsError> {
        let better = kind.better(&self.table, others);
        let whole = Node {
            value: Value::Table(self.table),
            origin: Origin::Program,
        };
        let (checked, secrets) = typed::counting_secrets(|| T::deserialize(typed::Typed(whole)));
        if checked.is_ok() && secrets > 0 {
            judge(&self.path, self.exposure)?;
        }
        checked.map_err(|failure| match better {
            Some(found) if failure.is_about_the_kind() => SettingsError::in_file(
                &self.path,
                Problem::WrongKind {
                    found: found.name,
                    expected: kind.name,
                    given_to: found.given_to,
                },
            ),
            _ => located(failure, self.path, &self.text),
        })
    }

    /// Reads a file of TOML, lays this process's environment over it, and checks it: the usual way.
    ///
    /// # Errors
    /// As [`Settings::read`], [`Settings::set_variables`] and [`Settings::into_checked`].
    pub fn load<T: DeserializeOwned>(
        path: &Path,
        kind: &Kind,
        others: &[&Kind],
    ) -> Result<T, SettingsError> {
        let mut settings = Self::read(path, kind)?;
        settings.set_variables(kind, process_variables())?;
        settings.into_checked(kind, others)
    }
}

/// Only which keys there are: the text may hold secrets.
impl std::fmt::Debug for Settings {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let mut shown = f.debug_struct("Settings");
        shown.field("path", &self.path).field("table", &self.table);
        shown.finish_non_exhaustive()
    }
}

/// Whether the file of settings may hold a secret.
fn judge(path: &Path, exposure: Option<Exposure>) -> Result<(), SettingsError> {
    match exposure {
        Some(exposure) if exposure.lets_everyone_write() => {
            Err(SettingsError::in_file(path, Problem::Exposed(exposure)))
        }
        Some(exposure) => {
            tracing::warn!("{}: {exposure}", path.display());
            Ok(())
        }
        None => Ok(()),
    }
}

fn located(failure: Failure, path: PathBuf, text: &str) -> SettingsError {
    let (origin, problem) = failure.into_problem();
    let place = match origin {
        Some(Origin::Variable(name)) => Place::Variable(name),
        Some(Origin::File(at)) => Place::File {
            path,
            position: Some(position(text, at)),
        },
        Some(Origin::Program) | None => Place::File {
            path,
            position: None,
        },
    };
    SettingsError::new(place, problem)
}

/// The process's variables; what is not Unicode is none of ours.
pub fn process_variables() -> impl Iterator<Item = (String, String)> {
    std::env::vars_os()
        .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)))
}
