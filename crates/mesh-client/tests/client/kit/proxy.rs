//! A small HTTP proxy: CONNECT, and plain requests passed on; with basic authentication.

use std::sync::{Arc, Mutex};

use tokio::io::{AsyncReadExt, AsyncWriteExt, copy_bidirectional};
use tokio::net::{TcpListener, TcpStream};

#[derive(Clone)]
pub struct Proxy {
    pub url: String,
    seen: Arc<Mutex<Vec<String>>>,
}

impl Proxy {
    pub async fn start(credentials: Option<&'static str>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let proxy = Self {
            url: format!("http://{}", listener.local_addr().unwrap()),
            seen: Arc::default(),
        };
        let running = proxy.clone();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let proxy = running.clone();
                tokio::spawn(async move { proxy.serve(stream, credentials).await });
            }
        });
        proxy
    }

    /// The heads of all requests so far.
    pub fn seen(&self) -> Vec<String> {
        self.seen.lock().unwrap().clone()
    }

    async fn serve(&self, mut stream: TcpStream, credentials: Option<&str>) -> Option<()> {
        use base64::Engine as _;

        let mut head = Vec::new();
        while !head.ends_with(b"\r\n\r\n") {
            head.push(stream.read_u8().await.ok()?);
        }
        let head = String::from_utf8(head).unwrap();
        self.seen.lock().unwrap().push(head.clone());
        let expected = credentials.map(|it| base64::engine::general_purpose::STANDARD.encode(it));
        let lower = head.to_ascii_lowercase();
        if let Some(expected) = expected {
            let line = format!("proxy-authorization: basic {expected}").to_ascii_lowercase();
            if !lower.contains(&line) {
                let refused =
                    b"HTTP/1.1 407 Proxy Authentication Required\r\ncontent-length: 0\r\n\r\n";
                stream.write_all(refused).await.ok()?;
                return None;
            }
        }
        let target = head.split_whitespace().nth(1)?;
        if head.starts_with("CONNECT") {
            let mut server = TcpStream::connect(target).await.ok()?;
            let done = b"HTTP/1.1 200 Connection established\r\n\r\n";
            stream.write_all(done).await.ok()?;
            copy_bidirectional(&mut stream, &mut server).await.ok()?;
        } else {
            let host = target.strip_prefix("http://")?.split('/').next()?;
            let mut server = TcpStream::connect(host).await.ok()?;
            server.write_all(head.as_bytes()).await.ok()?;
            copy_bidirectional(&mut stream, &mut server).await.ok()?;
        }
        Some(())
    }
}
