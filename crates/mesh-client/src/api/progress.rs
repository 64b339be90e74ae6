//! Whether a connection has taken a request up, and what moves of its body.
//!
//! The HTTP library hands a request to the task of its connection through a channel. When that connection ends in the
//! very moment, as one does whose certificate is refused, the request can stay in the channel: nobody sends it, and
//! nobody says so (hyper's issue 4122). Such a request is known by its body, which a connection asks about before it
//! writes the first byte.

use std::error::Error;
use std::pin::Pin;
use std::sync::{Arc, OnceLock};
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use hyper::body::{Body as HttpBody, Frame, SizeHint};
use reqwest::Body;
use tokio::sync::Notify;

/// How far a request got.
#[derive(Default)]
pub(super) struct Progress {
    fate: OnceLock<Fate>,
    moved: Notify,
}

/// What comes first is for good.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Fate {
    /// A connection sends it, or did.
    TakenUp,
    /// It is not to be sent any more.
    GivenUp,
}

impl Progress {
    /// Notes that it may be on its way. False when it was given up.
    pub fn take_up(&self) -> bool {
        *self.fate.get_or_init(|| Fate::TakenUp) == Fate::TakenUp
    }

    /// Keeps it from being sent. False when it may be on its way.
    pub fn give_up(&self) -> bool {
        *self.fate.get_or_init(|| Fate::GivenUp) == Fate::GivenUp
    }

    pub fn is_taken_up(&self) -> bool {
        self.is(Fate::TakenUp)
    }

    fn is(&self, fate: Fate) -> bool {
        self.fate.get() == Some(&fate)
    }

    /// Waits until a part of its body was taken.
    pub async fn moved(&self) {
        self.moved.notified().await;
    }
}

/// A request's body, which notes how far the request got.
pub(super) struct Watched {
    body: Body,
    progress: Arc<Progress>,
}

impl Watched {
    pub fn new(body: Body, progress: Arc<Progress>) -> Self {
        Self { body, progress }
    }
}

impl HttpBody for Watched {
    type Data = Bytes;
    type Error = Box<dyn Error + Send + Sync>;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Self::Error>>> {
        if !self.progress.take_up() {
            return Poll::Ready(Some(Err("the request was given up".into())));
        }
        let frame = ready!(Pin::new(&mut self.body).poll_frame(context));
        self.progress.moved.notify_one();
        Poll::Ready(frame.map(|frame| frame.map_err(Into::into)))
    }

    /// One that was given up is never at its end: with no body to ask for, a request goes out whole.
    fn is_end_stream(&self) -> bool {
        self.progress.take_up() && self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        match self.progress.is(Fate::GivenUp) {
            // none of them comes
            true => SizeHint::with_exact(1),
            false => self.body.size_hint(),
        }
    }
}
