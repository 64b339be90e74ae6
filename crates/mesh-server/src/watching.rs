//! Requests as somebody sees them who is shown every one: the page of a sandbox. Where there is no such page, nothing of
//! this is on a request's way.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use axum::body::{Body, Bytes, to_bytes};
use axum::extract::{ConnectInfo, MatchedPath, Request, State};
use axum::http::request::Parts;
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use exchange::{Exchange, Refusal};
use futures_util::TryStreamExt;
use http::{HeaderMap, Method, StatusCode, Uri};
use https_listener::PeerCertificate;
use jiff::Timestamp;
use parking_lot::Mutex;
use tokio::time::Instant;

/// Bytes kept of a refused request's body.
pub const MOST_KEPT_OF_A_BODY: usize = 1024 * 1024;
/// Bytes of bodies that requests under way may have kept, together.
const MOST_UNDER_WAY: usize = 64 * 1024 * 1024;
/// Bytes of an answer that is shown. Refusals and the answer to a send are far shorter.
const MOST_OF_AN_ANSWER: usize = 64 * 1024;

/// Is shown every request of the MESH API with its answer, once the answer is known.
pub trait RequestWatcher: Send + Sync {
    /// Called on the request's own task: it must not block.
    fn answered(&self, request: WatchedRequest);
}

/// A request and what it was answered. Holds patient data and a token, and has no `Debug`.
pub struct WatchedRequest {
    /// When its headers had come.
    pub at: Timestamp,
    /// Its method.
    pub method: Method,
    /// Its address.
    pub uri: Uri,
    /// The mailbox whose route was asked for, as it is written in the address.
    pub mailbox: Option<String>,
    /// Its headers, the token too.
    pub headers: HeaderMap,
    /// Who asked, such as `127.0.0.1:52114`; empty when that is not known.
    pub peer: String,
    /// Whether a client certificate was shown.
    pub has_certificate: bool,
    /// The body's beginning, at most [`MOST_KEPT_OF_A_BODY`] bytes; only of a request that was refused.
    pub body: Vec<u8>,
    /// How many bytes of the body were read.
    pub body_bytes: u64,
    /// From the headers to the head of the answer.
    pub took: Duration,
    /// The answer's status.
    pub status: StatusCode,
    /// The answer's headers.
    pub answer_headers: HeaderMap,
    /// The answer's body, of a refusal and of an accepted send; empty otherwise.
    pub answer: Bytes,
    /// Why the caller was not taken for who they say they are, whatever they were told.
    pub refusal: Option<Refusal>,
}

/// Why a caller was turned away, among the extensions of the answer.
#[derive(Clone, Copy)]
pub(crate) struct TrueReason(pub(crate) Refusal);

/// Who watches, and how much requests under way have kept for it.
#[derive(Clone)]
pub(crate) struct Watching {
    exchange: Exchange,
    watcher: Arc<dyn RequestWatcher>,
    under_way: Arc<AtomicUsize>,
}

impl Watching {
    pub(crate) fn new(exchange: Exchange, watcher: Arc<dyn RequestWatcher>) -> Self {
        Self {
            exchange,
            watcher,
            under_way: Arc::default(),
        }
    }
}

/// Around everything, where somebody watches.
pub(crate) async fn watch(
    State(watching): State<Watching>,
    request: Request,
    next: Next,
) -> Response {
    let begun = Instant::now();
    let at = watching.exchange.now();
    let (head, body) = request.into_parts();
    let seen = Watched::of(&head);
    let (kept, body) = Kept::of(body, &watching.under_way);
    let response = next.run(Request::from_parts(head, body)).await;
    let took = begun.elapsed();
    let status = response.status();
    let refused = status.is_client_error() || status.is_server_error();
    let (answer_headers, answer, response) = if refused || status == StatusCode::ACCEPTED {
        read_answer(response).await
    } else {
        (response.headers().clone(), Bytes::new(), response)
    };
    let (body, body_bytes) = kept.take(refused);
    watching.watcher.answered(WatchedRequest {
        at,
        body,
        body_bytes,
        took,
        status,
        answer_headers,
        answer,
        refusal: response.extensions().get().map(|TrueReason(why)| *why),
        method: seen.method,
        mailbox: seen.mailbox,
        uri: seen.uri,
        headers: seen.headers,
        peer: seen.peer,
        has_certificate: seen.has_certificate,
    });
    response
}

struct Watched {
    mailbox: Option<String>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    peer: String,
    has_certificate: bool,
}

