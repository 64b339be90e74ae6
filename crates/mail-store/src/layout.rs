//! The layout of a store's directory: `records.sqlite3`, the files under `bodies/`, and `lock`, which
//! is held by the one server that works on it and says which layout it is.

use std::io::{Read, Seek, SeekFrom, Write};
use std::path::Path;

use durable::{Access, Lock, create_directory, sync_directory};

use crate::StoreError;

/// `bodies/YYYY/MM/DD/<32 hexadecimal digits>`, one file a body.
const LAYOUT: &str = "restante mail store 1\n";

/// Locks a directory, creating it when it is new.
pub(crate) fn lock(directory: &Path) -> Result<Lock, StoreError> {
    create_directory(directory, Access::Owner)?;
    let path = directory.join("lock");
    let lock = Lock::take(&path, Access::Owner).map_err(|error| {
        if error.is_locked() {
            StoreError::InUse(directory.to_owned())
        } else {
            error.into()
        }
    })?;
    let mut file = lock.file();
    let mut found = String::new();
    file.take(256)
        .read_to_string(&mut found)
        .map_err(StoreError::file(&path))?;
    if found.len() < LAYOUT.len() && LAYOUT.starts_with(&found) {
        file.seek(SeekFrom::Start(0))
            .and_then(|_| file.write_all(LAYOUT.as_bytes()))
            .and_then(|()| file.sync_all())
            .map_err(StoreError::file(&path))?;
        sync_directory(directory)?;
    } else if found != LAYOUT {
        return Err(StoreError::Layout {
            found: found.trim_end().to_owned(),
            expected: LAYOUT.trim_end(),
        });
    }
    Ok(lock)
}
