//! A copy of a store, taken while servers work on it, and a scaled-out store made of such a copy.
//!
//! Bodies never change and their keys are never used twice, so the records are copied first, all of
//! one moment, and then every body they name. A body deleted meanwhile (its message was forgotten,
//! or its chunk sent again) is gone for good; then the records are copied anew and the few bodies
//! that are new with them, until every body the records name is there.

mod bodies;
mod partial;
mod restore;

use std::path::Path;

use futures_util::stream::{self, StreamExt, TryStreamExt};
use object_store::path::Path as ObjectPath;

use crate::StoreError;
use crate::backend::{postgres, sqlite};
use crate::bodies::Bodies;
use crate::contract::backend::{NamedBodies, NamedBody, RecordsSource};
use crate::options::StoreOptions;
use bodies::{CopiedBody, copy_out};
use partial::Partial;

/// How often the records are copied anew when bodies vanish under the copying.
const ROUNDS: u32 = 10;
/// How many bodies are copied at once.
const AT_ONCE: usize = 8;

/// What a backup holds, or what was restored from one.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Backup {
    /// Messages.
    pub messages: u64,
    /// Large bodies.
    pub bodies: u64,
    /// Their bytes.
    pub body_bytes: u64,
    /// Keys of bodies that are lost or do not agree with their records; copied as they are.
    pub damaged: Vec<String>,
}

impl StoreOptions {
    /// Copies a store to `to`, which must be new or empty, and makes the copy durable. It holds
    /// everything that was committed before the call, and appears under its name only once it is
    /// whole. A server can be started on the copy of a directory; one of PostgreSQL is for
    /// [`StoreOptions::restore`].
    ///
    /// `beside` are files and directories that belong to the store's use, such as the vault's key,
    /// and their names in the copy; those that do not exist are left out, and so are the files of `without`.
    ///
    /// # Errors
    ///
    /// When the store is not there or cannot be read, or `to` is taken or cannot be written. What was
    /// copied so far stays under the name with `.partial`.
    pub async fn back_up(
        &self,
        directory: &Path,
        to: &Path,
        beside: &[(&Path, &str)],
        without: &[&Path],
    ) -> Result<Backup, StoreError> {
        partial::is_free(to)?;
        let mut source: Box<dyn RecordsSource> = match &self.postgresql {
            None => Box::new(sqlite::RecordsToCopy::open(directory)?),
            Some(options) => Box::new(postgres::RecordsToCopy::open(options).await?),
        };
        let bodies = match &self.s3 {
            None => Bodies::in_directory(&directory.join("bodies"))?,
            Some(s3) => s3.open()?,
        };
        let copy = Partial::begin(to)?;
        let backup = copy_store(source.as_mut(), &bodies, copy.path()).await?;
        for (from, name) in beside {
            partial::copy_tree(from, &copy.path().join(name), without)?;
        }
        copy.publish()?;
        Ok(backup)
    }
}

async fn copy_store(
    source: &mut dyn RecordsSource,
    bodies: &Bodies,
    to: &Path,
) -> Result<Backup, StoreError> {
    let mut backup = Backup::default();
    let mut round = 1;
    loop {
        let (messages, named) = source.copy_records(to).await?;
        backup.messages = messages;
        let vanished = copy_bodies(named, bodies, to, &mut backup).await?;
        if vanished.is_empty() || round == ROUNDS {
            // not deleted meanwhile, but lost before
            backup.damaged.extend(vanished);
            return Ok(backup);
        }
        round += 1;
    }
}

/// The keys of those that are not there.
async fn copy_bodies(
    named: NamedBodies,
    bodies: &Bodies,
    to: &Path,
    backup: &mut Backup,
) -> Result<Vec<String>, StoreError> {
    let mut vanished = Vec::new();
    let mut copies = stream::iter(named)
        .map(|named| async move {
            let named = named?;
            let to = body_file(to, &named.key)?;
            if to.exists() {
                return Ok::<_, StoreError>(None);
            }
            Ok(Some((copy_out(bodies, &named.key, &to).await?, named)))
        })
        .buffer_unordered(AT_ONCE);
    while let Some(copied) = copies.try_next().await? {
        match copied {
            // by an earlier round
            None => {}
            Some((None, named)) => vanished.push(named.key),
            Some((Some(body), named)) => backup.count(&body, named),
        }
    }
    Ok(vanished)
}

impl Backup {
    fn count(&mut self, body: &CopiedBody, named: NamedBody) {
        self.bodies += 1;
        self.body_bytes += body.length;
        if body.sha256.as_slice() != named.sha256 {
            self.damaged.push(named.key);
        }
    }
}

/// Where a body lies in a copy.
fn body_file(copy: &Path, key: &str) -> Result<std::path::PathBuf, StoreError> {
    let key = ObjectPath::parse(key).map_err(|_| StoreError::DamagedRecord("the key of a body"))?;
    Ok(copy.join("bodies").join(key.as_ref()))
}
