//! A sandbox with its page, and requests to both.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use exchange::{Dependencies, Exchange, Keyring, NewMailbox, Settings};
use https_listener::{ListenerConfig, Server};
use mail_store::Store;
use mesh::AuthorizationToken;
use mesh_server::Options;
use nhs::{Clock, MailboxId, OdsCode, SystemClock, SystemRandomness};
use pages::{HostNames, Live};
use reqwest::{Client, RequestBuilder, Response};
use sandbox_pages::sandbox::{Connection, Faults, Recorder, router};
use secrecy::SecretString;
use serde_json::Value;
use tempfile::TempDir;
use tokio_util::sync::CancellationToken;

pub const PASSWORD: &str = "password";
pub const SHARED_KEY: &str = "TestKey";

pub struct World {
    pub mesh: String,
    pub page: String,
    pub token: String,
    pub http: Client,
    pub shutdown: CancellationToken,
    _dir: TempDir,
}

impl Drop for World {
    fn drop(&mut self) {
        self.shutdown.cancel();
    }
}

impl World {
    pub async fn new() -> Self {
        Self::with(Settings::sandbox()).await
    }

    pub async fn with(settings: Settings) -> Self {
        _ = rustls::crypto::ring::default_provider().install_default();
        let dir = TempDir::new().unwrap();
        let shutdown = CancellationToken::new();
        let live = Live::new(shutdown.clone());
        let recorder = Recorder::new(Arc::new(SystemClock), live, Arc::new(()));
        let exchange = open(dir.path(), settings, recorder.clone()).await;
        let api = Server::bind(ListenerConfig::plain(([127, 0, 0, 1], 0).into()));
        let api = api.await.unwrap();
        let mesh = format!("http://{}", api.local_addr());
        let options = Options {
            sandbox: true,
            requests_per_second: 0,
            refused_per_minute: 0,
            ..Options::default()
        };
        let watcher = Arc::new(recorder.clone());
        let routes = mesh_server::watched_router(exchange.clone(), options, watcher);
        let faults = Faults::default();
        tokio::spawn(api.run(faults.within(routes), shutdown.clone()));
        let connection = Connection {
            mesh_url: mesh.clone(),
            password: PASSWORD.to_owned(),
            who: "no sign-in, this machine only",
        };
        let randomness = Arc::new(SystemRandomness);
        let site = router(
            exchange,
            recorder,
            faults,
            connection,
            HostNames::default(),
            randomness,
        );
        let server = Server::bind(ListenerConfig::plain(([127, 0, 0, 1], 0).into()));
        let server = server.await.unwrap();
        let page = format!("http://{}", server.local_addr());
        tokio::spawn(server.run(site, shutdown.clone()));
        let http = Client::new();
        let index = http.get(format!("{page}/api/v1")).send().await.unwrap();
        let token = json(index).await["token"].as_str().unwrap().to_owned();
        Self {
            mesh,
            page,
            token,
            http,
            shutdown,
            _dir: dir,
        }
    }

    /// A message sent over the MESH API; its id.
    pub async fn send(&self, workflow: &str, body: impl Into<reqwest::Body>) -> String {
        let answer = self
            .http
            .post(format!("{}/messageexchange/X26ABC1/outbox", self.mesh))
            .header("authorization", token("X26ABC1", SHARED_KEY))
            .header("mex-to", "X26ABC2")
            .header("mex-workflowid", workflow)
            .header("mex-subject", "about a test")
            .header("user-agent", "a test")
            .body(body)
            .send()
            .await
            .unwrap();
        assert_eq!(answer.status(), 202);
        json(answer).await["messageID"].as_str().unwrap().to_owned()
    }

    /// One of the page's examples, sent by the page; its id.
    pub async fn example(&self, name: &str) -> String {
        let body = serde_json::json!({ "from": "X26ABC1", "to": "X26ABC2", "example": name });
        let answer = self.change("POST", "/api/v1/messages", Some(&body)).await;
        assert_eq!(answer.status(), 201);
        json(answer).await["id"].as_str().unwrap().to_owned()
    }

