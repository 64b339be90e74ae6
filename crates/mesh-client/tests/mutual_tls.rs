//! Mutual TLS with a private authority: PEM and DER identities, and nobody else trusted.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    missing_docs
)]

#[path = "support/tls.rs"]
mod tls;

use std::sync::Arc;

use mesh_client::ClientError;
use mesh_client::api::{Connection, ConnectionSettings, Identity, Retry};
use nhs::{MailboxId, SystemClock, SystemRandomness};
use tls::{Authority, serve};

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
    let url = serve(vec![ours.certificate.der().clone()], &ours).await;
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
    assert!(matches!(untrusted, Err(ClientError::ServerCertificate(_))));
}

#[tokio::test]
async fn nonsense_in_place_of_a_certificate_is_a_configuration_error() {
    let refused = handshake("https://localhost:1", b"nonsense".to_vec(), None).await;
    assert!(matches!(refused, Err(ClientError::Configuration(_))));
}
