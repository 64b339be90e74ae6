//! HTTP on a connection, and what ends it.

use std::convert::Infallible;
use std::pin::{Pin, pin};
use std::time::Duration;

use axum::response::Response;
use http::Request;
use hyper::body::Incoming;
use hyper::server::conn::{http1, http2};
use hyper::service::Service;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulConnection;
use tokio::io::{AsyncRead, AsyncWrite};

use crate::ListenerConfig;
use crate::answer::{Answers, Least};
use crate::idle::{Activity, Watched};
use crate::waiting::Waiting;

/// Room for the longest legal set of headers (about 5 KB) many times over.
pub(crate) const MAX_HEADER_BYTES: u32 = 64 * 1024;
const MAX_HTTP2_STREAMS: u32 = 16;
const HTTP2_PING: Duration = Duration::from_secs(20);
/// Bytes of requests that wait in an HTTP/2 connection for who takes them in: half a megabyte on a line of 20
/// milliseconds are 200 megabits a second.
const HTTP2_WINDOW: u32 = 512 * 1024;
/// Bytes of an answer that wait in a stream of HTTP/2 for its reader.
const HTTP2_SEND_BUFFER: usize = 128 * 1024;

/// A connection served until something ends it.
pub(crate) struct Serving<'a, D> {
    pub(crate) activity: Activity,
    pub(crate) answers: Answers,
    /// Finish the request under way, then close.
    pub(crate) must_drain: Pin<&'a mut D>,
    pub(crate) is_draining: bool,
    pub(crate) config: &'a ListenerConfig,
}

impl<D: Future<Output = ()>> Serving<'_, D> {
    /// As long as a request waits, there is no HTTP/1.1 connection, only its stream: 20 KB of buffers and state, and
    /// thousands wait.
    pub(crate) async fn http1<S, T>(mut self, stream: S, service: T, waiting: &Waiting)
    where
        S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
        T: Service<Request<Incoming>, Response = Response, Error = Infallible>,
    {
        let activity = self.activity.clone();
        let mut stream = Watched::new(stream, activity.clone());
        loop {
            stream = {
                let io = TokioIo::new(stream);
                let mut connection = Box::new(http1(self.config).serve_connection(io, &service));
                let connected = Pin::new(&mut *connection);
                if !self.drive(connected, waiting.is_long(&activity)).await {
                    return;
                }
                let parts = connection.into_parts();
                let mut stream = parts.io.into_inner();
                stream.read_first(&parts.read_buf);
                stream
            };
            let Some(answer) = self.answer(&mut stream, waiting).await else {
                return;
            };
            stream.read_first(waiting.answered(answer, self.is_draining));
        }
    }

    /// Every stream waits in the connection.
    pub(crate) async fn http2<S, T>(mut self, stream: S, service: T)
    where
        S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
        T: Service<Request<Incoming>, Response = Response, Error = Infallible>,
        T::Future: Send + 'static,
    {
        let io = TokioIo::new(Watched::http2(stream, self.activity.clone()));
        let mut connection = Box::pin(http2().serve_connection(io, service));
        self.drive(connection.as_mut(), std::future::pending())
            .await;
    }

    /// Whether it is to be paused; else it has ended.
    async fn drive<C>(
        &mut self,
        mut connection: Pin<&mut C>,
        pause: impl Future<Output = ()>,
    ) -> bool
    where
        C: GracefulConnection<Error = hyper::Error>,
    {
        let least = Least {
            bytes: self.config.slow_reader_bytes.max(1),
            every: Duration::from_secs(self.config.slow_reader_seconds),
        };
        let idle = Duration::from_secs(self.config.idle_seconds);
        let mut stalled = pin!(self.answers.stalled(least));
        let mut pause = pin!(pause);
        loop {
            tokio::select! {
                // The connection first: made again, it must have read what it answers before it may drain.
                biased;
                result = connection.as_mut() => {
                    if let Err(error) = result {
                        tracing::debug!(error = %error, "connection ended early");
                    }
                    return false;
                }
                () = self.must_drain.as_mut(), if !self.is_draining => {
                    self.is_draining = true;
                    connection.as_mut().graceful_shutdown();
                }
                () = self.activity.quiet_for(idle) => return false,
                () = stalled.as_mut() => {
                    metrics::counter!("restante_slow_readers_total").increment(1);
                    tracing::debug!("connection closed: its reader does not take what it asked for");
                    return false;
                }
                () = pause.as_mut() => return true,
            }
        }
    }

    /// The answer to the request that waits; none when the connection ends before.
    async fn answer<S>(&mut self, stream: &mut Watched<S>, waiting: &Waiting) -> Option<Response>
    where
        S: AsyncRead + Unpin,
    {
        let idle = Duration::from_secs(self.config.idle_seconds);
        loop {
            tokio::select! {
                answer = waiting.answer() => return Some(answer),
                () = stream.closed() => return None,
                () = self.activity.quiet_for(idle) => return None,
                () = self.must_drain.as_mut(), if !self.is_draining => self.is_draining = true,
            }
        }
    }
}

fn http1(config: &ListenerConfig) -> http1::Builder {
    let mut builder = http1::Builder::new();
    builder
        .timer(TokioTimer::new())
        .header_read_timeout(Duration::from_secs(config.header_seconds))
        .max_buf_size(MAX_HEADER_BYTES as usize);
    builder
}

fn http2() -> http2::Builder<TokioExecutor> {
    let mut builder = http2::Builder::new(TokioExecutor::new());
    builder
        .timer(TokioTimer::new())
        .max_header_list_size(MAX_HEADER_BYTES)
        .max_concurrent_streams(MAX_HTTP2_STREAMS)
        .initial_connection_window_size(HTTP2_WINDOW)
        .initial_stream_window_size(HTTP2_WINDOW)
        .max_send_buf_size(HTTP2_SEND_BUFFER)
        .keep_alive_interval(HTTP2_PING)
        .keep_alive_timeout(HTTP2_PING);
    builder
}
