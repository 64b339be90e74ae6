//! The way to a server, step by step, beside the connections that carry requests: to find out where it ends.

use std::future::poll_fn;
use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::Poll;
use std::time::Duration;

use http::HeaderValue;
use hyper_util::client::proxy::matcher::Matcher;
use reqwest::Url;
use rustls::client::{ResolvesClientCert, Resumption};
use rustls::pki_types::ServerName;
use rustls::sign::CertifiedKey;
use rustls::{ClientConfig, ProtocolVersion, SignatureScheme};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWriteExt, ReadBuf};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

use super::certificate::Validity;
use crate::alert;

/// A server that says nothing for so long after the handshake is taken to have accepted the certificate.
const VERDICT_WITHIN: Duration = Duration::from_secs(5);
/// A proxy's answer to CONNECT, at most.
const MOST_HEAD: usize = 16 * 1024;

/// Where a URL leads, and through which proxy.
pub(crate) struct Way {
    pub host: String,
    pub port: u16,
    pub is_tls: bool,
    pub proxy: Option<Proxy>,
}

/// A proxy in the way.
pub(crate) struct Proxy {
    pub host: String,
    pub port: u16,
    authorization: Option<HeaderValue>,
}

/// What a TLS handshake showed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Greeting {
    /// `TLS 1.3`, or `TLS 1.2`.
    pub version: &'static str,
    /// From when to when the server's own certificate is valid.
    pub server: Option<Validity>,
    /// Whether the server asked for a client certificate.
    pub asks: bool,
    /// What became of the client's.
    pub verdict: Verdict,
}

/// What the server made of the client's certificate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// It goes on, or says nothing.
    Accepted,
    /// Refused by this alert.
    Refused(&'static str),
    /// The connection was closed without a reason.
    Closed,
}

impl Way {
    /// `None` for a URL without a host, and for a proxy that is spoken to over TLS.
    pub fn to(url: &Url, proxies: &Matcher) -> Option<Self> {
        let proxy = match proxies.intercept(&url.as_str().parse().ok()?) {
            Some(found) => {
                let uri = found.uri();
                if uri.scheme_str().is_some_and(|scheme| scheme != "http") {
                    return None;
                }
                Some(Proxy {
                    host: uri.host()?.trim_matches(['[', ']']).to_owned(),
                    port: uri.port_u16().unwrap_or(80),
                    authorization: found.basic_auth().cloned(),
                })
            }
            None => None,
        };
        Some(Self {
            host: url.host_str()?.trim_matches(['[', ']']).to_owned(),
            port: url.port_or_known_default()?,
            is_tls: url.scheme() == "https",
            proxy,
        })
    }

    /// The host and port that a socket is opened to: the proxy's, when there is one.
    pub fn next_hop(&self) -> (&str, u16) {
        match &self.proxy {
            Some(proxy) => (&proxy.host, proxy.port),
            None => (&self.host, self.port),
        }
    }

    /// The addresses of the next hop.
    pub async fn resolve(&self) -> io::Result<Vec<SocketAddr>> {
        Ok(tokio::net::lookup_host(self.next_hop()).await?.collect())
    }

    /// A socket to the server: through the proxy by CONNECT, when there is one.
    pub async fn connect(&self, addresses: &[SocketAddr]) -> io::Result<TcpStream> {
        let mut stream = TcpStream::connect(addresses).await?;
        if let Some(proxy) = self.proxy.as_ref().filter(|_| self.is_tls) {
            let target = if self.host.contains(':') {
                format!("[{}]:{}", self.host, self.port)
            } else {
                format!("{}:{}", self.host, self.port)
            };
            proxy.tunnel(&mut stream, &target).await?;
        }
        Ok(stream)
    }

    /// Shakes hands, sends nothing more, and waits for what the server makes of the certificate.
    pub async fn greet(&self, stream: TcpStream, config: &ClientConfig) -> io::Result<Greeting> {
        let asked = Arc::new(AtomicBool::new(false));
        let mut config = config.clone();
        config.resumption = Resumption::disabled();
        config.client_auth_cert_resolver = Arc::new(Noting {
            resolver: config.client_auth_cert_resolver.clone(),
            asked: asked.clone(),
        });
        let name = ServerName::try_from(self.host.clone()).map_err(io::Error::other)?;
        let connecting = TlsConnector::from(Arc::new(config)).connect(name, stream);
        let stream = connecting.await;
        let asks = asked.load(Ordering::Relaxed);
        let mut stream = match stream {
            Ok(stream) => stream,
            Err(error) => {
                let refused = refused(&error, asks).ok_or(error)?;
                return Ok(Greeting {
                    version: "TLS 1.2",
                    server: None,
                    asks,
                    verdict: Verdict::Refused(refused),
                });
            }
        };
        let (_, session) = stream.get_ref();
        let is_old = session.protocol_version() == Some(ProtocolVersion::TLSv1_2);
        let own = session.peer_certificates().and_then(<[_]>::first);
        let server = own.and_then(|certificate| Validity::of(certificate));
        // In TLS 1.2 the server's last word of the handshake comes after its look at the certificate.
        let verdict = match is_old {
            true => Verdict::Accepted,
            false => timeout(VERDICT_WITHIN, verdict(&mut stream))
                .await
                .unwrap_or(Verdict::Accepted),
        };
        Ok(Greeting {
            version: if is_old { "TLS 1.2" } else { "TLS 1.3" },
            server,
            asks,
            verdict,
        })
    }
}

