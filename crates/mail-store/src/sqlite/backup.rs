//! A copy of a store, taken while a server works on it.
//!
//! Bodies never change and their keys are never used twice, so the records are copied first, in one
//! snapshot, and then every body they name. A body deleted meanwhile (its message was forgotten, or
//! its chunk sent again) is gone for good; then the records are copied anew and the few bodies that
//! are new with them, until every body the records name is there.

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};

use rusqlite::Connection;
use sha2::{Digest, Sha256};

use super::schema;
use crate::StoreError;
use crate::permissions::{private_directory, private_new_file, sync_directory};

/// So often the records are copied anew when bodies vanish under the copying.
const ROUNDS: u32 = 10;
const BUFFER: usize = 256 * 1024;

/// What a backup holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Backup {
    /// Messages.
    pub messages: u64,
    /// Files of large bodies.
    pub bodies: u64,
    /// Their bytes.
    pub body_bytes: u64,
    /// Keys of bodies that do not agree with their records; copied as they are.
    pub damaged: Vec<String>,
}

struct Named {
    key: String,
    sha256: Vec<u8>,
}

/// Copies the store in `directory` to `to`, which must be new or empty, and makes the copy durable.
/// The copy is a store of its own: a server may be started on it. It holds everything that was
/// committed before the call. Appears under its name only once it is whole.
///
/// `beside` are files and directories of the same directory that belong to the store's use, such
/// as the vault's key; those that do not exist are left out.
pub fn back_up(directory: &Path, to: &Path, beside: &[&str]) -> Result<Backup, StoreError> {
    if to.try_exists().map_err(StoreError::file(to))?
        && fs::read_dir(to)
            .map_err(StoreError::file(to))?
            .next()
            .is_some()
    {
        let error = io::Error::from(io::ErrorKind::DirectoryNotEmpty);
        return Err(StoreError::file(to)(error));
    }
    let source = schema::open_existing(directory)?;
    let parent = parent_of(to);
    private_directory(parent)?;
    let mut partial = to.as_os_str().to_owned();
    partial.push(".partial");
    let partial = PathBuf::from(partial);
    match fs::remove_dir_all(&partial) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => {
            return Err(StoreError::file(&partial)(error));
        }
        _ => private_directory(&partial)?,
    }
    let backup = copy_store(&source, directory, &partial)?;
    for name in beside {
        copy_tree(&directory.join(name), &partial.join(name))?;
    }
    sync_tree(&partial).map_err(StoreError::file(&partial))?;
    fs::rename(&partial, to).map_err(StoreError::file(to))?;
    sync_directory(parent)?;
    Ok(backup)
}

fn parent_of(path: &Path) -> &Path {
    match path.parent() {
        Some(parent) if parent != Path::new("") => parent,
        _ => Path::new("."),
    }
}

fn copy_store(source: &Connection, from: &Path, to: &Path) -> Result<Backup, StoreError> {
    let records = to.join("records.sqlite3");
    let mut copied = BTreeSet::new();
    let mut backup = Backup {
        messages: 0,
        bodies: 0,
        body_bytes: 0,
        damaged: Vec::new(),
    };
    for round in 1.. {
        copy_records(source, &records)?;
        let copy = Connection::open(&records)?;
        let named = named_bodies(&copy)?;
        let mut vanished = None;
        for body in &named {
            if copied.contains(&body.key) {
                continue;
            }
            match copy_body(from, to, body) {
                Ok((bytes, whole)) => {
                    backup.body_bytes += bytes;
                    if !whole {
                        backup.damaged.push(body.key.clone());
                    }
                    copied.insert(body.key.clone());
                }
                Err(StoreError::File { source, .. })
                    if source.kind() == io::ErrorKind::NotFound =>
                {
                    vanished = Some(body.key.clone());
                }
                Err(error) => return Err(error),
            }
        }
        match vanished {
            Some(_) if round < ROUNDS => {}
            // not deleted meanwhile, but lost before
            missing => {
                backup.damaged.extend(missing);
                backup.messages = count(&copy)?;
                backup.bodies = copied.len() as u64;
                return Ok(backup);
            }
        }
    }
    Ok(backup)
}

/// One snapshot; writers go on meanwhile.
fn copy_records(source: &Connection, to: &Path) -> Result<(), StoreError> {
    match fs::remove_file(to) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => {
            return Err(StoreError::file(to)(error));
        }
        _ => {}
    }
    drop(private_new_file(to)?);
    let name = to.to_str().ok_or_else(|| {
        let reason = io::Error::new(io::ErrorKind::InvalidFilename, "the name is not UTF-8");
        StoreError::file(to)(reason)
    })?;
    source.execute("VACUUM INTO ?", [name])?;
    Ok(())
}

fn named_bodies(records: &Connection) -> Result<Vec<Named>, StoreError> {
    let mut named = records.prepare(
        "SELECT object, sha256 FROM message WHERE object IS NOT NULL
         UNION ALL SELECT object, sha256 FROM chunk WHERE object IS NOT NULL",
    )?;
    let found = named
        .query_map([], |row| {
            Ok(Named {
                key: row.get(0)?,
                sha256: row.get(1)?,
            })
        })?
        .collect::<Result<_, _>>()?;
    Ok(found)
}

fn count(records: &Connection) -> Result<u64, StoreError> {
    let count: i64 = records.query_row("SELECT count(*) FROM message", [], |row| row.get(0))?;
    Ok(count.unsigned_abs())
}

/// Bytes copied, and whether they agree with the record.
fn copy_body(from: &Path, to: &Path, body: &Named) -> Result<(u64, bool), StoreError> {
    let (from, to) = (
        from.join("bodies").join(&body.key),
        to.join("bodies").join(&body.key),
    );
    let mut source = File::open(&from).map_err(StoreError::file(&from))?;
    private_directory(parent_of(&to))?;
    let mut copy = private_new_file(&to)?;
    let mut hash = Sha256::new();
    let mut bytes = 0;
    let mut buffer = vec![0; BUFFER];
    loop {
        let read = source.read(&mut buffer).map_err(StoreError::file(&from))?;
        let Some(piece) = buffer.get(..read).filter(|piece| !piece.is_empty()) else {
            break;
        };
        hash.update(piece);
        copy.write_all(piece).map_err(StoreError::file(&to))?;
        bytes += piece.len() as u64;
    }
    Ok((bytes, *hash.finalize() == *body.sha256))
}

/// A file, or a directory with what is in it; nothing when there is none.
fn copy_tree(from: &Path, to: &Path) -> Result<(), StoreError> {
    let metadata = match fs::symlink_metadata(from) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        other => other.map_err(StoreError::file(from))?,
    };
    if !metadata.is_dir() {
        let mut source = File::open(from).map_err(StoreError::file(from))?;
        let mut copy = private_new_file(to)?;
        return io::copy(&mut source, &mut copy)
            .map(drop)
            .map_err(StoreError::file(to));
    }
    private_directory(to)?;
    for entry in fs::read_dir(from).map_err(StoreError::file(from))? {
        let name = entry.map_err(StoreError::file(from))?.file_name();
        copy_tree(&from.join(&name), &to.join(&name))?;
    }
    Ok(())
}

fn sync_tree(path: &Path) -> io::Result<()> {
    let opened = File::open(path)?;
    if opened.metadata()?.is_dir() {
        for entry in fs::read_dir(path)? {
            sync_tree(&entry?.path())?;
        }
    }
    opened.sync_all()
}
