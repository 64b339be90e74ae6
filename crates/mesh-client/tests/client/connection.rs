//! The ways to a server: over mutual TLS with a private authority, with a key store, through a
//! proxy, by a second URL.

use std::sync::Arc;

use crate::kit::Practice;
use crate::kit::proxy::Proxy;
use crate::kit::server::Server;
use crate::kit::tls::{Authority, serve};
use mesh_client::ClientError;
use mesh_client::api::{Connection, ConnectionSettings, Identity, KeyStore, ProxySettings, Retry};
use mesh_client::config::{ProxyConfig, Secret};
use nhs::{MailboxId, SystemClock, SystemRandomness};

const JKS: &[u8] = include_bytes!("data/mesh.jks");
const PKCS12_OF_KEYTOOL: &[u8] = include_bytes!("data/mesh.p12");
const PKCS12_OF_OLD_KEYTOOL: &[u8] = include_bytes!("data/mesh_legacy.p12");
const PKCS12_OF_OPENSSL: &[u8] = include_bytes!("data/openssl.p12");

async fn handshake(settings: &ConnectionSettings) -> Result<(), ClientError> {
    let connection = Connection::new(settings, Arc::new(SystemClock), Arc::new(SystemRandomness))?;
    let mailbox = MailboxId::parse("A81001OT001").unwrap();
    connection
        .mailbox(mailbox, "password".into())
        .handshake()
        .await
}

fn settings(url: &str) -> ConnectionSettings {
    let mut settings = ConnectionSettings::plain(url, "TestKey".into());
    settings.retry = Retry {
        tries: 1,
        ..Retry::default()
    };
    settings
}

#[tokio::test]
async fn a_proxy_is_asked_to_connect_and_sees_no_token() {
    let authority = Authority::new();
    let url = serve(vec![authority.certificate.der().clone()], &authority).await;
    let proxy = Proxy::start(Some("user:word")).await;
    let (certificate, key) = authority.issue("local.A81001.api.mesh-client.nhs.uk");
    let mut settings = settings(&url);
    settings.roots = Some(authority.certificate.pem().into_bytes());
    settings.identity = Some(Identity {
        certificate: certificate.pem().into_bytes(),
        key: key.serialize_pem().into_bytes(),
    });
    let through = |credentials: Option<(&str, &str)>, except: &[&str]| ProxySettings {
        url: proxy.url.clone(),
        credentials: credentials.map(|(user, word)| (user.to_owned(), word.into())),
        except: except.iter().map(ToString::to_string).collect(),
    };
    settings.proxy = Some(through(None, &[]));
    let refused = handshake(&settings).await.unwrap_err();
    assert!(
        matches!(refused, ClientError::Unreachable(_)),
        "{refused:?}"
    );
    settings.proxy = Some(through(Some(("user", "word")), &[]));
    handshake(&settings).await.unwrap();
    let seen = proxy.seen();
    assert!(
        seen.iter()
            .all(|head| head.starts_with("CONNECT localhost:")),
        "{seen:?}"
    );
    assert!(!seen.iter().any(|head| head.contains("NHSMESH")));
    let before = proxy.seen().len();
    settings.proxy = Some(through(None, &["localhost"]));
    handshake(&settings).await.unwrap();
    assert_eq!(proxy.seen().len(), before, "went past the proxy");
}

#[tokio::test]
async fn a_proxy_ini_beside_the_java_clients_file_is_used() {
    let server = Server::start().await;
    let proxy = Proxy::start(Some("user:word")).await;
    let mut practice = Practice::new(&server.url, "A81001OT001");
    let ini = practice.path("proxy.ini");
    practice.config.server.proxy = Some(ProxyConfig {
        file: Some(ini.clone()),
        ..ProxyConfig::default()
    });
    practice.agent().run_once().await.unwrap();
    assert!(
        proxy.seen().is_empty(),
        "without the file there is no proxy"
    );
    let address = proxy
        .url
        .trim_start_matches("http://")
        .split_once(':')
        .unwrap();
    let text = format!("host={}\nport={}\nuser=user\n", address.0, address.1);
    std::fs::write(ini, text).unwrap();
    practice.config.server.proxy.as_mut().unwrap().password = Some(Secret::from("word"));
    practice.agent().run_once().await.unwrap();
    assert!(!proxy.seen().is_empty());
}

#[tokio::test]
async fn the_second_url_is_used_while_the_first_cannot_be_reached() {
    let server = Server::start().await;
    let closed = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let nobody = format!("http://{}", closed.local_addr().unwrap());
    drop(closed);
    let mut sender = Practice::new(&nobody, "A81001OT001");
    sender.config.server.tries = 1;
    sender.config.server.secondary_url = Some(server.url.clone());
    sender.put(
        "one",
        b"the message",
        &sender.control("A20047OT001").write(),
    );
    assert_eq!(sender.agent().run_once().await.unwrap().sent, 1);
    assert_eq!(server.count(), 1);
}

/// All were made by Java's keytool, the last of them as old versions did (RC2 and triple DES): an EC key
/// with a self-signed certificate, an authority.
#[tokio::test]
async fn key_stores_of_javas_own_tool_are_read() {
    for bytes in [JKS, PKCS12_OF_KEYTOOL, PKCS12_OF_OLD_KEYTOOL] {
        let store = KeyStore::read(bytes, &"changeit".into(), now()).unwrap();
        let trusted = String::from_utf8(store.trusted.clone()).unwrap();
        assert_eq!(trusted.matches("BEGIN CERTIFICATE").count(), 1);
        let identity = store.identity.unwrap();
        let own = pem_to_der(&identity.certificate);
        let authority = Authority::new();
        let url = serve(vec![own.into()], &authority).await;
        let mut settings = settings(&url);
        settings.roots = Some(authority.certificate.pem().into_bytes());
        settings.identity = Some(identity);
        handshake(&settings).await.unwrap();
        assert!(KeyStore::read(bytes, &"another".into(), now()).is_err());
        for cut in [bytes.len() / 2, 20, 5] {
            assert!(KeyStore::read(&bytes[..cut], &"changeit".into(), now()).is_err());
        }
    }
    let jceks = KeyStore::read(&[0xce, 0xce, 0xce, 0xce], &"x".into(), now()).unwrap_err();
    assert!(jceks.to_string().contains("keytool"));
}

