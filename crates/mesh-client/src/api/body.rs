//! Bodies as streams: compressed on the way out, expanded on the way in, never beyond what is allowed.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use async_compression::tokio::bufread::{GzipDecoder, GzipEncoder};
use bytes::{Bytes, BytesMut};
use futures_util::{StreamExt, TryStreamExt};
use mesh::ContentEncoding;
use reqwest::{Body, Response};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, BufReader};
use tokio_util::io::{InspectReader, ReaderStream, StreamReader};

use super::file_slice::FileSlice;
use super::silence::Silence;
use crate::ClientError;

const BUFFER: usize = 64 * 1024;
/// A body may expand to this many times its compressed size; the densest text stays far below.
const MOST_EXPANSION: u64 = 200;
/// Bytes that any body may expand to.
const FREE_EXPANSION: u64 = 10 * 1024 * 1024;

/// A request body from a stretch of a file, compressed on the way when the encoding says so.
pub(super) fn of_file(slice: FileSlice, encoding: ContentEncoding) -> Body {
    match encoding {
        // Without a copy: the pieces go as they were read.
        ContentEncoding::Identity => Body::wrap_stream(slice),
        ContentEncoding::Gzip => {
            let encoder = GzipEncoder::new(StreamReader::new(slice));
            Body::wrap_stream(ReaderStream::with_capacity(encoder, BUFFER))
        }
    }
}

/// A request body from a reader, compressed on the way when the encoding says so.
pub(super) fn outgoing<R>(reader: R, encoding: ContentEncoding) -> Body
where
    R: AsyncRead + Send + 'static,
{
    let reader = BufReader::with_capacity(BUFFER, reader);
    match encoding {
        ContentEncoding::Identity => Body::wrap_stream(ReaderStream::with_capacity(reader, BUFFER)),
        ContentEncoding::Gzip => Body::wrap_stream(ReaderStream::with_capacity(
            GzipEncoder::new(reader),
            BUFFER,
        )),
    }
}

/// Takes a body in pieces.
pub(crate) trait Pieces {
    /// Takes the next piece.
    ///
    /// # Errors
    /// Why it cannot.
    fn take(&mut self, piece: Bytes) -> impl Future<Output = Result<(), ClientError>> + Send;
}

/// Writes the pieces into what is written asynchronously.
pub(super) struct Written<'a, W>(pub &'a mut W);

impl<W: AsyncWrite + Unpin + Send> Pieces for Written<'_, W> {
    async fn take(&mut self, piece: Bytes) -> Result<(), ClientError> {
        let writing = |error| ClientError::File("writing a message", error);
        self.0.write_all(&piece).await.map_err(writing)
    }
}

/// Copies an answer's body, expanded when it is gzip, and returns how many bytes that were. Before bytes are
/// written, `allow` is asked with how many there would then be.
///
/// # Errors
/// What `allow` says; [`ClientError::ExpandsTooMuch`], [`ClientError::Damaged`],
/// [`ClientError::Interrupted`], [`ClientError::Silent`]; [`ClientError::File`] of the writer.
pub(super) async fn incoming(
    response: Response,
    out: &mut impl Pieces,
    allow: impl FnMut(u64) -> Result<(), ClientError>,
) -> Result<u64, ClientError> {
    let encoding = ContentEncoding::read(response.headers())
        .ok_or_else(|| ClientError::Answer("unknown content encoding".to_owned()))?;
    let silence = Silence::of(&response);
    let mut body = response
        .bytes_stream()
        .map_err(|e| std::io::Error::other(e.without_url()));
    let mut allow = allow;
    match encoding {
        ContentEncoding::Identity => {
            let mut copied = 0u64;
            while let Some(piece) = silence.wait(body.next()).await? {
                let piece = piece.map_err(broken_body)?;
                copied += piece.len() as u64;
                allow(copied)?;
                out.take(piece).await?;
            }
            Ok(copied)
        }
        ContentEncoding::Gzip => {
            let compressed = Arc::new(AtomicU64::new(0));
            let counted = compressed.clone();
            let count = move |part: &[u8]| {
                counted.fetch_add(part.len() as u64, Ordering::Relaxed);
            };
            let body = InspectReader::new(StreamReader::new(body), count);
            let mut decoder = GzipDecoder::new(BufReader::with_capacity(BUFFER, body));
            decoder.multiple_members(true);
            let allow = |expanded: u64| {
                let most = compressed
                    .load(Ordering::Relaxed)
                    .saturating_mul(MOST_EXPANSION);
                if expanded > most.max(FREE_EXPANSION) {
                    return Err(ClientError::ExpandsTooMuch(MOST_EXPANSION));
                }
                allow(expanded)
            };
            copy(&mut decoder, out, allow, silence).await
        }
    }
}

async fn copy<R>(
    reader: &mut R,
    out: &mut impl Pieces,
    mut allow: impl FnMut(u64) -> Result<(), ClientError>,
    silence: Silence,
) -> Result<u64, ClientError>
where
    R: AsyncRead + Unpin,
{
    let mut buffer = BytesMut::with_capacity(BUFFER);
    let mut copied = 0u64;
    loop {
        match silence.wait(reader.read_buf(&mut buffer)).await? {
            Ok(0) => return Ok(copied),
            Ok(read) => copied += read as u64,
            Err(error) => return Err(broken_body(error)),
        }
        allow(copied)?;
        out.take(buffer.split().freeze()).await?;
        buffer.reserve(BUFFER);
    }
}

/// A connection that broke is worth another try; a body that is not gzip is not.
fn broken_body(error: std::io::Error) -> ClientError {
    match error.downcast::<reqwest::Error>() {
        Ok(transport) => ClientError::Interrupted(transport),
        Err(error) => ClientError::Damaged(error.to_string()),
    }
}
