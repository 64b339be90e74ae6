//! Bodies, always as streams: a request's to its end, a stored one to the client, gzip on the way
//! where the two sides differ.

use std::io::{self, Write};
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use crate::gzip::{Expanded, Incoming, MAGIC, expand};
use async_compression::Level;
use async_compression::tokio::bufread::{GzipDecoder, GzipEncoder};
use axum::body::{Body, Bytes};
use exchange::{BodyStream, Exchange, ExchangeError};
use flate2::Compression;
use flate2::write::DeflateEncoder;
use futures_util::{Stream, StreamExt, TryStreamExt, stream};
use http::HeaderMap;
use http::header::{CONTENT_LENGTH, EXPECT};
use tokio_util::io::{ReaderStream, StreamReader};

use crate::options::Options;
use crate::pace::PacedBody;

/// How much of a body is read and thrown away after its sender was refused.
const REFUSED_BYTES: usize = 1024 * 1024;

/// Refuses a body by its `Content-Length`, so that a client that waits for `100 Continue` need not
/// begin.
pub(crate) fn check_length(exchange: &Exchange, headers: &HeaderMap) -> Result<(), ExchangeError> {
    let declared = headers
        .get(CONTENT_LENGTH)
        .and_then(|value| value.to_str().ok())
        .and_then(|text| text.parse().ok());
    declared.map_or(Ok(()), |bytes| exchange.check_declared_length(bytes))
}

/// So much of a body tells whether it can be compressed.
const SAMPLE: usize = 16 * 1024;
/// What goes into the connection at once of a body that is changed on the way.
const PIECE: usize = 64 * 1024;

/// A request's body on its way in. Its first read asks a client that said `Expect: 100-continue` to
/// begin sending, so of such a request nothing is read that will be refused.
pub(crate) struct Upload {
    bytes: PacedBody,
    gzip: Option<Incoming>,
    /// The gzip looked at cannot be expanded.
    pub(crate) damaged: bool,
    /// The client waits to be asked, and has not been.
    waits: bool,
}

impl Upload {
    pub(crate) fn new(headers: &HeaderMap, body: Body, options: &Options) -> Self {
        let waits = headers
            .get(EXPECT)
            .is_some_and(|value| value.as_bytes().eq_ignore_ascii_case(b"100-continue"));
        Self {
            bytes: PacedBody::new(body, options),
            gzip: None,
            damaged: false,
            waits,
        }
    }

    /// From now on the body breaks off where it proves to be damaged gzip, so that nothing of it is kept.
    pub(crate) fn must_expand(&mut self) {
        self.gzip = Some(Incoming::new());
    }

    /// Reads and throws away what comes, to the end or past [`REFUSED_BYTES`]: a client that is still
    /// sending when the connection closes may never see the answer. One that waits to be asked has sent
    /// nothing.
    pub(crate) async fn drain(&mut self) {
        let mut read = 0;
        while !self.waits
            && let Some(Ok(bytes)) = self.bytes.next().await
        {
            read += bytes.len();
            if read > REFUSED_BYTES {
                return;
            }
        }
    }
}

impl Stream for Upload {
    type Item = Result<Bytes, axum::Error>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.waits = false;
        let next = ready!(self.bytes.poll_next_unpin(context));
        let looked = match (&mut self.gzip, &next) {
            (Some(gzip), Some(Ok(bytes))) => gzip.take(bytes),
            (Some(gzip), None) => gzip.finish(),
            _ => Ok(()),
        };
        Poll::Ready(match looked {
            Ok(()) => next,
            Err(error) => {
                self.gzip = None;
                self.damaged = true;
                Some(Err(axum::Error::new(error)))
            }
        })
    }
}

/// A stored body, its first bytes already read.
pub(crate) struct Stored {
    stream: BodyStream,
    first: Option<Bytes>,
}

impl Stored {
    /// Reads the first bytes, so that a body that cannot be read at all is refused, not cut short.
    pub(crate) async fn open(mut stream: BodyStream) -> Result<Self, ExchangeError> {
        let first = stream.next().await.transpose()?;
        Ok(Self { stream, first })
    }

    /// Whether the bytes begin as gzip does. A sender may declare gzip and send something else.
    pub(crate) fn is_gzip(&self) -> bool {
        self.first
            .as_ref()
            .is_some_and(|bytes| bytes.starts_with(MAGIC))
    }

    /// The bytes as they are stored.
    pub(crate) fn unchanged(self) -> Body {
        Body::from_stream(self.bytes())
    }

    /// What the stored gzip holds, as far as it can be kept, or that it can be expanded to at most
    /// so many bytes.
    pub(crate) async fn expanded(self, most: u64) -> io::Result<Expanded> {
        expand(StreamReader::new(self.bytes()), most).await
    }

    /// The bytes that the stored gzip holds. `broken` is called when they end in damaged gzip.
    pub(crate) fn decompressed(self, broken: impl Fn() + Send + 'static) -> Body {
        let mut decoder = GzipDecoder::new(StreamReader::new(self.bytes()));
        decoder.multiple_members(true);
        let bytes = ReaderStream::with_capacity(decoder, PIECE);
        Body::from_stream(bytes.inspect_err(move |error| {
            let stored = error
                .get_ref()
                .is_some_and(|inner| inner.is::<ExchangeError>());
            if !stored {
                broken();
            }
        }))
    }

    /// Whether gzip would make the body smaller by a tenth, judged by its first bytes. Most PDFs and
    /// all images are compressed already: to do it again costs much and gains nothing.
    pub(crate) fn would_shrink(&self) -> bool {
        let first = self.first.as_deref().unwrap_or_default();
        let sample = first.get(..SAMPLE).unwrap_or(first);
        let mut encoder =
            DeflateEncoder::new(Vec::with_capacity(sample.len()), Compression::fast());
        let compressed = encoder.write_all(sample).and_then(|()| encoder.finish());
        compressed.is_ok_and(|bytes| bytes.len() < sample.len() / 10 * 9)
    }

    /// The bytes as gzip.
    pub(crate) fn compressed(self) -> Body {
        let encoder = GzipEncoder::with_quality(StreamReader::new(self.bytes()), Level::Fastest);
        Body::from_stream(ReaderStream::with_capacity(encoder, PIECE))
    }

    fn bytes(self) -> impl Stream<Item = io::Result<Bytes>> + Send + Unpin {
        stream::iter(self.first.map(Ok)).chain(self.stream.map_err(|error| {
            tracing::error!(%error, "a stored body could not be read to its end");
            io::Error::other(error)
        }))
    }
}
