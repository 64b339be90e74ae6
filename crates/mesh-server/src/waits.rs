//! Requests that wait for mail: who may, for how long, and what their answers say of it.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use axum::response::{IntoResponse, Response};
use http::{HeaderMap, HeaderValue, StatusCode};
use mesh::prefer::{self, PREFERENCE_APPLIED};
use nhs::MailboxId;
use parking_lot::Mutex;
use tokio::time::Instant;

use crate::error::Failure;
use crate::options::Options;

/// Among the extensions of an answer: how much of the time it took was a wait that its caller asked for.
#[derive(Clone, Copy)]
pub(crate) struct Waited(pub(crate) Duration);

/// The places of requests that wait.
pub(crate) struct Waits {
    longest_seconds: u32,
    most: usize,
    most_of_mailbox: usize,
    taken: Mutex<Taken>,
}

#[derive(Default)]
struct Taken {
    all: usize,
    of: HashMap<MailboxId, usize>,
}

/// A request may wait.
pub(crate) struct Wait {
    seconds: u32,
    begun: Instant,
    /// None for who only asks whether the server waits.
    _place: Option<Place>,
}

/// A place among those that wait, free again when this is dropped.
struct Place {
    of: Arc<Waits>,
    mailbox: MailboxId,
}

impl Waits {
    pub(crate) fn new(options: &Options) -> Self {
        Self {
            longest_seconds: options.wait_seconds,
            most: options.waiting_requests,
            most_of_mailbox: options.waiting_requests_per_mailbox,
            taken: Mutex::default(),
        }
    }

    /// A wait for who prefers one, as long as there are places.
    pub(crate) fn wanted(self: &Arc<Self>, headers: &HeaderMap, by: &MailboxId) -> Option<Wait> {
        let seconds = prefer::preferred_wait(headers)?.min(self.longest_seconds);
        if self.longest_seconds == 0 {
            return None;
        }
        let mut taken = self.taken.lock();
        let of_mailbox = taken.of.get(by).copied().unwrap_or_default();
        if taken.all >= self.most || of_mailbox >= self.most_of_mailbox {
            drop(taken);
            metrics::counter!("restante_waits_refused_total").increment(1);
            return None;
        }
        let place = (seconds > 0).then(|| {
            taken.all += 1;
            taken.of.insert(by.clone(), of_mailbox + 1);
            count(taken.all);
            Place {
                of: Arc::clone(self),
                mailbox: by.clone(),
            }
        });
        drop(taken);
        Some(Wait {
            seconds,
            begun: Instant::now(),
            _place: place,
        })
    }
}

impl Wait {
    /// The longest it may take; nothing for who only asks whether the server waits.
    pub(crate) fn longest(&self) -> Duration {
        Duration::from_secs(self.seconds.into())
    }

    fn applied(self, mut response: Response) -> Response {
        if let Ok(applied) = HeaderValue::from_str(&prefer::wait(self.seconds)) {
            response.headers_mut().insert(PREFERENCE_APPLIED, applied);
        }
        self.took(response)
    }

    fn took(self, mut response: Response) -> Response {
        let waited = Waited(self.begun.elapsed());
        response.extensions_mut().insert(waited);
        response
    }
}

/// The answer, which says how long it was prepared to wait, if it was. Of the failures only the refusal of a
/// mailbox that is no longer in use ends a wait; the time of the others is the server's own.
pub(crate) fn told(wait: Option<Wait>, answer: Result<Response, Failure>) -> Response {
    let refused = answer.is_err();
    let answer = answer.into_response();
    match wait {
        Some(wait) if !refused => wait.applied(answer),
        Some(wait) if answer.status() == StatusCode::FORBIDDEN => wait.took(answer),
        _ => answer,
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut taken = self.of.taken.lock();
        taken.all -= 1;
        if let Some(of_mailbox) = taken.of.get_mut(&self.mailbox) {
            *of_mailbox -= 1;
            if *of_mailbox == 0 {
                taken.of.remove(&self.mailbox);
            }
        }
        count(taken.all);
    }
}

fn count(all: usize) {
    metrics::gauge!("restante_waiting_requests").set(all as f64);
}

#[cfg(test)]
mod tests {
    use mesh::{ApiVersion, status};

    use super::*;
    use crate::error::rendered;

    const BEFORE: Duration = Duration::from_secs(40);

    fn told_after_a_wait(answer: Result<Response, Failure>) -> Response {
        let wait = Wait {
            seconds: 50,
            begun: Instant::now().checked_sub(BEFORE).unwrap(),
            _place: None,
        };
        rendered(told(Some(wait), answer), ApiVersion::V2)
    }

    fn waited(answer: &Response) -> Option<Duration> {
        answer.extensions().get::<Waited>().map(|waited| waited.0)
    }

    #[test]
    fn the_wait_is_known_of_an_answer_and_of_the_refusal_that_ends_it() {
        let answer = told_after_a_wait(Ok(Response::default()));
        assert_eq!(answer.headers()[PREFERENCE_APPLIED], "wait=50");
        assert!(waited(&answer) >= Some(BEFORE));
        let refused = Failure::fault(StatusCode::FORBIDDEN, &status::LOGIN_REFUSED);
        let answer = told_after_a_wait(Err(refused));
        assert_eq!(answer.status(), StatusCode::FORBIDDEN);
        assert!(waited(&answer) >= Some(BEFORE));
        assert!(!answer.headers().contains_key(PREFERENCE_APPLIED));
    }

    #[test]
    fn the_time_of_a_failure_of_the_server_is_its_own() {
        let failed = Failure::Undetailed(StatusCode::INTERNAL_SERVER_ERROR);
        assert_eq!(waited(&told_after_a_wait(Err(failed))), None);
    }
}
