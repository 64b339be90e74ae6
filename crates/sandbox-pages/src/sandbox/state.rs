//! What every page and route of the sandbox works with, and why one cannot be shown.

use std::sync::Arc;

use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use exchange::{ErrorKind, Exchange, ExchangeError};
use nhs::Randomness;
use pages::{OpenSite, Problem};
use tokio::sync::Semaphore;

use super::fault::Faults;
use super::recorder::Recorder;

/// Messages that are looked into at once: each takes a processor, and memory many times its size.
const LOOKS: usize = 2;
/// Programs that wait for a message at once.
const WAITERS: usize = 64;

/// How somebody reaches the MESH API of the sandbox, for the page to say.
pub struct Connection {
    /// `http://127.0.0.1:8700`.
    pub mesh_url: String,
    /// What every mailbox's password is.
    pub password: String,
    /// Who may look, in a few words: `no sign-in, this machine only`.
    pub who: &'static str,
}

/// The sandbox as its pages know it. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Sandbox {
    inner: Arc<Inner>,
}

struct Inner {
    exchange: Exchange,
    recorder: Recorder,
    faults: Faults,
    connection: Connection,
    site: OpenSite,
    randomness: Arc<dyn Randomness>,
    looks: Semaphore,
    waiters: Arc<Semaphore>,
}

impl Sandbox {
    pub(crate) fn new(
        exchange: Exchange,
        recorder: Recorder,
        faults: Faults,
        connection: Connection,
        site: OpenSite,
        randomness: Arc<dyn Randomness>,
    ) -> Self {
        Self {
            inner: Arc::new(Inner {
                exchange,
                recorder,
                faults,
                connection,
                site,
                randomness,
                looks: Semaphore::new(LOOKS),
                waiters: Arc::new(Semaphore::new(WAITERS)),
            }),
        }
    }

    pub(crate) fn exchange(&self) -> &Exchange {
        &self.inner.exchange
    }

    pub(crate) fn recorder(&self) -> &Recorder {
        &self.inner.recorder
    }

    pub(crate) fn faults(&self) -> &Faults {
        &self.inner.faults
    }

    pub(crate) fn connection(&self) -> &Connection {
        &self.inner.connection
    }

    pub(crate) fn site(&self) -> &OpenSite {
        &self.inner.site
    }

    pub(crate) fn randomness(&self) -> &dyn Randomness {
        self.inner.randomness.as_ref()
    }

    pub(crate) fn looks(&self) -> &Semaphore {
        &self.inner.looks
    }

    pub(crate) fn waiters(&self) -> &Arc<Semaphore> {
        &self.inner.waiters
    }
}

/// Why the sandbox's page cannot do something.
#[derive(Debug, thiserror::Error)]
pub enum SandboxError {
    /// There is no such message or request (any more).
    #[error(
        "there is no such thing here; it may have been deleted, or be older than the latest 500"
    )]
    NotFound,
    /// The exchange refused.
    #[error(transparent)]
    Exchange(#[from] ExchangeError),
    /// What was asked for is not as it should be; the words say what was expected.
    #[error("{0}")]
    Invalid(String),
    /// The gzip cannot be expanded.
    #[error(
        "the message's gzip is damaged and cannot be expanded; it can be downloaded as it is stored"
    )]
    Gzip,
    /// Too many programs wait for messages.
    #[error("64 programs wait for messages already; ask again when one has ended")]
    Busy,
    /// Work on another thread ended abnormally.
    #[error("the work ended abnormally; it is safe to ask again")]
    Stopped,
}

impl From<SandboxError> for Problem {
    fn from(error: SandboxError) -> Self {
        let words = error.to_string();
        let (status, title) = match &error {
            SandboxError::NotFound => (StatusCode::NOT_FOUND, "Not found"),
            SandboxError::Invalid(_) => (StatusCode::UNPROCESSABLE_ENTITY, "Not as it should be"),
            SandboxError::Gzip => (StatusCode::UNPROCESSABLE_ENTITY, "It cannot be looked into"),
            SandboxError::Busy => (StatusCode::TOO_MANY_REQUESTS, "Too many wait"),
            SandboxError::Stopped => return Self::internal(),
            SandboxError::Exchange(error) => match error.kind() {
                ErrorKind::NotFound | ErrorKind::Gone => (StatusCode::NOT_FOUND, "Not found"),
                ErrorKind::Internal => {
                    tracing::error!(%error, "the sandbox's page could not be shown");
                    return Self::internal();
                }
                ErrorKind::Unavailable | ErrorKind::Uncertain => {
                    (StatusCode::SERVICE_UNAVAILABLE, "Not now")
                }
                _ => (StatusCode::UNPROCESSABLE_ENTITY, "The exchange refused it"),
            },
        };
        Self::new(status, title, words)
    }
}

impl IntoResponse for SandboxError {
    fn into_response(self) -> Response {
        Problem::from(self).into_response()
    }
}
