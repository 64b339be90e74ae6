//! A message's content as it is stored, put together from its chunks and expanded where it is gzip.

use std::io::Read;

use axum::response::Response;
use exchange::{Envelope, Exchange, Kind, MessageState};
use flate2::read::MultiGzDecoder;
use futures_util::StreamExt;

use super::state::SandboxError;

/// Bytes of a message that is looked into, as they are stored and as they are expanded.
pub(crate) const LONGEST: usize = 24 * 1024 * 1024;

/// What a message holds. Patient data: it has no `Debug`.
pub(crate) struct Content {
    /// The bytes, expanded.
    pub(crate) bytes: Vec<u8>,
    /// Whether they were stored as gzip.
    pub(crate) was_gzip: bool,
}

/// The bytes of a message, expanded; `None` when it has none: a report, one whose chunks are missing, and one that is
/// too large to be looked into. Nobody has collected it by that.
///
/// # Errors
///
/// When the store fails, or gzip that cannot be expanded.
pub async fn bytes(
    exchange: &Exchange,
    envelope: &Envelope,
) -> Result<Option<Vec<u8>>, SandboxError> {
    let content = read(exchange, envelope).await?;
    Ok(content.map(|content| content.bytes))
}

/// The content of a message; `None` when it has none: a report, one whose chunks are missing, and one that is too large
/// to be looked into.
///
/// # Errors
///
/// [`SandboxError::Exchange`]; [`SandboxError::Gzip`] when it cannot be expanded.
pub(crate) async fn read(
    exchange: &Exchange,
    envelope: &Envelope,
) -> Result<Option<Content>, SandboxError> {
    let Some(stored) = stored(exchange, envelope).await? else {
        return Ok(None);
    };
    if !stored.starts_with(&[0x1f, 0x8b]) {
        return Ok(Some(Content {
            bytes: stored,
            was_gzip: false,
        }));
    }
    let expanded = tokio::task::spawn_blocking(move || expand(&stored)).await;
    let bytes = expanded.map_err(|_| SandboxError::Stopped)??;
    Ok(bytes.map(|bytes| Content {
        bytes,
        was_gzip: true,
    }))
}

/// The content of a message, expanded, as a download.
///
/// # Errors
///
/// [`SandboxError::NotFound`] for no such message and for one without content; as [`read`].
pub(crate) async fn download(exchange: &Exchange, id: &str) -> Result<Response, SandboxError> {
    let envelope = exchange.message(id).await?;
    let content = read(exchange, &envelope).await?;
    let content = content.ok_or(SandboxError::NotFound)?;
    let name = format!("{}.dat", envelope.message.id);
    Ok(pages::download(content.bytes, &name))
}

/// The bytes of all chunks as they are stored; `None` as for [`read`].
pub(crate) async fn stored(
    exchange: &Exchange,
    envelope: &Envelope,
) -> Result<Option<Vec<u8>>, SandboxError> {
    let message = &envelope.message;
    let size = usize::try_from(message.size).unwrap_or(usize::MAX);
    if message.kind == Kind::Report || message.state == MessageState::Uploading || size > LONGEST {
        return Ok(None);
    }
    let mut bytes = Vec::with_capacity(size);
    for number in 1..=message.total_chunks {
        let mut chunk = exchange.stored_chunk(message.id.as_str(), number).await?;
        while let Some(piece) = chunk.next().await {
            bytes.extend_from_slice(&piece?);
        }
    }
    Ok(Some(bytes))
}

/// What the gzip holds; `None` when that is too much.
fn expand(stored: &[u8]) -> Result<Option<Vec<u8>>, SandboxError> {
    let mut bytes = Vec::new();
    let most = LONGEST as u64 + 1;
    MultiGzDecoder::new(stored)
        .take(most)
        .read_to_end(&mut bytes)
        .map_err(|_| SandboxError::Gzip)?;
    Ok((bytes.len() <= LONGEST).then_some(bytes))
}
