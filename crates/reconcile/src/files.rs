//! The control files in directories and all below, opened once and without following links.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use durable::{OwnedBy, PlainFile};
use jiff::Timestamp;
use mesh::{ControlFile, control_file};

use crate::ReconcileError;

/// More control files than this are not compared at once.
const MOST: usize = 500_000;
/// Levels of directories below one that was named.
const DEEPEST: usize = 8;
/// The longest data file that is read, in bytes.
const LONGEST_DATA: u64 = 100 * 1024 * 1024;
/// So many files that cannot be read are told one by one.
const MOST_TOLD: usize = 1_000;

/// A file that could not be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unread {
    /// The file.
    pub file: PathBuf,
    /// Why, without its contents.
    pub reason: String,
}

/// A control file that was read.
pub(crate) struct Found {
    pub path: PathBuf,
    pub control: ControlFile,
    pub modified: Option<Timestamp>,
}

impl Found {
    /// The ITK3 document beside the control file; `None` when there is no data file, or it is something else.
    pub fn document(&self, unread: &mut Vec<Unread>) -> Option<fhir::Document> {
        let path = self.data_file()?;
        let limits = fhir::Limits::default();
        let read = PlainFile::open(&path, &OwnedBy::Anyone)
            .and_then(|file| file.contents(LONGEST_DATA))
            .map_err(|error| error.problem().to_string())
            .and_then(|bytes| fhir::read(&bytes, &limits).map_err(|error| error.to_string()));
        match read {
            Ok(document) => Some(document),
            Err(reason) => {
                tell(unread, path, reason);
                None
            }
        }
    }

    fn data_file(&self) -> Option<PathBuf> {
        ["dat", "DAT", "Dat"]
            .iter()
            .map(|extension| self.path.with_extension(extension))
            .find(|path| path.symlink_metadata().is_ok())
    }
}

fn tell(unread: &mut Vec<Unread>, file: PathBuf, reason: String) {
    if unread.len() < MOST_TOLD {
        unread.push(Unread { file, reason });
    }
}

/// The names of all control files in these directories, in order; one in two of them counts once.
pub(crate) fn names(directories: &[PathBuf]) -> Result<BTreeSet<PathBuf>, ReconcileError> {
    let mut names = BTreeSet::new();
    for directory in directories {
        walk(directory, 0, &mut names)?;
    }
    Ok(names)
}

/// Reads a control file, or notes that it cannot be read.
pub(crate) fn open(path: PathBuf, unread: &mut Vec<Unread>) -> Option<Found> {
    match read(&path) {
        Ok((control, modified)) => Some(Found {
            path,
            control,
            modified,
        }),
        Err(reason) => {
            tell(unread, path, reason);
            None
        }
    }
}

fn walk(
    directory: &Path,
    depth: usize,
    names: &mut BTreeSet<PathBuf>,
) -> Result<(), ReconcileError> {
    let refused = |source| ReconcileError::Directory {
        path: directory.to_owned(),
        source,
    };
    if depth > DEEPEST {
        return Err(ReconcileError::TooDeep {
            path: directory.to_owned(),
            limit: DEEPEST,
        });
    }
    for entry in fs::read_dir(directory).map_err(refused)? {
        let entry = entry.map_err(refused)?;
        let (path, kind) = (entry.path(), entry.file_type().map_err(refused)?);
        if kind.is_dir() {
            walk(&path, depth + 1, names)?;
        } else if is_control_file(&path) {
            names.insert(path);
            if names.len() > MOST {
                return Err(ReconcileError::TooMany {
                    path: directory.to_owned(),
                    limit: MOST,
                });
            }
        }
    }
    Ok(())
}

fn is_control_file(path: &Path) -> bool {
    path.extension()
        .is_some_and(|extension| extension.eq_ignore_ascii_case("ctl"))
}

fn read(path: &Path) -> Result<(ControlFile, Option<Timestamp>), String> {
    let file = PlainFile::open(path, &OwnedBy::Anyone);
    let file = file.map_err(|error| error.problem().to_string())?;
    let modified = file.modified().and_then(|at| Timestamp::try_from(at).ok());
    let bytes = file.contents(control_file::MAX_BYTES as u64);
    let bytes = bytes.map_err(|error| error.problem().to_string())?;
    let control = ControlFile::read(&bytes).map_err(|error| error.to_string())?;
    Ok((control, modified))
}
