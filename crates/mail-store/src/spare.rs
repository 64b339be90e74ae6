//! A file that only takes room: given up when the disk is full to the last byte, it lets the records
//! write what they must before anything can be freed.

use std::io::Write;
use std::path::Path;

use durable::{Access, create_new};

use crate::StoreError;

const NAME: &str = "spare";
const PIECE: usize = 1024 * 1024;
/// What forgetting a few hundred messages writes into the log before it is used again, twice.
const PIECES: u64 = 16;

/// Makes the file unless it is there.
pub(crate) fn keep(directory: &Path) -> Result<(), StoreError> {
    let path = directory.join(NAME);
    let length = std::fs::metadata(&path).map_or(0, |found| found.len());
    if length == PIECES * PIECE as u64 {
        return Ok(());
    }
    durable::remove(&path)?;
    let made = fill(&path);
    if made.is_err() {
        // half of it helps nobody
        durable::remove(&path)?;
    }
    made
}

fn fill(path: &Path) -> Result<(), StoreError> {
    let mut file = create_new(path, Access::Owner)?;
    let piece = vec![b'-'; PIECE];
    for _ in 0..PIECES {
        file.write_all(&piece).map_err(StoreError::file(path))?;
    }
    file.sync_all().map_err(StoreError::file(path))
}

/// Gives its room back to the disk. False when it was not there.
pub(crate) fn give_up(directory: &Path) -> Result<bool, StoreError> {
    Ok(durable::remove(&directory.join(NAME))?)
}
