//! The records, copied while a server works on them.

use std::fs;
use std::io;
use std::path::Path;

use async_trait::async_trait;
use durable::{Access, create_new};
use rusqlite::{Connection, params};

use super::schema;
use crate::StoreError;
use crate::contract::backend::{NamedBodies, NamedBody, RecordsSource};

/// How many bodies are looked up at once.
const PAGE: u32 = 1_000;

/// A database that can be copied.
pub(crate) struct RecordsToCopy {
    connection: Connection,
}

impl RecordsToCopy {
    pub(crate) fn open(directory: &Path) -> Result<Self, StoreError> {
        let connection = schema::open_to_copy(directory)?;
        Ok(Self { connection })
    }
}

#[async_trait]
impl RecordsSource for RecordsToCopy {
    /// One snapshot; writers go on meanwhile.
    async fn copy_records(&mut self, to: &Path) -> Result<(u64, NamedBodies), StoreError> {
        let path = to.join("records.sqlite3");
        match fs::remove_file(&path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => {
                return Err(StoreError::file(&path)(error));
            }
            _ => {}
        }
        drop(create_new(&path, Access::Owner)?);
        let name = path.to_str().ok_or_else(|| {
            let reason = io::Error::new(io::ErrorKind::InvalidFilename, "the name is not UTF-8");
            StoreError::file(&path)(reason)
        })?;
        self.connection.execute("VACUUM INTO ?", [name])?;
        let copy = Connection::open(&path)?;
        let count: i64 = copy.query_row("SELECT count(*) FROM message", [], |row| row.get(0))?;
        Ok((count.unsigned_abs(), Box::new(bodies(copy))))
    }
}

/// In the order of their keys, a page at a time.
fn bodies(copy: Connection) -> impl Iterator<Item = Result<NamedBody, StoreError>> + Send {
    let mut last = Some(String::new());
    let pages = std::iter::from_fn(move || {
        let page = page(&copy, last.as_ref()?);
        last = match &page {
            Ok(found) => found.last().map(|named| named.key.clone()),
            Err(_) => None,
        };
        Some(page)
    });
    pages.flat_map(|page| match page {
        Ok(found) => found.into_iter().map(Ok).collect(),
        Err(error) => vec![Err(error)],
    })
}

fn page(copy: &Connection, after: &str) -> Result<Vec<NamedBody>, StoreError> {
    let mut named = copy.prepare_cached(
        "SELECT object, sha256 FROM message WHERE object > ?1
         UNION ALL SELECT object, sha256 FROM chunk WHERE object > ?1 ORDER BY object LIMIT ?2",
    )?;
    let found = named
        .query_map(params![after, PAGE], |row| {
            Ok(NamedBody {
                key: row.get(0)?,
                sha256: row.get(1)?,
            })
        })?
        .collect::<Result<_, _>>()?;
    Ok(found)
}
