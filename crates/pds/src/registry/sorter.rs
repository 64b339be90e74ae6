//! Sorting more entries than fit in memory: beyond a budget they are spread over files by the high
//! bits of their position, and each file is then sorted by itself. The files hold patients' data
//! and are encrypted under a key that exists only in this process's memory.

use std::fs::{self, File};
use std::io::{BufReader, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use durable::Access;
use nhs::Randomness;
use ring::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};

use crate::PdsError;

/// Entries held in memory before files are used.
const MEMORY: usize = 48 << 20;
const FILES: usize = 256;
const BLOCK: usize = 32 << 10;
const TAG: usize = 16;

const SEALING: PdsError =
    PdsError::RegistryDamaged("a temporary file could not be sealed or opened");

/// Something to be placed: who it is about, and what is to be kept.
pub(crate) struct Entry {
    pub subject: Vec<u8>,
    pub body: Vec<u8>,
}

/// Collects entries in any order, gives them back by position; those of one position by subject,
/// and those of one subject in the order they came.
pub(crate) struct Sorter {
    folder: PathBuf,
    memory: usize,
    key: LessSafeKey,
    held: Arena,
    files: Vec<SpillFile>,
    pushed: u64,
}

#[derive(Default)]
struct Arena {
    bytes: Vec<u8>,
    index: Vec<(u64, usize)>,
}

/// Opened only while a block is written, so that a small limit of open files is enough.
struct SpillFile {
    path: PathBuf,
    block: Vec<u8>,
    number: u8,
    blocks: u64,
}

impl Sorter {
    /// `folder` must exist and be empty; files appear in it only for large inputs.
    pub(crate) fn new(folder: &Path, randomness: &dyn Randomness) -> Result<Self, PdsError> {
        let mut key = zeroize::Zeroizing::new([0u8; 32]);
        randomness.fill(key.as_mut());
        let key = UnboundKey::new(&AES_256_GCM, key.as_ref()).map_err(|_| SEALING)?;
        Ok(Self {
            folder: folder.to_owned(),
            memory: MEMORY,
            key: LessSafeKey::new(key),
            held: Arena::default(),
            files: Vec::new(),
            pushed: 0,
        })
    }

    pub(crate) fn pushed(&self) -> u64 {
        self.pushed
    }

    pub(crate) fn push(&mut self, position: u64, entry: &Entry) -> Result<(), PdsError> {
        self.pushed += 1;
        if self.files.is_empty() {
            self.held.push(position, entry);
            if self.held.bytes.len() >= self.memory {
                self.spread()?;
            }
            return Ok(());
        }
        let mut record = Vec::with_capacity(16 + entry.subject.len() + entry.body.len());
        encode(position, entry, &mut record);
        self.spill(position, &record)
    }

    /// Hands every entry to `take`, in order.
    pub(crate) fn drain(
        mut self,
        mut take: impl FnMut(Entry) -> Result<(), PdsError>,
    ) -> Result<(), PdsError> {
        if self.files.is_empty() {
            return self.held.sorted(&mut take);
        }
        for mut file in std::mem::take(&mut self.files) {
            file.flush(&self.key)?;
            if file.blocks > 0 {
                Arena::load(file.read_back(&self.key)?)?.sorted(&mut take)?;
                fs::remove_file(&file.path).map_err(PdsError::write(&file.path))?;
            }
        }
        Ok(())
    }

    fn spread(&mut self) -> Result<(), PdsError> {
        for number in 0..=u8::MAX {
            self.files.push(SpillFile::new(&self.folder, number));
        }
        let held = std::mem::take(&mut self.held);
        for (position, offset) in &held.index {
            let record = held.record(*offset).ok_or(SEALING)?;
            self.spill(*position, record)?;
        }
        Ok(())
    }

