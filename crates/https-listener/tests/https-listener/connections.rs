//! The accept loop over real sockets: TLS, client certificates, limits, stop.

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::Extension;
use axum::routing::get;
use https_listener::{ListenerConfig, PeerCertificate, Server};
use jiff::Timestamp;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::sync::Notify;

use crate::kit::{Certificates, DEADLINE, Running, any_port};

fn who() -> Router {
    Router::new().route(
        "/",
        get(|peer: Option<Extension<PeerCertificate>>| async move {
            match peer {
                Some(Extension(peer)) => {
                    format!("{} {}", peer.common_name.unwrap_or_default(), peer.serial)
                }
                None => "nobody".to_owned(),
            }
        }),
    )
}

#[tokio::test]
async fn a_verified_certificate_reaches_the_handler_over_http_1_and_2() {
    let certificates = Certificates::new();
    let server = Running::start(ListenerConfig::tls(any_port(), certificates.tls()), who()).await;
    let certificate = certificates.client("test-01.A81001");
    let url = format!("https://localhost:{}/", server.address.port());
    let expected = format!("test-01.A81001 {}", certificate.serial);

    let client = certificates.http_client(Some(&certificate));
    let answer = client.get(&url).send().await.unwrap();
    assert_eq!(answer.version(), reqwest::Version::HTTP_2);
    assert_eq!(answer.text().await.unwrap(), expected);

    _ = rustls::crypto::ring::default_provider().install_default();
    let client = reqwest::Client::builder()
        .tls_certs_only([reqwest::Certificate::from_pem(&certificates.ca()).unwrap()])
        .identity(reqwest::Identity::from_pem(certificate.pem.as_bytes()).unwrap())
        .http1_only()
        .build()
        .unwrap();
    let answer = client.get(&url).send().await.unwrap();
    assert_eq!(answer.version(), reqwest::Version::HTTP_11);
    assert_eq!(answer.text().await.unwrap(), expected);
    server.stop().await;
}

#[tokio::test]
async fn no_certificate_another_authority_s_and_a_revoked_one_end_the_handshake() {
    let certificates = Certificates::new();
    let revoked = certificates.client("test-01.A81001");
    certificates
        .authority
        .revoke(&revoked.serial, Timestamp::now())
        .unwrap();
    let server = Running::start(ListenerConfig::tls(any_port(), certificates.tls()), who()).await;
    let url = format!("https://localhost:{}/", server.address.port());

    assert!(
        certificates
            .http_client(None)
            .get(&url)
            .send()
            .await
            .is_err()
    );
    let stranger = Certificates::new().client("test-01.A81001");
    assert!(
        certificates
            .http_client(Some(&stranger))
            .get(&url)
            .send()
            .await
            .is_err()
    );
    assert!(
        certificates
            .http_client(Some(&revoked))
            .get(&url)
            .send()
            .await
            .is_err()
    );

    let good = certificates.client("test-01.A81001");
    assert!(
        certificates
            .http_client(Some(&good))
            .get(&url)
            .send()
            .await
            .is_ok()
    );
    server.stop().await;
}

