//! Locks between processes.

use std::fs::{File, TryLockError};
use std::path::Path;

use crate::{Access, FileError, Problem, open_or_create};

/// A file that one holder at a time has locked, among processes and within one. Dropped, or at the end of
/// the process, it is free again; the file stays. The lock is advisory: it stops those only who take
/// it too.
///
/// Closing the file would not do: while another thread starts a program, the child has a copy of
/// each descriptor until it runs that program, and a copy keeps the lock. So it is given back by word, which
/// counts for all copies.
#[derive(Debug)]
pub struct Lock {
    file: File,
}

impl Lock {
    /// Takes the lock at once or not at all. The file is made with this access when it is not there;
    /// a link is not followed.
    ///
    /// Durable when it returns: nothing. A file that was made need not survive.
    ///
    /// # Errors
    /// [`Problem::Locked`] when somebody holds it; as [`open_or_create`].
    pub fn take(path: &Path, access: Access) -> Result<Self, FileError> {
        let file = open_or_create(path, access)?;
        match file.try_lock() {
            Ok(()) => Ok(Self { file }),
            Err(TryLockError::WouldBlock) => Err(FileError::new(path, Problem::Locked)),
            Err(TryLockError::Error(error)) => {
                Err(FileError::while_doing("taking a lock", path)(error))
            }
        }
    }

    /// The locked file, open for reading and writing.
    pub fn file(&self) -> &File {
        &self.file
    }
}

impl Drop for Lock {
    fn drop(&mut self) {
        // Where this fails, closing the last copy gives the lock back.
        let _ = self.file.unlock();
    }
}
