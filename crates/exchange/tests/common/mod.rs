#![allow(dead_code)]

use std::collections::HashMap;
use std::convert::Infallible;
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

use bytes::Bytes;
use exchange::{
    Caller, CertificateIdentity, ChunkRequest, Details, Event, Exchange, ExchangeError, InboxQuery,
    NewMailbox, Observer, Parts, SendRequest, Settings, Vault,
};
use futures_util::{Stream, StreamExt, TryStreamExt, stream};
use jiff::{SignedDuration, Timestamp};
use mail_store::Store;
use mesh::AuthorizationToken;
use nhs::{Clock, MailboxId, MessageId, OdsCode, SystemRandomness, WorkflowId};
use pds::{Demographics, MatchedOn, PdsError, Trace, TraceQuery};
use secrecy::SecretString;

pub const SENDER: &str = "A81001OT001";
pub const RECEIVER: &str = "A20047OT001";
pub const WORKFLOW: &str = "GPFED_CONSULT_REPORT";
pub const GARTON: &str = "GPPROVIDER_9693632109_23061946_GARTON";

pub struct Time(Mutex<Timestamp>);

impl Time {
    pub fn new() -> Self {
        Self(Mutex::new("2026-11-22T10:00:00Z".parse().unwrap()))
    }

    pub fn pass(&self, time: SignedDuration) {
        let mut now = self.0.lock().unwrap();
        *now = now.checked_add(time).unwrap();
    }
}

impl Clock for Time {
    fn now(&self) -> Timestamp {
        *self.0.lock().unwrap()
    }
}

#[derive(Default)]
pub struct Patients(pub Mutex<HashMap<u64, Option<Trace>>>);

impl Patients {
    pub fn answer(&self, number: u64, trace: Option<Trace>) {
        self.0.lock().unwrap().insert(number, trace);
    }
}

pub fn at(practice: &str) -> Trace {
    Trace::Registered {
        practice: OdsCode::parse(practice).unwrap(),
        matched_on: MatchedOn::UsualName,
        superseded: false,
        restricted: false,
    }
}

#[async_trait::async_trait]
impl Demographics for Patients {
    async fn trace(&self, query: &TraceQuery) -> Result<Trace, PdsError> {
        match self.0.lock().unwrap().get(&query.nhs_number.value()) {
            Some(Some(trace)) => Ok(trace.clone()),
            Some(None) => Err(PdsError::Unavailable {
                retry_after: None,
                reason: "switched off by the test",
            }),
            None => Ok(Trace::NotFound),
        }
    }
}

#[derive(Default)]
pub struct Told(pub Mutex<Vec<Event>>);

impl Observer for Told {
    fn observe(&self, event: &Event) {
        self.0.lock().unwrap().push(event.clone());
    }
}

/// An exchange over a directory of its own, that can be stopped and opened again.
pub struct House {
    pub directory: tempfile::TempDir,
    pub exchange: Option<Exchange>,
    pub time: Arc<Time>,
    pub patients: Arc<Patients>,
    pub demographics: Arc<dyn Demographics>,
    pub told: Arc<Told>,
    pub settings: Settings,
    count: AtomicU64,
}

pub fn strict() -> Settings {
    Settings::default()
}

impl House {
    pub async fn new(settings: Settings) -> Self {
        let patients = Arc::new(Patients::default());
        patients.answer(9_693_632_109, Some(at("A20047")));
        Self::over(settings, patients.clone(), patients).await
    }

    /// With demographics of the test's own.
    pub async fn with(settings: Settings, demographics: Arc<dyn Demographics>) -> Self {
        Self::over(settings, Arc::default(), demographics).await
    }

    async fn over(
        settings: Settings,
        patients: Arc<Patients>,
        demographics: Arc<dyn Demographics>,
    ) -> Self {
        let mut house = Self {
            directory: tempfile::tempdir().unwrap(),
            exchange: None,
            time: Arc::new(Time::new()),
            patients,
            demographics,
            told: Arc::default(),
            settings,
            count: AtomicU64::new(0),
        };
        house.open().await;
        house.add_mailbox(SENDER, "A81001");
        house.add_mailbox(RECEIVER, "A20047");
        let operator = house.exchange().operator().unwrap();
        let workflow = WorkflowId::parse(WORKFLOW).unwrap();
        operator
            .allow(&workflow, &[id(SENDER)], &[id(RECEIVER)])
            .unwrap();
        operator.set_patient_routing(&workflow, true).unwrap();
        house.exchange().refresh_directory().await.unwrap();
        house
    }

