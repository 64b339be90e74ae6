//! Bodies under way when the process or the machine stopped: files beside their final names, which
//! the body store itself does not list.

use std::fs;
use std::io;
use std::path::Path;
use std::time::{Duration, UNIX_EPOCH};

use jiff::Timestamp;

use crate::StoreError;

/// Deletes those last written before a time. Returns how many.
pub(crate) fn remove(directory: &Path, older_than: Timestamp) -> Result<u64, StoreError> {
    let seconds = u64::try_from(older_than.as_second()).unwrap_or(0);
    remove_in(directory, Duration::from_secs(seconds)).map_err(StoreError::file(directory))
}

fn remove_in(directory: &Path, older_than: Duration) -> io::Result<u64> {
    let mut removed = 0;
    for entry in fs::read_dir(directory)? {
        let entry = entry?;
        let staged = entry.file_name().to_string_lossy().contains('#');
        match entry.metadata() {
            Ok(metadata) if metadata.is_dir() => removed += remove_in(&entry.path(), older_than)?,
            Ok(metadata) if staged && metadata.modified()? < UNIX_EPOCH + older_than => {
                fs::remove_file(entry.path())?;
                removed += 1;
            }
            Ok(_) => {}
            // published or taken back meanwhile
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => return Err(error),
        }
    }
    Ok(removed)
}
