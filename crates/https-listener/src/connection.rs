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
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;
use tower::ServiceExt;

use crate::ListenerConfig;
use crate::idle::{Activity, Watched};
use crate::peer::PeerCertificate;
use crate::tls::TlsSettings;

/// Room for the longest legal set of headers (about 5 KB) many times over.
const MAX_HEADER_BYTES: u32 = 64 * 1024;
const MAX_HTTP2_STREAMS: u32 = 16;
const HTTP2_PING: Duration = Duration::from_secs(20);

/// When a connection has to end.
pub(crate) struct Ends {
    /// Finish the requests under way, then close.
    pub(crate) drain: CancellationToken,
    /// Close at once.
    pub(crate) abort: CancellationToken,
}

/// Serves one accepted connection to its end.
pub(crate) async fn serve(
    stream: TcpStream,
    from: SocketAddr,
    tls: Option<Arc<TlsSettings>>,
    router: Router,
    config: Arc<ListenerConfig>,
    ends: Ends,
) {
    let _ = stream.set_nodelay(true);
    let abort = ends.abort.clone();
    let served = async {
        match tls {
            None => {
                let peer = Peer {
                    address: from,
                    certificate: None,
                };
                serve_http(stream, Protocol::Http1, peer, None, router, &config, &ends).await;
            }
            Some(settings) => serve_tls(stream, from, settings, router, &config, &ends).await,
        }
    };
    tokio::select! {
        () = served => {}
        () = abort.cancelled() => {}
    }
}

/// Who is at the other end.
#[derive(Clone)]
struct Peer {
    address: SocketAddr,
    certificate: Option<PeerCertificate>,
}

impl Peer {
    /// Writes into a request who sent it.
    fn introduce(&self, request: Request<Incoming>) -> Request<Body> {
        let mut request = request.map(Body::new);
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
    settings: Arc<TlsSettings>,
    router: Router,
    config: &ListenerConfig,
    ends: &Ends,
) {
    let Ok((acceptor, replaced)) = tokio::task::spawn_blocking(move || settings.acceptor()).await
    else {
        return;
    };
    let handshake = Duration::from_secs(config.handshake_seconds);
    let accepted = tokio::select! {
        accepted = tokio::time::timeout(handshake, acceptor.accept(stream).into_fallible()) => accepted,
        () = ends.drain.cancelled() => return,
    };
    let stream = match accepted {
        Ok(Ok(stream)) => stream,
        Ok(Err((error, stream))) => {
            metrics::counter!("restante_tls_handshakes_refused_total").increment(1);
            tracing::debug!(%error, "TLS handshake refused");
            let _ = tokio::time::timeout(handshake, take_leave(stream)).await;
            return;
        }
        Err(_) => {
            metrics::counter!("restante_tls_handshakes_refused_total").increment(1);
            tracing::debug!("TLS handshake timed out");
            return;
        }
    };
    let (_, session) = stream.get_ref();
    let certificate = session
        .peer_certificates()
        .and_then(|chain| chain.first())
        .and_then(|certificate| PeerCertificate::from_der(certificate));
    let protocol = match session.alpn_protocol() {
        Some(b"h2") => Protocol::Http2,
        _ => Protocol::Http1,
    };
    let peer = Peer {
        address,
        certificate,
    };
    serve_http(stream, protocol, peer, Some(replaced), router, config, ends).await;
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
    router: Router,
    config: &ListenerConfig,
    ends: &Ends,
) {
    let service = hyper::service::service_fn(move |request: Request<Incoming>| {
        let request = peer.introduce(request);
        let router = router.clone();
        async move {
            if codings_are_undone(request.headers()) {
                router.oneshot(request).await
            } else {
                Ok(StatusCode::NOT_IMPLEMENTED.into_response())
            }
        }
    });
    let activity = Activity::begin();
    let builder = http_builder(protocol, config);
    let io = TokioIo::new(match protocol {
        Protocol::Http1 => Watched::new(stream, activity.clone()),
        Protocol::Http2 => Watched::http2(stream, activity.clone()),
    });
    let connection = builder.serve_connection(io, service);
    tokio::pin!(connection);
    let must_drain = drain_signal(ends, replaced);
    tokio::pin!(must_drain);
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
            () = activity.quiet_for(Duration::from_secs(config.idle_seconds)) => return,
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

fn http_builder(protocol: Protocol, config: &ListenerConfig) -> auto::Builder<TokioExecutor> {
    let builder = auto::Builder::new(TokioExecutor::new());
    let mut builder = match protocol {
        Protocol::Http1 => builder.http1_only(),
        Protocol::Http2 => builder.http2_only(),
    };
    builder
        .http1()
        .timer(TokioTimer::new())
        .header_read_timeout(Duration::from_secs(config.header_seconds))
        .max_buf_size(MAX_HEADER_BYTES as usize);
    builder
        .http2()
        .timer(TokioTimer::new())
        .max_header_list_size(MAX_HEADER_BYTES)
        .max_concurrent_streams(MAX_HTTP2_STREAMS)
        .keep_alive_interval(HTTP2_PING)
        .keep_alive_timeout(HTTP2_PING);
    builder
}
