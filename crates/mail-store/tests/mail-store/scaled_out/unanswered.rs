//! A service that speaks S3 and gives no answer: what it is is told, and whether waiting helps.

use std::io::Read;
use std::net::TcpListener;
use std::sync::Arc;

use mail_store::{S3Options, Store, StoreError, StoreOptions};
use rustls::pki_types::{CertificateDer, PrivatePkcs8KeyDer};
use rustls::{ServerConfig, ServerConnection, StreamOwned};

use crate::contract::bodies::bytes;
use crate::kit::*;

/// The address of a server with a certificate that nobody trusts. It lives as long as this process.
fn untrusted() -> String {
    let signed = rcgen::generate_simple_self_signed(vec!["localhost".to_owned()]).unwrap();
    let key = PrivatePkcs8KeyDer::from(signed.signing_key.serialize_der());
    let certificates = vec![CertificateDer::from(signed.cert.der().to_vec())];
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(certificates, key.into())
        .unwrap();
    let config = Arc::new(config);
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    std::thread::spawn(move || {
        for socket in listener.incoming() {
            let session = ServerConnection::new(Arc::clone(&config)).unwrap();
            // whoever refuses the certificate ends it
            drop(StreamOwned::new(session, socket.unwrap()).read(&mut [0]));
        }
    });
    format!("https://localhost:{port}")
}

/// What becomes of a body that is to go to this address, and what is told of the service then.
async fn sent_to(endpoint: String) -> (StoreError, String) {
    let directory = tempfile::tempdir().unwrap();
    let options = StoreOptions {
        s3: Some(S3Options {
            bucket: "bodies".to_owned(),
            endpoint: Some(endpoint),
            region: "eu-west-2".to_owned(),
            access_key_id: Some("an id".to_owned()),
            secret_access_key: Some(s3::SECRET.into()),
        }),
        ..StoreOptions::default()
    };
    let store = Store::open_with(&options, directory.path(), 1)
        .await
        .unwrap();
    let mut sink = store.body(mailbox(SENDER), start(), 1);
    sink.write(bytes(40_000)).await.unwrap();
    let error = sink.finish().await.unwrap_err();
    let told = store.why_object_store_is_in_trouble().unwrap();
    assert!(!told.contains(s3::SECRET) && !error.to_string().contains(s3::SECRET));
    (error, told)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn why_there_is_no_answer_is_told_and_whether_waiting_helps() {
    let plain = s3::Server::start().await;
    let plain = plain.bucket("bodies").endpoint.unwrap();
    let nowhere = format!("http://{}.invalid", "n".repeat(70));
    let closed = "http://127.0.0.1:1".to_owned();
    let (certificate, tls, name, refused) = tokio::join!(
        sent_to(untrusted()),
        sent_to(plain.replace("http://", "https://")),
        sent_to(nowhere),
        sent_to(closed),
    );
    for ((error, told), what, waiting_helps) in [
        (
            certificate,
            "not from an authority that this machine trusts (invalid peer certificate: UnknownIssuer)",
            false,
        ),
        (tls, "there is no TLS with it", false),
        (name, "the name of its host cannot be resolved", true),
        (refused, "no answer (Connection refused", true),
    ] {
        assert!(told.contains(what), "{told}");
        assert!(error.to_string().contains(what), "{error}");
        assert_eq!(error.is_worth_retrying(), waiting_helps, "{error}");
    }
}
