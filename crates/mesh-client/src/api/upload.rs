//! Sending a file whole or in chunks.

use std::fs::File;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use bytes::Bytes;
use mesh::{ChunkHeaders, ChunkRange, ContentEncoding, MeshError, SendHeaders};
use nhs::MessageId;
use serde::{Deserialize, Serialize};

use super::file_slice::FileSlice;
use super::{MeshClient, body};
use crate::ClientError;

/// A file to send in chunks of `chunk_size` bytes before compression, each compressed by itself.
#[derive(Debug, Clone)]
pub struct Upload {
    /// The file; it must not change meanwhile. It is read by position, so that its own is not moved.
    pub file: Arc<File>,
    /// Its length in bytes.
    pub length: u64,
    /// Bytes a chunk; the real service wants more than 5 MB in all but the last.
    pub chunk_size: u64,
    /// Holds how many bytes of the file have been read for sending, so that others may watch.
    pub position: Arc<AtomicU64>,
}

/// How far an upload got: what a client must keep to go on after a crash.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct UploadState {
    /// The id the server gave with the first chunk.
    pub message_id: MessageId,
    /// The chunk size it began with.
    pub chunk_size: u64,
    /// How many chunks there are.
    pub total: u32,
    /// The next chunk to send; `total + 1` when all are sent.
    pub next: u32,
    /// Whether chunks are sent as gzip.
    pub gzip: bool,
}

impl UploadState {
    /// Whether the server has every chunk.
    pub fn is_complete(&self) -> bool {
        self.next > self.total
    }
}

impl Upload {
    /// How many chunks there are, at least one.
    ///
    /// # Errors
    /// [`ClientError::Mesh`] when they are more than a number of 32 bits holds.
    pub fn total(&self) -> Result<u32, ClientError> {
        let total = self.length.div_ceil(self.chunk_size.max(1)).max(1);
        u32::try_from(total).map_err(|_| MeshError::ChunkRange.into())
    }

    /// One chunk's bytes; the index is from 1.
    fn chunk(&self, index: u32) -> FileSlice {
        let start = u64::from(index.saturating_sub(1)).saturating_mul(self.chunk_size);
        let end = start.saturating_add(self.chunk_size).min(self.length);
        FileSlice::new(self.file.clone(), start, end, self.position.clone())
    }
}

impl MeshClient {
    /// Sends the first chunk, or the whole file when it is one.
    ///
    /// # Errors
    /// As [`MeshClient::send`].
    pub async fn begin_upload(
        &self,
        mut headers: SendHeaders,
        upload: &Upload,
    ) -> Result<UploadState, ClientError> {
        let total = upload.total()?;
        headers.chunk_range = Some(ChunkRange::new(1, total)?);
        let gzip = headers.encoding == ContentEncoding::Gzip;
        let body = body::of_file(upload.chunk(1), headers.encoding);
        let message_id = self.post(headers, body).await?;
        Ok(UploadState {
            message_id,
            chunk_size: upload.chunk_size,
            total,
            next: 2,
            gzip,
        })
    }

    /// As [`MeshClient::begin_upload`], of a file in one request whose body is in memory, encoded as the headers say.
    pub(crate) async fn upload_whole(
        &self,
        mut headers: SendHeaders,
        upload: &Upload,
        body: Bytes,
    ) -> Result<UploadState, ClientError> {
        headers.chunk_range = Some(ChunkRange::new(1, 1)?);
        let gzip = headers.encoding == ContentEncoding::Gzip;
        upload.position.store(upload.length, Ordering::Relaxed);
        let message_id = self.post(headers, body.into()).await?;
        Ok(UploadState {
            message_id,
            chunk_size: upload.chunk_size,
            total: 1,
            next: 2,
            gzip,
        })
    }

    /// Sends the next chunk and moves the state on.
    ///
    /// # Errors
    /// As [`MeshClient::send_chunk`]; the state is then as it was.
    pub async fn continue_upload(
        &self,
        state: &mut UploadState,
        upload: &Upload,
    ) -> Result<(), ClientError> {
        let upload = Upload {
            chunk_size: state.chunk_size,
            ..upload.clone()
        };
        let encoding = match state.gzip {
            true => ContentEncoding::Gzip,
            false => ContentEncoding::Identity,
        };
        let headers = ChunkHeaders {
            range: ChunkRange::new(state.next, state.total)?,
            encoding,
            length: None,
        };
        let index = state.next;
        let encoding = headers.encoding;
        self.post_chunk(&state.message_id, headers, || {
            std::future::ready(Ok(body::of_file(upload.chunk(index), encoding)))
        })
        .await?;
        state.next += 1;
        Ok(())
    }
}
