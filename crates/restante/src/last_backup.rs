//! When an exchange was backed up last: noted in its data directory by the command, shown by the console.

use std::path::Path;

use durable::Access;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

const FILE: &str = "last-backup.json";
/// Bytes of the file, at most.
const LONGEST: u64 = 4096;

/// A backup that was made.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LastBackup {
    /// When it was done.
    pub at: Timestamp,
    /// How many messages it holds.
    pub messages: u64,
    /// Bodies that were found damaged.
    pub damaged: usize,
}

/// Notes it. A backup is good without: whoever may only read the data directory makes one, too.
pub fn note(data: &Path, backup: &LastBackup) {
    let path = data.join(FILE);
    let noted = serde_json::to_vec(backup).map_err(|error| error.to_string());
    let noted = noted.and_then(|text| {
        durable::replace(&path, &text, Access::Owner).map_err(|error| error.to_string())
    });
    if let Err(error) = noted {
        tracing::warn!(%error, "the console will not know of this backup");
    }
}

/// What was noted last; none when nothing was, or it cannot be read.
pub fn read(data: &Path) -> Option<LastBackup> {
    let path = data.join(FILE);
    let length = std::fs::metadata(&path).ok()?.len();
    let text = (length <= LONGEST).then(|| std::fs::read(&path))?.ok()?;
    serde_json::from_slice(&text).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_backup_is_known_again_and_what_is_no_note_is_none() {
        let data = tempfile::tempdir().unwrap();
        assert_eq!(read(data.path()), None);
        let backup = LastBackup {
            at: "2026-11-28T06:00:00Z".parse().unwrap(),
            messages: 5,
            damaged: 0,
        };
        note(data.path(), &backup);
        assert_eq!(read(data.path()), Some(backup));
        std::fs::write(data.path().join(FILE), "x").unwrap();
        assert_eq!(read(data.path()), None);
    }
}