/// A key, its certificate and the authority above it, which OpenSSL does not mark as trusted.
#[tokio::test]
async fn key_stores_of_openssl_are_read_with_their_chain() {
    let store = KeyStore::read(PKCS12_OF_OPENSSL, &"changeit".into(), now()).unwrap();
    assert!(store.trusted.is_empty());
    let identity = store.identity.unwrap();
    let chain = String::from_utf8(identity.certificate.clone()).unwrap();
    assert_eq!(chain.matches("BEGIN CERTIFICATE").count(), 2);
    let (_, authority) = chain.split_at(chain.rfind("-----BEGIN").unwrap());
    let authority = pem_to_der(authority.as_bytes());
    let server = Authority::new();
    let url = serve(vec![authority.into()], &server).await;
    let mut settings = settings(&url);
    settings.roots = Some(server.certificate.pem().into_bytes());
    settings.identity = Some(identity);
    handshake(&settings).await.unwrap();
}

#[tokio::test]
async fn a_key_store_that_is_configured_gives_identity_and_trust() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("mesh.p12");
    std::fs::write(&path, PKCS12_OF_KEYTOOL).unwrap();
    let mut config = mesh_client::AgentConfig::new("https://localhost:1", "TestKey");
    config.server.key_store = Some(path);
    config.server.key_store_password = Some(Secret::from("changeit"));
    let settings = config.connection_settings().unwrap();
    let read = KeyStore::read(PKCS12_OF_KEYTOOL, &"changeit".into(), now()).unwrap();
    assert_eq!(settings.roots.unwrap(), read.trusted);
    assert_eq!(
        settings.identity.unwrap().certificate,
        read.identity.unwrap().certificate
    );
    config.server.key_store_password = Some(Secret::from("wrong"));
    let refused = config.connection_settings().unwrap_err().to_string();
    assert!(refused.contains("password"), "{refused}");
}

fn now() -> jiff::Timestamp {
    nhs::Clock::now(&nhs::SystemClock)
}

fn pem_to_der(pem: &[u8]) -> Vec<u8> {
    use rustls::pki_types::CertificateDer;
    use rustls::pki_types::pem::PemObject;

    CertificateDer::from_pem_slice(pem).unwrap().to_vec()
}

async fn with(url: &str, roots: Vec<u8>, identity: Option<Identity>) -> Result<(), ClientError> {
    let mut settings = settings(url);
    settings.roots = Some(roots);
    settings.identity = identity;
    handshake(&settings).await
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
    with(&url, root.clone(), Some(pem.clone())).await.unwrap();
    with(&url, ours.certificate.der().to_vec(), Some(der))
        .await
        .unwrap();

    assert!(with(&url, root.clone(), None).await.is_err());
    let (certificate, key) = other.issue("local.A81001.api.mesh-client.nhs.uk");
    let stranger = Identity {
        certificate: certificate.pem().into_bytes(),
        key: key.serialize_pem().into_bytes(),
    };
    let refused = with(&url, root, Some(stranger)).await.unwrap_err();
    assert!(
        matches!(&refused, ClientError::ClientCertificate { alert, .. } if ["unknown_ca", "decrypt_error"].contains(alert)),
        "{refused:?}"
    );
    assert!(refused.is_safe_to_repeat() && refused.is_temporary());
    let untrusted = with(&url, other.certificate.pem().into_bytes(), Some(pem)).await;
    assert!(matches!(untrusted, Err(ClientError::ServerCertificate(_))));
}

#[tokio::test]
async fn nonsense_in_place_of_a_certificate_is_a_configuration_error() {
    let refused = with("https://localhost:1", b"nonsense".to_vec(), None).await;
    assert!(matches!(refused, Err(ClientError::Configuration(_))));
}

#[tokio::test]
async fn files_with_a_byte_order_mark_or_in_utf_16_are_read() {
    let ours = Authority::new();
    let url = serve(vec![ours.certificate.der().clone()], &ours).await;
    let (certificate, key) = ours.issue("local.A81001.api.mesh-client.nhs.uk");
    let marked = |pem: &str| [b"\xef\xbb\xbf", pem.as_bytes()].concat();
    let wide = |pem: &str| {
        let units = pem.encode_utf16().flat_map(u16::to_le_bytes);
        [0xff, 0xfe].into_iter().chain(units).collect::<Vec<u8>>()
    };
    for written in [&marked as &dyn Fn(&str) -> Vec<u8>, &wide] {
        let identity = Identity {
            certificate: written(&certificate.pem()),
            key: written(&key.serialize_pem()),
        };
        let roots = written(&ours.certificate.pem());
        with(&url, roots, Some(identity)).await.unwrap();
    }
}

#[test]
fn a_key_store_in_base64_is_read() {
    use base64::Engine as _;
    let text = base64::engine::general_purpose::STANDARD.encode(PKCS12_OF_KEYTOOL);
    let text = format!("{}\r\n{}\r\n", &text[..64], &text[64..]);
    let store = KeyStore::read(text.as_bytes(), &"changeit".into(), now()).unwrap();
    assert!(store.identity.is_some());
}
