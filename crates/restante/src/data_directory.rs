//! What a directory named by `--data` holds, so that a mistyped one is refused and nothing is made in it.

use std::path::Path;

use crate::error::{self, Error};

/// Whose directory it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Holds {
    Exchange,
    Practice,
}

/// Files and directories by which a directory is known, the surest first. Each command of 0.1 made only what it
/// needed: an exchange may so far have certificates or a registry only. A practice's client may keep certificates
/// beside the practice's records.
const SIGNS: [(&str, Holds); 7] = [
    ("records.sqlite3", Holds::Exchange),
    ("key", Holds::Exchange),
    ("lock", Holds::Exchange),
    ("practice.sqlite", Holds::Practice),
    ("certificates/ca.pem", Holds::Exchange),
    ("registry", Holds::Exchange),
    ("users.sqlite3", Holds::Practice),
];

/// What a directory holds; nothing known when there is no such directory.
///
/// # Errors
///
/// When it cannot be looked at.
pub fn look(directory: &Path) -> Result<Option<Holds>, Error> {
    for (name, holds) in SIGNS {
        let sign = directory.join(name);
        if sign.try_exists().map_err(error::at(directory))? {
            return Ok(Some(holds));
        }
    }
    Ok(None)
}

/// # Errors
///
/// When it is no exchange's directory.
pub fn of_exchange(directory: &Path) -> Result<(), Error> {
    match look(directory)? {
        Some(Holds::Exchange) => Ok(()),
        Some(Holds::Practice) => Err(Error::Usage(format!(
            "--data {}: this is a practice's data directory, and an exchange's was expected; nothing was changed",
            directory.display()
        ))),
        None => Err(nothing(directory, "an exchange")),
    }
}

/// # Errors
///
/// When it is the directory of neither an exchange nor a practice.
pub fn of_service(directory: &Path) -> Result<Holds, Error> {
    look(directory)?.ok_or_else(|| nothing(directory, "an exchange or a practice"))
}

fn nothing(directory: &Path, whose: &str) -> Error {
    let found = if directory.is_dir() {
        "the directory holds none of its files (such as records.sqlite3 or key)"
    } else if directory.exists() {
        "it is a file"
    } else {
        "there is no such directory"
    };
    Error::Usage(format!(
        "--data {}: the data directory of {whose} was expected, and {found}; nothing was made. Check the \
         path, or give --config, which makes the directory that the configuration names",
        directory.display()
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_directory_is_known_by_what_is_in_it() {
        for (name, holds) in SIGNS {
            let directory = tempfile::tempdir().unwrap();
            assert_eq!(look(directory.path()).unwrap(), None);
            let sign = directory.path().join(name);
            std::fs::create_dir_all(sign.parent().unwrap()).unwrap();
            std::fs::write(sign, "").unwrap();
            assert_eq!(look(directory.path()).unwrap(), Some(holds), "{name}");
        }
    }
}
