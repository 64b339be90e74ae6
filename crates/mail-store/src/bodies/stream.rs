//! A body on its way out.

use std::pin::Pin;
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use futures_util::stream::{BoxStream, Stream, StreamExt, TryStreamExt};
use object_store::path::Path as ObjectPath;
use object_store::{GetResult, GetResultPayload};
use sha2::{Digest, Sha256};

use super::objects::Bodies;
use super::read_ahead::Reading;
use crate::StoreError;
use crate::contract::Body;

struct Expected {
    hash: Sha256,
    left: u64,
    sha256: [u8; 32],
}

/// The bytes of a stored body.
pub struct BodyStream {
    inner: BoxStream<'static, Result<Bytes, StoreError>>,
    expected: Option<Expected>,
}

impl BodyStream {
    /// The bytes of a body, checked on the way: a body that does not agree with its record ends
    /// in [`StoreError::DamagedBody`] instead of its last bytes.
    pub(crate) async fn open(bodies: &Bodies, body: Body) -> Result<Self, StoreError> {
        match body {
            Body::Inline(bytes) => Ok(Self {
                inner: futures_util::stream::iter([Ok(bytes)]).boxed(),
                expected: None,
            }),
            Body::Object {
                key,
                length,
                sha256,
            } => {
                let found = bodies.get(&ObjectPath::from(key)).await?;
                if found.meta.size != length {
                    return Err(StoreError::DamagedBody);
                }
                Ok(Self::of_object(found, length, sha256))
            }
        }
    }

    /// `object_store` would read a file in pieces of 8 KB, each on another thread.
    fn of_object(found: GetResult, length: u64, sha256: [u8; 32]) -> Self {
        match found.payload {
            GetResultPayload::File(file, path) => Self {
                inner: Reading::new(file, path, length, sha256).pieces(),
                expected: None,
            },
            GetResultPayload::Stream(stream) => Self {
                inner: stream.map_err(StoreError::from).boxed(),
                expected: Some(Expected {
                    hash: Sha256::new(),
                    left: length,
                    sha256,
                }),
            },
        }
    }
}

impl Stream for BodyStream {
    type Item = Result<Bytes, StoreError>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let next = ready!(self.inner.poll_next_unpin(cx));
        let Some(expected) = self.expected.as_mut() else {
            return Poll::Ready(next);
        };
        let Some(Ok(bytes)) = &next else {
            return Poll::Ready(next);
        };
        expected.hash.update(bytes);
        expected.left = expected.left.saturating_sub(bytes.len() as u64);
        if expected.left == 0
            && <[u8; 32]>::from(std::mem::take(&mut expected.hash).finalize()) != expected.sha256
        {
            return Poll::Ready(Some(Err(StoreError::DamagedBody)));
        }
        Poll::Ready(next)
    }
}
