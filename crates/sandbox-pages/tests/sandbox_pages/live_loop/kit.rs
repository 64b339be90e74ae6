//! An exchange with its MESH API and the live loop over it, and the two practices' hands.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use exchange::{Dependencies, Exchange, Keyring, NewMailbox, Settings};
use exchange_console::ExchangeRole;
use jiff::SignedDuration;
use journey::{AnswerClass, Event, Place, Step};
use mail_store::Store;
use mesh::{AuthorizationToken, ControlFile};
use nhs::{Clock, DateOrder, MailboxId, MessageId, OdsCode, SystemRandomness, WorkflowId};
use pages::{Access, AccessOptions, Live, NewUser, Role, Users};
use parking_lot::Mutex;
use pds::{Demographics, MatchedOn, PdsError, Trace, TraceQuery};
use reqwest::header::{AUTHORIZATION, COOKIE, SET_COOKIE};
use reqwest::{Client, Method, RequestBuilder, Response, StatusCode, redirect};
use sandbox_pages::live_loop::{
    Counts, Example, Fault, LiveLoop, Mailboxes, Pair, Places, Practice, Recorder, Running,
    Visitor, Waiting, router,
};
use secrecy::SecretString;
use send_document::{BuildParams, CheckedConsultation, Ruleset, build};
use test_kit::ManualClock;
use tokio_util::sync::CancellationToken;

pub const STARLING: &str = "A81001OT001";
pub const OSPREY: &str = "A20047OT001";
pub const VISITOR: &str = "Y90001OT001";
const WORKFLOW: &str = "GPFED_CONSULT_REPORT";
const ACKNOWLEDGEMENT: &str = "GPFED_CONSULT_REPORT_ACK";
const CONSULTATION: &[u8] = include_bytes!("../../../../send-document/examples/consultation.json");

/// What the page's buttons did, and PDS, which knows one patient and may be switched off.
#[derive(Default)]
pub struct Switches {
    pub sent: Mutex<Vec<Example>>,
    pub on: Mutex<Vec<Fault>>,
    pub refuses: Mutex<Option<String>>,
    recorder: Mutex<Option<Recorder>>,
}

#[async_trait::async_trait]
impl Demographics for Switches {
    async fn trace(&self, query: &TraceQuery) -> Result<Trace, PdsError> {
        if self.is_on(Fault::PdsAway) {
            return Err(PdsError::Unavailable {
                retry_after: None,
                reason: "switched off by the test",
            });
        }
        let registered = |practice| Trace::Registered {
            practice: OdsCode::parse(practice).unwrap(),
            matched_on: MatchedOn::UsualName,
            superseded: false,
            restricted: false,
        };
        Ok(match query.nhs_number.value() {
            9_693_632_109 => registered("A20047"),
            9_733_162_043 => registered("B82001"),
            _ => Trace::NotFound,
        })
    }
}

#[async_trait::async_trait]
impl Running for Switches {
    async fn send(&self, example: Example) -> Result<(), String> {
        if let Some(why) = self.refuses.lock().clone() {
            return Err(why);
        }
        self.sent.lock().push(example);
        let recorder = self.recorder.lock();
        recorder.as_ref().unwrap().written(example.name());
        Ok(())
    }

    fn is_on(&self, fault: Fault) -> bool {
        self.on.lock().contains(&fault)
    }

    fn set(&self, fault: Fault, on: bool) {
        let mut all = self.on.lock();
        all.retain(|known| *known != fault);
        if on {
            all.push(fault);
        }
    }

    async fn counts(&self) -> Counts {
        Counts {
            sender: Waiting {
                out: 0,
                sent: 7,
                incoming: 1,
            },
            receiver: Waiting {
                out: 0,
                sent: 13,
                incoming: 0,
            },
            for_sender: 0,
            for_receiver: 1,
        }
    }

    async fn file(&self, name: &str) -> Option<Vec<u8>> {
        (name == "connect.env").then(|| b"MESH_PASSWORD=secret".to_vec())
    }
}

pub struct World {
    pub exchange: Exchange,
    pub recorder: Recorder,
    pub switches: Arc<Switches>,
    pub time: Arc<ManualClock>,
    pub client: Client,
    pub page: String,
    mesh: String,
    users: Users,
    access: Access,
    nonces: AtomicU64,
    _directory: tempfile::TempDir,
}

/// A letter in the hands of the sending practice.
pub struct Written {
    pub header_id: String,
    to: String,
    data: Vec<u8>,
}

impl Written {
    /// Its files as the receiver has them.
    pub fn pair(&self) -> Pair {
        Pair {
            name: "again".to_owned(),
            data: self.data.clone(),
            control: Vec::new(),
        }
    }
}

