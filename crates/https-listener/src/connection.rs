//! One accepted connection, from its TLS handshake to its end.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::ConnectInfo;
use axum::response::IntoResponse;
use http::header::TRANSFER_ENCODING;
use http::{HeaderMap, Request, StatusCode};
use hyper::body::Incoming;
use hyper::server::conn::{http1, http2};
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulConnection;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::sync::watch;
use tokio_rustls::server::TlsStream;
use tokio_util::sync::CancellationToken;
use tower::ServiceExt;

use crate::ListenerConfig;
use crate::admission::{Admission, Admitted};
use crate::answer::{Answers, Least};
use crate::idle::{Activity, Watched};
use crate::peer::{CallerAddress, PeerCertificate};
use crate::tls::TlsSettings;

/// Room for the longest legal set of headers (about 5 KB) many times over.
const MAX_HEADER_BYTES: u32 = 64 * 1024;
const MAX_HTTP2_STREAMS: u32 = 16;
const HTTP2_PING: Duration = Duration::from_secs(20);
/// Bytes of requests that wait in an HTTP/2 connection for who takes them in: half a megabyte on a line of 20
/// milliseconds are 200 megabits a second.
const HTTP2_WINDOW: u32 = 512 * 1024;
/// Bytes of an answer that wait in a stream of HTTP/2 for its reader.
const HTTP2_SEND_BUFFER: usize = 128 * 1024;
/// Bytes that wait in the kernel before the first is on the line: with more, a slow reader would not be
/// seen to read for minutes, and a still one would take megabytes of the kernel's memory.
const UNSENT: u32 = 128 * 1024;

/// When a connection has to end.
pub(crate) struct Ends {
    /// Finish the requests under way, then close.
    pub(crate) drain: CancellationToken,
    /// Close at once.
    pub(crate) abort: CancellationToken,
}

/// What all connections of a listener share.
pub(crate) struct Listener {
    pub(crate) tls: Option<Arc<TlsSettings>>,
    pub(crate) router: Router,
    pub(crate) config: Arc<ListenerConfig>,
    pub(crate) admission: Arc<Admission>,
}

/// Serves one accepted connection to its end.
pub(crate) async fn serve(
    stream: TcpStream,
    from: SocketAddr,
    admitted: Admitted,
    listener: Listener,
    ends: Ends,
) {
    let _ = stream.set_nodelay(true);
    keep_little_unsent(&stream);
    let abort = ends.abort.clone();
    let served = async {
        match listener.tls.clone() {
            None => {
                let peer = Peer {
                    address: from,
                    certificate: None,
                };
                serve_http(stream, Protocol::Http1, peer, None, &listener, &ends).await;
            }
            Some(settings) => serve_tls(stream, from, &admitted, settings, &listener, &ends).await,
        }
    };
    tokio::select! {
        () = served => {}
        () = abort.cancelled() => {}
    }
}

/// As far as the system can.
fn keep_little_unsent(stream: &TcpStream) {
    #[cfg(any(target_os = "linux", target_os = "android"))]
    let _ = socket2::SockRef::from(stream).set_tcp_notsent_lowat(UNSENT);
    #[cfg(not(any(target_os = "linux", target_os = "android")))]
    let _ = (stream, UNSENT);
}

/// Who is at the other end.
#[derive(Clone)]
struct Peer {
    address: SocketAddr,
    certificate: Option<PeerCertificate>,
}

impl Peer {
    /// Writes into a request who sent it.
    fn introduce(&self, request: Request<Incoming>, config: &ListenerConfig) -> Request<Body> {
        let mut request = request.map(Body::new);
        let trusted = &config.trusted_proxies;
        let address = CallerAddress::of(self.address, request.headers(), trusted);
        request.extensions_mut().insert(address);
        request.extensions_mut().insert(ConnectInfo(self.address));
        if let Some(certificate) = &self.certificate {
            request.extensions_mut().insert(certificate.clone());
        }
        request
    }
}

/// Whether the body is as its sender meant it once `chunked` is undone. With another transfer coding
/// beneath, what arrives would be taken for the message: RFC 9112 §6.1 has 501 for that.
fn codings_are_undone(headers: &HeaderMap) -> bool {
    headers.get_all(TRANSFER_ENCODING).iter().all(|value| {
        value
            .as_bytes()
            .trim_ascii()
            .eq_ignore_ascii_case(b"chunked")
    })
}

#[derive(Clone, Copy)]
enum Protocol {
    Http1,
    Http2,
}

async fn serve_tls(
    stream: TcpStream,
    address: SocketAddr,
    admitted: &Admitted,
    settings: Arc<TlsSettings>,
    listener: &Listener,
    ends: &Ends,
) {
    // A connection lives for hours, its handshake for a moment: what that needs is given back.
    let secured = Box::pin(shake_hands(stream, admitted, settings, listener, ends));
    let Some(Secured { stream, replaced }) = secured.await else {
        return;
    };
    let (_, session) = stream.get_ref();
    let certificate = session
        .peer_certificates()
        .and_then(|chain| chain.first())
        .and_then(|certificate| PeerCertificate::from_der(certificate));
    let place = match &certificate {
        None => None,
        Some(certificate) => {
            let of_certificate = listener.admission.certificate(&certificate.serial, address);
            match of_certificate {
                None => return,
                place => place,
            }
        }
    };
    let protocol = match session.alpn_protocol() {
        Some(b"h2") => Protocol::Http2,
        _ => Protocol::Http1,
    };
    let peer = Peer {
        address,
        certificate,
    };
    serve_http(stream, protocol, peer, Some(replaced), listener, ends).await;
    drop(place);
}

