//! Limits of connections by address and by certificate.

use axum::Router;
use axum::extract::Extension;
use axum::routing::get;
use https_listener::{CallerAddress, ListenerConfig};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::kit::{Certificates, ClientCertificate, DEADLINE, Running, any_port};

fn address() -> Router {
    Router::new().route(
        "/",
        get(
            |Extension(CallerAddress(address)): Extension<CallerAddress>| async move {
                address.to_string()
            },
        ),
    )
}

fn limited(certificates: &Certificates) -> ListenerConfig {
    let mut config = ListenerConfig::tls(any_port(), certificates.tls());
    config.max_connections_per_address = 3;
    config.max_connections_per_certificate = 2;
    config
}

/// A client that keeps one connection, or none when the server closed it.
async fn connected(
    certificates: &Certificates,
    certificate: &ClientCertificate,
    server: &Running,
) -> Option<reqwest::Client> {
    let client = certificates.http_client(Some(certificate));
    let url = format!("https://localhost:{}/", server.address.port());
    let answer = client.get(url).send().await.ok()?;
    answer.text().await.ok()?;
    Some(client)
}

/// Asks until the server has noticed that a connection ended.
async fn connected_in_time(
    certificates: &Certificates,
    certificate: &ClientCertificate,
    server: &Running,
) -> reqwest::Client {
    let connected = async {
        loop {
            if let Some(client) = connected(certificates, certificate, server).await {
                return client;
            }
        }
    };
    tokio::time::timeout(DEADLINE, connected).await.unwrap()
}

#[tokio::test]
async fn connections_beyond_those_of_a_certificate_or_an_address_are_closed() {
    let certificates = Certificates::new();
    let server = Running::start(limited(&certificates), address()).await;
    let (one, other) = (certificates.client("a.A81001"), certificates.client("b.B1"));
    let mut kept = Vec::new();
    for _ in 0..2 {
        kept.push(connected(&certificates, &one, &server).await.unwrap());
    }
    assert!(connected(&certificates, &one, &server).await.is_none());
    // the third of the address, of whose end the server has heard by then
    kept.push(connected_in_time(&certificates, &other, &server).await);
    assert!(connected(&certificates, &other, &server).await.is_none());
    kept.clear();
    connected_in_time(&certificates, &one, &server).await;
    server.stop().await;
}

#[tokio::test]
async fn proxies_that_are_named_are_not_counted_and_say_whose_a_request_is() {
    let certificates = Certificates::new();
    let certificate = certificates.client("a.A81001");
    let mut config = limited(&certificates);
    config.max_connections_per_address = 1;
    config.trusted_proxies = vec!["127.0.0.0/8".to_owned().try_into().unwrap()];
    let server = Running::start(config, address()).await;
    let url = format!("https://localhost:{}/", server.address.port());
    let mut kept = Vec::new();
    for said in ["2001:db8::1", "192.0.2.7"] {
        let client = certificates.http_client(Some(&certificate));
        let request = client.get(&url).header("x-forwarded-for", said);
        let answer = request.send().await.unwrap();
        assert_eq!(answer.text().await.unwrap(), said);
        kept.push(client);
    }
    server.stop().await;

    let server = Running::start(limited(&certificates), address()).await;
    let url = format!("https://localhost:{}/", server.address.port());
    let client = certificates.http_client(Some(&certificate));
    let request = client.get(&url).header("x-forwarded-for", "192.0.2.7");
    let answer = request.send().await.unwrap().text().await.unwrap();
    assert_eq!(answer, "127.0.0.1");
    server.stop().await;
}

#[tokio::test]
async fn an_address_whose_handshakes_keep_failing_is_not_heard_for_a_while() {
    let certificates = Certificates::new();
    let mut config = limited(&certificates);
    config.max_connections_per_address = 0;
    let server = Running::start(config, address()).await;
    // each that is heard is answered with an alert
    let heard = async {
        for heard in 0.. {
            let mut stream = TcpStream::connect(server.address).await.unwrap();
            let _ = stream.write_all(b"no handshake\r\n\r\n").await;
            let _ = stream.shutdown().await;
            let mut alert = Vec::new();
            let _ = stream.read_to_end(&mut alert).await;
            if alert.is_empty() {
                return heard;
            }
        }
        0
    };
    let heard = tokio::time::timeout(DEADLINE, heard).await.unwrap();
    assert!(heard >= 100, "{heard}");
    server.stop().await;
}