impl World {
    pub async fn new() -> Self {
        _ = rustls::crypto::ring::default_provider().install_default();
        let directory = tempfile::tempdir().unwrap();
        let time = Arc::new(ManualClock::new("2026-11-22T10:00:00Z".parse().unwrap()));
        let switches = Arc::new(Switches::default());
        let live = Live::new(CancellationToken::new());
        let clock = Arc::clone(&time) as Arc<dyn Clock>;
        let recorder = Recorder::new(mailboxes(), Arc::clone(&clock), live, Arc::new(()));
        *switches.recorder.lock() = Some(recorder.clone());
        let exchange = Exchange::open(Dependencies {
            store: Store::open(directory.path()).unwrap(),
            keyring: Keyring::open_or_create(&directory.path().join("key"), &SystemRandomness)
                .unwrap(),
            demographics: Arc::clone(&switches) as _,
            clock: Arc::clone(&clock),
            randomness: Arc::new(SystemRandomness),
            shared_key: key().into(),
            settings: Settings {
                require_certificate: false,
                reserve_bytes: Some(0),
                ..Settings::default()
            },
            observer: Arc::new(recorder.clone()),
        })
        .await
        .unwrap();
        fill(&exchange).await;
        let watcher = Arc::new(recorder.clone());
        let api =
            mesh_server::watched_router(exchange.clone(), mesh_server::Options::default(), watcher);
        let mesh = serve(api).await;
        let users = users(&time);
        let options = AccessOptions::new("Restante demo", "demo");
        let access = Access::new(users.clone(), options, clock, Arc::new(SystemRandomness));
        let live_loop = LiveLoop::new(places(), recorder.clone(), Arc::clone(&switches) as _);
        let site = router(live_loop, vec![("Starling", "/starling")], &access);
        let page = serve(pages::listener(&access, [site])).await;
        let client = Client::builder().redirect(redirect::Policy::none());
        Self {
            exchange,
            recorder,
            switches,
            time,
            client: client.build().unwrap(),
            page,
            mesh,
            users,
            access,
            nonces: AtomicU64::new(1),
            _directory: directory,
        }
    }

    pub fn pass(&self, milliseconds: i64) {
        self.time.pass(SignedDuration::from_millis(milliseconds));
    }

    /// A request to the MESH API, signed.
    pub fn mesh(&self, method: Method, mailbox: &str, path: &str) -> RequestBuilder {
        let nonce = self.nonces.fetch_add(1, Ordering::Relaxed).to_string();
        let now = self.time.now();
        let token = AuthorizationToken::sign(&id(mailbox), &password(), &key(), &nonce, 0, now);
        let url = format!("{}/messageexchange/{mailbox}{path}", self.mesh);
        self.client
            .request(method, url)
            .header(AUTHORIZATION, token)
    }

    /// A letter that nobody has heard of yet, and its two files.
    pub fn letter(&self, nhs_number: &str) -> (Written, Pair) {
        let mut consultation: serde_json::Value = serde_json::from_slice(CONSULTATION).unwrap();
        consultation["patient"]["nhs_number"] = nhs_number.into();
        let consultation = serde_json::to_vec(&consultation).unwrap();
        let consultation = CheckedConsultation::from_json(&consultation).unwrap();
        let params = BuildParams {
            sender_mailbox: id(STARLING),
            version: 1,
            replaces: None,
            date_order: DateOrder::DayMonthYear,
            now: self.time.now(),
            randomness: &SystemRandomness,
        };
        let built = build(&consultation, Ruleset::V1_3, &params).unwrap().built;
        let control = ControlFile {
            subject: Some(built.subject.clone()),
            local_id: Some(built.local_id.clone()),
            ..ControlFile::data(&id(STARLING), &built.to, &built.workflow)
        };
        let pair = Pair {
            name: "6ADE91".to_owned(),
            data: built.message.clone(),
            control: control.write(),
        };
        let written = Written {
            header_id: built.message_id.to_string(),
            to: built.to,
            data: built.message,
        };
        (written, pair)
    }

    /// Step 1: the pair is in OUT.
    pub fn write(&self, nhs_number: &str) -> Written {
        let (written, pair) = self.letter(nhs_number);
        self.recorder.written(&written.header_id);
        self.recorder.keep(&written.header_id, pair);
        written
    }

    /// Step 2: a client sends it, and 19 ms later has its 202.
    pub async fn send_from(&self, mailbox: &str, letter: &Written) -> MessageId {
        self.pass(19);
        let request = self.mesh(Method::POST, mailbox, "/outbox");
        let request = request
            .header("Mex-To", &letter.to)
            .header("Mex-WorkflowID", WORKFLOW)
            .header("Mex-LocalID", mailbox.get(..6).unwrap());
        let answer = request.body(letter.data.clone()).send().await.unwrap();
        assert_eq!(answer.status(), StatusCode::ACCEPTED);
        message_of(answer).await
    }

