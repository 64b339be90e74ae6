//! When a connection has been quiet for too long.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::Instant;

use crate::frames::{Frames, PREFACE};

/// When something last moved on a connection, either way.
#[derive(Clone)]
pub(crate) struct Activity {
    start: Instant,
    last_millis: Arc<AtomicU64>,
}

impl Activity {
    pub(crate) fn begin() -> Self {
        Self {
            start: Instant::now(),
            last_millis: Arc::default(),
        }
    }

    fn mark(&self) {
        let millis = u64::try_from(self.start.elapsed().as_millis()).unwrap_or(u64::MAX);
        self.last_millis.store(millis, Ordering::Relaxed);
    }

    /// Returns once nothing has moved for `limit`.
    pub(crate) async fn quiet_for(&self, limit: Duration) {
        loop {
            let last = self.start + Duration::from_millis(self.last_millis.load(Ordering::Relaxed));
            if last.elapsed() >= limit {
                return;
            }
            tokio::time::sleep_until(last + limit).await;
        }
    }
}

/// A stream that notes when bytes move; of HTTP/2 those of requests and answers only.
pub(crate) struct Watched<S> {
    stream: S,
    activity: Activity,
    frames: Option<Directions>,
}

struct Directions {
    read: Frames,
    written: Frames,
}

impl<S> Watched<S> {
    /// Any byte is movement.
    pub(crate) fn new(stream: S, activity: Activity) -> Self {
        Self {
            stream,
            activity,
            frames: None,
        }
    }

    /// The server's end of an HTTP/2 connection.
    pub(crate) fn http2(stream: S, activity: Activity) -> Self {
        let frames = Some(Directions {
            read: Frames::after(PREFACE),
            written: Frames::after(0),
        });
        Self {
            stream,
            activity,
            frames,
        }
    }

    fn read(&mut self, bytes: &[u8]) {
        let frames = self.frames.as_mut();
        if frames.is_none_or(|frames| frames.read.carry(bytes)) {
            self.activity.mark();
        }
    }

    fn written(&mut self, bytes: &[u8]) {
        let frames = self.frames.as_mut();
        if frames.is_none_or(|frames| frames.written.carry(bytes)) {
            self.activity.mark();
        }
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Watched<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buf.filled().len();
        let result = Pin::new(&mut self.stream).poll_read(cx, buf);
        if matches!(result, Poll::Ready(Ok(())))
            && let Some(bytes) = buf.filled().get(before..)
        {
            self.read(bytes);
        }
        result
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Watched<S> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &[u8],
    ) -> Poll<io::Result<usize>> {
        let result = Pin::new(&mut self.stream).poll_write(cx, buf);
        if let Poll::Ready(Ok(count)) = result {
            self.written(buf.get(..count).unwrap_or_default());
        }
        result
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let result = Pin::new(&mut self.stream).poll_write_vectored(cx, bufs);
        if let Poll::Ready(Ok(mut left)) = result {
            for buf in bufs {
                let count = left.min(buf.len());
                self.written(buf.get(..count).unwrap_or_default());
                left -= count;
                if left == 0 {
                    break;
                }
            }
        }
        result
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}
