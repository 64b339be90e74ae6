//! When a connection has been quiet for too long.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::{Buf, Bytes};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, ReadBuf};
use tokio::time::Instant;

use crate::frames::{Frames, PREFACE};

/// When something last moved on a connection, either way.
#[derive(Clone)]
pub(crate) struct Activity {
    start: Instant,
    moved: Arc<Moved>,
}

#[derive(Default)]
struct Moved {
    last_millis: AtomicU64,
    /// Something was to be written since the stream last was empty.
    has_unsent: AtomicBool,
}

impl Activity {
    pub(crate) fn begin() -> Self {
        Self {
            start: Instant::now(),
            moved: Arc::default(),
        }
    }

    fn mark(&self) {
        let millis = u64::try_from(self.start.elapsed().as_millis()).unwrap_or(u64::MAX);
        self.moved.last_millis.store(millis, Ordering::Relaxed);
    }

    /// Whether all that was to be written has gone to the kernel.
    pub(crate) fn has_sent_all(&self) -> bool {
        !self.moved.has_unsent.load(Ordering::Relaxed)
    }

    fn set_unsent(&self, has_unsent: bool) {
        self.moved.has_unsent.store(has_unsent, Ordering::Relaxed);
    }

    /// Returns once nothing has moved for `limit`.
    pub(crate) async fn quiet_for(&self, limit: Duration) {
        loop {
            let last = self.moved.last_millis.load(Ordering::Relaxed);
            let last = self.start + Duration::from_millis(last);
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
    /// What is read before anything further of the stream.
    first: Bytes,
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
            first: Bytes::new(),
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
            first: Bytes::new(),
        }
    }

    /// Has these bytes read again, before all others.
    pub(crate) fn read_first(&mut self, bytes: &[u8]) {
        self.first = [bytes, &self.first].concat().into();
    }

    fn was_read(&mut self, bytes: &[u8]) {
        let frames = self.frames.as_mut();
        if frames.is_none_or(|frames| frames.read.carry(bytes)) {
            self.activity.mark();
        }
    }

    fn was_written(&mut self, bytes: &[u8]) {
        let frames = self.frames.as_mut();
        if frames.is_none_or(|frames| frames.written.carry(bytes)) {
            self.activity.mark();
        }
    }
}

impl<S: AsyncRead + Unpin> Watched<S> {
    /// Returns when the other end is gone. One byte is read ahead at most: who sends more before the answer has come
    /// is read after it.
    pub(crate) async fn closed(&mut self) {
        if self.first.is_empty() {
            let mut ahead = [0];
            match AsyncReadExt::read(self, &mut ahead).await {
                Ok(0) | Err(_) => return,
                Ok(_) => self.read_first(&ahead),
            }
        }
        std::future::pending().await
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Watched<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        if self.first.has_remaining() {
            let count = self.first.len().min(buf.remaining());
            buf.put_slice(&self.first.split_to(count));
            return Poll::Ready(Ok(()));
        }
        let before = buf.filled().len();
        let result = Pin::new(&mut self.stream).poll_read(cx, buf);
        if matches!(result, Poll::Ready(Ok(())))
            && let Some(bytes) = buf.filled().get(before..)
        {
            self.was_read(bytes);
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
        self.activity.set_unsent(true);
        let result = Pin::new(&mut self.stream).poll_write(cx, buf);
        if let Poll::Ready(Ok(count)) = result {
            self.was_written(buf.get(..count).unwrap_or_default());
        }
        result
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        self.activity.set_unsent(true);
        let result = Pin::new(&mut self.stream).poll_write_vectored(cx, bufs);
        if let Poll::Ready(Ok(mut left)) = result {
            for buf in bufs {
                let count = left.min(buf.len());
                self.was_written(buf.get(..count).unwrap_or_default());
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
        let result = Pin::new(&mut self.stream).poll_flush(cx);
        if matches!(result, Poll::Ready(Ok(()))) {
            self.activity.set_unsent(false);
        }
        result
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncWriteExt, duplex};

    use super::*;

    #[tokio::test]
    async fn all_is_sent_when_what_was_to_be_written_is_flushed() {
        let (_client, server) = duplex(1);
        let activity = Activity::begin();
        let mut server = Watched::new(server, activity.clone());
        assert!(activity.has_sent_all());
        server.write_all(b"a").await.unwrap();
        assert!(!activity.has_sent_all());
        server.flush().await.unwrap();
        assert!(activity.has_sent_all());
        tokio::select! {
            biased;
            _ = server.write_all(b"b") => panic!("there is no room"),
            () = std::future::ready(()) => {}
        }
        assert!(!activity.has_sent_all(), "of this nothing is written");
    }

    #[tokio::test]
    async fn what_is_to_be_read_first_is_and_one_byte_is_read_ahead_of_it() {
        let (mut client, server) = duplex(64);
        let mut server = Watched::new(server, Activity::begin());
        client.write_all(b"efg").await.unwrap();
        let ahead = async {
            tokio::select! {
                () = server.closed() => panic!("it is open"),
                () = tokio::task::yield_now() => {}
            }
        };
        ahead.await;
        drop(client);
        server.read_first(b"cd");
        server.read_first(b"ab");
        let mut first = [0; 3];
        server.read_exact(&mut first).await.unwrap();
        let mut rest = String::new();
        server.read_to_string(&mut rest).await.unwrap();
        assert_eq!((&first, rest.as_str()), (b"abc", "defg"));
        server.closed().await;
    }
}
