//! The accept loop: TCP or TLS, limits and timeouts for each connection, the client's address
//! and certificate as request extensions, and a stop that lets requests under way finish.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::admission::Admission;
use crate::connection;
use crate::descriptors;
use crate::tls::TlsSettings;
use crate::{ListenerConfig, ListenerError};

/// Pause after a failed accept (out of file descriptors, mostly), so that the loop does not spin.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

/// Connections that the system may have made before they are taken; it allows fewer where `net.core.somaxconn` does. After a
/// restart thousands of clients come back within a second, and one that finds no room here is not told: it tries again
/// by itself, later and later, until its patience ends.
const BACKLOG: u32 = 4096;

/// A server that is bound to its address and not yet accepting.
pub struct Server {
    listener: TcpListener,
    local_addr: SocketAddr,
    tls: Option<Arc<TlsSettings>>,
    config: Arc<ListenerConfig>,
    places: usize,
}

fn listen(address: SocketAddr) -> io::Result<TcpListener> {
    let socket = match address {
        SocketAddr::V4(_) => TcpSocket::new_v4()?,
        SocketAddr::V6(_) => TcpSocket::new_v6()?,
    };
    // As the standard library does: on Windows it would let others take the address from us.
    #[cfg(unix)]
    socket.set_reuseaddr(true)?;
    socket.bind(address)?;
    socket.listen(BACKLOG)
}

impl Server {
    /// Reads the TLS files and binds the address. Raises the process's limit on open files as far as
    /// the system allows; a third of it is the most connections that are served at once.
    ///
    /// # Errors
    ///
    /// [`ListenerError::Bind`] when the address cannot be had, [`ListenerError::TlsFile`] and
    /// [`ListenerError::Tls`] for what the TLS files hold.
    pub async fn bind(config: ListenerConfig) -> Result<Self, ListenerError> {
        let tls = config
            .tls
            .clone()
            .map(TlsSettings::load)
            .transpose()?
            .map(Arc::new);
        let unbound = |error| ListenerError::Bind(config.listen, error);
        let listener = listen(config.listen).map_err(unbound)?;
        let local_addr = listener.local_addr().map_err(unbound)?;
        Ok(Self {
            listener,
            local_addr,
            tls,
            places: descriptors::connections(config.max_connections),
            config: Arc::new(config),
        })
    }

    /// The address that was bound, with the port the system chose when 0 was asked for.
    pub fn local_addr(&self) -> SocketAddr {
        self.local_addr
    }

    /// How many connections are served at once.
    pub fn places(&self) -> usize {
        self.places
    }

    /// How long a connection may be without a byte of a request or an answer.
    pub fn idle(&self) -> Duration {
        Duration::from_secs(self.config.idle_seconds)
    }

    /// `https://ADDRESS:PORT`, or `http://…` for a listener without TLS.
    pub fn url(&self) -> String {
        let scheme = if self.tls.is_some() { "https" } else { "http" };
        format!("{scheme}://{}", self.local_addr)
    }

    /// Serves until `shutdown` is cancelled, then lets the requests under way finish for at most
    /// [`ListenerConfig::drain_seconds`].
    pub async fn run(self, router: axum::Router, shutdown: CancellationToken) {
        let connections = TaskTracker::new();
        let admission = Arc::new(Admission::new(&self.config, self.places));
        let places = self.places.clamp(1, Semaphore::MAX_PERMITS);
        let places = Arc::new(Semaphore::new(places));
        let abort = CancellationToken::new();
        while let Some((stream, from, place)) = self.next_connection(&places, &shutdown).await {
            let Some(admitted) = admission.connection(from) else {
                continue;
            };
            let ends = connection::Ends {
                drain: shutdown.clone(),
                abort: abort.clone(),
            };
            let listener = connection::Listener {
                tls: self.tls.clone(),
                router: router.clone(),
                config: Arc::clone(&self.config),
                admission: Arc::clone(&admission),
            };
            connections.spawn(async move {
                let open = metrics::gauge!("restante_http_connections");
                open.increment(1.0);
                connection::serve(stream, from, admitted, listener, ends).await;
                open.decrement(1.0);
                drop(place);
            });
        }
        drop(self.listener);
        connections.close();
        let drain = Duration::from_secs(self.config.drain_seconds);
        if tokio::time::timeout(drain, connections.wait())
            .await
            .is_err()
        {
            tracing::warn!(
                connections = connections.len(),
                "connections cut at the end of the drain time"
            );
            abort.cancel();
            connections.wait().await;
        }
    }

    async fn next_connection(
        &self,
        places: &Arc<Semaphore>,
        shutdown: &CancellationToken,
    ) -> Option<(TcpStream, SocketAddr, OwnedSemaphorePermit)> {
        let accepted = async {
            let place = Arc::clone(places).acquire_owned().await.ok()?;
            loop {
                match self.listener.accept().await {
                    Ok((stream, from)) => return Some((stream, from, place)),
                    Err(error) => {
                        tracing::warn!(%error, "a connection could not be accepted");
                        tokio::time::sleep(ACCEPT_PAUSE).await;
                    }
                }
            }
        };
        tokio::select! {
            biased;
            () = shutdown.cancelled() => None,
            accepted = accepted => accepted,
        }
    }
}
