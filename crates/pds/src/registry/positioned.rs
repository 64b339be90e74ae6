//! A file read at offsets by many readers at once.

use std::fs::File;
use std::path::Path;

/// A file read at given offsets by many readers at once.
pub(crate) struct PositionedFile {
    #[cfg(unix)]
    file: File,
    #[cfg(not(unix))]
    file: std::sync::Mutex<File>,
}

#[cfg(unix)]
impl PositionedFile {
    pub(crate) fn open(path: &Path) -> std::io::Result<Self> {
        Ok(Self {
            file: File::open(path)?,
        })
    }

    pub(crate) fn length(&self) -> std::io::Result<u64> {
        Ok(self.file.metadata()?.len())
    }

    /// Exactly `length` bytes from `offset`.
    pub(crate) fn read(&self, offset: u64, length: usize) -> std::io::Result<Vec<u8>> {
        use std::os::unix::fs::FileExt;
        let mut bytes = vec![0; length];
        self.file.read_exact_at(&mut bytes, offset)?;
        Ok(bytes)
    }
}

#[cfg(not(unix))]
impl PositionedFile {
    pub(crate) fn open(path: &Path) -> std::io::Result<Self> {
        Ok(Self {
            file: std::sync::Mutex::new(File::open(path)?),
        })
    }

    pub(crate) fn length(&self) -> std::io::Result<u64> {
        Ok(self.lock().metadata()?.len())
    }

    /// Exactly `length` bytes from `offset`.
    pub(crate) fn read(&self, offset: u64, length: usize) -> std::io::Result<Vec<u8>> {
        use std::io::{Read, Seek, SeekFrom};
        let mut bytes = vec![0; length];
        let mut file = self.lock();
        file.seek(SeekFrom::Start(offset))?;
        file.read_exact(&mut bytes)?;
        Ok(bytes)
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, File> {
        self.file
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner)
    }
}
