//! How a data file is cut into chunks, and by what it is known again.

use std::fs::File;
use std::sync::Arc;

use async_compression::tokio::bufread::GzipEncoder;
use mesh::{ContentEncoding, MeshError};
use ring::digest::{Context, SHA256};
use serde::{Deserialize, Serialize};
use tokio::io::AsyncReadExt;
use tokio_util::io::StreamReader;

use super::check::Checked;
use crate::ClientError;
use crate::agent::disk::Disk;
use crate::api::FileSlice;
use crate::config::Options;

/// Bytes hashed at a time.
const PIECE: usize = 256 * 1024;

/// How a data file is cut.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(in crate::agent) struct ChunkPlan {
    /// Bytes of a chunk before compression.
    pub chunk_size: u64,
    /// How many chunks there are.
    pub total: u32,
    /// Of a file in several chunks, in hexadecimal: chunks of two files are never mixed.
    sha256: Option<String>,
    /// How many bytes of the file that is of, from its beginning; all of them in files without this.
    #[serde(default)]
    hashed: Option<u64>,
    /// How long the file was; nothing in files without this.
    #[serde(default)]
    length: Option<u64>,
}

impl ChunkPlan {
    /// Cuts a file as the options say.
    ///
    /// # Errors
    /// [`ClientError::TooLarge`] when it is too large for one request and may not be cut;
    /// [`ClientError::File`].
    pub(super) async fn make(checked: &Checked, options: &Options) -> Result<Self, ClientError> {
        let chunk_size = chunk_size(checked, options).await?;
        let total = checked.length.div_ceil(chunk_size.max(1)).max(1);
        let total = u32::try_from(total).map_err(|_| MeshError::ChunkRange)?;
        Ok(Self {
            chunk_size,
            total,
            sha256: None,
            hashed: None,
            length: Some(checked.length),
        })
    }

    /// Notes what the file is up to the end of a chunk, which is to be on disk before that chunk is sent. The hash
    /// goes on from the chunk before.
    pub(super) fn note(&mut self, hash: &PrefixHash) {
        if self.total > 1 {
            self.sha256 = Some(hash.hexadecimal());
            self.hashed = Some(hash.bytes);
        }
    }

    /// The hash of what is noted of the file; `None` when this is not the file it was made for, as far as that
    /// matters: a file in one chunk is sent whole.
    ///
    /// # Errors
    /// [`ClientError::File`]
    pub(super) async fn hash_of(
        &self,
        data: &Arc<File>,
        length: u64,
        disk: &Disk,
    ) -> Result<Option<PrefixHash>, ClientError> {
        let is_as_long = self.length.is_none_or(|known| known == length);
        let Some(expected) = &self.sha256 else {
            let same = self.total == 1 || is_as_long;
            return Ok(same.then(PrefixHash::default));
        };
        let hashed = self.hashed.unwrap_or(length);
        if !is_as_long || hashed > length {
            return Ok(None);
        }
        let hash = PrefixHash::default();
        let hash = hash.up_to(hashed, data.clone(), disk).await?;
        Ok(Some(hash).filter(|hash| *expected == hash.hexadecimal()))
    }

    /// Where a chunk ends in a file of this length.
    pub(super) fn end_of(&self, index: u32, length: u64) -> u64 {
        u64::from(index).saturating_mul(self.chunk_size).min(length)
    }
}

/// The SHA-256 of a file's beginning, which goes on.
#[derive(Clone)]
pub(super) struct PrefixHash {
    context: Context,
    bytes: u64,
}

impl Default for PrefixHash {
    fn default() -> Self {
        Self {
            context: Context::new(&SHA256),
            bytes: 0,
        }
    }
}

impl PrefixHash {
    /// Goes on to the first `end` bytes.
    ///
    /// # Errors
    /// [`ClientError::File`]
    pub async fn up_to(
        mut self,
        end: u64,
        data: Arc<File>,
        disk: &Disk,
    ) -> Result<Self, ClientError> {
        let work = move |_: &_| {
            let mut buffer = vec![0; PIECE];
            while self.bytes < end {
                let wanted = usize::try_from(end - self.bytes).unwrap_or(PIECE);
                let piece = buffer.get_mut(..wanted.min(PIECE)).unwrap_or_default();
                durable::read_exact_at(&data, piece, self.bytes)?;
                self.context.update(piece);
                self.bytes += piece.len() as u64;
            }
            Ok(self)
        };
        disk.run("reading the data", work).await
    }

    /// Whether it is of so many bytes at least.
    pub fn reaches(&self, end: u64) -> bool {
        self.bytes >= end
    }

    fn hexadecimal(&self) -> String {
        let digest = self.context.clone().finish();
        let bytes = digest.as_ref().iter();
        bytes.map(|byte| format!("{byte:02x}")).collect()
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

/// The size after compression, or the first count beyond `limit`.
async fn gzip_size(checked: &Checked, limit: u64) -> std::io::Result<u64> {
    let data = FileSlice::new(checked.data.clone(), 0, checked.length, Arc::default());
    let mut encoder = GzipEncoder::new(StreamReader::new(data));
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