    /// Steps 1 and 2 at the sending practice.
    pub async fn send(&self, nhs_number: &str) -> (Written, MessageId) {
        let letter = self.write(nhs_number);
        let message = self.send_from(STARLING, &letter).await;
        self.note(
            "Starling",
            Event::Sent {
                message: message.clone(),
            },
        );
        self.recorder.sent(&letter.header_id, &message);
        (letter, message)
    }

    /// Steps 3 and 4, 2 ms later.
    pub async fn route(&self) {
        self.pass(2);
        self.exchange.route_due().await.unwrap();
    }

    /// Step 5: the receiving client collects it within 62 ms.
    pub async fn collect(&self, message: &MessageId) {
        self.pass(62);
        self.get_message(OSPREY, message).await;
        self.pass(14);
        self.note(
            "Osprey",
            Event::Published {
                message: message.clone(),
            },
        );
        self.acknowledge(OSPREY, message).await;
    }

    /// Step 6: the receiving GP system takes it, checks it and raises a task, within 48 ms.
    pub fn take(&self, message: &MessageId) {
        self.pass(20);
        self.note(
            "Osprey",
            Event::Taken {
                message: message.clone(),
            },
        );
        self.pass(28);
        self.note(
            "Osprey",
            Event::TaskRaised {
                message: message.clone(),
            },
        );
    }

    /// An answer goes all the way back, within 100 ms.
    pub async fn answer(
        &self,
        letter: &Written,
        message: &MessageId,
        class: AnswerClass,
        code: u32,
    ) {
        let carrier = self
            .answer_from_osprey(letter, message, class, code, STARLING)
            .await;
        self.pass(50);
        self.get_message(STARLING, &carrier).await;
        self.pass(20);
        self.note(
            "Starling",
            Event::Answered {
                message: message.clone(),
                class,
                code,
                positive: matches!(code, 20_013 | 30_001),
                carrier: Some(carrier),
            },
        );
    }

    /// An answer as far as the exchange.
    pub async fn answer_from_osprey(
        &self,
        letter: &Written,
        message: &MessageId,
        class: AnswerClass,
        code: u32,
        to: &str,
    ) -> MessageId {
        self.pass(10);
        self.recorder.answering(message, class, code);
        self.pass(20);
        let kind = if class == AnswerClass::Business {
            "busAck"
        } else {
            "infAck"
        };
        let request = self.mesh(Method::POST, OSPREY, "/outbox");
        let request = request
            .header("Mex-To", to)
            .header("Mex-WorkflowID", ACKNOWLEDGEMENT)
            .header("Mex-LocalID", format!("{kind}-{}", letter.header_id));
        let answer = request.body("the answer").send().await.unwrap();
        assert_eq!(answer.status(), StatusCode::ACCEPTED);
        message_of(answer).await
    }

    pub async fn get_message(&self, mailbox: &str, message: &MessageId) {
        let request = self.mesh(Method::GET, mailbox, &format!("/inbox/{message}"));
        let answer = request.send().await.unwrap();
        assert_eq!(answer.status(), StatusCode::OK);
        answer.bytes().await.unwrap();
    }

    pub async fn acknowledge(&self, mailbox: &str, message: &MessageId) {
        let path = format!("/inbox/{message}/status/acknowledged");
        let answer = self.mesh(Method::PUT, mailbox, &path).send().await.unwrap();
        assert_eq!(answer.status(), StatusCode::OK);
    }

    /// The whole way of a good letter: 20013 and 30001.
    pub async fn deliver(&self) -> MessageId {
        let (letter, message) = self.send("9693632109").await;
        self.route().await;
        self.collect(&message).await;
        self.take(&message);
        self.answer(&letter, &message, AnswerClass::Infrastructure, 20_013)
            .await;
        self.answer(&letter, &message, AnswerClass::Business, 30_001)
            .await;
        message
    }

    pub fn note(&self, place: &str, event: Event) {
        self.recorder.note(Step {
            at: self.time.now(),
            place: Place::Practice(place.to_owned()),
            event,
        });
    }

    async fn cookie(&self, role: ExchangeRole) -> String {
        let identity = self.users.identity(role.name()).unwrap().unwrap();
        let link = format!("{}{}", self.page, self.access.sign_in_link(identity));
        let answer = self.client.get(link).send().await.unwrap();
        let set = answer.headers()[SET_COOKIE].to_str().unwrap();
        set.split(';').next().unwrap().to_owned()
    }

    pub async fn get(&self, role: ExchangeRole, path: &str) -> Response {
        let cookie = self.cookie(role).await;
        let request = self.client.get(format!("{}{path}", self.page));
        request.header(COOKIE, cookie).send().await.unwrap()
    }

