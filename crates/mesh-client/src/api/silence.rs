//! Giving up on a server that stays silent: for so long it took nothing of a request's body and gave
//! nothing of an answer. The HTTP library's own timeout runs while a body is being sent, so that a
//! large one would never get through a slow line.

use std::sync::Arc;
use std::time::Duration;

use http_body_util::BodyExt;
use reqwest::{Body, Client, Request, Response};
use tokio::sync::Notify;
use tokio::time::{sleep, timeout};

use crate::ClientError;

/// How long a server may stay silent.
#[derive(Debug, Clone, Copy)]
pub(super) struct Silence(pub Duration);

impl Silence {
    /// Sends a request; the answer's body is to be read under the same limit, see [`Silence::of`].
    pub async fn send(self, http: &Client, mut request: Request) -> Result<Response, ClientError> {
        let moved = Arc::new(Notify::new());
        if let Some(body) = request.body_mut().take() {
            let moved = moved.clone();
            let watched = body.map_frame(move |frame| {
                moved.notify_one();
                frame
            });
            *request.body_mut() = Some(Body::wrap(watched));
        }
        let answer = http.execute(request);
        tokio::pin!(answer);
        loop {
            tokio::select! {
                answer = &mut answer => {
                    let mut answer = answer.map_err(ClientError::from_transport)?;
                    answer.extensions_mut().insert(self);
                    return Ok(answer);
                }
                () = moved.notified() => {}
                () = sleep(self.0) => return Err(ClientError::Silent),
            }
        }
    }

    /// The same for an answer that may wait for so long.
    pub fn after(self, wait: Duration) -> Self {
        Self(self.0.saturating_add(wait))
    }

    /// The limit under which this answer was asked for.
    pub fn of(response: &Response) -> Self {
        let limit = response.extensions().get().copied();
        limit.unwrap_or(Self(Duration::from_secs(60)))
    }

    /// Waits for the next part of an answer.
    pub async fn wait<T>(self, part: impl Future<Output = T>) -> Result<T, ClientError> {
        let waited = timeout(self.0, part).await;
        waited.map_err(|_| ClientError::Silent)
    }
}
