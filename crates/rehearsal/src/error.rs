//! What can go wrong.

use std::path::PathBuf;

use durable::FileError;

/// Why a pack was not written.
#[derive(Debug, thiserror::Error)]
pub enum RehearsalError {
    /// The directory of the pack holds something.
    #[error(
        "{}: expected a directory that is absent or empty, found files in it; nothing was changed. Name another directory, \
         or move the pack of an earlier run away",
        path.display()
    )]
    NotEmpty {
        /// The directory.
        path: PathBuf,
    },
    /// Something else than a directory has the name of the pack.
    #[error(
        "{}: expected a directory that is absent or empty, found {found}; nothing was changed. Name a directory itself: \
         links are not followed",
        path.display()
    )]
    NotDirectory {
        /// Where.
        path: PathBuf,
        /// What it is.
        found: &'static str,
    },
    /// The directory of the pack cannot be looked into.
    #[error("{}: {source}; nothing was changed", path.display())]
    Unreadable {
        /// The directory.
        path: PathBuf,
        /// What failed.
        source: std::io::Error,
    },
    /// A list of patients is wrong.
    #[error("line {line} of the list of patients: expected {what}; correct it and start again")]
    Patients {
        /// Which line.
        line: usize,
        /// What belongs there.
        what: &'static str,
    },
    /// A number that may be a person's.
    #[error(
        "line {line} of the list of patients: expected an NHS number of a test patient (900 000 0000 and above), found one \
         that may be a person's; nothing was started. Rehearsals are for test patients; where this is one, give --any-number"
    )]
    NotATestNumber {
        /// Which line.
        line: usize,
    },
    /// A case that nobody knows.
    #[error(
        "expected a case such as RX-P01, of the table of 52, found another text; nothing was started"
    )]
    NoCase,
    /// A message that cannot be made.
    #[error(
        "{case} for {payload}: {what}; nothing was sent. This is a fault of the generator or of what it was given, and comes \
         again with the same seed"
    )]
    NotMade {
        /// The case.
        case: &'static str,
        /// The payload.
        payload: &'static str,
        /// What failed, without patient data.
        what: String,
    },
    /// A file of the pack cannot be written.
    #[error("{0}; what of the pack is there has no SHA256SUMS and counts for nothing")]
    File(#[from] FileError),
    /// A list cannot be put into its form.
    #[error("{name}: {source}; the pack is not whole")]
    Form {
        /// The file.
        name: String,
        /// What failed.
        source: std::io::Error,
    },
}
