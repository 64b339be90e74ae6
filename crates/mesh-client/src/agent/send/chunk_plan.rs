//! How a data file is cut into chunks, and by what it is known again.

use std::fs::File;
use std::sync::Arc;

use async_compression::tokio::bufread::GzipEncoder;
use mesh::{ContentEncoding, MeshError};
use ring::digest::{Context, SHA256};
use serde::{Deserialize, Serialize};
use tokio::io::{AsyncReadExt, BufReader};

use super::check::Checked;
use crate::ClientError;
use crate::agent::disk::Disk;
use crate::api::FileSlice;
use crate::config::Options;

/// How a data file is cut.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(in crate::agent) struct ChunkPlan {
    /// Bytes of a chunk before compression.
    pub chunk_size: u64,
    /// How many chunks there are.
    pub total: u32,
    /// Of a file in several chunks, in hexadecimal: chunks of two files are never mixed.
    sha256: Option<String>,
}

impl ChunkPlan {
    /// Cuts a file as the options say; what a file in several chunks is, is noted before the first is sent.
    ///
    /// # Errors
    /// [`ClientError::TooLarge`] when it is too large for one request and may not be cut;
    /// [`ClientError::File`].
    pub(super) async fn make(
        checked: &Checked,
        options: &Options,
        disk: &Disk,
    ) -> Result<Self, ClientError> {
        let chunk_size = chunk_size(checked, options).await?;
        let total = checked.length.div_ceil(chunk_size.max(1)).max(1);
        let total = u32::try_from(total).map_err(|_| MeshError::ChunkRange)?;
        let sha256 = if total > 1 {
            Some(hash(&checked.data, disk).await?)
        } else {
            None
        };
        Ok(Self {
            chunk_size,
            total,
            sha256,
        })
    }

    /// Whether this is the file it was made for, as far as that matters: a file in one chunk is sent whole.
    ///
    /// # Errors
    /// [`ClientError::File`]
    pub(super) async fn is_of(&self, data: &Arc<File>, disk: &Disk) -> Result<bool, ClientError> {
        match &self.sha256 {
            Some(expected) => Ok(*expected == hash(data, disk).await?),
            None => Ok(true),
        }
    }
}

/// The whole length when one request may carry it, else the chunk size. What counts is the
/// size as sent, which for a large file to be compressed is found by compressing it.
async fn chunk_size(checked: &Checked, options: &Options) -> Result<u64, ClientError> {
    let limit = options.request_limit;
    let mut size = checked.length;
    if size > limit && checked.headers.encoding == ContentEncoding::Gzip {
        size = gzip_size(checked, limit)
            .await
            .map_err(|e| ClientError::File("compressing", e))?;
    }
    match (size <= limit, checked.may_chunk) {
        (true, _) => Ok(checked.length),
        (false, true) => Ok(options.chunk_size),
        (false, false) => Err(ClientError::TooLarge(limit)),
    }
}

async fn hash(data: &Arc<File>, disk: &Disk) -> Result<String, ClientError> {
    let data = data.clone();
    let work = move |_: &_| sha256(&data);
    disk.run("reading the data", work).await
}

fn sha256(file: &File) -> std::io::Result<String> {
    use std::io::{Read, Seek, SeekFrom};

    let mut file = file;
    file.seek(SeekFrom::Start(0))?;
    let mut context = Context::new(&SHA256);
    let mut buffer = vec![0; 256 * 1024];
    loop {
        let read = file.read(&mut buffer)?;
        if read == 0 {
            break;
        }
        context.update(buffer.get(..read).unwrap_or_default());
    }
    let digest = context.finish();
    Ok(digest
        .as_ref()
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect())
}

/// The size after compression, or the first count beyond `limit`.
async fn gzip_size(checked: &Checked, limit: u64) -> std::io::Result<u64> {
    let data = FileSlice::new(checked.data.clone(), 0, checked.length);
    let mut encoder = GzipEncoder::new(BufReader::with_capacity(64 * 1024, data));
    let mut buffer = vec![0; 64 * 1024];
    let mut size = 0;
    loop {
        match encoder.read(&mut buffer).await? {
            0 => return Ok(size),
            _ if size > limit => return Ok(size),
            read => size += read as u64,
        }
    }
}
