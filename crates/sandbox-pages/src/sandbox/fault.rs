//! Faults of the MESH API on purpose: what a client must outlive, switched on for some requests and off again.

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::{Request, State};
use axum::http::header::RETRY_AFTER;
use axum::http::{HeaderValue, StatusCode};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use futures_util::stream;
use parking_lot::Mutex;
use serde::{Deserialize, Serialize};

/// The most requests that one fault is for.
pub(crate) const MOST_TIMES: u32 = 10_000;
/// The longest that an answer is held back, in milliseconds: beyond what clients wait.
pub(crate) const LONGEST_DELAY: u64 = 120_000;
/// Whose requests a fault is for: those below this path.
const MESH: &str = "/messageexchange/";

/// What goes wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Kind {
    /// 503 is answered, and nothing is done.
    Unavailable,
    /// 500 is answered, and nothing is done.
    ServerError,
    /// The request is done, and its answer held back.
    Slow,
    /// The request is done, and the connection cut before its answer is whole: the client cannot know.
    LostAnswer,
}

impl Kind {
    pub(crate) const ALL: [Self; 4] = [
        Self::Unavailable,
        Self::ServerError,
        Self::Slow,
        Self::LostAnswer,
    ];

    /// As forms and JSON name it.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Unavailable => "unavailable",
            Self::ServerError => "server-error",
            Self::Slow => "slow",
            Self::LostAnswer => "lost-answer",
        }
    }

    pub(crate) fn words(self) -> &'static str {
        match self {
            Self::Unavailable => "503, and nothing is done",
            Self::ServerError => "500, and nothing is done",
            Self::Slow => "The answer is held back",
            Self::LostAnswer => "Done, but the answer is cut off",
        }
    }

    pub(crate) fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.name() == name)
    }
}

/// A fault that is switched on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct Fault {
    pub(crate) fault: Kind,
    /// Requests it is still for.
    pub(crate) times: u32,
    /// Of this mailbox only.
    pub(crate) mailbox: Option<String>,
    /// How long a slow answer is held back.
    pub(crate) milliseconds: u64,
    /// Requests that met it.
    pub(crate) met: u32,
}

/// The fault that is on, if one is. Cheap to clone.
#[derive(Clone, Default)]
pub struct Faults {
    on: Arc<Mutex<Option<Fault>>>,
}

impl Faults {
    /// The MESH API with its faults. Its test-only routes and those outside `/messageexchange` have none.
    pub fn within(&self, api: Router) -> Router {
        api.layer(middleware::from_fn_with_state(self.clone(), meet))
    }

    pub(crate) fn on(&self) -> Option<Fault> {
        self.on.lock().clone()
    }

    pub(crate) fn switch(&self, fault: Option<Fault>) {
        *self.on.lock() = fault;
    }

    /// The fault that a request below `path` meets, counted.
    fn met_by(&self, path: &str) -> Option<Fault> {
        let mailbox = path.strip_prefix(MESH)?.split('/').next()?;
        if mailbox == "admin" {
            return None;
        }
        let mut on = self.on.lock();
        let fault = on.as_mut()?;
        let is_meant = |id: &String| id.eq_ignore_ascii_case(mailbox);
        if fault.times == 0 || !fault.mailbox.as_ref().is_none_or(is_meant) {
            return None;
        }
        fault.times -= 1;
        fault.met = fault.met.saturating_add(1);
        Some(fault.clone())
    }
}

async fn meet(State(faults): State<Faults>, request: Request, next: Next) -> Response {
    let Some(fault) = faults.met_by(request.uri().path()) else {
        return next.run(request).await;
    };
    match fault.fault {
        Kind::Unavailable => {
            let retry = [(RETRY_AFTER, HeaderValue::from_static("1"))];
            (StatusCode::SERVICE_UNAVAILABLE, retry).into_response()
        }
        Kind::ServerError => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
        Kind::Slow => {
            let answer = next.run(request).await;
            tokio::time::sleep(Duration::from_millis(fault.milliseconds)).await;
            answer
        }
        Kind::LostAnswer => cut(next.run(request).await),
    }
}

/// The answer's head, and a body that breaks off at once: whatever the answer is, it does not arrive whole.
fn cut(answer: Response) -> Response {
    let (mut head, _) = answer.into_parts();
    // an answer without a body would be whole without one
    head.status = StatusCode::OK;
    head.headers.remove(axum::http::header::CONTENT_LENGTH);
    let lost = std::io::Error::other("cut off on purpose");
    let body = stream::iter([Ok(Bytes::from_static(b"{")), Err(lost)]);
    Response::from_parts(head, Body::from_stream(body))
}