    pub fn get(&self, path: &str) -> RequestBuilder {
        self.http.get(format!("{}{path}", self.page))
    }

    /// A page that is there.
    pub async fn text(&self, path: &str) -> String {
        let answer = self.get(path).send().await.unwrap();
        assert_eq!(answer.status(), 200, "{path}");
        answer.text().await.unwrap()
    }

    pub async fn json(&self, path: &str) -> Value {
        let answer = self.get(path).send().await.unwrap();
        assert_eq!(answer.status(), 200, "{path}");
        json(answer).await
    }

    /// A request that changes something, with the token.
    pub async fn change(&self, method: &str, path: &str, body: Option<&Value>) -> Response {
        let method = method.parse().unwrap();
        let request = self
            .http
            .request(method, format!("{}{path}", self.page))
            .header("x-restante-token", &self.token);
        let request = match body {
            Some(body) => request
                .header("content-type", "application/json")
                .body(body.to_string()),
            None => request,
        };
        request.send().await.unwrap()
    }

    /// A request to a mailbox's route without a right token.
    pub async fn refused(&self, authorization: Option<String>, body: Vec<u8>) {
        let request = self
            .http
            .post(format!("{}/messageexchange/X26ABC1/outbox", self.mesh))
            .header("mex-to", "X26ABC2")
            .header("mex-workflowid", "TEST_WORKFLOW")
            .body(body);
        let request = match authorization {
            Some(token) => request.header("authorization", token),
            None => request,
        };
        assert_eq!(request.send().await.unwrap().status(), 403);
    }

    pub async fn inbox(&self, mailbox: &str) -> Vec<String> {
        let request = self
            .http
            .get(format!("{}/messageexchange/{mailbox}/inbox", self.mesh))
            .header("authorization", token(mailbox, SHARED_KEY));
        let ids = json(request.send().await.unwrap()).await;
        serde_json::from_value(ids["messages"].clone()).unwrap()
    }
}

pub async fn json(answer: Response) -> Value {
    serde_json::from_slice(&answer.bytes().await.unwrap()).unwrap()
}

/// A token that has not been used.
pub fn token(mailbox: &str, shared_key: &str) -> String {
    static COUNT: AtomicU64 = AtomicU64::new(0);
    AuthorizationToken::sign(
        &MailboxId::parse(mailbox).unwrap(),
        &SecretString::from(PASSWORD),
        &SecretString::from(shared_key),
        "4a3b2c1d",
        COUNT.fetch_add(1, Ordering::Relaxed),
        SystemClock.now(),
    )
}

async fn open(dir: &Path, settings: Settings, recorder: Recorder) -> Exchange {
    let exchange = Exchange::open(Dependencies {
        store: Store::open(&dir.join("store")).unwrap(),
        keyring: Keyring::open_or_create(&dir.join("key"), &SystemRandomness).unwrap(),
        demographics: Arc::new(Nobody),
        clock: Arc::new(SystemClock),
        randomness: Arc::new(SystemRandomness),
        shared_key: SecretString::from(SHARED_KEY).into(),
        settings: Settings {
            reserve_bytes: settings.reserve_bytes.or(Some(0)),
            ..settings
        },
        observer: Arc::new(recorder),
    })
    .await
    .unwrap();
    let operator = exchange.operator().unwrap();
    for (id, ods) in [("X26ABC1", "X26"), ("X26ABC2", "X26"), ("X26ABC3", "X27")] {
        let mailbox = NewMailbox {
            id: MailboxId::parse(id).unwrap(),
            name: format!("Test {id}"),
            ods: OdsCode::parse(ods).unwrap(),
            organisation_name: String::new(),
            billing_entity: String::new(),
            password: SecretString::from(PASSWORD),
        };
        operator.add_mailbox(mailbox).unwrap();
    }
    exchange.refresh_directory().await.unwrap();
    exchange
}

/// A registry without patients.
struct Nobody;

#[async_trait::async_trait]
impl pds::Demographics for Nobody {
    async fn trace(&self, _query: &pds::TraceQuery) -> Result<pds::Trace, pds::PdsError> {
        Ok(pds::Trace::NotFound)
    }
}