    pub fn path(&self) -> &Path {
        self.directory.path()
    }

    pub fn add_mailbox(&self, mailbox: &str, ods: &str) {
        let operator = self.exchange().operator().unwrap();
        operator.add_mailbox(new_mailbox(mailbox, ods)).unwrap();
    }

    /// A mailbox that takes the workflow.
    pub async fn add_receiver(&self, mailbox: &str, ods: &str) {
        self.add_mailbox(mailbox, ods);
        let operator = self.exchange().operator().unwrap();
        let workflow = WorkflowId::parse(WORKFLOW).unwrap();
        operator.allow(&workflow, &[], &[id(mailbox)]).unwrap();
        self.exchange().refresh_directory().await.unwrap();
    }

    /// What the sender sees of a message.
    pub async fn tracked(&self, message: &MessageId) -> exchange::Envelope {
        let caller = self.caller(SENDER).await;
        let by_id = exchange::Track::Message(message.as_str());
        self.exchange().track(&caller, by_id).await.unwrap()
    }

    /// Sends to a patient and routes: the mailbox it went to, or the code of the report.
    pub async fn outcome(&self, to: &str) -> String {
        let before = self.inbox(SENDER).await.len();
        let message = self
            .send(to, b"body")
            .await
            .expect("202 whatever the address");
        assert_eq!(self.exchange().route_due().await.unwrap(), 1);
        let envelope = self.tracked(&message).await;
        let reports = self.inbox(SENDER).await.len() - before;
        match (envelope.recipient, envelope.failure) {
            (Some(recipient), None) => {
                assert_eq!(reports, 0);
                recipient.mailbox.to_string()
            }
            (None, Some(failure)) => {
                assert_eq!((reports, failure.event.as_str()), (1, "SEND"));
                failure.code
            }
            other => panic!("neither delivered nor reported: {other:?}"),
        }
    }

    pub async fn open(&mut self) {
        let store = Store::open(self.directory.path()).unwrap();
        let vault =
            Vault::open_or_create(&self.directory.path().join("key"), &SystemRandomness).unwrap();
        let exchange = Exchange::open(Parts {
            store,
            vault,
            demographics: self.demographics.clone(),
            clock: self.time.clone(),
            randomness: Arc::new(SystemRandomness),
            shared_key: SecretString::from("TestKey".to_owned()),
            settings: self.settings.clone(),
            observer: self.told.clone(),
        })
        .await
        .unwrap();
        self.exchange = Some(exchange);
    }

    /// Stops and opens again, as a restart of the server does.
    pub async fn restart(&mut self) {
        self.exchange = None;
        self.open().await;
    }

    pub fn exchange(&self) -> &Exchange {
        self.exchange.as_ref().unwrap()
    }

    pub fn token(&self, mailbox: &str) -> String {
        let count = self.count.fetch_add(1, Ordering::Relaxed);
        self.token_with(mailbox, "password", "a nonce", count)
    }

    pub fn token_with(&self, mailbox: &str, password: &str, nonce: &str, count: u64) -> String {
        let password = SecretString::from(password.to_owned());
        let key = SecretString::from("TestKey".to_owned());
        AuthorizationToken::sign(&id(mailbox), &password, &key, nonce, count, self.time.now())
    }

    pub async fn caller(&self, mailbox: &str) -> Caller {
        let certificate = certificate(mailbox.get(..6).unwrap());
        let token = self.token(mailbox);
        self.exchange()
            .authenticate(mailbox, Some(token.as_bytes()), Some(&certificate))
            .await
            .unwrap()
    }

    pub async fn send(&self, to: &str, body: &[u8]) -> Result<MessageId, ExchangeError> {
        self.send_request(request(to, 1), body).await
    }

    pub async fn send_request(
        &self,
        request: SendRequest,
        body: &[u8],
    ) -> Result<MessageId, ExchangeError> {
        let caller = self.caller(SENDER).await;
        self.exchange().send(&caller, request, pieces(body)).await
    }

