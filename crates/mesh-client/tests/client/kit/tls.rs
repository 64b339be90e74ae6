//! An authority, and a server that wants client certificates.

use std::sync::Arc;

use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair};
use rustls::RootCertStore;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer};
use rustls::server::WebPkiClientVerifier;
use tokio::io::{AsyncReadExt, AsyncWriteExt};

pub struct Authority {
    pub certificate: rcgen::Certificate,
    issuer: Issuer<'static, KeyPair>,
}

impl Authority {
    pub fn new() -> Self {
        let key = KeyPair::generate().unwrap();
        let mut params = CertificateParams::new(Vec::<String>::new()).unwrap();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let certificate = params.self_signed(&key).unwrap();
        Self {
            certificate,
            issuer: Issuer::new(params, key),
        }
    }

    pub fn issue(&self, name: &str) -> (rcgen::Certificate, KeyPair) {
        self.issue_until(name, 4096)
    }

    /// A certificate for a public key, in PEM.
    pub fn issue_for(&self, name: &str, public: &str) -> rcgen::Certificate {
        let public = rcgen::SubjectPublicKeyInfo::from_pem(public).unwrap();
        let params = CertificateParams::new(vec![name.to_owned()]).unwrap();
        params.signed_by(&public, &self.issuer).unwrap()
    }

    /// A certificate that is valid from 1975 to the end of a year.
    pub fn issue_until(&self, name: &str, year: i32) -> (rcgen::Certificate, KeyPair) {
        let key = KeyPair::generate().unwrap();
        let mut params = CertificateParams::new(vec![name.to_owned()]).unwrap();
        params.not_after = rcgen::date_time_ymd(year, 12, 31);
        (params.signed_by(&key, &self.issuer).unwrap(), key)
    }
}

/// What a server's listener speaks.
#[derive(Clone, Copy)]
pub struct Speaks {
    pub protocol: &'static str,
    pub version: &'static rustls::SupportedProtocolVersion,
}

/// As [`serve`], with HTTP of its own: answers the first request of each connection with an empty 200. Clients' certificates must come
/// from one of the roots that `trusted` gives for each connection anew.
pub async fn serve_http(
    trusted: impl Fn() -> CertificateDer<'static> + Send + 'static,
    authority: &Authority,
    speaks: Speaks,
) -> String {
    let identity = authority.issue("localhost");
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let mut config = server_config(vec![trusted()], &identity, &[speaks.version]);
            config.alpn_protocols = vec![speaks.protocol.as_bytes().to_vec()];
            let acceptor = tokio_rustls::TlsAcceptor::from(Arc::new(config));
            tokio::spawn(async move {
                // a refused client's socket is closed at once, with whatever it had sent
                let Ok(stream) = acceptor.accept(stream).await else {
                    return;
                };
                let answered = Arc::new(tokio::sync::Notify::new());
                let first = answered.clone();
                let service = hyper::service::service_fn(move |_request| {
                    first.notify_one();
                    let empty = http_body_util::Empty::<hyper::body::Bytes>::new();
                    std::future::ready(Ok::<_, std::convert::Infallible>(http::Response::new(
                        empty,
                    )))
                });
                let io = hyper_util::rt::TokioIo::new(stream);
                let executor = hyper_util::rt::TokioExecutor::new();
                let builder = hyper_util::server::conn::auto::Builder::new(executor);
                let serving = builder.serve_connection(io, service);
                tokio::pin!(serving);
                tokio::select! {
                    _ = &mut serving => return,
                    () = answered.notified() => serving.as_mut().graceful_shutdown(),
                }
                let _ = serving.await;
            });
        }
    });
    format!("https://localhost:{port}")
}

/// Speaks HTTP/2, and only when spoken to; answers each request with an empty 200.
pub async fn serve_silent(authority: &Authority) -> String {
    let root = authority.certificate.der().clone();
    let mut config = server_config(
        vec![root],
        &authority.issue("localhost"),
        rustls::ALL_VERSIONS,
    );
    config.alpn_protocols = vec![b"h2".to_vec()];
    let acceptor = tokio_rustls::TlsAcceptor::from(Arc::new(config));
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let stream = acceptor.accept(stream).await.unwrap();
            let (mut read, write) = tokio::io::split(stream);
            let mut preface = [0; 24];
            read.read_exact(&mut preface).await.unwrap();
            let whole = std::io::Cursor::new(preface).chain(read);
            let io = hyper_util::rt::TokioIo::new(tokio::io::join(whole, write));
            let service = hyper::service::service_fn(|_request| {
                let empty = http_body_util::Empty::<hyper::body::Bytes>::new();
                std::future::ready(Ok::<_, std::convert::Infallible>(http::Response::new(
                    empty,
                )))
            });
            let executor = hyper_util::rt::TokioExecutor::new();
            let builder = hyper::server::conn::http2::Builder::new(executor);
            tokio::spawn(async move { builder.serve_connection(io, service).await });
        }
    });
    format!("https://localhost:{port}")
}

pub fn server_config(
    trusted: Vec<CertificateDer<'static>>,
    (certificate, key): &(rcgen::Certificate, KeyPair),
    versions: &[&'static rustls::SupportedProtocolVersion],
) -> rustls::ServerConfig {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let mut roots = RootCertStore::empty();
    for root in trusted {
        roots.add(root).unwrap();
    }
    let verifier = WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider.clone());
    let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(key.serialize_der()));
    rustls::ServerConfig::builder_with_provider(provider)
        .with_protocol_versions(versions)
        .unwrap()
        .with_client_cert_verifier(verifier.build().unwrap())
        .with_single_cert(vec![certificate.der().clone()], key)
        .unwrap()
}

/// Answers every request over mutual TLS with an empty 200; returns its URL. Clients' certificates
/// must come from one of the roots.
pub async fn serve(trusted: Vec<CertificateDer<'static>>, authority: &Authority) -> String {
    let config = server_config(trusted, &authority.issue("localhost"), rustls::ALL_VERSIONS);
    let acceptor = tokio_rustls::TlsAcceptor::from(Arc::new(config));
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!(
        "https://localhost:{}",
        listener.local_addr().unwrap().port()
    );
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let Ok(mut stream) = acceptor.accept(stream).await else {
                continue;
            };
            let mut request = [0; 4096];
            let _ = stream.read(&mut request).await;
            let answer = b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\nconnection: close\r\n\r\n";
            let _ = stream.write_all(answer).await;
            let _ = stream.shutdown().await;
        }
    });
    url
}
