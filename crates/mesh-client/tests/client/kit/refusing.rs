//! A server that refuses every client certificate, in an order of events that a test gives.

use std::sync::Arc;

use rustls::version::TLS13;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

use super::tls::{Authority, server_config};

/// When the server says by an alert that it refuses the certificate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Alert {
    AtOnce,
    /// When more than so many bytes came behind those of the handshake that it has read; in two parts.
    After(usize),
    Never,
}

/// What the server does then.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Then {
    /// Ends its side, and reads what comes.
    End,
    /// Closes the socket, whatever is unread.
    Close,
    Reset,
    /// Leaves the socket open, and reads what comes.
    Read,
    /// Leaves the socket open, and reads nothing.
    Stay,
}

/// HTTP/1.1 over TLS 1.3. The first connection is refused in that order, each further at once and by a clean end. Returns its URL.
pub async fn serve_refusing(authority: &Authority, alert: Alert, then: Then) -> String {
    let other = Authority::new().certificate.der().clone();
    let mut config = server_config(vec![other], &authority.issue("localhost"), &[&TLS13]);
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    let config = Arc::new(config);
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    tokio::spawn(async move {
        let mut order = (alert, then);
        while let Ok((stream, _)) = listener.accept().await {
            tokio::spawn(refuse(stream, config.clone(), order));
            order = (Alert::AtOnce, Then::End);
        }
    });
    format!("https://localhost:{port}")
}

async fn refuse(
    mut stream: TcpStream,
    config: Arc<rustls::ServerConfig>,
    (alert, then): (Alert, Then),
) {
    stream.set_nodelay(true).unwrap();
    let words = handshake(&mut stream, config).await;
    // The client may be gone already.
    let _ = match alert {
        Alert::AtOnce => stream.write_all(&words).await,
        Alert::After(bytes) => {
            let mut came = 0;
            while came < bytes {
                came += stream.read(&mut [0; 500]).await.unwrap();
            }
            let (first, second) = words.split_at(7);
            stream.write_all(first).await.unwrap();
            stream.write_all(second).await
        }
        Alert::Never => Ok(()),
    };
    match then {
        Then::Close => return,
        Then::Reset => return stream.set_zero_linger().unwrap(),
        Then::Stay => return std::future::pending().await,
        Then::End => {
            let _ = stream.shutdown().await;
        }
        Then::Read => {}
    }
    let _ = tokio::io::copy(&mut stream, &mut tokio::io::sink()).await;
}

/// Shakes hands up to the certificate that is refused; returns the alert.
async fn handshake(stream: &mut TcpStream, config: Arc<rustls::ServerConfig>) -> Vec<u8> {
    let mut session = rustls::ServerConnection::new(config).unwrap();
    loop {
        let mut buffer = [0; 4096];
        let read = stream.read(&mut buffer).await.unwrap();
        assert!(read > 0, "the client went away");
        let mut came = &buffer[..read];
        let mut is_refused = false;
        while !came.is_empty() && !is_refused {
            session.read_tls(&mut came).unwrap();
            is_refused = session.process_new_packets().is_err();
        }
        let mut answer = Vec::new();
        while session.wants_write() {
            session.write_tls(&mut answer).unwrap();
        }
        if is_refused {
            return answer;
        }
        stream.write_all(&answer).await.unwrap();
    }
}