    pub async fn send_chunk(
        &self,
        message: &MessageId,
        number: u32,
        total: u32,
        body: &[u8],
    ) -> Result<MessageId, ExchangeError> {
        let caller = self.caller(SENDER).await;
        let request = ChunkRequest {
            message: message.to_string(),
            number,
            range: Some((number, total)),
            gzip: false,
        };
        self.exchange()
            .send_chunk(&caller, request, pieces(body))
            .await
    }

    pub async fn inbox(&self, mailbox: &str) -> Vec<MessageId> {
        let caller = self.caller(mailbox).await;
        let query = InboxQuery {
            max_results: 500,
            ..InboxQuery::default()
        };
        self.exchange().inbox(&caller, query).await.unwrap().ids
    }

    pub async fn download(
        &self,
        message: &MessageId,
        number: u32,
    ) -> Result<Vec<u8>, ExchangeError> {
        let caller = self.caller(RECEIVER).await;
        let download = self
            .exchange()
            .download(&caller, message.as_str(), number)
            .await?;
        let chunk = download.chunk.expect("a message with a body");
        let parts: Vec<Bytes> = chunk.body.try_collect().await?;
        let bytes = parts.concat();
        assert_eq!(chunk.length, bytes.len() as u64);
        Ok(bytes)
    }

    /// The one report in the sender's inbox.
    pub async fn report(&self) -> exchange::Envelope {
        let reports = self.inbox(SENDER).await;
        assert_eq!(reports.len(), 1, "one report");
        let caller = self.caller(SENDER).await;
        let download = self
            .exchange()
            .download(&caller, reports[0].as_str(), 1)
            .await
            .unwrap();
        assert!(download.chunk.is_none(), "a report has no body");
        download.envelope
    }

    pub fn events(&self) -> Vec<Event> {
        self.told.0.lock().unwrap().clone()
    }
}

pub fn new_mailbox(mailbox: &str, ods: &str) -> NewMailbox {
    NewMailbox {
        id: id(mailbox),
        name: format!("{mailbox} name"),
        ods: OdsCode::parse(ods).unwrap(),
        organisation_name: String::new(),
        billing_entity: String::new(),
        password: SecretString::from("password".to_owned()),
    }
}

/// A token no other has.
pub fn token_at(time: &Time, mailbox: &str) -> String {
    static COUNT: AtomicU64 = AtomicU64::new(0);
    let count = COUNT.fetch_add(1, Ordering::Relaxed);
    let password = SecretString::from("password".to_owned());
    let key = SecretString::from("TestKey".to_owned());
    AuthorizationToken::sign(&id(mailbox), &password, &key, "a nonce", count, time.now())
}

pub fn id(mailbox: &str) -> MailboxId {
    MailboxId::parse(mailbox).unwrap()
}

pub fn certificate(ods: &str) -> CertificateIdentity {
    CertificateIdentity {
        organisation: Some(OdsCode::parse(ods).unwrap()),
        serial: "ab12".to_owned(),
    }
}

pub fn request(to: &str, chunks: u32) -> SendRequest {
    SendRequest {
        to: to.as_bytes().to_vec(),
        workflow: WorkflowId::parse(WORKFLOW).unwrap(),
        from: None,
        chunks,
        details: Details {
            local_id: Some(b"local 1".to_vec()),
            subject: Some("a subject, Müller".as_bytes().to_vec()),
            ..Details::default()
        },
    }
}

/// A body in pieces, as a socket gives it.
pub fn pieces(body: &[u8]) -> impl Stream<Item = Result<Bytes, Infallible>> + Send + Unpin {
    let parts: Vec<_> = body
        .chunks(10_000)
        .map(|part| Ok(Bytes::copy_from_slice(part)))
        .collect();
    stream::iter(parts).fuse()
}

/// Bytes that do not repeat within a body.
pub fn bytes(length: usize) -> Vec<u8> {
    (0..length).map(|i| (i * 31 + i / 256 * 7) as u8).collect()
}

/// Every byte of every file below a directory.
pub fn all_bytes(directory: &Path) -> Vec<u8> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(all_bytes(&path));
        } else {
            found.extend(std::fs::read(&path).unwrap());
        }
    }
    found
}

pub fn contains(haystack: &[u8], needle: &[u8]) -> bool {
    haystack
        .windows(needle.len())
        .any(|window| window == needle)
}
