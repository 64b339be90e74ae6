//! Bodies copied whole, to files and from them.

use std::fs::File;
use std::io::{Read, Write};
use std::path::Path;
use std::sync::Arc;

use bytes::Bytes;
use durable::{Access, create_directory, create_new};
use futures_util::TryStreamExt;
use object_store::buffered::BufWriter;
use object_store::path::Path as ObjectPath;
use sha2::{Digest, Sha256};
use tokio::io::AsyncWriteExt;

use crate::StoreError;
use crate::bodies::Bodies;

const BUFFER: usize = 256 * 1024;

/// A body that was copied.
pub(super) struct CopiedBody {
    pub(super) length: u64,
    /// Of the bytes that were copied.
    pub(super) sha256: [u8; 32],
}

/// Into a new file; `None` when there is no such body.
pub(super) async fn copy_out(
    bodies: &Bodies,
    key: &str,
    to: &Path,
) -> Result<Option<CopiedBody>, StoreError> {
    let found = match bodies.get(&ObjectPath::from(key)).await {
        Err(StoreError::DamagedBody) => return Ok(None),
        other => other?,
    };
    create_directory(to.parent().unwrap_or(to), Access::Owner)?;
    let mut copy = create_new(to, Access::Owner)?;
    let (mut hash, mut length) = (Sha256::new(), 0);
    let mut pieces = found.into_stream();
    while let Some(piece) = pieces.try_next().await? {
        hash.update(&piece);
        length += piece.len() as u64;
        copy.write_all(&piece).map_err(StoreError::file(to))?;
    }
    let sha256 = hash.finalize().into();
    Ok(Some(CopiedBody { length, sha256 }))
}

/// Under a key that is not taken.
pub(super) async fn copy_in(
    bodies: &Bodies,
    from: &Path,
    key: &str,
) -> Result<CopiedBody, StoreError> {
    let mut source = File::open(from).map_err(StoreError::file(from))?;
    let objects = Arc::clone(&bodies.objects);
    let mut object = BufWriter::with_capacity(objects, ObjectPath::from(key), bodies.parts.length)
        .with_max_concurrency(bodies.parts.at_once);
    let (mut hash, mut length) = (Sha256::new(), 0);
    let mut buffer = vec![0; BUFFER];
    loop {
        let read = source.read(&mut buffer).map_err(StoreError::file(from))?;
        let Some(piece) = buffer.get(..read).filter(|piece| !piece.is_empty()) else {
            break;
        };
        hash.update(piece);
        length += read as u64;
        object.put(Bytes::copy_from_slice(piece)).await?;
    }
    object.shutdown().await.map_err(StoreError::file(key))?;
    let sha256 = hash.finalize().into();
    Ok(CopiedBody { length, sha256 })
}

pub(super) async fn is_empty(bodies: &Bodies) -> Result<bool, StoreError> {
    Ok(bodies.objects.list(None).try_next().await?.is_none())
}