/// A connection after its handshake.
struct Secured {
    stream: Box<TlsStream<TcpStream>>,
    /// Told when the certificates are others.
    replaced: watch::Receiver<u64>,
}

async fn shake_hands(
    stream: TcpStream,
    admitted: &Admitted,
    settings: Arc<TlsSettings>,
    listener: &Listener,
    ends: &Ends,
) -> Option<Secured> {
    let admission = &listener.admission;
    let acceptor = tokio::task::spawn_blocking(move || settings.acceptor());
    let (acceptor, replaced) = acceptor.await.ok()?;
    let handshake = Duration::from_secs(listener.config.handshake_seconds);
    let accepted = tokio::select! {
        accepted = tokio::time::timeout(handshake, acceptor.accept(stream).into_fallible()) => accepted,
        () = ends.drain.cancelled() => return None,
    };
    match accepted {
        Ok(Ok(stream)) => Some(Secured {
            stream: Box::new(stream),
            replaced,
        }),
        Ok(Err((error, stream))) => {
            admission.handshake_failed(admitted);
            tracing::debug!(%error, "TLS handshake refused");
            let _ = tokio::time::timeout(handshake, take_leave(stream)).await;
            None
        }
        Err(_) => {
            admission.handshake_failed(admitted);
            tracing::debug!("TLS handshake timed out");
            None
        }
    }
}

/// Reads on until the client closes too, or has sent more than a request's headers. A connection closed
/// over unread bytes is reset, and the alert that says why would be lost with it.
async fn take_leave(mut stream: TcpStream) {
    let _ = stream.shutdown().await;
    let _ = tokio::io::copy(
        &mut stream.take(u64::from(MAX_HEADER_BYTES)),
        &mut tokio::io::sink(),
    )
    .await;
}

async fn serve_http<S: AsyncRead + AsyncWrite + Unpin + Send + 'static>(
    stream: S,
    protocol: Protocol,
    peer: Peer,
    replaced: Option<watch::Receiver<u64>>,
    listener: &Listener,
    ends: &Ends,
) {
    let config = &listener.config;
    let answers = Answers::default();
    let service = hyper::service::service_fn(|request: Request<Incoming>| {
        let request = peer.introduce(request, config);
        let (router, answers) = (listener.router.clone(), answers.clone());
        async move {
            if codings_are_undone(request.headers()) {
                let answer = router.oneshot(request).await;
                answer.map(|answer| answers.watch(answer))
            } else {
                Ok(StatusCode::NOT_IMPLEMENTED.into_response())
            }
        }
    });
    let activity = Activity::begin();
    let until = Until {
        activity: activity.clone(),
        answers: answers.clone(),
        must_drain: drain_signal(ends, replaced),
        config,
    };
    // Each is as large as it has to be: HTTP/1.1 is what thousands wait with.
    match protocol {
        Protocol::Http1 => {
            let io = TokioIo::new(Watched::new(stream, activity));
            Box::pin(until.drive(http1(config).serve_connection(io, service))).await;
        }
        Protocol::Http2 => {
            let io = TokioIo::new(Watched::http2(stream, activity));
            Box::pin(until.drive(http2().serve_connection(io, service))).await;
        }
    }
}

/// What ends a connection.
struct Until<'a, D> {
    activity: Activity,
    answers: Answers,
    must_drain: D,
    config: &'a ListenerConfig,
}

impl<D: Future<Output = ()>> Until<'_, D> {
    async fn drive<C>(self, connection: C)
    where
        C: GracefulConnection<Error = hyper::Error>,
    {
        let least = Least {
            bytes: self.config.slow_reader_bytes.max(1),
            every: Duration::from_secs(self.config.slow_reader_seconds),
        };
        let idle = Duration::from_secs(self.config.idle_seconds);
        let (must_drain, stalled) = (self.must_drain, self.answers.stalled(least));
        tokio::pin!(connection, must_drain, stalled);
        let mut draining = false;
        loop {
            tokio::select! {
                result = connection.as_mut() => {
                    if let Err(error) = result {
                        tracing::debug!(error = %error, "connection ended early");
                    }
                    return;
                }
                () = must_drain.as_mut(), if !draining => {
                    draining = true;
                    connection.as_mut().graceful_shutdown();
                }
                () = self.activity.quiet_for(idle) => return,
                () = stalled.as_mut() => {
                    metrics::counter!("restante_slow_readers_total").increment(1);
                    tracing::debug!("connection closed: its reader does not take what it asked for");
                    return;
                }
            }
        }
    }
}

async fn drain_signal(ends: &Ends, replaced: Option<watch::Receiver<u64>>) {
    let settings_replaced = async {
        if let Some(mut replaced) = replaced
            && replaced.changed().await.is_ok()
        {
            return;
        }
        std::future::pending().await
    };
    tokio::select! {
        () = ends.drain.cancelled() => {}
        () = settings_replaced => {}
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