    fn spill(&mut self, position: u64, record: &[u8]) -> Result<(), PdsError> {
        let number = (position >> (u64::BITS - FILES.ilog2())) as usize;
        let file = self.files.get_mut(number).ok_or(SEALING)?;
        file.block.extend_from_slice(record);
        if file.block.len() >= BLOCK {
            file.flush(&self.key)
        } else {
            Ok(())
        }
    }
}

impl SpillFile {
    fn new(folder: &Path, number: u8) -> Self {
        let path = folder.join(format!("spill-{number:03}"));
        Self {
            path,
            block: Vec::new(),
            number,
            blocks: 0,
        }
    }

    fn flush(&mut self, key: &LessSafeKey) -> Result<(), PdsError> {
        if self.block.is_empty() {
            return Ok(());
        }
        key.seal_in_place_append_tag(self.nonce(self.blocks), Aad::empty(), &mut self.block)
            .map_err(|_| SEALING)?;
        self.blocks += 1;
        let length = (self.block.len() as u64).to_le_bytes();
        let mut file = durable::open_or_create(&self.path, Access::Owner)?;
        file.seek(SeekFrom::End(0))
            .and_then(|_| file.write_all(&length))
            .and_then(|()| file.write_all(&self.block))
            .map_err(PdsError::write(&self.path))?;
        self.block.clear();
        Ok(())
    }

    fn read_back(&mut self, key: &LessSafeKey) -> Result<Vec<u8>, PdsError> {
        let mut input = BufReader::new(File::open(&self.path).map_err(PdsError::read(&self.path))?);
        let mut all = Vec::new();
        for block in 0..self.blocks {
            let mut length = [0; 8];
            input
                .read_exact(&mut length)
                .map_err(PdsError::read(&self.path))?;
            let length = usize::try_from(u64::from_le_bytes(length)).map_err(|_| SEALING)?;
            let start = all.len();
            all.resize(start + length, 0);
            let sealed = all.get_mut(start..).ok_or(SEALING)?;
            input
                .read_exact(sealed)
                .map_err(PdsError::read(&self.path))?;
            key.open_in_place(self.nonce(block), Aad::empty(), sealed)
                .map_err(|_| SEALING)?;
            all.truncate(start + length.saturating_sub(TAG));
        }
        Ok(all)
    }

    /// One key seals all files of a sorter, so a nonce is the file's number and the block's.
    fn nonce(&self, block: u64) -> Nonce {
        let mut nonce = [0; NONCE_LEN];
        let parts = std::iter::once(self.number).chain(block.to_le_bytes());
        nonce
            .iter_mut()
            .zip(parts)
            .for_each(|(to, from)| *to = from);
        Nonce::assume_unique_for_key(nonce)
    }
}

/// Position (8 bytes), length of the subject (4), length of the body (4), subject, body.
fn encode(position: u64, entry: &Entry, to: &mut Vec<u8>) {
    to.extend_from_slice(&position.to_le_bytes());
    to.extend_from_slice(&(entry.subject.len() as u32).to_le_bytes());
    to.extend_from_slice(&(entry.body.len() as u32).to_le_bytes());
    to.extend_from_slice(&entry.subject);
    to.extend_from_slice(&entry.body);
}

fn decode(bytes: &[u8]) -> Option<(u64, &[u8], &[u8], usize)> {
    let (position, rest) = bytes.split_first_chunk::<8>()?;
    let (subject, rest) = rest.split_first_chunk::<4>()?;
    let (body, rest) = rest.split_first_chunk::<4>()?;
    let subject = u32::from_le_bytes(*subject) as usize;
    let body = u32::from_le_bytes(*body) as usize;
    let (subject, rest) = rest.split_at_checked(subject)?;
    let (body, _) = rest.split_at_checked(body)?;
    Some((
        u64::from_le_bytes(*position),
        subject,
        body,
        16 + subject.len() + body.len(),
    ))
}

impl Arena {
    fn push(&mut self, position: u64, entry: &Entry) {
        self.index.push((position, self.bytes.len()));
        encode(position, entry, &mut self.bytes);
    }

