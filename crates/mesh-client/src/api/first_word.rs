//! Hearing the server before the first request.
//!
//! In TLS 1.3 a server judges the client's certificate when the client already takes the handshake for
//! done. A request that is sent at once meets a closed socket, and the alert that says why is often lost
//! with it. Over HTTP/2 the server speaks first (RFC 9113 §3.4), so a new connection is given to nobody
//! until its first byte is there, or the alert: then nothing was sent, and the reason is known.

use std::future::poll_fn;
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;

use futures_util::future::BoxFuture;
use hyper::rt::{Read, ReadBuf};
use hyper_util::client::legacy::connect::Connection as Connected;
use tokio::time::timeout;
use tower::{Layer, Service};

/// Some servers speak only when spoken to: they are waited for once.
const PATIENCE: Duration = Duration::from_secs(2);

/// Puts [`Hearing`] around a connector.
#[derive(Clone, Default)]
pub(super) struct FirstWord {
    /// Whether the server stayed silent once.
    is_silent: Arc<AtomicBool>,
}

/// A connector whose connections have been spoken on by the server.
#[derive(Clone)]
pub(super) struct Hearing<S> {
    connector: S,
    is_silent: Arc<AtomicBool>,
}

impl<S> Layer<S> for FirstWord {
    type Service = Hearing<S>;

    fn layer(&self, connector: S) -> Hearing<S> {
        Hearing {
            connector,
            is_silent: self.is_silent.clone(),
        }
    }
}

impl<S, Address> Service<Address> for Hearing<S>
where
    S: Service<Address>,
    S::Future: Send + 'static,
    S::Response: Read + Connected + Unpin + Send + 'static,
    S::Error: From<io::Error>,
{
    type Response = S::Response;
    type Error = S::Error;
    type Future = BoxFuture<'static, Result<S::Response, S::Error>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.connector.poll_ready(context)
    }

    fn call(&mut self, address: Address) -> Self::Future {
        let connecting = self.connector.call(address);
        let is_silent = self.is_silent.clone();
        Box::pin(async move {
            let mut connection = connecting.await?;
            let speaks_first = connection.connected().is_negotiated_h2();
            if speaks_first && !is_silent.load(Ordering::Relaxed) {
                match timeout(PATIENCE, hear(&mut connection)).await {
                    Ok(heard) => heard?,
                    Err(_) => is_silent.store(true, Ordering::Relaxed),
                }
            }
            Ok(connection)
        })
    }
}

/// Waits until there is something to read, and leaves it there.
async fn hear(connection: &mut (impl Read + Unpin)) -> io::Result<()> {
    poll_fn(|context| {
        let mut room = [];
        let mut nothing = ReadBuf::new(&mut room);
        Pin::new(&mut *connection).poll_read(context, nothing.unfilled())
    })
    .await
}
