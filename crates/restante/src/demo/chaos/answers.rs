//! Faults in the answers of the demo's MESH server: 503 to everything, and a letter that the exchange takes twice, as from
//! a client that got no answer and sent again without asking first.

use std::sync::Arc;

use axum::Router;
use axum::body::{Body, Bytes, to_bytes};
use axum::extract::{Request, State};
use axum::http::header::{AUTHORIZATION, RETRY_AFTER};
use axum::http::request::Parts;
use axum::http::{HeaderValue, Method, StatusCode};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use futures_util::{StreamExt, stream};
use mesh::AuthorizationToken;
use nhs::{Clock, MailboxId, Randomness, uuid_v4};
use sandbox_pages::live_loop::Fault;
use secrecy::SecretString;

use super::Chaos;

/// The longest letter that is sent twice, and the most that is read of a body before it is answered 503, in bytes.
const LONGEST: usize = 8 * 1024 * 1024;

/// What signs for the demo's mailboxes: a token is good for one request, so a second one needs its own.
pub struct Sender {
    pub passwords: Vec<(MailboxId, SecretString)>,
    pub shared_key: SecretString,
    pub clock: Arc<dyn Clock>,
    pub randomness: Arc<dyn Randomness>,
}

#[derive(Clone)]
struct Faulty {
    chaos: Chaos,
    sender: Arc<Sender>,
}

/// The MESH API with the faults that are on.
pub fn with_faults(api: Router, chaos: Chaos, sender: Sender) -> Router {
    let sender = Arc::new(sender);
    api.layer(from_fn_with_state(Faulty { chaos, sender }, answer))
}

async fn answer(State(faulty): State<Faulty>, request: Request, next: Next) -> Response {
    let chaos = &faulty.chaos;
    if chaos.is_on(Fault::ServerBusy) {
        chaos.note_effect(Fault::ServerBusy);
        // who is still writing would not see the answer
        _ = to_bytes(request.into_body(), LONGEST).await;
        let again = [(RETRY_AFTER, "1")];
        return (StatusCode::SERVICE_UNAVAILABLE, again).into_response();
    }
    if chaos.is_on(Fault::DeliveredTwice)
        && let Some(mailbox) = faulty.sends_a_letter(&request)
    {
        return faulty.send_twice(&mailbox, request, next).await;
    }
    next.run(request).await
}

impl Faulty {
    /// The mailbox that sends a whole letter by this request; answers to letters are left alone.
    fn sends_a_letter(&self, request: &Request) -> Option<MailboxId> {
        let header = |name: &str| request.headers().get(name)?.to_str().ok();
        let mut path = request.uri().path().trim_matches('/').split('/');
        let (_, mailbox, outbox) = (path.next()?, path.next()?, path.next()?);
        let is_answer = header("mex-workflowid")?.ends_with("_ACK");
        let is_chunk = header("mex-chunk-range").is_some_and(|range| range != "1:1");
        let is_letter = request.method() == Method::POST
            && outbox == "outbox"
            && path.next().is_none()
            && !is_answer
            && !is_chunk;
        is_letter.then(|| MailboxId::parse(mailbox).ok()).flatten()
    }

    async fn send_twice(&self, mailbox: &MailboxId, request: Request, next: Next) -> Response {
        let (parts, body) = request.into_parts();
        let body = match whole(body).await {
            Ok(body) => body,
            Err(longer) => return next.run(Request::from_parts(parts, longer)).await,
        };
        let again = self.signed_again(mailbox, &parts, &body);
        let first = Request::from_parts(parts, Body::from(body));
        let answer = next.clone().run(first).await;
        if answer.status() == StatusCode::ACCEPTED
            && let Some(again) = again
        {
            let second = next.run(again).await;
            if second.status() == StatusCode::ACCEPTED {
                self.chaos.note_effect(Fault::DeliveredTwice);
            }
        }
        answer
    }

    /// The same request with a token of its own.
    fn signed_again(&self, mailbox: &MailboxId, parts: &Parts, body: &Bytes) -> Option<Request> {
        let sender = &self.sender;
        let mut known = sender.passwords.iter();
        let (_, password) = known.find(|(id, _)| id == mailbox)?;
        let nonce = uuid_v4(sender.randomness.as_ref()).to_string();
        let now = sender.clock.now();
        let token = AuthorizationToken::sign(mailbox, password, &sender.shared_key, &nonce, 1, now);
        let mut parts = parts.clone();
        let token = HeaderValue::from_str(&token).ok()?;
        parts.headers.insert(AUTHORIZATION, token);
        Some(Request::from_parts(parts, Body::from(body.clone())))
    }
}

/// A body of at most [`LONGEST`] bytes; a longer one, or one that breaks, comes back as it is.
async fn whole(body: Body) -> Result<Bytes, Body> {
    let mut pieces = body.into_data_stream();
    let mut read = Vec::new();
    while let Some(piece) = pieces.next().await {
        match piece {
            Ok(piece) if read.len() + piece.len() <= LONGEST => read.extend_from_slice(&piece),
            other => {
                let before = stream::iter([Ok(Bytes::from(read)), other]);
                return Err(Body::from_stream(before.chain(pieces)));
            }
        }
    }
    Ok(read.into())
}