    /// The page at an address.
    pub async fn look(&self, path: &str) -> String {
        let answer = self.get(ExchangeRole::Administrator, path).await;
        assert_eq!(answer.status(), StatusCode::OK, "{path}");
        answer.text().await.unwrap()
    }

    /// Presses a button; gives where the page leads then.
    pub async fn press(&self, role: ExchangeRole, path: &str, form: &[(&str, &str)]) -> Response {
        let cookie = self.cookie(role).await;
        let home = self.client.get(&self.page).header(COOKIE, &cookie);
        let home = home.send().await.unwrap().text().await.unwrap();
        let (_, token) = home.split_once("name=\"token\" value=\"").unwrap();
        let token = token.split('"').next().unwrap().to_owned();
        let mut form = form.to_vec();
        form.push(("token", &token));
        let request = self.client.post(format!("{}{path}", self.page));
        request
            .header(COOKIE, cookie)
            .form(&form)
            .send()
            .await
            .unwrap()
    }
}

/// The map alone.
pub fn map(page: &str) -> &str {
    part(page, "<svg class=\"map-svg\"", "</svg>")
}

/// The text of a part of the page, from where it begins to where it ends.
pub fn part<'a>(page: &'a str, from: &str, to: &str) -> &'a str {
    let begin = page
        .find(from)
        .unwrap_or_else(|| panic!("{from} is not in\n{page}"));
    let rest = &page[begin..];
    &rest[..rest.find(to).unwrap_or(rest.len())]
}

/// Each text stands in the page.
pub fn says(page: &str, texts: &[&str]) {
    for text in texts {
        assert!(page.contains(text), "{text} is not in\n{page}");
    }
}

/// None of the texts stands in the page.
pub fn does_not_say(page: &str, texts: &[&str]) {
    for text in texts {
        assert!(!page.contains(text), "{text} is in\n{page}");
    }
}

async fn message_of(answer: Response) -> MessageId {
    let answer: serde_json::Value = answer.json().await.unwrap();
    let id = answer.get("message_id").or_else(|| answer.get("messageID"));
    MessageId::parse(id.unwrap().as_str().unwrap()).unwrap()
}

fn mailboxes() -> Mailboxes {
    Mailboxes {
        sender: id(STARLING),
        receiver: id(OSPREY),
        visitor: id(VISITOR),
    }
}

fn places() -> Places {
    let practice = |name: &str, short: &str, ods: &str| Practice {
        name: name.to_owned(),
        short: short.to_owned(),
        ods: OdsCode::parse(ods).unwrap(),
        mailbox: id(&format!("{ods}OT001")),
        pages: format!("/{}", short.to_lowercase()),
    };
    Places {
        sender: practice("Cumbria Starling Medical Centre", "Starling", "A81001"),
        receiver: practice("Osprey Medical Centre", "Osprey", "A20047"),
        console: "/console".to_owned(),
        visitor: Visitor {
            url: "https://127.0.0.1:8700".to_owned(),
            mailbox: id(VISITOR),
            ods: OdsCode::parse("Y90001").unwrap(),
            directory: "/tmp/demo/connect".into(),
            files: vec!["connect.env", "client.toml"],
            commands: vec!["python3 /tmp/demo/connect/send.py".to_owned()],
        },
    }
}

async fn fill(exchange: &Exchange) {
    let operator = exchange.operator().unwrap();
    let members = [
        (STARLING, "A81001"),
        (OSPREY, "A20047"),
        (VISITOR, "Y90001"),
    ];
    for (mailbox, ods) in members {
        let new = NewMailbox {
            id: id(mailbox),
            name: mailbox.to_owned(),
            ods: OdsCode::parse(ods).unwrap(),
            organisation_name: String::new(),
            billing_entity: String::new(),
            password: password(),
        };
        operator.add_mailbox(new).unwrap();
    }
    let all = members.map(|(mailbox, _)| id(mailbox));
    let workflow = WorkflowId::parse(WORKFLOW).unwrap();
    operator.allow(&workflow, &all, &all).unwrap();
    operator.set_patient_routing(&workflow, true).unwrap();
    let answers = WorkflowId::parse(ACKNOWLEDGEMENT).unwrap();
    operator.allow(&answers, &all, &all).unwrap();
    exchange.refresh_directory().await.unwrap();
}

fn users(time: &ManualClock) -> Users {
    let users = Users::in_memory().unwrap();
    for role in ExchangeRole::ALL {
        let new = NewUser {
            name: role.name().to_owned(),
            role: role.name().to_owned(),
            password: "correct horse battery".to_owned().into(),
        };
        users.add(&new, time.now(), &SystemRandomness).unwrap();
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

pub fn id(mailbox: &str) -> MailboxId {
    MailboxId::parse(mailbox).unwrap()
}

fn password() -> SecretString {
    "password".to_owned().into()
}

fn key() -> SecretString {
    "TestKey".to_owned().into()
}
