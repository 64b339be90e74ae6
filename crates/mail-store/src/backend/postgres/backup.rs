//! The records of a database in files, and back from them.
//!
//! In a backup's directory: `postgresql`, which says what it is; `records/TABLE`, each as COPY
//! writes it in its text form, with the columns in the order of their names; `bodies.list`, a line
//! for each large body with its key and SHA-256.

use std::fs::{self, File};
use std::io::{self, BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::pin::pin;

use async_trait::async_trait;
use bytes::Bytes;
use durable::{Access, create_directory, create_new};
use futures_util::{SinkExt, StreamExt, TryStreamExt};
use tokio_postgres::{Client, Transaction};
use tokio_util::io::ReaderStream;

use super::connect::{Connector, snapshot, to_store_error};
use super::options::PostgresOptions;
use super::schema;
use crate::StoreError;
use crate::backend::row::RowReader;
use crate::contract::backend::{NamedBodies, NamedBody, RecordsSource};

/// What `postgresql` begins with; then come the format of the tables and where the sequences stand.
const FIRST_LINE: &str = "restante backup of PostgreSQL 1";

const BODIES: &str =
    "COPY (SELECT object, encode(sha256, 'hex') FROM message WHERE object IS NOT NULL
  UNION ALL SELECT object, encode(sha256, 'hex') FROM chunk WHERE object IS NOT NULL) TO STDOUT";

/// A database that can be copied.
pub(crate) struct RecordsToCopy {
    client: Client,
}

impl RecordsToCopy {
    pub(crate) async fn open(options: &PostgresOptions) -> Result<Self, StoreError> {
        let client = schema::open_to_copy(options).await?;
        Ok(Self { client })
    }
}

#[async_trait]
impl RecordsSource for RecordsToCopy {
    async fn copy_records(&mut self, to: &Path) -> Result<(u64, NamedBodies), StoreError> {
        let snapshot = snapshot(&mut self.client).await?;
        // the snapshot is taken by the first statement; the sequences are read after it, so that
        // they stand behind everything in it
        let sql = "SELECT count(*) AS messages FROM message";
        let count = snapshot.query_one(sql, &[]).await.map_err(to_store_error)?;
        let records = to.join("records");
        match fs::remove_dir_all(&records) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => {
                return Err(StoreError::file(&records)(error));
            }
            _ => create_directory(&records, Access::Owner)?,
        }
        let format = schema::format(&snapshot).await?;
        for table in schema::kept(format) {
            let columns = columns(&snapshot, table).await?;
            let sql = format!("COPY {table} ({columns}) TO STDOUT");
            write(&snapshot, &sql, &records.join(table)).await?;
        }
        let list = to.join("bodies.list");
        write(&snapshot, BODIES, &list).await?;
        write_manifest(&snapshot, format, &to.join("postgresql")).await?;
        snapshot.commit().await.map_err(to_store_error)?;
        let messages = u64::try_from(count.needed("messages")?).unwrap_or(0);
        Ok((messages, listed(&list)?))
    }
}

/// The columns of a table, in an order that does not depend on how it came about.
async fn columns(transaction: &Transaction<'_>, table: &str) -> Result<String, StoreError> {
    let sql =
        "SELECT string_agg(quote_ident(attname), ', ' ORDER BY attname COLLATE \"C\") AS columns
       FROM pg_attribute WHERE attrelid = $1::text::regclass AND attnum > 0 AND NOT attisdropped";
    let row = transaction.query_one(sql, &[&table]).await;
    row.map_err(to_store_error)?.needed_text("columns")
}

async fn write(transaction: &Transaction<'_>, sql: &str, to: &Path) -> Result<(), StoreError> {
    remove(to)?;
    let mut file = io::BufWriter::new(create_new(to, Access::Owner)?);
    let rows = transaction.copy_out(sql).await.map_err(to_store_error)?;
    let mut rows = pin!(rows);
    while let Some(bytes) = rows.try_next().await.map_err(to_store_error)? {
        file.write_all(&bytes).map_err(StoreError::file(to))?;
    }
    file.flush().map_err(StoreError::file(to))
}

fn remove(path: &Path) -> Result<(), StoreError> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(StoreError::file(path)(error)),
        _ => Ok(()),
    }
}

async fn write_manifest(
    transaction: &Transaction<'_>,
    format: i64,
    to: &Path,
) -> Result<(), StoreError> {
    let mut text = format!("{FIRST_LINE}\ntables {format}\n");
    for sequence in schema::SEQUENCES {
        let sql = format!("SELECT last_value FROM {sequence}");
        let row = transaction
            .query_one(&sql, &[])
            .await
            .map_err(to_store_error)?;
        text.push_str(&format!("{sequence} {}\n", row.needed("last_value")?));
    }
    remove(to)?;
    let mut file = create_new(to, Access::Owner)?;
    file.write_all(text.as_bytes())
        .map_err(StoreError::file(to))
}

