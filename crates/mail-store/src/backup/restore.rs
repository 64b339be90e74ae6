//! A backup into an empty database and an empty bucket.

use std::path::Path;

use durable::{Access, create_directory, same_contents, sync_directory, sync_tree};
use futures_util::stream::{self, StreamExt, TryStreamExt};

use super::bodies::{copy_in, is_empty};
use super::partial::copy_tree;
use super::{AT_ONCE, Backup, body_file};
use crate::StoreError;
use crate::backend::postgres::{Copy, PostgresOptions};
use crate::bodies::Bodies;
use crate::contract::backend::NamedBodies;
use crate::options::StoreOptions;

impl StoreOptions {
    /// Loads a backup of PostgreSQL and S3 into a database without a store and a bucket without an
    /// object; anything else is refused before anything is written. Bodies go first and the records
    /// in one transaction after them, so that a server sees all of it or nothing. When it fails, the
    /// bodies are taken out of the bucket again.
    ///
    /// `beside` are names of files and directories in the backup and where they belong; one that is
    /// there already is refused, unless it is a file with the same bytes.
    ///
    /// # Errors
    ///
    /// [`StoreError::Configuration`] when the target is not empty, and whatever keeps a backup from being
    /// read or a target from being written.
    pub async fn restore(
        &self,
        from: &Path,
        beside: &[(&str, &Path)],
    ) -> Result<Backup, StoreError> {
        let (Some(postgresql), Some(s3)) = (&self.postgresql, &self.s3) else {
            return refused(
                "a backup of a data directory is restored by putting it in the directory's place; \
                 [store.postgresql] and [store.s3] are needed for a backup of theirs",
            );
        };
        let copy = Copy::open(from)?;
        let bodies = s3.open()?;
        copy.check_target(postgresql).await?;
        if !is_empty(&bodies).await? {
            return refused("the bucket holds objects; a backup is restored into an empty one");
        }
        for (name, to) in beside {
            is_free(&from.join(name), to)?;
        }
        match load(&copy, postgresql, &bodies, from).await {
            Ok(restored) => {
                for (name, to) in beside {
                    put_beside(&from.join(name), to)?;
                }
                Ok(restored)
            }
            Err(error) => {
                for named in copy.bodies()? {
                    bodies.delete(&named?.key).await?;
                }
                Err(error)
            }
        }
    }
}

fn refused<T>(reason: &str) -> Result<T, StoreError> {
    Err(StoreError::Configuration(reason.to_owned()))
}

async fn load(
    copy: &Copy,
    postgresql: &PostgresOptions,
    bodies: &Bodies,
    from: &Path,
) -> Result<Backup, StoreError> {
    let mut restored = Backup::default();
    put_bodies(copy.bodies()?, bodies, from, &mut restored).await?;
    restored.messages = copy.load(postgresql).await?;
    Ok(restored)
}

/// A body that was lost when the backup was made is told, and its record restored all the same.
async fn put_bodies(
    named: NamedBodies,
    bodies: &Bodies,
    from: &Path,
    restored: &mut Backup,
) -> Result<(), StoreError> {
    let mut puts = stream::iter(named)
        .map(|named| async move {
            let named = named?;
            let file = body_file(from, &named.key)?;
            if !file.exists() {
                return Ok::<_, StoreError>((None, named));
            }
            Ok((Some(copy_in(bodies, &file, &named.key).await?), named))
        })
        .buffer_unordered(AT_ONCE);
    while let Some((body, named)) = puts.try_next().await? {
        match body {
            None => restored.damaged.push(named.key),
            Some(body) => restored.count(&body, named),
        }
    }
    Ok(())
}

/// What is to be put there is not there, or the same.
fn is_free(from: &Path, to: &Path) -> Result<(), StoreError> {
    let taken = to.try_exists().map_err(StoreError::file(to))?;
    if !taken || !from.exists() || is_same(from, to) {
        return Ok(());
    }
    let error = std::io::Error::from(std::io::ErrorKind::AlreadyExists);
    Err(StoreError::file(to)(error))
}

fn is_same(from: &Path, to: &Path) -> bool {
    from.is_file() && same_contents(from, to).unwrap_or(false)
}

fn put_beside(from: &Path, to: &Path) -> Result<(), StoreError> {
    if is_same(from, to) || !from.exists() {
        return Ok(());
    }
    let parent = to.parent().unwrap_or(to);
    create_directory(parent, Access::Owner)?;
    copy_tree(from, to, &[])?;
    sync_tree(to)?;
    Ok(sync_directory(parent)?)
}
