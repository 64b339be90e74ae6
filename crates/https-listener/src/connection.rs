//! One accepted connection, from its TLS handshake to its end.

use std::net::SocketAddr;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::ConnectInfo;
use axum::response::{IntoResponse, Response};
use http::header::TRANSFER_ENCODING;
use http::{HeaderMap, Request, StatusCode};
use hyper::body::Incoming;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::sync::watch;
use tokio_rustls::server::TlsStream;
use tokio_util::sync::CancellationToken;
use tower::ServiceExt;

use crate::ListenerConfig;
use crate::admission::{Admission, Admitted};
use crate::answer::Answers;
use crate::idle::Activity;
use crate::peer::{CallerAddress, PeerCertificate};
use crate::serving::{MAX_HEADER_BYTES, Serving};
use crate::tls::TlsSettings;
use crate::waiting::{MayWait, Waiting};

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
    let (answers, waiting) = (Answers::default(), Waiting::default());
    let service = hyper::service::service_fn(|request: Request<Incoming>| {
        let request = peer.introduce(request, config);
        let (router, answers, waiting) =
            (listener.router.clone(), answers.clone(), waiting.clone());
        async move {
            if let Some(answer) = waiting.take_answer() {
                return Ok(answer);
            }
            let may_wait = MayWait::of(&request);
            let answering = answer(router, request, answers);
            Ok(match may_wait {
                None => answering.await,
                Some(may_wait) => waiting.begin(may_wait, Box::pin(answering)).await,
            })
        }
    });
    let must_drain = pin!(drain_signal(ends, replaced));
    let serving = Serving {
        activity: Activity::begin(),
        answers: answers.clone(),
        must_drain,
        is_draining: false,
        config,
    };
    // Each is as large as it has to be: HTTP/1.1 is what thousands wait with.
    match protocol {
        Protocol::Http1 => Box::pin(serving.http1(stream, service, &waiting)).await,
        Protocol::Http2 => Box::pin(serving.http2(stream, service)).await,
    }
}

async fn answer(router: Router, request: Request<Body>, answers: Answers) -> Response {
    if !codings_are_undone(request.headers()) {
        return StatusCode::NOT_IMPLEMENTED.into_response();
    }
    let Ok(answer) = router.oneshot(request).await;
    answers.watch(answer)
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

#[cfg(test)]
mod tests;