impl Proxy {
    async fn tunnel(&self, stream: &mut TcpStream, target: &str) -> io::Result<()> {
        let mut head = format!("CONNECT {target} HTTP/1.1\r\nHost: {target}\r\n").into_bytes();
        if let Some(authorization) = &self.authorization {
            head.extend_from_slice(b"Proxy-Authorization: ");
            head.extend_from_slice(authorization.as_bytes());
            head.extend_from_slice(b"\r\n");
        }
        head.extend_from_slice(b"\r\n");
        stream.write_all(&head).await?;
        let mut answer = Vec::new();
        while !answer.ends_with(b"\r\n\r\n") {
            if answer.len() > MOST_HEAD {
                return Err(io::Error::other("the proxy's answer is no HTTP"));
            }
            // byte by byte, for what follows is the server's
            answer.push(stream.read_u8().await?);
        }
        let line = answer.split(|byte| *byte == b'\r').next();
        let line = String::from_utf8_lossy(line.unwrap_or_default());
        match line.split(' ').nth(1) {
            Some("200") => Ok(()),
            Some(status) => Err(io::Error::other(format!(
                "the proxy refused with status {status}"
            ))),
            None => Err(io::Error::other("the proxy's answer is no HTTP")),
        }
    }
}

/// The alert by which a certificate was refused. When one was asked for, a bare `handshake_failure` means that
/// too, as of OpenSSL in TLS 1.2.
fn refused(error: &io::Error, asked: bool) -> Option<&'static str> {
    alert::refused_certificate(error).or_else(|| {
        let failed = alert::received(error)?.starts_with("HandshakeFailure");
        (failed && asked).then_some("handshake_failure")
    })
}

async fn verdict(stream: &mut TlsStream<TcpStream>) -> Verdict {
    poll_fn(|context| {
        let mut byte = [0; 1];
        let mut buffer = ReadBuf::new(&mut byte);
        match Pin::new(&mut *stream).poll_read(context, &mut buffer) {
            Poll::Ready(Ok(())) if buffer.filled().is_empty() => Poll::Ready(Verdict::Closed),
            Poll::Ready(Ok(())) => Poll::Ready(Verdict::Accepted),
            Poll::Ready(Err(error)) => {
                let refused = refused(&error, true);
                Poll::Ready(refused.map_or(Verdict::Closed, Verdict::Refused))
            }
            // A ticket comes after the server's look at the certificate.
            Poll::Pending if stream.get_ref().1.tls13_tickets_received() > 0 => {
                Poll::Ready(Verdict::Accepted)
            }
            Poll::Pending => Poll::Pending,
        }
    })
    .await
}

/// Notes that the server asks for a certificate.
#[derive(Debug)]
struct Noting {
    resolver: Arc<dyn ResolvesClientCert>,
    asked: Arc<AtomicBool>,
}

impl ResolvesClientCert for Noting {
    fn resolve(
        &self,
        authorities: &[&[u8]],
        schemes: &[SignatureScheme],
    ) -> Option<Arc<CertifiedKey>> {
        self.asked.store(true, Ordering::Relaxed);
        self.resolver.resolve(authorities, schemes)
    }

    fn has_certs(&self) -> bool {
        self.resolver.has_certs()
    }
}

/// Why a request's connection broke, found out by a handshake that is made for nothing else.
#[derive(Clone)]
pub(crate) struct Inquiry {
    pub config: Arc<ClientConfig>,
    pub proxies: Arc<Matcher>,
    /// In all.
    pub within: Duration,
}

impl Inquiry {
    /// The alert by which the server refuses the certificate, if it does.
    pub async fn refusal(&self, url: &Url) -> Option<&'static str> {
        let way = Way::to(url, &self.proxies).filter(|way| way.is_tls)?;
        let asking = async {
            let addresses = way.resolve().await.ok()?;
            let stream = way.connect(&addresses).await.ok()?;
            way.greet(stream, &self.config).await.ok()
        };
        match timeout(self.within, asking).await.ok()??.verdict {
            Verdict::Refused(alert) => Some(alert),
            Verdict::Accepted | Verdict::Closed => None,
        }
    }
}
