//! The line between all clients and the demo's exchange: it passes bytes on, TLS and all, and can be slow or cut. What is
//! connected through it looks to the exchange as if it came from this machine.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use sandbox_pages::live_loop::Fault;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio_util::sync::CancellationToken;

use super::Chaos;

/// Connections at once; further ones wait in the kernel's queue.
const CONNECTIONS: usize = 256;
/// Bytes read at once of a line that is in order.
const PIECE: usize = 16 * 1024;
/// A slow line lets through this many bytes, then rests for this long: 16 KiB a second each way.
const SLOW_PIECE: usize = 2 * 1024;
const SLOW_REST: Duration = Duration::from_millis(125);
/// A line that is cut breaks once this many bytes have gone one way, counted from the switch: requests without a body
/// pass, letters do not.
const CUT_AFTER: usize = 16 * 1024;
/// The pause after a connection that could not be accepted, as when descriptors run out.
const REST: Duration = Duration::from_millis(100);

/// The listener that clients reach.
pub struct Line {
    listener: TcpListener,
    address: SocketAddr,
    chaos: Chaos,
}

impl Line {
    /// Listens; nothing is passed on yet.
    ///
    /// # Errors
    ///
    /// When the address cannot be had.
    pub async fn bind(listen: SocketAddr, chaos: Chaos) -> std::io::Result<Self> {
        let listener = TcpListener::bind(listen).await?;
        let address = listener.local_addr()?;
        Ok(Self {
            listener,
            address,
            chaos,
        })
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Passes on until shut down. A connection ends with either of its ends: how long one may stay idle, the server
    /// decides.
    pub async fn run(self, server: SocketAddr, shutdown: CancellationToken) {
        let places = Arc::new(Semaphore::new(CONNECTIONS));
        loop {
            let accepted = async {
                let place = Arc::clone(&places).acquire_owned().await.ok()?;
                let (client, _) = self.listener.accept().await.ok()?;
                Some((client, place))
            };
            let accepted = tokio::select! {
                () = shutdown.cancelled() => return,
                accepted = accepted => accepted,
            };
            let Some((client, place)) = accepted else {
                tokio::time::sleep(REST).await;
                continue;
            };
            let (chaos, shutdown) = (self.chaos.clone(), shutdown.clone());
            tokio::spawn(async move {
                tokio::select! {
                    () = shutdown.cancelled() => {}
                    _ = pass(client, server, &chaos, place) => {}
                }
            });
        }
    }
}

async fn pass(
    mut client: TcpStream,
    server: SocketAddr,
    chaos: &Chaos,
    _place: OwnedSemaphorePermit,
) -> std::io::Result<()> {
    let mut server = TcpStream::connect(server).await?;
    client.set_nodelay(true)?;
    server.set_nodelay(true)?;
    let (from_client, to_client) = client.split();
    let (from_server, to_server) = server.split();
    // the end of either direction is the end of both: nobody here half-closes
    tokio::select! {
        ended = carry(from_client, to_server, chaos) => ended,
        ended = carry(from_server, to_client, chaos) => ended,
    }
}

/// Carries one direction to its end, or to where the line is cut.
async fn carry(
    mut from: impl AsyncRead + Unpin,
    mut to: impl AsyncWrite + Unpin,
    chaos: &Chaos,
) -> std::io::Result<()> {
    let mut buffer = vec![0; PIECE];
    let mut since_cut = 0;
    loop {
        let is_slow = chaos.is_on(Fault::SlowLine);
        let most = if is_slow { SLOW_PIECE } else { PIECE };
        let Some(room) = buffer.get_mut(..most) else {
            return Ok(());
        };
        let read = from.read(room).await?;
        let Some(piece) = buffer.get(..read).filter(|piece| !piece.is_empty()) else {
            return Ok(());
        };
        if is_slow && read == SLOW_PIECE {
            chaos.note_effect(Fault::SlowLine);
            tokio::time::sleep(SLOW_REST).await;
        }
        if chaos.is_on(Fault::CutLine) {
            since_cut += read;
            if since_cut > CUT_AFTER {
                chaos.note_effect(Fault::CutLine);
                return Ok(());
            }
        } else {
            since_cut = 0;
        }
        to.write_all(piece).await?;
    }
}
