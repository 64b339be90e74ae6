//! Mutual TLS with a private authority: PEM and DER identities, and nobody else trusted.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    missing_docs
)]

use std::sync::Arc;

use mesh_client::ClientError;
use mesh_client::api::{Connection, ConnectionSettings, Identity, Retry};
use nhs::{MailboxId, SystemClock, SystemRandomness};
use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair};
use rustls::RootCertStore;
use rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};
use rustls::server::WebPkiClientVerifier;
use tokio::io::{AsyncReadExt, AsyncWriteExt};

struct Authority {
    certificate: rcgen::Certificate,
    issuer: Issuer<'static, KeyPair>,
}

impl Authority {
    fn new() -> Self {
        let key = KeyPair::generate().unwrap();
        let mut params = CertificateParams::new(Vec::<String>::new()).unwrap();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let certificate = params.self_signed(&key).unwrap();
        Self {
            certificate,
            issuer: Issuer::new(params, key),
        }
    }

    fn issue(&self, name: &str) -> (rcgen::Certificate, KeyPair) {
        let key = KeyPair::generate().unwrap();
        let params = CertificateParams::new(vec![name.to_owned()]).unwrap();
        (params.signed_by(&key, &self.issuer).unwrap(), key)
    }
}

/// Answers every request over mutual TLS with an empty 200; returns its URL.
async fn serve(authority: &Authority) -> String {
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let mut roots = RootCertStore::empty();
    roots.add(authority.certificate.der().clone()).unwrap();
    let verifier = WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider.clone());
    let (certificate, key) = authority.issue("localhost");
    let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(key.serialize_der()));
    let config = rustls::ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_client_cert_verifier(verifier.build().unwrap())
        .with_single_cert(vec![certificate.der().clone()], key)
        .unwrap();
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

async fn handshake(
    url: &str,
    roots: Vec<u8>,
    identity: Option<Identity>,
) -> Result<(), ClientError> {
    let mut settings = ConnectionSettings::plain(url, "TestKey".into());
    settings.roots = Some(roots);
    settings.identity = identity;
    settings.retry = Retry {
        tries: 1,
        ..Retry::default()
    };
    let (clock, randomness) = (Arc::new(SystemClock), Arc::new(SystemRandomness));
    let connection = Connection::new(&settings, clock, randomness)?;
    let mailbox = MailboxId::parse("A81001OT001").unwrap();
    connection
        .mailbox(mailbox, "password".into())
        .handshake()
        .await
}

#[tokio::test]
async fn pem_and_der_identities_are_let_in_and_strangers_are_not() {
    let (ours, other) = (Authority::new(), Authority::new());
    let url = serve(&ours).await;
    let root = ours.certificate.pem().into_bytes();
    let (certificate, key) = ours.issue("local.A81001.api.mesh-client.nhs.uk");
    let pem = Identity {
        certificate: certificate.pem().into_bytes(),
        key: key.serialize_pem().into_bytes(),
    };
    let der = Identity {
        certificate: certificate.der().to_vec(),
        key: key.serialize_der(),
    };
    handshake(&url, root.clone(), Some(pem.clone()))
        .await
        .unwrap();
    handshake(&url, ours.certificate.der().to_vec(), Some(der))
        .await
        .unwrap();

    assert!(handshake(&url, root.clone(), None).await.is_err());
    let (certificate, key) = other.issue("local.A81001.api.mesh-client.nhs.uk");
    let stranger = Identity {
        certificate: certificate.pem().into_bytes(),
        key: key.serialize_pem().into_bytes(),
    };
    assert!(handshake(&url, root, Some(stranger)).await.is_err());
    let untrusted = handshake(&url, other.certificate.pem().into_bytes(), Some(pem)).await;
    assert!(matches!(untrusted, Err(ClientError::Unreachable(_))));
}

#[tokio::test]
async fn nonsense_in_place_of_a_certificate_is_a_configuration_error() {
    let refused = handshake("https://localhost:1", b"nonsense".to_vec(), None).await;
    assert!(matches!(refused, Err(ClientError::Configuration(_))));
}
