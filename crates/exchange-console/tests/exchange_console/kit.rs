//! An exchange with a console over a real socket, and what a user of it does.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use bytes::Bytes;
use exchange::{Caller, Dependencies, Exchange, Keyring, NewMailbox, Settings};
use exchange_console::{Certificates, Console, ExchangeRole, Journeys, Notices};
use futures_util::stream;
use jiff::{SignedDuration, Timestamp};
use mail_store::Store;
use mesh::{AuthorizationToken, ChunkHeaders, ChunkRange, ContentEncoding, SendHeaders};
use nhs::{Clock, MailboxId, MessageId, OdsCode, SystemRandomness, WorkflowId};
use pages::{Access, AccessOptions, Live, NewUser, Role, Users};
use pds::{Demographics, MatchedOn, PdsError, Trace, TraceQuery};
use reqwest::header::{COOKIE, SET_COOKIE};
use reqwest::{Client, Response, StatusCode, redirect};
use secrecy::SecretString;
use test_kit::ManualClock;
use tokio_util::sync::CancellationToken;

pub const SENDER: &str = "A81001OT001";
pub const RECEIVER: &str = "A20047OT001";
pub const WORKFLOW: &str = "GPFED_CONSULT_REPORT";
pub const GARTON: &str = "GPPROVIDER_9693632109_23061946_GARTON";
/// What the sender says of its message: each names a patient, and one would be markup.
pub const SUBJECT: &str = "Report on GARTON <script>alert(1)</script>";
pub const LOCAL_ID: &str = "letter-9693632109";
pub const MAILBOX_NAME: &str = "<img src=x onerror=alert(1)> Surgery";

/// Knows one patient; may be switched off.
pub struct Patients(pub Mutex<bool>);

#[async_trait::async_trait]
impl Demographics for Patients {
    async fn trace(&self, query: &TraceQuery) -> Result<Trace, PdsError> {
        if !*self.0.lock().unwrap() {
            return Err(PdsError::Unavailable {
                retry_after: None,
                reason: "switched off by the test",
            });
        }
        Ok(match query.nhs_number.value() {
            9_693_632_109 => Trace::Registered {
                practice: OdsCode::parse("A20047").unwrap(),
                matched_on: MatchedOn::UsualName,
                superseded: false,
                restricted: false,
            },
            _ => Trace::NotFound,
        })
    }
}

pub struct World {
    pub directory: Arc<tempfile::TempDir>,
    pub exchange: Exchange,
    pub notices: Notices,
    pub certificates: Certificates,
    pub time: Arc<ManualClock>,
    pub patients: Arc<Patients>,
    pub users: Users,
    pub access: Access,
    pub address: String,
    pub client: Client,
}

impl World {
    pub async fn new() -> Self {
        let directory = Arc::new(tempfile::tempdir().unwrap());
        let time = Arc::new(ManualClock::new("2026-11-22T10:00:00Z".parse().unwrap()));
        let world = Self::over(directory, time).await;
        let operator = world.exchange.operator().unwrap();
        for (mailbox, ods) in [(SENDER, "A81001"), (RECEIVER, "A20047")] {
            let new = NewMailbox {
                id: id(mailbox),
                name: MAILBOX_NAME.to_owned(),
                ods: OdsCode::parse(ods).unwrap(),
                organisation_name: String::new(),
                billing_entity: String::new(),
                password: SecretString::from("password".to_owned()),
            };
            operator.add_mailbox(new).unwrap();
        }
        let workflow = WorkflowId::parse(WORKFLOW).unwrap();
        operator
            .allow(&workflow, &[id(SENDER)], &[id(RECEIVER)])
            .unwrap();
        operator.set_patient_routing(&workflow, true).unwrap();
        world.exchange.refresh_directory().await.unwrap();
        world
    }

    /// The same store with a process of its own: nothing is remembered but what is on disk.
    pub async fn over(directory: Arc<tempfile::TempDir>, time: Arc<ManualClock>) -> Self {
        let patients = Arc::new(Patients(Mutex::new(true)));
        let live = Live::new(CancellationToken::new());
        let journeys = Journeys::new(Arc::clone(&time) as _, live, Arc::new(()));
        let exchange = Exchange::open(Dependencies {
            store: Store::open(directory.path()).unwrap(),
            keyring: Keyring::open_or_create(&directory.path().join("key"), &SystemRandomness)
                .unwrap(),
            demographics: Arc::clone(&patients) as _,
            clock: Arc::clone(&time) as _,
            randomness: Arc::new(SystemRandomness),
            shared_key: SecretString::from("TestKey".to_owned()).into(),
            settings: Settings {
                require_certificate: false,
                single_use_tokens: false,
                reserve_bytes: Some(0),
                ..Settings::default()
            },
            observer: Arc::new(journeys.clone()),
        })
        .await
        .unwrap();
        let users = users(time.now());
        let access = Access::new(
            users.clone(),
            AccessOptions::new("Restante exchange", "console"),
            Arc::clone(&time) as _,
            Arc::new(SystemRandomness),
        );
        let notices = Notices::default();
        let console = Console::new(exchange.clone(), journeys);
        let certificates = Certificates::default();
        let console = console.with_notices(notices.clone());
        let console = console.with_certificates(certificates.clone());
        let console = console.with_setup(crate::settings::setup());
        let site = exchange_console::router(console, "", &access);
        let address = serve(pages::listener(&access, [site])).await;
        _ = rustls::crypto::ring::default_provider().install_default();
        Self {
            directory,
            exchange,
            notices,
            certificates,
            time,
            patients,
            users,
            access,
            address,
            client: Client::builder()
                .redirect(redirect::Policy::none())
                .build()
                .unwrap(),
        }
    }