    fn load(bytes: Vec<u8>) -> Result<Self, PdsError> {
        let mut index = Vec::new();
        let mut offset = 0;
        while let Some(rest) = bytes.get(offset..).filter(|rest| !rest.is_empty()) {
            let (position, _, _, length) = decode(rest).ok_or(SEALING)?;
            index.push((position, offset));
            offset += length;
        }
        Ok(Self { bytes, index })
    }

    fn record(&self, offset: usize) -> Option<&[u8]> {
        let rest = self.bytes.get(offset..)?;
        rest.get(..decode(rest)?.3)
    }

    fn sorted(
        mut self,
        take: &mut impl FnMut(Entry) -> Result<(), PdsError>,
    ) -> Result<(), PdsError> {
        let mut index = std::mem::take(&mut self.index);
        let subject = |offset: usize| self.bytes.get(offset..).and_then(decode).map(|d| d.1);
        index.sort_by(|(a, at_a), (b, at_b)| {
            a.cmp(b)
                .then_with(|| subject(*at_a).cmp(&subject(*at_b)))
                .then(at_a.cmp(at_b))
        });
        for (_, offset) in index {
            let rest = self.bytes.get(offset..).ok_or(SEALING)?;
            let (_, subject, body, _) = decode(rest).ok_or(SEALING)?;
            take(Entry {
                subject: subject.to_vec(),
                body: body.to_vec(),
            })?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use nhs::SystemRandomness;

    fn entry(number: u64) -> (u64, Entry) {
        let position = number.wrapping_mul(0x9E37_79B9_7F4A_7C15);
        let subject = number.to_le_bytes().to_vec();
        (
            position,
            Entry {
                subject,
                body: format!("GARTON {number} {:2000}", "").into_bytes(),
            },
        )
    }

    fn sorted(memory: usize, folder: &Path) -> Vec<Vec<u8>> {
        let mut sorter = Sorter::new(folder, &SystemRandomness).unwrap();
        sorter.memory = memory;
        for number in (0..5_000).chain([7, 7]) {
            let (position, entry) = entry(number);
            sorter.push(position, &entry).unwrap();
        }
        let in_files = fs::read_dir(folder).unwrap().count();
        assert_eq!(in_files > 0, memory < 100_000);
        for file in fs::read_dir(folder).unwrap() {
            let bytes = fs::read(file.unwrap().path()).unwrap();
            assert!(!bytes.windows(6).any(|window| window == b"GARTON"));
            assert!(bytes.len() >= BLOCK);
        }
        let mut bodies = Vec::new();
        sorter
            .drain(|entry| {
                bodies.push(entry.body);
                Ok(())
            })
            .unwrap();
        assert_eq!(fs::read_dir(folder).unwrap().count(), 0);
        bodies
    }

    #[test]
    fn files_and_memory_sort_alike_and_files_hold_nothing_in_clear() {
        let folder = tempfile::tempdir().unwrap();
        let in_memory = sorted(usize::MAX, folder.path());
        assert_eq!(in_memory.len(), 5_002);
        assert_eq!(
            in_memory
                .iter()
                .filter(|body| body.starts_with(b"GARTON 7 "))
                .count(),
            3
        );
        assert_eq!(sorted(10_000, folder.path()), in_memory);
    }

    #[test]
    fn blocks_are_written_while_entries_arrive() {
        let folder = tempfile::tempdir().unwrap();
        let mut sorter = Sorter::new(folder.path(), &SystemRandomness).unwrap();
        sorter.memory = 0;
        for number in 0..40_000 {
            let body = vec![1; 200];
            sorter
                .push(
                    number,
                    &Entry {
                        subject: vec![1],
                        body,
                    },
                )
                .unwrap();
        }
        let written = fs::metadata(folder.path().join("spill-000")).unwrap().len();
        assert!(written > 8_000_000, "{written}");
        let mut count = 0;
        sorter
            .drain(|_| {
                count += 1;
                Ok(())
            })
            .unwrap();
        assert_eq!(count, 40_000);
    }
}
