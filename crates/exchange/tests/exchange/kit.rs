//! An exchange over a directory of its own, with a clock and patients that the test sets.

use std::collections::HashMap;
use std::convert::Infallible;
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

use bytes::Bytes;
use exchange::{
    Caller, CertificateIdentity, Dependencies, Event, Exchange, ExchangeError, Failure, InboxQuery,
    Keyring, NewMailbox, Observer, Settings,
};
use futures_util::{Stream, StreamExt, TryStreamExt, stream};
use jiff::Timestamp;
use mail_store::Store;
use mesh::{AuthorizationToken, ChunkHeaders, ChunkRange, ContentEncoding, SendHeaders};
use nhs::{Clock, MailboxId, MessageId, OdsCode, SystemRandomness, WorkflowId};
use pds::{Demographics, MatchedOn, PdsError, Trace, TraceQuery};
use secrecy::SecretString;
use test_kit::ManualClock;

pub const SENDER: &str = "A81001OT001";
pub const RECEIVER: &str = "A20047OT001";
pub const WORKFLOW: &str = "GPFED_CONSULT_REPORT";
pub const GARTON: &str = "GPPROVIDER_9693632109_23061946_GARTON";

/// Stands at the time at which the tests begin.
pub fn clock() -> ManualClock {
    ManualClock::new("2026-11-22T10:00:00Z".parse().unwrap())
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
pub struct EventLog(pub Mutex<Vec<Event>>);

impl Observer for EventLog {
    fn observe(&self, event: &Event) {
        self.0.lock().unwrap().push(event.clone());
    }
}

/// An exchange over a directory of its own, that can be stopped and opened again.
pub struct Setup {
    pub directory: tempfile::TempDir,
    pub exchange: Option<Exchange>,
    pub time: Arc<ManualClock>,
    pub patients: Arc<Patients>,
    pub demographics: Arc<dyn Demographics>,
    pub event_log: Arc<EventLog>,
    pub settings: Settings,
    count: AtomicU64,
}

pub fn strict() -> Settings {
    Settings::default()
}

impl Setup {
    pub async fn new(settings: Settings) -> Self {
        let patients = Arc::new(Patients::default());
        patients.answer(9_693_632_109, Some(at("A20047")));
        Self::over(
            tempfile::tempdir().unwrap(),
            settings,
            patients.clone(),
            patients,
        )
        .await
    }

    /// In a directory that the test made.
    pub async fn in_directory(directory: tempfile::TempDir, settings: Settings) -> Self {
        let patients = Arc::new(Patients::default());
        Self::over(directory, settings, patients.clone(), patients).await
    }

    /// With demographics of the test's own.
    pub async fn with(settings: Settings, demographics: Arc<dyn Demographics>) -> Self {
        let directory = tempfile::tempdir().unwrap();
        Self::over(directory, settings, Arc::default(), demographics).await
    }

    async fn over(
        directory: tempfile::TempDir,
        settings: Settings,
        patients: Arc<Patients>,
        demographics: Arc<dyn Demographics>,
    ) -> Self {
        let mut setup = Self {
            directory,
            exchange: None,
            time: Arc::new(clock()),
            patients,
            demographics,
            event_log: Arc::default(),
            settings,
            count: AtomicU64::new(0),
        };
        setup.open().await;
        setup.add_mailbox(SENDER, "A81001");
        setup.add_mailbox(RECEIVER, "A20047");
        let operator = setup.exchange().operator().unwrap();
        let workflow = WorkflowId::parse(WORKFLOW).unwrap();
        operator
            .allow(&workflow, &[id(SENDER)], &[id(RECEIVER)])
            .unwrap();
        operator.set_patient_routing(&workflow, true).unwrap();
        setup.exchange().refresh_directory().await.unwrap();
        setup
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
        // unless it was in an inbox at once
        assert!(self.exchange().route_due().await.unwrap() <= 1);
        let envelope = self.tracked(&message).await;
        let reports = self.inbox(SENDER).await.len() - before;
        match (&envelope.recipient, envelope.failure()) {
            (Some(recipient), None) => {
                assert_eq!(reports, 0);
                recipient.mailbox.to_string()
            }
            (None, Some(failure)) => {
                assert_eq!((reports, failure.event.as_str()), (1, "SEND"));
                failure.code.clone()
            }
            other => panic!("neither delivered nor reported: {other:?}"),
        }
    }

    pub async fn open(&mut self) {
        let store = Store::open(self.directory.path()).unwrap();
        let keyring =
            Keyring::open_or_create(&self.directory.path().join("key"), &SystemRandomness).unwrap();
        let exchange = Exchange::open(Dependencies {
            store,
            keyring,
            demographics: self.demographics.clone(),
            clock: self.time.clone(),
            randomness: Arc::new(SystemRandomness),
            shared_key: SecretString::from("TestKey".to_owned()).into(),
            // unless the test is about it, how full the disk is does not matter
            settings: Settings {
                reserve_bytes: self.settings.reserve_bytes.or(Some(0)),
                ..self.settings.clone()
            },
            observer: self.event_log.clone(),
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
        request: SendHeaders,
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
        let headers = chunk(number, total);
        self.exchange()
            .send_chunk(&caller, message.as_str(), number, headers, pieces(body))
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

    /// What the one report in the sender's inbox says.
    pub async fn reported_failure(&self) -> Failure {
        let report = self.report().await;
        report.failure().expect("a report says why").clone()
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
        self.event_log.0.lock().unwrap().clone()
    }

    /// The tries to route a message that were told as put off, each to a later time.
    pub fn tries_of(&self, wanted: &MessageId) -> Vec<u32> {
        let mut last = Timestamp::UNIX_EPOCH;
        let told = self.events().into_iter().filter_map(|event| match event {
            Event::RoutingDelayed {
                message,
                tries,
                next_at,
            } if message == *wanted => {
                assert!(next_at > last, "{next_at} after {last}");
                last = next_at;
                Some(tries)
            }
            _ => None,
        });
        told.collect()
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
pub fn token_at(time: &ManualClock, mailbox: &str) -> String {
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

pub fn request(to: &str, chunks: u32) -> SendHeaders {
    let mut headers = SendHeaders::new(to, WorkflowId::parse(WORKFLOW).unwrap());
    headers.chunk_range = Some(ChunkRange::new(1, chunks).unwrap());
    headers.local_id = Some("local 1".into());
    headers.subject = Some("a subject, Müller".into());
    headers
}

pub fn chunk(number: u32, total: u32) -> Option<ChunkHeaders> {
    Some(ChunkHeaders {
        range: ChunkRange::new(number, total).unwrap(),
        encoding: ContentEncoding::Identity,
        length: None,
    })
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
