//! A request's body that arrives too slowly comes to an end.

use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use axum::body::{BodyDataStream, Bytes};
use futures_util::{Stream, StreamExt};
use tokio::time::{Instant, Sleep, sleep};

use crate::options::Options;

/// A body, and the time its sender took over it. Only time spent waiting for the sender counts, not
/// what the server takes to store what came.
pub(crate) struct PacedBody {
    body: Option<BodyDataStream>,
    least: Least,
    /// Waiting that is left before so many bytes must have come.
    left: Duration,
    received: u64,
    waiting: Option<(Instant, Pin<Box<Sleep>>)>,
}

/// The slowest pace allowed.
#[derive(Clone, Copy)]
struct Least {
    bytes: u64,
    every: Duration,
}

/// Why a body was ended.
#[derive(Debug, thiserror::Error)]
#[error("fewer than {0} bytes of it came in {1} seconds; send faster, or in smaller chunks")]
struct TooSlow(u64, u64);

impl PacedBody {
    pub(crate) fn new(body: axum::body::Body, options: &Options) -> Self {
        let least = Least {
            bytes: options.slow_body_bytes.max(1),
            every: Duration::from_secs(options.slow_body_seconds),
        };
        Self {
            body: Some(body.into_data_stream()),
            least,
            // the first stretch is free: the beginning of a connection is slow
            left: least.every * 2,
            received: 0,
            waiting: None,
        }
    }

    fn came(&mut self, bytes: usize) {
        if let Some((since, _)) = self.waiting.take() {
            self.left = self.left.saturating_sub(since.elapsed());
        }
        self.received += bytes as u64;
        if self.received >= self.least.bytes {
            self.received = 0;
            self.left = self.least.every;
        }
    }

    fn is_too_slow(&mut self, cx: &mut Context<'_>) -> bool {
        if self.least.every.is_zero() {
            return false;
        }
        let left = self.left;
        let (_, sleep) = self
            .waiting
            .get_or_insert_with(|| (Instant::now(), Box::pin(sleep(left))));
        sleep.as_mut().poll(cx).is_ready()
    }
}

impl Stream for PacedBody {
    type Item = Result<Bytes, axum::Error>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let Some(body) = &mut self.body else {
            return Poll::Ready(None);
        };
        match body.poll_next_unpin(cx) {
            Poll::Ready(Some(Ok(bytes))) => {
                self.came(bytes.len());
                Poll::Ready(Some(Ok(bytes)))
            }
            Poll::Ready(ended) => {
                self.body = None;
                Poll::Ready(ended)
            }
            Poll::Pending if self.is_too_slow(cx) => {
                self.body = None;
                metrics::counter!("restante_slow_bodies_total").increment(1);
                let Least { bytes, every } = self.least;
                let slow = TooSlow(bytes, every.as_secs());
                Poll::Ready(Some(Err(axum::Error::new(slow))))
            }
            Poll::Pending => Poll::Pending,
        }
    }
}
