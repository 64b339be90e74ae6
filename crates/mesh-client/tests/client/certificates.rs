//! A client certificate that the server refuses is told as that, by the name of the alert, over every protocol.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use mesh::SendHeaders;
use mesh_client::ClientError;
use mesh_client::api::{Connection, ConnectionSettings, Identity, MeshClient, Retry};
use nhs::{MailboxId, SystemClock, SystemRandomness, WorkflowId};
use rustls::version::{TLS12, TLS13};
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use crate::kit::tls::{Authority, Speaks, serve_http, serve_silent};

const EVERY_KIND: [Speaks; 4] = [
    Speaks {
        protocol: "h2",
        version: &TLS13,
    },
    Speaks {
        protocol: "http/1.1",
        version: &TLS13,
    },
    Speaks {
        protocol: "h2",
        version: &TLS12,
    },
    Speaks {
        protocol: "http/1.1",
        version: &TLS12,
    },
];

fn identity((certificate, key): (rcgen::Certificate, rcgen::KeyPair)) -> Identity {
    Identity {
        certificate: certificate.pem().into_bytes(),
        key: key.serialize_pem().into_bytes(),
    }
}

fn client(url: &str, authority: &Authority, identity: Option<Identity>) -> MeshClient {
    let mut settings = ConnectionSettings::plain(url, "TestKey".into());
    settings.retry = Retry {
        tries: 1,
        ..Retry::default()
    };
    settings.roots = Some(authority.certificate.pem().into_bytes());
    settings.identity = identity;
    let (clock, randomness) = (Arc::new(SystemClock), Arc::new(SystemRandomness));
    let connection = Connection::new(&settings, clock, randomness).unwrap();
    connection.mailbox(MailboxId::parse("A81001OT001").unwrap(), "password".into())
}

async fn send(client: &MeshClient) -> Result<nhs::MessageId, ClientError> {
    let workflow = WorkflowId::parse("TEST_WORKFLOW").unwrap();
    let headers = SendHeaders::new("A20047OT001", workflow);
    client.send(headers, &[7; 100_000][..]).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refused_certificate_is_told_by_the_name_of_the_alert_each_time() {
    let (ours, other) = (Authority::new(), Authority::new());
    for speaks in EVERY_KIND {
        let trusted = ours.certificate.der().clone();
        let url = serve_http(move || trusted.clone(), &ours, speaks).await;
        for _ in 0..20 {
            let unknown = ["unknown_ca", "decrypt_error"];
            let required = [
                "certificate_required",
                "handshake_failure",
                "no_certificate",
            ];
            for (shown, expected) in [
                (
                    Some(identity(ours.issue_until("client", 2021))),
                    &["certificate_expired"][..],
                ),
                (Some(identity(other.issue("client"))), &unknown),
                (None, &required),
            ] {
                let refused = send(&client(&url, &ours, shown)).await.unwrap_err();
                let told = refused.with_causes();
                let ClientError::ClientCertificate {
                    alert, in_doubt, ..
                } = &refused
                else {
                    panic!("{} over {:?}: {told}", speaks.protocol, speaks.version);
                };
                assert!(expected.contains(alert), "{told}");
                assert!(!in_doubt && refused.is_safe_to_repeat(), "{told}");
                assert!(told.contains("no message was sent"), "{told}");
            }
        }
        let good = client(&url, &ours, Some(identity(ours.issue("client"))));
        good.handshake().await.unwrap();
    }
}

/// A certificate that ceases to be taken: what went out over the former connection is not claimed to be known.
#[tokio::test(flavor = "multi_thread")]
async fn a_certificate_that_was_taken_before_is_told_with_the_doubt_that_there_is() {
    let (ours, other) = (Authority::new(), Authority::new());
    for speaks in EVERY_KIND {
        let renewed = Arc::new(AtomicBool::new(false));
        let (before, after) = (
            ours.certificate.der().clone(),
            other.certificate.der().clone(),
        );
        let now = renewed.clone();
        let trusted = move || match now.load(Ordering::Relaxed) {
            true => after.clone(),
            false => before.clone(),
        };
        let url = serve_http(trusted, &ours, speaks).await;
        let client = client(&url, &ours, Some(identity(ours.issue("client"))));
        client.handshake().await.unwrap();
        renewed.store(true, Ordering::Relaxed);
        let refused = loop {
            // a connection may still be open
            match client.handshake().await {
                Ok(()) => tokio::task::yield_now().await,
                Err(error) => break error,
            }
        };
        let told = refused.with_causes();
        assert!(
            matches!(refused, ClientError::ClientCertificate { .. }),
            "{told}"
        );
        assert_eq!(
            told.contains("may have arrived"),
            !refused.is_safe_to_repeat()
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_speaks_only_when_spoken_to_is_reached() {
    let ours = Authority::new();
    let url = serve_silent(&ours).await;
    let good = client(&url, &ours, Some(identity(ours.issue("client"))));
    good.handshake().await.unwrap();
}

/// As nginx answers to a certificate that it does not take, and to none.
#[tokio::test]
async fn a_gateway_that_refuses_the_certificate_by_a_page_is_told_as_that() {
    let error = "<title>400 The SSL certificate error</title>";
    let none = "<title>400 No required SSL certificate was sent</title>";
    for (status, page, is_told) in [
        ("400 Bad Request", error, true),
        ("400 Bad Request", none, true),
        ("496 SSL Certificate Required", "", true),
        ("400 Bad Request", "{}", false),
    ] {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        tokio::spawn(async move {
            let (mut stream, _) = listener.accept().await.unwrap();
            let mut request = [0; 4096];
            let _ = stream.read(&mut request).await.unwrap();
            let head = format!(
                "HTTP/1.1 {status}\r\ncontent-length: {}\r\n\r\n{page}",
                page.len()
            );
            stream.write_all(head.as_bytes()).await.unwrap();
        });
        let refused = client(&url, &Authority::new(), None)
            .handshake()
            .await
            .unwrap_err();
        let told = refused.to_string();
        assert_eq!(
            told.contains("refused the client certificate"),
            is_told,
            "{told}"
        );
        assert!(refused.is_safe_to_repeat());
    }
}

/// Such keys are beyond what the TLS library signs with.
#[tokio::test(flavor = "multi_thread")]
async fn a_client_with_an_rsa_key_of_8192_bits_is_let_in() {
    let ours = Authority::new();
    let certificate = ours.issue_for("client", include_str!("data/rsa8192.pub.pem"));
    for speaks in EVERY_KIND {
        let trusted = ours.certificate.der().clone();
        let url = serve_http(move || trusted.clone(), &ours, speaks).await;
        let identity = Identity {
            certificate: certificate.pem().into_bytes(),
            key: include_bytes!("data/rsa8192.key.pem").to_vec(),
        };
        client(&url, &ours, Some(identity))
            .handshake()
            .await
            .unwrap();
    }
}
