//! Entries of a table to be, collected and sorted.

use std::fs;
use std::path::{Path, PathBuf};

use nhs::Randomness;

use crate::PdsError;
use crate::registry::RegistryKey;
use crate::registry::seal::TableKeys;
use crate::registry::sorter::{Entry, Sorter};
use crate::registry::table::TableWriter;

pub(super) const UNREADABLE: PdsError =
    PdsError::RegistryDamaged("a temporary entry cannot be read");

/// A table to be: its entries are collected and sorted, then written.
pub(super) struct Pending {
    path: PathBuf,
    scratch: PathBuf,
    keys: TableKeys,
    sorter: Sorter,
}

/// Where an entry came from, in front of its body while it is sorted.
#[derive(Clone, Copy)]
pub(super) struct Origin {
    pub line: u64,
    /// The row was about another number: gives way to a row about this one without being refused.
    pub implied: bool,
}

impl Pending {
    pub(super) fn new(
        folder: &Path,
        table: &str,
        key: &RegistryKey,
        salt: &[u8; 32],
        randomness: &dyn Randomness,
    ) -> Result<Self, PdsError> {
        let scratch = folder.join(format!("{table}.scratch"));
        fs::create_dir(&scratch).map_err(PdsError::write(&scratch))?;
        Ok(Self {
            path: folder.join(format!("{table}.table")),
            sorter: Sorter::new(&scratch, randomness)?,
            keys: TableKeys::new(key, table, salt),
            scratch,
        })
    }

    pub(super) fn push(&mut self, entry: Entry) -> Result<(), PdsError> {
        self.sorter
            .push(self.keys.place(&entry.subject).position, &entry)
    }

    /// Writes the table: all entries of one subject go to `decide`, which writes one or none of
    /// them. Answers the size of the file.
    pub(super) fn write(
        self,
        mut decide: impl FnMut(
            Vec<Entry>,
            &mut dyn FnMut(Entry) -> Result<(), PdsError>,
        ) -> Result<(), PdsError>,
    ) -> Result<u64, PdsError> {
        let mut table = TableWriter::create(&self.path, self.keys, self.sorter.pushed())?;
        let mut write = |entry: Entry| table.add(&entry.subject, entry.body);
        let mut group: Vec<Entry> = Vec::new();
        self.sorter.drain(|entry| {
            if group
                .first()
                .is_some_and(|first| first.subject != entry.subject)
            {
                decide(std::mem::take(&mut group), &mut write)?;
            }
            group.push(entry);
            Ok(())
        })?;
        if !group.is_empty() {
            decide(group, &mut write)?;
        }
        let bytes = table.finish()?;
        fs::remove_dir(&self.scratch).map_err(PdsError::write(&self.scratch))?;
        Ok(bytes)
    }
}

impl Origin {
    /// In front of a body: one byte, then the line.
    pub(super) fn before(self, mut body: Vec<u8>) -> Vec<u8> {
        let mut bytes = vec![u8::from(self.implied)];
        bytes.extend_from_slice(&self.line.to_le_bytes());
        bytes.append(&mut body);
        bytes
    }
}

/// The entry that stands for a number, its origin taken off.
pub(super) struct Chosen {
    pub origin: Origin,
    pub entry: Entry,
}

/// The first row about a number, before any that only implies it; and the other rows about it.
pub(super) fn choose(group: Vec<Entry>) -> Result<(Chosen, Vec<Origin>), PdsError> {
    let mut rows = Vec::with_capacity(group.len());
    for mut entry in group {
        let (implied, rest) = entry.body.split_first().ok_or(UNREADABLE)?;
        let (line, _) = rest.split_first_chunk::<8>().ok_or(UNREADABLE)?;
        let origin = Origin {
            line: u64::from_le_bytes(*line),
            implied: *implied != 0,
        };
        entry.body.drain(..9);
        rows.push(Chosen { origin, entry });
    }
    rows.sort_by_key(|row| row.origin.implied);
    let mut rows = rows.into_iter();
    let chosen = rows.next().ok_or(UNREADABLE)?;
    let others = rows
        .map(|row| row.origin)
        .filter(|origin| !origin.implied)
        .collect();
    Ok((chosen, others))
}
