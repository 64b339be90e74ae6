//! One large message, sent chunk by chunk from bytes that are made while they are sent, and
//! downloaded again, where each byte is compared with what it must be.

use std::convert::Infallible;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Instant;

use bytes::Bytes;
use http::{HeaderMap, HeaderValue};
use hyper::body::{Body, Frame, SizeHint};
use nhs::{MailboxId, Randomness, SystemRandomness};

use crate::connection::Connection;
use crate::profile::{Sent, ok};
use crate::report::Measured;

/// A prime: no chunk begins where another did, so chunks that change places are noticed.
const BLOCK: usize = 1_048_573;
const PIECE: u64 = 256 * 1024;

/// The same random block over and over. No common compression looks back that far.
#[derive(Clone)]
struct Content(Bytes);

impl Content {
    fn new() -> Self {
        let mut block = vec![0u8; BLOCK];
        SystemRandomness.fill(&mut block);
        Self(block.into())
    }

    /// Some bytes from a place in the message, none of them copied.
    fn piece(&self, at: u64, at_most: u64) -> Bytes {
        let begin = usize::try_from(at % BLOCK as u64).unwrap_or(0);
        let length = usize::try_from(at_most).unwrap_or(BLOCK).min(BLOCK - begin);
        self.0.slice(begin..begin + length)
    }
}

/// The body of a request: a part of the message.
pub struct Part {
    content: Content,
    at: u64,
    end: u64,
}

impl Body for Part {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        if self.is_end_stream() {
            return Poll::Ready(None);
        }
        let piece = self.content.piece(self.at, (self.end - self.at).min(PIECE));
        self.at += piece.len() as u64;
        Poll::Ready(Some(Ok(Frame::data(piece))))
    }

    fn is_end_stream(&self) -> bool {
        self.at >= self.end
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.end.saturating_sub(self.at))
    }
}

impl Part {
    /// Takes bytes that came back; false when they differ from the message or are too many.
    fn agrees(&mut self, mut bytes: Bytes) -> bool {
        while !bytes.is_empty() {
            let left = self.end.saturating_sub(self.at).min(bytes.len() as u64);
            let expected = self.content.piece(self.at, left);
            if expected.is_empty() || bytes.split_to(expected.len()) != expected {
                return false;
            }
            self.at += expected.len() as u64;
        }
        true
    }
}

/// A message of a given size, in bytes, and its chunks.
pub struct Large {
    content: Content,
    size: u64,
    chunk: u64,
}

impl Large {
    /// Bytes of the message, and of each chunk but the last.
    pub fn new(size: u64, chunk: u64) -> Self {
        Self {
            content: Content::new(),
            size: size.max(1),
            chunk: chunk.max(1),
        }
    }

    fn chunks(&self) -> u64 {
        self.size.div_ceil(self.chunk)
    }

    /// The first chunk has the number 1.
    fn part(&self, number: u64) -> Part {
        Part {
            content: self.content.clone(),
            at: (number - 1) * self.chunk,
            end: (number * self.chunk).min(self.size),
        }
    }

    /// Sends the message and downloads it.
    pub async fn there_and_back(
        &self,
        connection: &mut Connection,
        (from, to): (&MailboxId, &MailboxId),
        headers: &HeaderMap,
        measured: &mut Measured,
    ) {
        let begun = Instant::now();
        let sent = self.send(connection, from, headers, measured).await;
        measured.count("upload", begun, sent.as_ref().map(|_| self.size));
        let Some(id) = sent else { return };
        let begun = Instant::now();
        let came_back = self.download(connection, to, &id, measured).await;
        measured.count("download", begun, came_back.then_some(self.size));
    }

    /// The message's id.
    async fn send(
        &self,
        connection: &mut Connection,
        from: &MailboxId,
        headers: &HeaderMap,
        measured: &mut Measured,
    ) -> Option<String> {
        let mut id: Option<String> = None;
        for number in 1..=self.chunks() {
            let begun = Instant::now();
            let mut headers = headers.clone();
            let range = HeaderValue::from_str(&format!("{number}:{}", self.chunks()));
            headers.insert("mex-chunk-range", range.ok()?);
            let path = match &id {
                None => "/outbox".to_owned(),
                Some(id) => format!("/outbox/{id}/{number}"),
            };
            let part = self.part(number);
            let bytes = part.end - part.at;
            let answer = connection.upload(from, &path, &headers, part).await;
            let answer = ok(answer, &[202], measured);
            measured.count("chunk up", begun, answer.as_ref().map(|_| bytes));
            let answer = answer?;
            if id.is_none() {
                let sent: Sent = serde_json::from_slice(&answer.body).ok()?;
                id = Some(sent.message_id);
            }
        }
        id
    }

    async fn download(
        &self,
        connection: &mut Connection,
        to: &MailboxId,
        id: &str,
        measured: &mut Measured,
    ) -> bool {
        for number in 1..=self.chunks() {
            let begun = Instant::now();
            let path = match number {
                1 => format!("/inbox/{id}"),
                _ => format!("/inbox/{id}/{number}"),
            };
            let mut expected = self.part(number);
            let bytes = expected.end - expected.at;
            let mut agrees = true;
            let take = |bytes| agrees = agrees && expected.agrees(bytes);
            let answer = connection.download(to, &path, take).await;
            let answer = ok(answer, &[200, 206], measured);
            agrees = agrees && expected.is_end_stream();
            if answer.is_some() && !agrees {
                measured.note("other bytes came back than were sent");
            }
            let whole = answer.is_some() && agrees;
            measured.count("chunk down", begun, whole.then_some(bytes));
            if !whole {
                return false;
            }
        }
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_of_another_place_or_too_many_do_not_agree() {
        let large = Large::new(2_500_000, 1_100_000);
        let bytes = |number: u64| {
            let (mut part, mut bytes) = (large.part(number), Vec::new());
            while !part.is_end_stream() {
                let piece = part.content.piece(part.at, part.end - part.at);
                part.at += piece.len() as u64;
                bytes.extend_from_slice(&piece);
            }
            Bytes::from(bytes)
        };
        let agrees = |number: u64, bytes: Bytes| {
            let mut part = large.part(number);
            part.agrees(bytes) && part.is_end_stream()
        };
        assert_eq!(large.chunks(), 3);
        assert!(agrees(1, bytes(1)) && agrees(3, bytes(3)));
        assert!(!agrees(1, bytes(2)) && !agrees(2, bytes(1)));
        assert!(!agrees(3, bytes(2)));
        assert!(!agrees(2, bytes(2).slice(1..)));
    }
}