#[tokio::test]
async fn a_revocation_takes_effect_without_a_restart_and_ends_open_connections() {
    let certificates = Certificates::new();
    let server = Running::start(ListenerConfig::tls(any_port(), certificates.tls()), who()).await;
    let url = format!("https://localhost:{}/", server.address.port());
    let unlucky = certificates.client("test-01.A81001");
    let other = certificates.client("test-01.A20047");
    let open = certificates.http_client(Some(&unlucky));
    assert!(open.get(&url).send().await.is_ok());

    certificates
        .authority
        .revoke(&unlucky.serial, Timestamp::now())
        .unwrap();
    // The next connection, whoever's, makes the server notice.
    assert!(
        certificates
            .http_client(Some(&other))
            .get(&url)
            .send()
            .await
            .is_ok()
    );
    assert!(
        certificates
            .http_client(Some(&unlucky))
            .get(&url)
            .send()
            .await
            .is_err()
    );
    let ended = async {
        while open.get(&url).send().await.is_ok() {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(DEADLINE, ended).await.unwrap();
    server.stop().await;
}

#[tokio::test]
async fn tls_1_2_and_1_3_are_spoken_and_nothing_older() {
    let certificates = Certificates::new();
    let mut tls = certificates.tls();
    tls.client_ca = None;
    tls.revocation_lists.clear();
    let server = Running::start(ListenerConfig::tls(any_port(), tls), who()).await;
    let url = format!("https://localhost:{}/", server.address.port());
    for version in [
        reqwest::tls::Version::TLS_1_2,
        reqwest::tls::Version::TLS_1_3,
    ] {
        _ = rustls::crypto::ring::default_provider().install_default();
        let client = reqwest::Client::builder()
            .tls_certs_only([reqwest::Certificate::from_pem(&certificates.ca()).unwrap()])
            .tls_version_min(version)
            .tls_version_max(version)
            .build()
            .unwrap();
        assert_eq!(
            client.get(&url).send().await.unwrap().text().await.unwrap(),
            "nobody"
        );
    }
    // A TLS 1.1 ClientHello, as far as the version: record 3.1, handshake 3.2.
    let mut old = TcpStream::connect(server.address).await.unwrap();
    let mut hello = vec![0x16, 3, 1, 0, 45, 1, 0, 0, 41, 3, 2];
    hello.extend([7; 32]);
    hello.extend([0, 0, 2, 0xc0, 0x13, 1, 0]);
    hello.resize(50, 0);
    old.write_all(&hello).await.unwrap();
    let mut answer = Vec::new();
    tokio::time::timeout(DEADLINE, old.read_to_end(&mut answer))
        .await
        .unwrap()
        .unwrap();
    assert_eq!(answer.first(), Some(&0x15), "an alert, then the end");
    server.stop().await;
}

#[tokio::test]
async fn headers_that_do_not_arrive_in_time_end_the_connection() {
    let mut config = ListenerConfig::plain(any_port());
    config.header_seconds = 1;
    let server = Running::start(config, who()).await;
    let mut slow = TcpStream::connect(server.address).await.unwrap();
    slow.write_all(b"GET / HTTP/1.1\r\nhost: x\r\n")
        .await
        .unwrap();
    let mut answer = Vec::new();
    tokio::time::timeout(DEADLINE, slow.read_to_end(&mut answer))
        .await
        .unwrap()
        .unwrap();
    assert!(!String::from_utf8_lossy(&answer).contains("200 OK"));
    server.stop().await;
}

#[tokio::test]
async fn a_handshake_that_stalls_ends_the_connection() {
    let certificates = Certificates::new();
    let mut config = ListenerConfig::tls(any_port(), certificates.tls());
    config.handshake_seconds = 1;
    let server = Running::start(config, who()).await;
    let mut silent = TcpStream::connect(server.address).await.unwrap();
    let mut answer = Vec::new();
    tokio::time::timeout(DEADLINE, silent.read_to_end(&mut answer))
        .await
        .unwrap()
        .unwrap();
    assert!(answer.is_empty());
    server.stop().await;
}

#[tokio::test]
async fn a_connection_on_which_nothing_moves_is_closed_even_within_a_request() {
    let mut config = ListenerConfig::plain(any_port());
    config.idle_seconds = 1;
    let stuck = Router::new().route("/", get(std::future::pending::<&'static str>));
    let server = Running::start(config, stuck).await;
    let mut stream = TcpStream::connect(server.address).await.unwrap();
    stream
        .write_all(b"GET / HTTP/1.1\r\nhost: x\r\n\r\n")
        .await
        .unwrap();
    let mut answer = Vec::new();
    let _ = tokio::time::timeout(DEADLINE, stream.read_to_end(&mut answer))
        .await
        .unwrap();
    assert!(answer.is_empty());
    server.stop().await;
}

#[tokio::test]
async fn pings_do_not_keep_a_request_alive_on_which_nothing_moves() {
    let certificates = Certificates::new();
    let mut config = ListenerConfig::tls(any_port(), certificates.tls());
    config.idle_seconds = 1;
    let stuck = Router::new().route("/", get(std::future::pending::<&'static str>));
    let server = Running::start(config, stuck).await;
    let certificate = certificates.client("test-01.A81001");
    let client = reqwest::Client::builder()
        .tls_certs_only([reqwest::Certificate::from_pem(&certificates.ca()).unwrap()])
        .identity(reqwest::Identity::from_pem(certificate.pem.as_bytes()).unwrap())
        .http2_prior_knowledge()
        .http2_keep_alive_interval(Duration::from_millis(200))
        .build()
        .unwrap();
    let url = format!("https://localhost:{}/", server.address.port());
    let ended = tokio::time::timeout(DEADLINE, client.get(&url).send()).await;
    assert!(ended.expect("closed by the server").is_err());
    server.stop().await;
}

#[tokio::test]
async fn headers_far_beyond_64_kib_are_refused() {
    let server = Running::start(ListenerConfig::plain(any_port()), who()).await;
    let mut stream = TcpStream::connect(server.address).await.unwrap();
    let header = format!(
        "GET / HTTP/1.1\r\nhost: x\r\nmex-subject: {}",
        "x".repeat(300_000)
    );
    let _ = stream.write_all(header.as_bytes()).await;
    let mut answer = Vec::new();
    let _ = tokio::time::timeout(DEADLINE, stream.read_to_end(&mut answer))
        .await
        .unwrap();
    let answer = String::from_utf8_lossy(&answer);
    assert!(
        answer.is_empty() || answer.starts_with("HTTP/1.1 431"),
        "{answer}"
    );
    server.stop().await;
}

#[tokio::test]
async fn a_transfer_coding_that_is_not_undone_is_refused_and_chunked_is_taken() {
    let server = Running::start(ListenerConfig::plain(any_port()), who()).await;
    for (codings, status) in [
        ("transfer-encoding: chunked", "200"),
        ("transfer-encoding: Chunked", "200"),
        ("transfer-encoding: gzip, chunked", "501"),
        (
            "transfer-encoding: gzip\r\ntransfer-encoding: chunked",
            "501",
        ),
        ("transfer-encoding: gzip", "400"),
    ] {
        let mut stream = TcpStream::connect(server.address).await.unwrap();
        let request = format!(
            "GET / HTTP/1.1\r\nhost: x\r\nconnection: close\r\n{codings}\r\n\r\n1\r\nx\r\n0\r\n\r\n"
        );
        stream.write_all(request.as_bytes()).await.unwrap();
        let mut answer = vec![0; 12];
        let read = tokio::time::timeout(DEADLINE, stream.read_exact(&mut answer)).await;
        read.unwrap().unwrap();
        let answer = String::from_utf8_lossy(&answer);
        assert_eq!(answer, format!("HTTP/1.1 {status}"), "{codings}");
    }
    server.stop().await;
}

#[tokio::test]
async fn connections_beyond_the_limit_wait_for_a_place() {
    let mut config = ListenerConfig::plain(any_port());
    config.max_connections = 1;
    let served = Arc::new(std::sync::atomic::AtomicUsize::new(0));
    let count = move || {
        let number = served.fetch_add(1, std::sync::atomic::Ordering::SeqCst);
        async move { format!("answer {number}") }
    };
    let server = Running::start(config, Router::new().route("/", get(count))).await;
    let request = b"GET / HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n";
    let mut first = TcpStream::connect(server.address).await.unwrap();
    let mut second = TcpStream::connect(server.address).await.unwrap();
    // The second asks before the first does, and yet is answered after it.
    second.write_all(request).await.unwrap();
    first.write_all(request).await.unwrap();
    let mut answer = String::new();
    tokio::time::timeout(DEADLINE, first.read_to_string(&mut answer))
        .await
        .unwrap()
        .unwrap();
    assert!(answer.ends_with("answer 0"), "{answer}");
    tokio::time::timeout(DEADLINE, second.read_to_string(&mut answer))
        .await
        .unwrap()
        .unwrap();
    assert!(answer.ends_with("answer 1"), "{answer}");
    server.stop().await;
}

#[tokio::test]
async fn a_request_under_way_finishes_after_the_stop_and_new_ones_find_nobody() {
    let (entered, release) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
    let (tell, wait) = (Arc::clone(&entered), Arc::clone(&release));
    let slow = Router::new().route(
        "/",
        get(move || async move {
            tell.notify_one();
            wait.notified().await;
            "finished"
        }),
    );
    let server = Running::start(ListenerConfig::plain(any_port()), slow).await;
    let address = server.address;
    let under_way = tokio::spawn(reqwest::get(format!("http://{address}/")));
    tokio::time::timeout(DEADLINE, entered.notified())
        .await
        .unwrap();
    server.shutdown.cancel();
    let refused = async {
        while TcpStream::connect(address).await.is_ok() {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(DEADLINE, refused).await.unwrap();
    assert!(!server.task.is_finished());
    release.notify_one();
    let answer = under_way.await.unwrap().unwrap();
    assert_eq!(answer.text().await.unwrap(), "finished");
    server.stop().await;
}

#[tokio::test]
async fn a_request_that_never_finishes_is_cut_at_the_end_of_the_drain_time() {
    let entered = Arc::new(Notify::new());
    let tell = Arc::clone(&entered);
    let stuck = Router::new().route(
        "/",
        get(move || async move {
            tell.notify_one();
            std::future::pending::<&'static str>().await
        }),
    );
    let mut config = ListenerConfig::plain(any_port());
    config.drain_seconds = 1;
    let server = Running::start(config, stuck).await;
    let under_way = tokio::spawn(reqwest::get(format!("http://{}/", server.address)));
    tokio::time::timeout(DEADLINE, entered.notified())
        .await
        .unwrap();
    server.stop().await;
    assert!(under_way.await.unwrap().is_err());
}

#[tokio::test]
async fn unusable_files_are_named_and_unknown_keys_refused() {
    let certificates = Certificates::new();
    let mut tls = certificates.tls();
    tls.client_ca = Some(tls.key.clone());
    let error = Server::bind(ListenerConfig::tls(any_port(), tls))
        .await
        .err()
        .unwrap();
    assert!(error.to_string().contains("server.key.pem"), "{error}");

    let listen = serde_json::json!({ "listen": "127.0.0.1:0", "lsten": 1 });
    let error = serde_json::from_value::<ListenerConfig>(listen).unwrap_err();
    assert!(error.to_string().contains("lsten"), "{error}");
}

/// With 256 descriptors at most, idle connections of a stranger leave room for files.
#[cfg(unix)]
#[test]
fn idle_connections_leave_descriptors_for_files() {
    use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
    let test = "connections::idle_connections_leave_descriptors_for_files";
    test_kit::alone(test, || {
        let limit = Rlimit {
            current: Some(200),
            maximum: Some(256),
        };
        setrlimit(Resource::Nofile, limit).unwrap();
        tokio::runtime::Runtime::new().unwrap().block_on(async {
            let server = Running::start(ListenerConfig::plain(any_port()), who()).await;
            assert_eq!(getrlimit(Resource::Nofile).current, Some(256), "raised");
            let mut idle = Vec::new();
            for _ in 0..110 {
                idle.push(TcpStream::connect(server.address).await.unwrap());
            }
            // whoever has a place is served
            let request = b"GET / HTTP/1.1\r\nhost: x\r\n\r\n";
            for stream in idle.iter_mut().take(80) {
                stream.write_all(request).await.unwrap();
                let mut answer = [0; 12];
                tokio::time::timeout(DEADLINE, stream.read_exact(&mut answer))
                    .await
                    .unwrap()
                    .unwrap();
                assert_eq!(&answer, b"HTTP/1.1 200");
            }
            let files: Vec<_> = (0..40).map(|_| std::fs::File::open("/dev/null")).collect();
            assert!(files.iter().all(Result::is_ok));
            drop(idle);
            server.stop().await;
        });
    });
}

/// After a restart all come at once. `connect` ends when the system has made the connection, whoever takes it.
#[tokio::test]
async fn a_thousand_clients_that_come_at_once_are_let_in_before_the_first_is_taken() {
    let server = Server::bind(ListenerConfig::plain(any_port()))
        .await
        .unwrap();
    let most = std::fs::read_to_string("/proc/sys/net/core/somaxconn");
    let most = most.ok().and_then(|most| most.trim().parse::<usize>().ok());
    let mut clients = Vec::new();
    for _ in 0..most.unwrap_or(1000).min(1000) {
        let connecting = TcpStream::connect(server.local_addr());
        let client = tokio::time::timeout(DEADLINE, connecting).await;
        clients.push(client.expect("the system has no room for it").unwrap());
    }
}
