//! A running API over an exchange with the mailboxes of mesh-sandbox, and requests to it.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use ::exchange::{Exchange, Settings};
use https_listener::{ListenerConfig, Server};
use jiff::Timestamp;
use mesh::AuthorizationToken;
use mesh_server::Options;
use nhs::{Clock, MailboxId, SystemClock};
use reqwest::header::{ACCEPT, AUTHORIZATION};
use reqwest::{Client, Method, RequestBuilder, Response};
use secrecy::SecretString;
use tempfile::TempDir;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

pub mod certificates;
pub mod exchange;

pub const V1: &str = "application/vnd.mesh.v1+json";
pub const V2: &str = "application/vnd.mesh.v2+json";

pub struct Api {
    pub url: String,
    pub http: Client,
    pub exchange: Exchange,
    pub operations: axum::Router,
    pub shutdown: CancellationToken,
    tasks: Vec<JoinHandle<()>>,
    dir: TempDir,
}

impl Api {
    pub async fn sandbox() -> Self {
        let options = Options {
            sandbox: true,
            ..Options::default()
        };
        Self::start(Settings::sandbox(), options).await
    }

    /// The rules of the real service over plain HTTP.
    pub async fn strict() -> Self {
        let settings = Settings {
            require_certificate: false,
            ..Settings::default()
        };
        Self::start(settings, Options::default()).await
    }

    pub async fn start(settings: Settings, options: Options) -> Self {
        let address = ([127, 0, 0, 1], 0).into();
        _ = rustls::crypto::ring::default_provider().install_default();
        let client = Client::builder()
            .timeout(Duration::from_secs(60))
            .build()
            .unwrap();
        Self::start_on(ListenerConfig::plain(address), settings, options, client).await
    }

    pub async fn start_on(
        listener: ListenerConfig,
        settings: Settings,
        options: Options,
        http: Client,
    ) -> Self {
        Self::start_in(TempDir::new().unwrap(), listener, settings, options, http).await
    }

    /// On the messages, mailboxes and used tokens that `dir` holds.
    pub async fn start_in(
        dir: TempDir,
        listener: ListenerConfig,
        settings: Settings,
        options: Options,
        http: Client,
    ) -> Self {
        let exchange = exchange::open(dir.path(), settings).await;
        let scheme = if listener.tls.is_some() {
            "https"
        } else {
            "http"
        };
        let server = Server::bind(listener).await.unwrap();
        let url = format!("{scheme}://localhost:{}", server.local_addr().port());
        let routers = mesh_server::routers(exchange.clone(), options);
        let shutdown = CancellationToken::new();
        let background = (exchange.clone(), shutdown.clone());
        let tasks = vec![
            tokio::spawn(server.run(routers.api, shutdown.clone())),
            tokio::spawn(async move {
                background.0.run(background.1).await;
            }),
        ];
        Self {
            url,
            http,
            exchange,
            operations: routers.operations,
            shutdown,
            tasks,
            dir,
        }
    }

    /// Stops, and starts again on the same directory with other listeners and connections.
    pub async fn restart(self, listener: ListenerConfig, settings: Settings) -> Self {
        let http = self.http.clone();
        let dir = self.stop_and_keep().await;
        Self::start_in(dir, listener, settings, Options::default(), http).await
    }

    /// Where its messages are.
    pub fn store(&self) -> std::path::PathBuf {
        self.dir.path().join("store")
    }

    /// Serves what operators ask until the API stops; its address.
    pub async fn serve_operations(&self) -> String {
        let config = ListenerConfig::plain(([127, 0, 0, 1], 0).into());
        let server = Server::bind(config).await.unwrap();
        let url = format!("http://{}", server.local_addr());
        tokio::spawn(server.run(self.operations.clone(), self.shutdown.clone()));
        url
    }

    pub async fn stop(self) {
        self.stop_and_keep().await;
    }

    async fn stop_and_keep(self) -> TempDir {
        self.shutdown.cancel();
        for task in self.tasks {
            tokio::time::timeout(Duration::from_secs(20), task)
                .await
                .unwrap()
                .unwrap();
        }
        self.dir
    }

    /// A request on a path under `/messageexchange/{mailbox}`, with a token and version 2.
    pub fn request(&self, method: Method, mailbox: &str, path: &str) -> RequestBuilder {
        self.versioned(V2, method, mailbox, path)
    }

    pub fn versioned(&self, v: &str, method: Method, mailbox: &str, path: &str) -> RequestBuilder {
        self.http
            .request(
                method,
                format!("{}/messageexchange/{mailbox}{path}", self.url),
            )
            .header(AUTHORIZATION, token(mailbox))
            .header(ACCEPT, v)
    }

    pub async fn get(&self, mailbox: &str, path: &str) -> Response {
        self.request(Method::GET, mailbox, path)
            .send()
            .await
            .unwrap()
    }

    pub fn sending(&self, from: &str, to: &str) -> RequestBuilder {
        self.request(Method::POST, from, "/outbox")
            .header("mex-to", to)
            .header("mex-workflowid", "TEST_WORKFLOW")
    }

    /// Sends a message and gives its id.
    pub async fn send(&self, from: &str, to: &str, body: impl Into<reqwest::Body>) -> String {
        let answer = self.sending(from, to).body(body).send().await.unwrap();
        assert_eq!(answer.status(), 202);
        json(answer).await["message_id"]
            .as_str()
            .unwrap()
            .to_owned()
    }

    pub async fn inbox(&self, mailbox: &str) -> Vec<String> {
        let page = json(self.get(mailbox, "/inbox").await).await;
        serde_json::from_value(page["messages"].clone()).unwrap()
    }
}

pub async fn json(answer: Response) -> serde_json::Value {
    serde_json::from_slice(&answer.bytes().await.unwrap()).unwrap()
}

pub fn header<'a>(answer: &'a Response, name: &str) -> &'a str {
    answer
        .headers()
        .get(name)
        .map_or("", |value| value.to_str().unwrap())
}

/// A token that has not been used.
pub fn token(mailbox: &str) -> String {
    static COUNT: AtomicU64 = AtomicU64::new(0);
    signed(
        mailbox,
        exchange::PASSWORD,
        COUNT.fetch_add(1, Ordering::Relaxed),
    )
}

pub fn signed(mailbox: &str, password: &str, count: u64) -> String {
    signed_at(mailbox, password, count, SystemClock.now())
}

pub fn signed_at(mailbox: &str, password: &str, count: u64, at: Timestamp) -> String {
    AuthorizationToken::sign(
        &MailboxId::parse(mailbox).unwrap(),
        &SecretString::from(password),
        &SecretString::from(exchange::SHARED_KEY),
        "4a3b2c1d",
        count,
        at,
    )
}

pub fn gzip(bytes: &[u8]) -> Vec<u8> {
    use std::io::Write;
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

pub fn gunzip(bytes: &[u8]) -> Vec<u8> {
    use std::io::Read;
    let mut plain = Vec::new();
    flate2::read::MultiGzDecoder::new(bytes)
        .read_to_end(&mut plain)
        .unwrap();
    plain
}

/// Runs a test in a process of its own.
pub fn alone(test: &str, body: impl Future<Output = ()>) {
    test_kit::alone(test, || {
        let runtime = tokio::runtime::Runtime::new().unwrap();
        runtime.block_on(body);
    });
}
