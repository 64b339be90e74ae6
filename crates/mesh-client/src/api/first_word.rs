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
use std::sync::atomic::Ordering;
use std::task::{Context, Poll};
use std::time::Duration;

use futures_util::future::BoxFuture;
use hyper::rt::{Read, ReadBuf};
use hyper_util::client::legacy::connect::Connection as Connected;
use tokio::time::timeout;
use tower::{Layer, Service};

use super::connecting::Connecting;

/// Some servers speak only when spoken to: they are waited for once.
const PATIENCE: Duration = Duration::from_secs(2);

/// Puts [`Hearing`] around a connector.
#[derive(Clone)]
pub(super) struct FirstWord(pub Arc<Connecting>);

/// A connector whose connections have been spoken on by the server.
#[derive(Clone)]
pub(super) struct Hearing<S> {
    connector: S,
    connecting: Arc<Connecting>,
}

impl<S> Layer<S> for FirstWord {
    type Service = Hearing<S>;

    fn layer(&self, connector: S) -> Hearing<S> {
        Hearing {
            connector,
            connecting: self.0.clone(),
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
        let made = self.connector.call(address);
        let connecting = self.connecting.clone();
        Box::pin(async move {
            let _under_way = connecting.begin();
            let mut connection = made.await?;
            if connection.connected().is_negotiated_h2() {
                connecting.share();
                if !connecting.is_silent.load(Ordering::Relaxed) {
                    match timeout(PATIENCE, hear(&mut connection)).await {
                        Ok(heard) => heard?,
                        Err(_) => connecting.is_silent.store(true, Ordering::Relaxed),
                    }
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
