//! The layout of a store's directory: `records.sqlite3`, the files under `bodies/`, and `lock`, which
//! is held by the one server that works on it and says which layout it is.

use std::fs::File;
use std::io::{Read, Seek, SeekFrom, Write};
use std::path::Path;

use durable::{Access, create_directory, open_or_create, sync_directory};

use crate::StoreError;

/// `bodies/YYYY/MM/DD/<32 hexadecimal digits>`, one file a body.
const LAYOUT: &str = "restante mail store 1\n";

/// Locks a directory, creating it when it is new.
pub(crate) fn lock(directory: &Path) -> Result<File, StoreError> {
    create_directory(directory, Access::Owner)?;
    let path = directory.join("lock");
    let mut lock = open_or_create(&path, Access::Owner)?;
    if lock.try_lock().is_err() {
        return Err(StoreError::InUse(directory.to_owned()));
    }
    let mut found = String::new();
    (&lock)
        .take(256)
        .read_to_string(&mut found)
        .map_err(StoreError::file(&path))?;
    if found.len() < LAYOUT.len() && LAYOUT.starts_with(&found) {
        lock.seek(SeekFrom::Start(0))
            .and_then(|_| lock.write_all(LAYOUT.as_bytes()))
            .and_then(|()| lock.sync_all())
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