/// The bodies a list names.
fn listed(list: &Path) -> Result<NamedBodies, StoreError> {
    let file = File::open(list).map_err(StoreError::file(list))?;
    let path = list.to_owned();
    let lines = BufReader::new(file).lines();
    Ok(Box::new(lines.map(move |line| {
        named(&line.map_err(StoreError::file(&path))?)
            .ok_or(StoreError::DamagedRecord("a line of bodies.list"))
    })))
}

fn named(line: &str) -> Option<NamedBody> {
    let (key, hash) = line.split_once('\t')?;
    let pairs = (0..hash.len()).step_by(2);
    let sha256 = pairs.map(|at| u8::from_str_radix(hash.get(at..at + 2)?, 16).ok());
    Some(NamedBody {
        key: key.to_owned(),
        sha256: sha256.collect::<Option<_>>()?,
    })
}

/// A backup of a database.
pub(crate) struct Copy {
    directory: PathBuf,
    /// Of its tables.
    format: i64,
    /// Where each of the sequences stood.
    sequences: Vec<(&'static str, i64)>,
}

impl Copy {
    pub(crate) fn open(directory: &Path) -> Result<Self, StoreError> {
        let path = directory.join("postgresql");
        let text = fs::read_to_string(&path).map_err(StoreError::file(&path))?;
        let number = |name: &str| {
            let line = text.lines().find_map(|line| line.strip_prefix(name));
            line.and_then(|number| number.trim().parse::<i64>().ok())
                .unwrap_or(0)
        };
        if text.lines().next() != Some(FIRST_LINE) {
            return Err(StoreError::Layout {
                found: text.lines().next().unwrap_or_default().to_owned(),
                expected: FIRST_LINE,
            });
        }
        let format = number("tables ");
        schema::is_known(format)?;
        Ok(Self {
            format,
            directory: directory.to_owned(),
            sequences: schema::SEQUENCES
                .map(|name| (name, number(&format!("{name} "))))
                .to_vec(),
        })
    }

    pub(crate) fn bodies(&self) -> Result<NamedBodies, StoreError> {
        listed(&self.directory.join("bodies.list"))
    }

    /// Refuses a database that holds a store.
    pub(crate) async fn check_target(&self, options: &PostgresOptions) -> Result<(), StoreError> {
        let client = Connector::new(options)?.connect().await?.client;
        schema::is_free(&client).await
    }

    /// Everything in one transaction. How many messages.
    pub(crate) async fn load(&self, options: &PostgresOptions) -> Result<u64, StoreError> {
        let mut client = Connector::new(options)?.connect().await?.client;
        let transaction = client.transaction().await.map_err(to_store_error)?;
        schema::make_empty(&transaction, self.format).await?;
        for table in schema::kept(self.format) {
            self.load_table(&transaction, table).await?;
        }
        for (sequence, value) in &self.sequences {
            let sql = format!("SELECT setval('{sequence}', $1)");
            let value = (*value).max(1);
            let set = transaction.execute(&sql, &[&value]).await;
            set.map_err(to_store_error)?;
        }
        // no node of the copied store works on these any more
        let sql = "UPDATE routing SET node = NULL, leased_until = 0";
        transaction
            .execute(sql, &[])
            .await
            .map_err(to_store_error)?;
        schema::migrate(&transaction).await?;
        let sql = "SELECT count(*) AS messages FROM message";
        let count = transaction
            .query_one(sql, &[])
            .await
            .map_err(to_store_error)?;
        transaction.commit().await.map_err(to_store_error)?;
        Ok(u64::try_from(count.needed("messages")?).unwrap_or(0))
    }

    async fn load_table(
        &self,
        transaction: &Transaction<'_>,
        table: &str,
    ) -> Result<(), StoreError> {
        let path = self.directory.join("records").join(table);
        let file = tokio::fs::File::open(&path)
            .await
            .map_err(StoreError::file(&path))?;
        let columns = columns(transaction, table).await?;
        let sql = format!("COPY {table} ({columns}) FROM STDIN");
        let rows = transaction.copy_in::<_, Bytes>(&sql).await;
        let mut rows = pin!(rows.map_err(to_store_error)?);
        let mut pieces = ReaderStream::with_capacity(file, 256 * 1024);
        while let Some(piece) = pieces.next().await {
            let piece = piece.map_err(StoreError::file(&path))?;
            rows.feed(piece).await.map_err(to_store_error)?;
        }
        rows.finish().await.map(drop).map_err(to_store_error)
    }
}
