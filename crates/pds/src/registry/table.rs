//! A table of sealed entries in one file, made once and then only read.
//!
//! ```text
//! bucket 0 … bucket n-1      check value (8 bytes), then entries by position:
//!                            fingerprint (u32), length (u32), sealed bytes
//! directory                  n + 1 offsets (u64): where each bucket begins, and the end
//! footer (32 bytes)          magic, number of buckets, number of entries, offset of the directory
//! ```
//!
//! All numbers are little-endian. A bucket holds about 32 entries, so a lookup is one hash, one
//! read of a page or two and one decryption; in memory is only the directory, a quarter of a byte
//! an entry.

use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};

use super::positioned::PositionedFile;
use super::seal::TableKeys;
use crate::PdsError;
use durable::Access;

const MAGIC: &[u8; 8] = b"RESTTBL1";
const FOOTER: usize = 32;
const CHECK: usize = 8;
const ENTRIES_A_BUCKET: u64 = 32;
/// No bucket comes near this unless the directory is damaged.
const BUCKET_LIMIT: u64 = 16 << 20;

const TORN: PdsError = PdsError::RegistryDamaged("a table is cut short or overwritten");

/// An open table. Lookups need no lock.
pub(crate) struct Table {
    file: PositionedFile,
    keys: TableKeys,
    directory: Vec<u64>,
}

impl Table {
    pub(crate) fn open(path: &Path, keys: TableKeys) -> Result<Self, PdsError> {
        let file = PositionedFile::open(path).map_err(PdsError::read(path))?;
        let bytes = file.length().map_err(PdsError::read(path))?;
        let footer_at = bytes.checked_sub(FOOTER as u64).ok_or(TORN)?;
        let footer = file.read(footer_at, FOOTER).map_err(PdsError::read(path))?;
        let (magic, numbers) = footer.split_at_checked(MAGIC.len()).ok_or(TORN)?;
        let mut numbers = numbers
            .as_chunks::<8>()
            .0
            .iter()
            .map(|n| u64::from_le_bytes(*n));
        let (Some(buckets), Some(_), Some(directory_at)) =
            (numbers.next(), numbers.next(), numbers.next())
        else {
            return Err(TORN);
        };
        let expected = buckets
            .checked_add(1)
            .and_then(|n| n.checked_mul(8))
            .ok_or(TORN)?;
        if magic != MAGIC || buckets == 0 || directory_at.checked_add(expected) != Some(footer_at) {
            return Err(TORN);
        }
        let length = usize::try_from(expected).map_err(|_| TORN)?;
        let directory = file
            .read(directory_at, length)
            .map_err(PdsError::read(path))?;
        let directory = directory
            .as_chunks::<8>()
            .0
            .iter()
            .map(|n| u64::from_le_bytes(*n))
            .collect();
        Ok(Self {
            file,
            keys,
            directory,
        })
    }

    /// The entry of a subject.
    pub(crate) fn find(&self, subject: &[u8]) -> Result<Option<Vec<u8>>, PdsError> {
        let place = self.keys.place(subject);
        let bucket = self.bucket(bucket_of(place.position, self.buckets()))?;
        let mut rest = bucket.as_slice();
        while !rest.is_empty() {
            let (fingerprint, sealed, after) = split_entry(rest).ok_or(TORN)?;
            rest = after;
            if fingerprint == place.fingerprint
                && let Some(entry) = place.open(sealed)?
            {
                return Ok(Some(entry));
            }
        }
        Ok(None)
    }

    fn buckets(&self) -> u64 {
        (self.directory.len() as u64).saturating_sub(1)
    }

    /// The entries of a bucket, its check value verified: damage must never read as "not found".
    fn bucket(&self, number: u64) -> Result<Vec<u8>, PdsError> {
        let index = usize::try_from(number).map_err(|_| TORN)?;
        let (Some(start), Some(end)) = (self.directory.get(index), self.directory.get(index + 1))
        else {
            return Err(TORN);
        };
        let length = end
            .checked_sub(*start)
            .filter(|n| *n <= BUCKET_LIMIT)
            .ok_or(TORN)?;
        let mut bucket = self.file.read(*start, length as usize).map_err(|_| TORN)?;
        let (check, entries) = bucket.split_at_checked(CHECK).ok_or(TORN)?;
        if !self.keys.is_whole(number, entries, check) {
            return Err(PdsError::RegistryDamaged("a bucket fails its check"));
        }
        bucket.drain(..CHECK);
        Ok(bucket)
    }
}

