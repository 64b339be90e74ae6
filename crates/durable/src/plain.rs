//! Files that others can write, opened once and judged by their descriptor.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use crate::create::not_followed;
use crate::names::described;
use crate::{FileError, Problem, platform};

/// Whose files are accepted. On Windows the owner is not judged.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum OwnedBy {
    /// Anyone's, where the directory's rights already say who may put a file there.
    Anyone,
    /// This process's user's, or root's.
    ThisUser,
    /// These users', by their ids, besides this process's user and root.
    Users(Vec<u32>),
}

/// An open file that was a regular file with one name and an allowed owner when it was opened, reached
/// without following a link. What the name leads to from then on is of no importance: length,
/// hash and contents all come from this descriptor.
///
/// The directories on the way to the file are not judged: they must be ones that strangers cannot
/// rename. Where strangers can rename the file itself, first [`rename_unsynced`](crate::rename_unsynced)
/// it into a directory of one's own and open it there: a second name taken away in the moment of
/// the opening is not noticed otherwise (links and pipes are, always).
pub struct PlainFile {
    file: File,
    path: PathBuf,
    length: u64,
    modified: Option<SystemTime>,
}

impl PlainFile {
    /// Opens a file for reading. A pipe or a device is refused at once and never waited for.
    ///
    /// # Errors
    /// [`Problem::NotRegular`], [`Problem::ManyNames`], [`Problem::Owner`]; what the operating system says.
    pub fn open(path: &Path, allowed: &OwnedBy) -> Result<Self, FileError> {
        let file =
            platform::open_without_links(path, false).map_err(|error| not_followed(path, error))?;
        Self::judged(file, path, allowed)
    }

    fn judged(file: File, path: &Path, allowed: &OwnedBy) -> Result<Self, FileError> {
        let refuse = |problem| Err(FileError::new(path, problem));
        let failed = |error| FileError::while_doing("looking at a file", path)(error);
        let metadata = file.metadata().map_err(failed)?;
        if !metadata.is_file() {
            let found = described(metadata.file_type());
            return refuse(Problem::NotRegular { found });
        }
        let links = platform::links(&file, &metadata).map_err(failed)?;
        if links != 1 {
            return refuse(Problem::ManyNames { links });
        }
        if let Some(owner) = platform::owner_unless_allowed(&metadata, allowed) {
            return refuse(Problem::Owner { owner });
        }
        Ok(Self {
            file,
            path: path.to_owned(),
            length: metadata.len(),
            modified: metadata.modified().ok(),
        })
    }

    /// Its length in bytes when it was opened.
    pub fn length(&self) -> u64 {
        self.length
    }

    /// When it was last changed, as of its opening; `None` where the file system does not tell.
    pub fn modified(&self) -> Option<SystemTime> {
        self.modified
    }

    /// The descriptor.
    pub fn file(&self) -> &File {
        &self.file
    }

    /// Only the descriptor, such as for asynchronous reading.
    pub fn into_file(self) -> File {
        self.file
    }

    /// All of it, of at most `limit` bytes, from the beginning.
    ///
    /// # Errors
    /// [`Problem::TooLong`]; what the operating system says.
    pub fn contents(&self, limit: u64) -> Result<Vec<u8>, FileError> {
        let mut file = &self.file;
        let mut contents = Vec::new();
        file.seek(SeekFrom::Start(0))
            .and_then(|_| {
                let mut bounded = file.take(limit.saturating_add(1));
                bounded.read_to_end(&mut contents)
            })
            .map_err(FileError::while_doing("reading a file", &self.path))?;
        if contents.len() as u64 > limit {
            return Err(FileError::new(&self.path, Problem::TooLong { limit }));
        }
        Ok(contents)
    }
}

impl Read for PlainFile {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        self.file.read(into)
    }
}

impl Seek for PlainFile {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        self.file.seek(to)
    }
}

/// Without the name, which may tell of a patient.
impl std::fmt::Debug for PlainFile {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("PlainFile")
            .field("length", &self.length)
            .finish_non_exhaustive()
    }
}