    /// A console of its own over a copy of what is on disk.
    pub async fn restarted(&self) -> Self {
        let path = self.directory.path();
        let copy = tempfile::tempdir().unwrap();
        for name in ["records.sqlite3", "records.sqlite3-wal", "key"] {
            if path.join(name).exists() {
                std::fs::copy(path.join(name), copy.path().join(name)).unwrap();
            }
        }
        Self::over(Arc::new(copy), Arc::clone(&self.time)).await
    }

    pub async fn caller(&self, mailbox: &str) -> Caller {
        let password = SecretString::from("password".to_owned());
        let key = SecretString::from("TestKey".to_owned());
        let now = self.time.now();
        let token = AuthorizationToken::sign(&id(mailbox), &password, &key, "nonce", 0, now);
        let token = token.into_bytes();
        let caller = self.exchange.authenticate(mailbox, Some(&token), None);
        caller.await.unwrap()
    }

    pub async fn send(&self, to: &str, chunks: u32) -> MessageId {
        let mut headers = SendHeaders::new(to, WorkflowId::parse(WORKFLOW).unwrap());
        headers.chunk_range = Some(ChunkRange::new(1, chunks).unwrap());
        headers.subject = Some(SUBJECT.into());
        headers.local_id = Some(LOCAL_ID.into());
        let caller = self.caller(SENDER).await;
        let sent = self.exchange.send(&caller, headers, body());
        sent.await.unwrap()
    }

    pub async fn send_chunk(&self, message: &MessageId, number: u32, of: u32) {
        let headers = Some(ChunkHeaders {
            range: ChunkRange::new(number, of).unwrap(),
            encoding: ContentEncoding::Identity,
            length: None,
        });
        let caller = self.caller(SENDER).await;
        let id = message.as_str();
        let sent = self
            .exchange
            .send_chunk(&caller, id, number, headers, body());
        sent.await.unwrap();
    }

    pub async fn collect(&self, message: &MessageId) {
        let caller = self.caller(RECEIVER).await;
        let id = message.as_str();
        self.exchange.download(&caller, id, 1).await.unwrap();
        self.exchange.acknowledge(&caller, id).await.unwrap();
    }

    pub async fn cookie(&self, role: ExchangeRole) -> String {
        let identity = self.users.identity(role.name()).unwrap().unwrap();
        let link = self.access.sign_in_link(identity);
        let link = format!("{}{link}", self.address);
        let answer = self.client.get(link).send().await.unwrap();
        let set = answer.headers()[SET_COOKIE].to_str().unwrap();
        set.split(';').next().unwrap().to_owned()
    }

    pub async fn get(&self, role: ExchangeRole, path: &str) -> Response {
        let cookie = self.cookie(role).await;
        let address = format!("{}{path}", self.address);
        let asked = self.client.get(address).header(COOKIE, cookie);
        asked.send().await.unwrap()
    }

    /// A page that is shown.
    pub async fn page(&self, role: ExchangeRole, path: &str) -> String {
        let answer = self.get(role, path).await;
        assert_eq!(answer.status(), StatusCode::OK, "{path}");
        answer.text().await.unwrap()
    }

    /// Sends a form with the session's token.
    pub async fn post(&self, role: ExchangeRole, path: &str, form: &[(&str, &str)]) -> Response {
        let cookie = self.cookie(role).await;
        let home = self.client.get(&self.address).header(COOKIE, &cookie);
        let home = home.send().await.unwrap().text().await.unwrap();
        let (_, token) = home.split_once("name=\"token\" value=\"").unwrap();
        let token = token.split('"').next().unwrap();
        let mut form = form.to_vec();
        form.push(("token", token));
        let address = format!("{}{path}", self.address);
        let asked = self.client.post(address).header(COOKIE, cookie).form(&form);
        asked.send().await.unwrap()
    }
}

pub fn id(mailbox: &str) -> MailboxId {
    MailboxId::parse(mailbox).unwrap()
}

fn body() -> impl futures_util::Stream<Item = Result<Bytes, Infallible>> + Send + Unpin {
    stream::iter([Ok(Bytes::from_static(b"the body"))])
}

/// A user of each role, named as it.
fn users(now: Timestamp) -> Users {
    let users = Users::in_memory().unwrap();
    let somebody = [("somebody", ExchangeRole::Observer)];
    let each = ExchangeRole::ALL.iter().map(|role| (role.name(), *role));
    for (name, role) in each.chain(somebody) {
        let new = NewUser {
            name: name.to_owned(),
            role: role.name().to_owned(),
            password: "correct horse battery".to_owned().into(),
        };
        users.add(&new, now, &SystemRandomness).unwrap();
    }
    users
}

async fn serve(router: axum::Router) -> String {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    let app = router.into_make_service_with_connect_info::<SocketAddr>();
    tokio::spawn(async move { axum::serve(listener, app).await });
    address
}

/// Where each text stands in a page; they must stand in this order.
pub fn in_order(page: &str, texts: &[&str]) {
    let mut rest = page;
    for text in texts {
        let (_, after) = rest
            .split_once(text)
            .unwrap_or_else(|| panic!("{text} is missing, or before another, in\n{page}"));
        rest = after;
    }
}

pub async fn delivered(world: &World) -> MessageId {
    let message = world.send(GARTON, 1).await;
    world.time.pass(SignedDuration::from_millis(1_500));
    world.exchange.route_due().await.unwrap();
    message
}