fn split_entry(bytes: &[u8]) -> Option<(u32, &[u8], &[u8])> {
    let (fingerprint, rest) = bytes.split_first_chunk::<4>()?;
    let (length, rest) = rest.split_first_chunk::<4>()?;
    let length = usize::try_from(u32::from_le_bytes(*length)).ok()?;
    let (sealed, rest) = rest.split_at_checked(length)?;
    Some((u32::from_le_bytes(*fingerprint), sealed, rest))
}

/// Buckets follow each other in the order of positions.
fn bucket_of(position: u64, buckets: u64) -> u64 {
    ((u128::from(position) * u128::from(buckets)) >> 64) as u64
}

/// Writes a table; entries come in the order of their positions, each subject once.
pub(crate) struct TableWriter {
    out: BufWriter<File>,
    path: PathBuf,
    keys: TableKeys,
    buckets: u64,
    directory: Vec<u64>,
    bucket: Vec<u8>,
    written: u64,
    entries: u64,
}

impl TableWriter {
    /// A new file, readable by its owner only, laid out for about `expected` entries.
    pub(crate) fn create(path: &Path, keys: TableKeys, expected: u64) -> Result<Self, PdsError> {
        let file = durable::create_new(path, Access::Owner)?;
        Ok(Self {
            out: BufWriter::with_capacity(1 << 20, file),
            path: path.to_owned(),
            keys,
            buckets: (expected / ENTRIES_A_BUCKET).max(1),
            directory: Vec::new(),
            bucket: Vec::new(),
            written: 0,
            entries: 0,
        })
    }

    /// Adds one entry.
    pub(crate) fn add(&mut self, subject: &[u8], entry: Vec<u8>) -> Result<(), PdsError> {
        let place = self.keys.place(subject);
        let number = bucket_of(place.position, self.buckets);
        while (self.directory.len() as u64) < number {
            self.end_bucket()?;
        }
        let sealed = place.seal(entry)?;
        let length = u32::try_from(sealed.len()).map_err(|_| TORN)?;
        self.bucket
            .extend_from_slice(&place.fingerprint.to_le_bytes());
        self.bucket.extend_from_slice(&length.to_le_bytes());
        self.bucket.extend_from_slice(&sealed);
        self.entries += 1;
        Ok(())
    }

    /// Writes what is left and waits until all is on the disk. Answers the size of the file.
    pub(crate) fn finish(mut self) -> Result<u64, PdsError> {
        while (self.directory.len() as u64) < self.buckets {
            self.end_bucket()?;
        }
        let directory_at = self.written;
        self.directory.push(directory_at);
        let path = self.path.clone();
        let mut write = || -> std::io::Result<u64> {
            for offset in &self.directory {
                self.out.write_all(&offset.to_le_bytes())?;
            }
            self.out.write_all(MAGIC)?;
            for number in [self.buckets, self.entries, directory_at] {
                self.out.write_all(&number.to_le_bytes())?;
            }
            self.out.flush()?;
            self.out.get_ref().sync_all()?;
            Ok(self.out.get_ref().metadata()?.len())
        };
        write().map_err(PdsError::write(&path))
    }

    fn end_bucket(&mut self) -> Result<(), PdsError> {
        let check = self
            .keys
            .bucket_check(self.directory.len() as u64, &self.bucket);
        self.directory.push(self.written);
        self.written += (CHECK + self.bucket.len()) as u64;
        self.out
            .write_all(&check)
            .and_then(|()| self.out.write_all(&self.bucket))
            .map_err(PdsError::write(&self.path))?;
        self.bucket.clear();
        Ok(())
    }
}
