//! Who asks for an answer and does not read it.

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::{Body, Bytes};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use futures_util::stream;
use https_listener::{ListenerConfig, UntilSent};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::sync::Notify;

use crate::kit::{Certificates, DEADLINE, Running, any_port};

/// Says that it was dropped.
struct Guard(Arc<Notify>);

impl Drop for Guard {
    fn drop(&mut self) {
        self.0.notify_one();
    }
}

/// `/endless` never ends, `/long` is eight megabytes at once; both say when all of the answer is gone.
fn answers(gone: &Arc<Notify>) -> Router {
    let (endless, long) = (Arc::clone(gone), Arc::clone(gone));
    Router::new()
        .route(
            "/endless",
            get(async move || {
                let guard = Guard(Arc::clone(&endless));
                let piece = Bytes::from_static(&[b'x'; 64 * 1024]);
                Body::from_stream(stream::repeat_with(move || {
                    let _ = &guard;
                    Ok::<_, std::io::Error>(piece.clone())
                }))
            }),
        )
        .route(
            "/long",
            get(async move || -> Response {
                let mut answer = vec![b'x'; 8 * 1024 * 1024].into_response();
                let guard = Guard(Arc::clone(&long));
                answer.extensions_mut().insert(UntilSent(Arc::new(guard)));
                answer
            }),
        )
        .route("/", get(async || "hello"))
}

async fn within_deadline(what: impl Future<Output = ()>) {
    tokio::time::timeout(DEADLINE, what).await.unwrap();
}

fn impatient(mut config: ListenerConfig) -> ListenerConfig {
    config.slow_reader_seconds = 1;
    config
}

#[tokio::test]
async fn a_reader_that_stands_still_is_cut_off_over_http_1() {
    let gone = Arc::new(Notify::new());
    let config = impatient(ListenerConfig::plain(any_port()));
    let server = Running::start(config, answers(&gone)).await;
    for path in ["/endless", "/long"] {
        let mut still = TcpStream::connect(server.address).await.unwrap();
        let request = format!("GET {path} HTTP/1.1\r\nhost: x\r\n\r\n");
        still.write_all(request.as_bytes()).await.unwrap();
        within_deadline(gone.notified()).await;
    }
    server.stop().await;
}

#[tokio::test]
async fn a_reader_that_stands_still_and_pings_is_cut_off_over_http_2() {
    let gone = Arc::new(Notify::new());
    let certificates = Certificates::new();
    let config = impatient(ListenerConfig::tls(any_port(), certificates.tls()));
    let server = Running::start(config, answers(&gone)).await;
    let certificate = certificates.client("test-01.A81001");
    let client = || {
        reqwest::Client::builder()
            .tls_certs_only([reqwest::Certificate::from_pem(&certificates.ca()).unwrap()])
            .identity(reqwest::Identity::from_pem(certificate.pem.as_bytes()).unwrap())
            .http2_prior_knowledge()
            .http2_keep_alive_interval(Duration::from_millis(200))
            .http2_initial_stream_window_size(70_000)
            .build()
            .unwrap()
    };
    let url = format!("https://localhost:{}", server.address.port());
    for path in ["endless", "long"] {
        let still = client();
        let answer = still.get(format!("{url}/{path}")).send().await.unwrap();
        // another connection of the same caller is served meanwhile
        let hello = client().get(&url).send().await.unwrap();
        assert_eq!(hello.text().await.unwrap(), "hello");
        within_deadline(gone.notified()).await;
        assert!(answer.bytes().await.is_err(), "{path}");
    }
    server.stop().await;
}

#[tokio::test]
async fn what_is_kept_until_an_answer_is_sent_is_kept_that_long_and_no_longer() {
    let gone = Arc::new(Notify::new());
    let server = Running::start(ListenerConfig::plain(any_port()), answers(&gone)).await;
    let mut reader = TcpStream::connect(server.address).await.unwrap();
    let request = b"GET /long HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n";
    reader.write_all(request).await.unwrap();
    let mut head = [0; 12];
    reader.read_exact(&mut head).await.unwrap();
    assert_eq!(&head, b"HTTP/1.1 200");
    let notified = gone.notified();
    tokio::pin!(notified);
    assert!(!notified.as_mut().enable(), "most of it was not read");
    let mut rest = Vec::new();
    reader.read_to_end(&mut rest).await.unwrap();
    assert!(rest.len() > 8 * 1024 * 1024);
    within_deadline(notified).await;
    server.stop().await;
}
