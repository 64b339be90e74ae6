use async_compression::tokio::bufread::{GzipDecoder, GzipEncoder};
use futures_util::TryStreamExt;
use mesh::ContentEncoding;
use reqwest::{Body, Response};
use tokio::io::{AsyncRead, AsyncWrite, AsyncWriteExt, BufReader};
use tokio_util::io::{ReaderStream, StreamReader};

use super::silence::Silence;
use crate::ClientError;

const BUFFER: usize = 64 * 1024;

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

/// Copies an answer's body, expanded when it is gzip. At most `limit` bytes are written.
pub(super) async fn incoming<W>(
    response: Response,
    out: &mut W,
    limit: u64,
) -> Result<u64, ClientError>
where
    W: AsyncWrite + Unpin,
{
    let encoding = ContentEncoding::read(response.headers())
        .ok_or_else(|| ClientError::Answer("unknown content encoding".to_owned()))?;
    let silence = Silence::of(&response);
    let body = response
        .bytes_stream()
        .map_err(|e| std::io::Error::other(e.without_url()));
    let mut reader = BufReader::with_capacity(BUFFER, StreamReader::new(body));
    match encoding {
        ContentEncoding::Identity => copy(&mut reader, out, limit, silence).await,
        ContentEncoding::Gzip => {
            let mut decoder = GzipDecoder::new(reader);
            decoder.multiple_members(true);
            copy(&mut decoder, out, limit, silence).await
        }
    }
}

async fn copy<R, W>(
    reader: &mut R,
    out: &mut W,
    limit: u64,
    silence: Silence,
) -> Result<u64, ClientError>
where
    R: AsyncRead + Unpin,
    W: AsyncWrite + Unpin,
{
    use tokio::io::AsyncReadExt;

    let mut buffer = vec![0; BUFFER];
    let mut copied = 0u64;
    loop {
        let read = match silence.wait(reader.read(&mut buffer)).await? {
            Ok(0) => break,
            Ok(read) => read,
            Err(error) => return Err(broken_body(error)),
        };
        copied += read as u64;
        if copied > limit {
            return Err(ClientError::TooLarge(limit));
        }
        let part = buffer.get(..read).unwrap_or_default();
        out.write_all(part)
            .await
            .map_err(|e| ClientError::File("writing a message", e))?;
    }
    out.flush()
        .await
        .map_err(|e| ClientError::File("writing a message", e))?;
    Ok(copied)
}

/// A connection that broke is worth another try; a body that is not gzip is not.
fn broken_body(error: std::io::Error) -> ClientError {
    match error.downcast::<reqwest::Error>() {
        Ok(transport) => ClientError::Interrupted(transport),
        Err(error) => ClientError::Answer(format!("a gzip body that cannot be expanded ({error})")),
    }
}
