//! Answers on their way out: how much of each its reader has yet to take, and whether it takes any.
//!
//! A reader that does not read keeps in memory what was read for it, and open what it is read from. The
//! body of an answer is given to the connection in slices, and a slice comes back (is dropped) when the
//! connection has written it: what did not come back waits for the reader, over HTTP/1.1 and HTTP/2 alike.

use std::any::Any;
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Weak};
use std::task::{Context, Poll, ready};
use std::time::Duration;

use axum::body::{Body, Bytes, HttpBody};
use axum::response::Response;
use hyper::body::{Frame, SizeHint};
use parking_lot::Mutex;
use tokio::time::{Instant, sleep};

/// Shorter answers are written at once, and are not watched.
const SHORT: u64 = 4 * 1024;
/// Bytes of a slice.
const SLICE: usize = 32 * 1024;
/// Answers of a connection beyond which those that ended are looked for.
const MANY: usize = 64;

/// Among the extensions of an answer: what is to be kept until its last byte has been written, or its
/// connection has ended. For what is counted as taken until then.
#[derive(Clone)]
pub struct UntilSent(pub Arc<dyn Any + Send + Sync>);

/// The slowest pace at which a reader may take an answer.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Least {
    pub(crate) bytes: u64,
    pub(crate) every: Duration,
}

/// The answers of one connection.
#[derive(Clone, Default)]
pub(crate) struct Answers(Arc<Mutex<Vec<Weak<Answer>>>>);

/// One answer, as long as any part of it is on its way.
struct Answer {
    /// Bytes given to the connection, and those that it has written.
    given: AtomicU64,
    written: AtomicU64,
    /// The next bytes are waited for: not the reader is slow.
    source_is_slow: AtomicBool,
    /// The body may have more.
    has_more: AtomicBool,
    since: Mutex<Since>,
    _until_sent: Option<UntilSent>,
}

/// Since when the reader is waited for, and what was written by then.
#[derive(Clone, Copy)]
struct Since {
    at: Instant,
    written: u64,
}

impl Answers {
    /// The answer, watched until it is written.
    pub(crate) fn watch(&self, response: Response) -> Response {
        let short = response.body().size_hint().upper();
        if short.is_some_and(|length| length <= SHORT) {
            return response;
        }
        let (mut head, body) = response.into_parts();
        let answer = Arc::new(Answer {
            given: AtomicU64::new(0),
            written: AtomicU64::new(0),
            source_is_slow: AtomicBool::new(false),
            has_more: AtomicBool::new(true),
            since: Mutex::new(Since {
                at: Instant::now(),
                written: 0,
            }),
            _until_sent: head.extensions.remove(),
        });
        let mut answers = self.0.lock();
        if answers.len() >= MANY {
            answers.retain(|answer| answer.strong_count() > 0);
        }
        answers.push(Arc::downgrade(&answer));
        let body = WatchedBody {
            body,
            rest: Bytes::new(),
            answer,
        };
        Response::from_parts(head, Body::new(body))
    }

    /// Returns once a reader has not taken `least` of an answer while it was waited for.
    pub(crate) async fn stalled(&self, least: Least) {
        if least.every.is_zero() {
            return std::future::pending().await;
        }
        while !self.any_is_stalled(least) {
            sleep(least.every / 4).await;
        }
    }

    fn any_is_stalled(&self, least: Least) -> bool {
        let mut answers = self.0.lock();
        answers.retain(|answer| answer.strong_count() > 0);
        let now = Instant::now();
        let mut left = answers.iter().filter_map(Weak::upgrade);
        left.any(|answer| answer.is_stalled(least, now))
    }
}

impl Answer {
    fn is_stalled(&self, least: Least, now: Instant) -> bool {
        let written = self.written.load(Ordering::Relaxed);
        let waits = self.given.load(Ordering::Relaxed) > written
            || self.has_more.load(Ordering::Relaxed)
                && !self.source_is_slow.load(Ordering::Relaxed);
        let mut since = self.since.lock();
        if !waits || written - since.written >= least.bytes {
            *since = Since { at: now, written };
        }
        now.duration_since(since.at) >= least.every
    }
}

