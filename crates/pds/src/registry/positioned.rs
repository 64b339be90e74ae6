//! A file read at offsets by many readers at once.

use std::fs::File;
use std::path::Path;

/// A file read at given offsets by many readers at once.
pub(crate) struct PositionedFile {
    file: File,
}

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
        let mut bytes = vec![0; length];
        durable::read_exact_at(&self.file, &mut bytes, offset)?;
        Ok(bytes)
    }
}
