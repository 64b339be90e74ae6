//! Why settings cannot be used.

use std::fmt;
use std::path::{Path, PathBuf};

/// Why settings cannot be used, and where. Never shows the value of a text.
#[derive(Debug, thiserror::Error)]
#[error("{place}{problem}")]
pub struct SettingsError {
    /// Boxed, for it is large and rare.
    place: Box<Place>,
    #[source]
    problem: Box<Problem>,
}

/// Where a setting is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Place {
    /// A file.
    File {
        /// The file.
        path: PathBuf,
        /// The line and the column in it, from 1; columns count characters.
        position: Option<(usize, usize)>,
    },
    /// An environment variable.
    Variable(String),
}

/// What is wrong with settings.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Problem {
    /// The file cannot be read.
    #[error("cannot be read: {0}; check the path and that this service's user may read it")]
    Unreadable(std::io::Error),
    /// The file is longer than any file of settings.
    #[error(
        "is longer than {limit} bytes, the most that is allowed; check that it is the right file"
    )]
    TooLong {
        /// The limit in bytes.
        limit: u64,
    },
    /// The file is no text.
    #[error("is neither UTF-8 nor UTF-16 from here on; save the file as UTF-8")]
    Encoding,
    /// The file is XML in an encoding that is not read.
    #[error("is declared to be in {name}; save the file as UTF-8")]
    Declared {
        /// The encoding.
        name: String,
    },
    /// The file is something else altogether.
    #[error("is {found}, and {expected} was expected")]
    Foreign {
        /// What it looks like.
        found: &'static str,
        /// The name of the settings' file.
        expected: &'static str,
    },
    /// These are the settings of another command.
    #[error("looks like {found}, and {expected} was expected; {found} is given to {given_to}")]
    WrongKind {
        /// The settings it holds.
        found: &'static str,
        /// The settings expected.
        expected: &'static str,
        /// The command that takes what was found.
        given_to: &'static str,
    },
    /// It is not TOML.
    #[error("is not TOML here: {0}")]
    Syntax(String),
    /// There is no such key.
    #[error("`{key}` is not a known key{}{}; expected {}", within(table), meant(likely.as_ref()), one_of(known))]
    UnknownKey {
        /// The key.
        key: String,
        /// The table it is in; empty for the top of the file.
        table: String,
        /// The key that was probably meant.
        likely: Option<String>,
        /// All known keys of the table.
        known: Vec<&'static str>,
    },
    /// A needed key is not there.
    #[error("`{key}`{} is needed and missing", within(table))]
    MissingKey {
        /// The key.
        key: &'static str,
        /// The table it belongs in; empty for the top of the file.
        table: String,
    },
    /// A key is given in two ways.
    #[error("`{key}` and `{key}_file` are both given; keep one of them")]
    Twice {
        /// The key.
        key: String,
    },
    /// A word that is none of those allowed.
    #[error("`{key}`: `{found}` is not allowed{}; expected {}", meant(likely.as_ref()), one_of(known))]
    Word {
        /// The key with its tables.
        key: String,
        /// What was found.
        found: String,
        /// The word that was probably meant.
        likely: Option<String>,
        /// All words allowed.
        known: Vec<&'static str>,
    },
    /// A value of another type, or out of its range.
    #[error("{}{reason}", at_key(key))]
    Value {
        /// The key with its tables; empty for the whole file.
        key: String,
        /// What was expected and what was found.
        reason: String,
    },
    /// A variable that begins like one of ours and leads to no setting.
    #[error("names no setting: two underscores part tables and keys, as in {example}")]
    NoSetting {
        /// How a name looks.
        example: String,
    },
    /// A secret stands in the file, and everyone can change it.
    #[error("{0}")]
    Exposed(durable::Exposure),
    /// A secret's file.
    #[error(transparent)]
    File(durable::FileError),
    /// A secret's variable is not set.
    #[error("is not set, and a secret is expected in it")]
    NoVariable,
    /// A secret is empty.
    #[error("a secret is expected and it is empty")]
    EmptySecret,
}

impl SettingsError {
    pub(crate) fn new(place: Place, problem: Problem) -> Self {
        Self {
            place: Box::new(place),
            problem: Box::new(problem),
        }
    }

    pub(crate) fn in_file(path: &Path, problem: Problem) -> Self {
        let path = path.to_owned();
        let position = None;
        Self::new(Place::File { path, position }, problem)
    }

    /// Where it is.
    pub fn place(&self) -> &Place {
        &self.place
    }

    /// What is wrong.
    pub fn problem(&self) -> &Problem {
        &self.problem
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File { path, position } if path.as_os_str().is_empty() => match position {
                Some((line, column)) => write!(f, "line {line}, column {column}: "),
                None => Ok(()),
            },
            Self::File { path, position } => match position {
                Some((line, column)) => {
                    write!(f, "{}, line {line}, column {column}: ", path.display())
                }
                None => write!(f, "{}: ", path.display()),
            },
            Self::Variable(name) => write!(f, "environment variable {name}: "),
        }
    }
}

fn within(table: &str) -> String {
    match table {
        "" => String::new(),
        table => format!(" of [{table}]"),
    }
}

fn at_key(key: &str) -> String {
    match key {
        "" => String::new(),
        key => format!("`{key}`: "),
    }
}

fn meant(likely: Option<&String>) -> String {
    likely.map_or_else(String::new, |likely| format!(" (did you mean `{likely}`?)"))
}

fn one_of(known: &[&str]) -> String {
    match known {
        [] => "none".to_owned(),
        [only] => format!("`{only}`"),
        known => {
            let quoted: Vec<_> = known.iter().map(|key| format!("`{key}`")).collect();
            format!("one of {}", quoted.join(", "))
        }
    }
}

/// The known word that somebody probably meant.
pub(crate) fn likely(found: &str, known: &[&'static str]) -> Option<String> {
    let found = found.to_ascii_lowercase().replace('-', "_");
    let closeness = |word: &str| strsim::jaro_winkler(&found, &word.replace('-', "_"));
    known
        .iter()
        .map(|word| (closeness(word), word))
        .filter(|(closeness, _)| *closeness > 0.85)
        .max_by(|(one, _), (other, _)| one.total_cmp(other))
        .map(|(_, word)| (*word).to_owned())
}