impl Watched {
    fn of(head: &Parts) -> Self {
        let peer = head.extensions.get::<ConnectInfo<SocketAddr>>();
        let certificate = head.extensions.get::<PeerCertificate>();
        Self {
            mailbox: mailbox(head),
            method: head.method.clone(),
            uri: head.uri.clone(),
            headers: head.headers.clone(),
            peer: peer.map_or_else(String::new, |peer| peer.0.to_string()),
            has_certificate: certificate.is_some(),
        }
    }
}

/// The mailbox in the address of one of its routes.
fn mailbox(head: &Parts) -> Option<String> {
    let route = head.extensions.get::<MatchedPath>()?.as_str();
    let is_mailboxes = route.starts_with("/messageexchange/{mailbox_id}");
    let part = head.uri.path().split('/').nth(2);
    part.filter(|_| is_mailboxes).map(str::to_owned)
}

async fn read_answer(response: Response) -> (HeaderMap, Bytes, Response) {
    let (head, body) = response.into_parts();
    match to_bytes(body, MOST_OF_AN_ANSWER).await {
        Ok(bytes) => {
            let response = Response::from_parts(head.clone(), Body::from(bytes.clone()));
            (head.headers, bytes, response)
        }
        // No answer of the API's own is so long.
        Err(_) => {
            let failed = StatusCode::INTERNAL_SERVER_ERROR.into_response();
            (head.headers, Bytes::new(), failed)
        }
    }
}

/// What has been read of a body, its beginning kept.
struct Kept {
    read: Arc<Mutex<Read>>,
}

struct Read {
    beginning: Vec<u8>,
    /// Nothing more is kept, so that what is kept has no gap.
    is_full: bool,
    bytes: u64,
    under_way: Arc<AtomicUsize>,
}

impl Kept {
    /// The body, which keeps its beginning here as it is read.
    fn of(body: Body, under_way: &Arc<AtomicUsize>) -> (Self, Body) {
        let read = Arc::new(Mutex::new(Read {
            beginning: Vec::new(),
            is_full: false,
            bytes: 0,
            under_way: Arc::clone(under_way),
        }));
        let keeps = Arc::clone(&read);
        let bytes = body.into_data_stream();
        let bytes = bytes.inspect_ok(move |bytes| keeps.lock().take(bytes));
        (Self { read }, Body::from_stream(bytes))
    }

    fn take(self, refused: bool) -> (Vec<u8>, u64) {
        let mut read = self.read.lock();
        let beginning = if refused {
            read.beginning.clone()
        } else {
            Vec::new()
        };
        read.is_full = true;
        read.forget();
        (beginning, read.bytes)
    }
}

impl Read {
    fn take(&mut self, bytes: &Bytes) {
        self.bytes += bytes.len() as u64;
        if self.is_full {
            return;
        }
        let room = MOST_KEPT_OF_A_BODY.saturating_sub(self.beginning.len());
        let part = bytes.get(..room.min(bytes.len())).unwrap_or_default();
        self.is_full = part.len() < bytes.len();
        let before = self.under_way.fetch_add(part.len(), Ordering::Relaxed);
        if before + part.len() > MOST_UNDER_WAY {
            self.is_full = true;
            self.under_way.fetch_sub(part.len(), Ordering::Relaxed);
            return;
        }
        self.beginning.extend_from_slice(part);
    }

    fn forget(&mut self) {
        let held = std::mem::take(&mut self.beginning).len();
        self.under_way.fetch_sub(held, Ordering::Relaxed);
    }
}

impl Drop for Read {
    fn drop(&mut self) {
        self.forget();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(under_way: usize) -> Read {
        Read {
            beginning: Vec::new(),
            is_full: false,
            bytes: 0,
            under_way: Arc::new(AtomicUsize::new(under_way)),
        }
    }

    #[test]
    fn what_is_kept_of_a_body_is_its_beginning_without_a_gap() {
        let mut read = read(MOST_UNDER_WAY - 4);
        read.take(&Bytes::from_static(b"abc"));
        read.take(&Bytes::from_static(b"def"));
        read.take(&Bytes::from_static(b"g"));
        assert_eq!((read.beginning.as_slice(), read.bytes), (&b"abc"[..], 7));
        let under_way = Arc::clone(&read.under_way);
        drop(read);
        assert_eq!(under_way.load(Ordering::Relaxed), MOST_UNDER_WAY - 4);
    }
}
