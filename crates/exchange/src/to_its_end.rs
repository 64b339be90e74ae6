//! Work that comes to its end though nobody waits for it any more.

use std::pin::Pin;
use std::task::{Context, Poll};

use tokio::runtime::Handle;

use crate::Exchange;

type Work<T> = Pin<Box<dyn Future<Output = T> + Send>>;

/// What was begun on a whole body: a request is dropped with its connection, and what becomes of the message must be known to
/// whoever asks about it. The work is done by whoever waits for it, so that no other task is woken; when that is dropped, by a
/// task of its own.
pub(crate) struct ToItsEnd<T: Send + 'static> {
    exchange: Exchange,
    /// `None` at its end, and while it runs: what panicked does not go on.
    work: Option<Work<T>>,
}

impl<T: Send + 'static> ToItsEnd<T> {
    /// Nothing happens until it is waited for.
    pub(crate) fn of(exchange: &Exchange, work: impl Future<Output = T> + Send + 'static) -> Self {
        Self {
            exchange: exchange.clone(),
            work: Some(Box::pin(work)),
        }
    }
}

impl<T: Send + 'static> Future for ToItsEnd<T> {
    type Output = T;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<T> {
        let Some(mut work) = self.work.take() else {
            return Poll::Pending;
        };
        let polled = work.as_mut().poll(cx);
        if polled.is_pending() {
            self.work = Some(work);
        }
        polled
    }
}

impl<T: Send + 'static> Drop for ToItsEnd<T> {
    fn drop(&mut self) {
        if let Some(work) = self.work.take()
            && let Ok(runtime) = Handle::try_current()
        {
            let work = Box::pin(async move { drop(work.await) });
            runtime.spawn(self.exchange.observer().carry(work));
        }
    }
}