/// A body in slices that are counted.
struct WatchedBody {
    body: Body,
    rest: Bytes,
    answer: Arc<Answer>,
}

impl Drop for WatchedBody {
    fn drop(&mut self) {
        self.answer.has_more.store(false, Ordering::Relaxed);
    }
}

impl HttpBody for WatchedBody {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        if self.rest.is_empty() {
            let polled = Pin::new(&mut self.body).poll_frame(cx);
            let slow = &self.answer.source_is_slow;
            slow.store(polled.is_pending(), Ordering::Relaxed);
            match ready!(polled).transpose()?.map(Frame::into_data) {
                None => return Poll::Ready(None),
                Some(Ok(bytes)) => self.rest = bytes,
                Some(Err(other)) => return Poll::Ready(Some(Ok(other))),
            }
        }
        let length = self.rest.len().min(SLICE);
        let slice = Slice {
            bytes: self.rest.split_to(length),
            answer: Arc::clone(&self.answer),
        };
        let given = &self.answer.given;
        given.fetch_add(length as u64, Ordering::Relaxed);
        Poll::Ready(Some(Ok(Frame::data(Bytes::from_owner(slice)))))
    }

    fn is_end_stream(&self) -> bool {
        self.rest.is_empty() && self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        let (body, rest) = (self.body.size_hint(), self.rest.len() as u64);
        let mut hint = SizeHint::new();
        hint.set_lower(body.lower().saturating_add(rest));
        if let Some(upper) = body.upper().and_then(|upper| upper.checked_add(rest)) {
            hint.set_upper(upper);
        }
        hint
    }
}

/// Bytes that are with the connection for as long as this is.
struct Slice {
    bytes: Bytes,
    answer: Arc<Answer>,
}

impl AsRef<[u8]> for Slice {
    fn as_ref(&self) -> &[u8] {
        &self.bytes
    }
}

impl Drop for Slice {
    fn drop(&mut self) {
        let written = &self.answer.written;
        written.fetch_add(self.bytes.len() as u64, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LEAST: Least = Least {
        bytes: 100,
        every: Duration::from_secs(60),
    };

    fn answer(at: Instant) -> Answer {
        Answer {
            given: AtomicU64::new(0),
            written: AtomicU64::new(0),
            source_is_slow: AtomicBool::new(false),
            has_more: AtomicBool::new(true),
            since: Mutex::new(Since { at, written: 0 }),
            _until_sent: None,
        }
    }

    /// Looks every 15 seconds; how many seconds passed when the answer was found stalled, of an hour.
    fn stalled_after(answer: &Answer, written_each_time: u64) -> Option<u64> {
        let begun = answer.since.lock().at;
        (0..240).map(|look| look * 15).find(|seconds| {
            answer.given.fetch_add(1000, Ordering::Relaxed);
            answer
                .written
                .fetch_add(written_each_time, Ordering::Relaxed);
            answer.is_stalled(LEAST, begun + Duration::from_secs(*seconds))
        })
    }

    #[test]
    fn a_reader_is_cut_off_that_takes_less_than_the_least_and_no_other() {
        let begun = Instant::now();
        assert_eq!(stalled_after(&answer(begun), 0), Some(60));
        assert_eq!(stalled_after(&answer(begun), 19), Some(60));
        assert_eq!(stalled_after(&answer(begun), 26), None);
    }

    #[test]
    fn who_waits_for_bytes_that_are_not_there_yet_is_not_slow() {
        let answer = answer(Instant::now());
        answer.source_is_slow.store(true, Ordering::Relaxed);
        assert_eq!(stalled_after(&answer, 1000), None);
        answer.source_is_slow.store(false, Ordering::Relaxed);
        answer.has_more.store(false, Ordering::Relaxed);
        assert_eq!(stalled_after(&answer, 1000), None);
    }

    #[test]
    fn a_body_is_asked_for_only_when_the_reader_takes() {
        let answer = answer(Instant::now());
        let since = answer.since.lock().at;
        assert!(
            answer.is_stalled(LEAST, since + LEAST.every),
            "never asked for"
        );
    }
}
