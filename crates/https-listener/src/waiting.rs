//! The request of an HTTP/1.1 connection that prefers to wait for its answer (`Prefer`, RFC 7240). The answer is awaited
//! beside the connection, so that the connection can be taken apart meanwhile and made again for the answer.

use std::future::poll_fn;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use axum::body::{Body, HttpBody};
use axum::response::Response;
use http::header::{CONNECTION, UPGRADE};
use http::{HeaderName, Method, Request, Version};
use parking_lot::Mutex;
use tokio::time::sleep;

use crate::idle::Activity;

const PREFER: HeaderName = HeaderName::from_static("prefer");
/// An answer that does not come within this may take long.
const SOON: Duration = Duration::from_millis(250);

/// What a connection made again reads in place of the request that waited, and answers: a request and its answer are one
/// message each, and of the request's HTTP/1.1 needs to know no more than this.
const AGAIN: &[u8] = b"GET / HTTP/1.1\r\n\r\n";
const AGAIN_THE_LAST: &[u8] = b"GET / HTTP/1.1\r\nconnection: close\r\n\r\n";

type Answering = Pin<Box<dyn Future<Output = Response> + Send>>;

/// The request of one connection that waits, if one does.
#[derive(Clone, Default)]
pub(crate) struct Waiting(Arc<Mutex<State>>);

#[derive(Default)]
struct State {
    under_way: Option<Answering>,
    /// Its sender wants no other answered on its connection.
    is_last: bool,
    answered: Option<Response>,
}

/// A request may wait: it has all been read, and it is answered as any other GET.
#[derive(Clone, Copy)]
pub(crate) struct MayWait {
    is_last: bool,
}

impl MayWait {
    pub(crate) fn of(request: &Request<Body>) -> Option<Self> {
        let headers = request.headers();
        let may_wait = request.version() == Version::HTTP_11
            && request.method() == Method::GET
            && headers.contains_key(PREFER)
            && !headers.contains_key(UPGRADE)
            && request.body().is_end_stream();
        let closes = |option: &[u8]| option.trim_ascii().eq_ignore_ascii_case(b"close");
        let mut options = headers.get_all(CONNECTION).iter();
        may_wait.then(|| Self {
            is_last: options.any(|value| value.as_bytes().split(|byte| *byte == b',').any(closes)),
        })
    }
}

impl Waiting {
    /// Awaits the answer. Dropping this leaves the request under way.
    pub(crate) async fn begin(&self, may_wait: MayWait, answering: Answering) -> Response {
        *self.0.lock() = State {
            under_way: Some(answering),
            is_last: may_wait.is_last,
            answered: None,
        };
        self.answer().await
    }

    /// The answer to the request under way.
    pub(crate) async fn answer(&self) -> Response {
        poll_fn(|cx| self.poll_answer(cx)).await
    }

    fn poll_answer(&self, cx: &mut Context<'_>) -> Poll<Response> {
        let mut state = self.0.lock();
        let Some(answering) = &mut state.under_way else {
            return Poll::Pending;
        };
        let answer = answering.as_mut().poll(cx);
        if answer.is_ready() {
            state.under_way = None;
        }
        answer
    }

    fn is_under_way(&self) -> bool {
        self.0.lock().under_way.is_some()
    }

    /// Returns when a request has been under way for a while, and nothing is left to write of the answers before it.
    /// It hears of a request by being polled after the connection.
    pub(crate) async fn is_long(&self, activity: &Activity) {
        loop {
            let begins = |_: &mut Context<'_>| match self.is_under_way() {
                true => Poll::Ready(()),
                false => Poll::Pending,
            };
            poll_fn(begins).await;
            sleep(SOON).await;
            if self.is_under_way() && activity.has_sent_all() {
                return;
            }
        }
    }

    /// Keeps the answer for the request that the connection is to read now: that is returned.
    pub(crate) fn answered(&self, answer: Response, is_last: bool) -> &'static [u8] {
        let mut state = self.0.lock();
        state.answered = Some(answer);
        match state.is_last || is_last {
            true => AGAIN_THE_LAST,
            false => AGAIN,
        }
    }

    /// The answer that is there already to the request just read.
    pub(crate) fn take_answer(&self) -> Option<Response> {
        self.0.lock().answered.take()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request(
        version: Version,
        method: Method,
        headers: &[(&str, &str)],
        body: &str,
    ) -> Request<Body> {
        let mut request = Request::builder().version(version).method(method);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        request.body(Body::from(body.to_owned())).unwrap()
    }

    fn is_last(headers: &[(&str, &str)]) -> Option<bool> {
        let request = request(Version::HTTP_11, Method::GET, headers, "");
        MayWait::of(&request).map(|may_wait| may_wait.is_last)
    }

    #[test]
    fn what_may_wait_is_a_get_without_a_body_that_prefers_to() {
        let prefers = ("prefer", "wait=50");
        assert_eq!(is_last(&[prefers]), Some(false));
        assert_eq!(is_last(&[]), None);
        assert_eq!(is_last(&[prefers, ("upgrade", "websocket")]), None);
        for (version, method, body) in [
            (Version::HTTP_10, Method::GET, ""),
            (Version::HTTP_2, Method::GET, ""),
            (Version::HTTP_11, Method::HEAD, ""),
            (Version::HTTP_11, Method::POST, ""),
            (Version::HTTP_11, Method::GET, "a body"),
        ] {
            let request = request(version, method, &[prefers], body);
            assert!(MayWait::of(&request).is_none(), "{request:?}");
        }
    }

    #[test]
    fn the_last_request_of_a_connection_says_so() {
        let prefers = ("prefer", "wait=50");
        for (connection, expected) in [
            ("close", true),
            ("TE , CLOSE", true),
            ("keep-alive", false),
            ("closed", false),
        ] {
            let headers = [prefers, ("connection", connection)];
            assert_eq!(is_last(&headers), Some(expected), "{connection}");
        }
    }
}
