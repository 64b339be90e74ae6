//! The backends, and what rules say in a few words.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use jiff::{SignedDuration, Timestamp};
use mail_store::{
    Body, Details, Failure, Kind, Message, NewMessage, Op, Outcome, Place, PostgresOptions,
    QueuedJob, Routed, RoutingJob, SealedAddress, Store, StoreOptions,
};
use nhs::{MailboxId, MessageId, WorkflowId};
use tokio::sync::OwnedSemaphorePermit;

use super::servers::{self, Servers};

pub const SENDER: &str = "A81001OT001";
pub const RECIPIENT: &str = "A20047OT001";
pub const WORKFLOW: &str = "GPFED_CONSULT_REPORT";

/// Where a store is kept, and how it is opened again.
pub enum Backend {
    Model,
    Sqlite(tempfile::TempDir),
    ScaledOut {
        options: Box<StoreOptions>,
        schema: String,
        servers: Arc<Servers>,
        /// One of those that may be on the shared servers at once.
        _place: Option<OwnedSemaphorePermit>,
    },
}

/// Servers that several backends share, each in a schema and a bucket of its own.
pub struct ScaledOut(pub Arc<Servers>);

impl ScaledOut {
    /// Servers of a test's own, for one that stops them.
    pub async fn start() -> Self {
        Self(Arc::new(Servers::start().await))
    }

    pub fn named(&self, schema: &str) -> Backend {
        let schema = schema.to_owned();
        let postgresql = PostgresOptions {
            url: self.0.postgresql.url(&schema),
            password: None,
            ca_file: None,
            connections: 4,
        };
        Backend::ScaledOut {
            options: Box::new(StoreOptions {
                postgresql: Some(postgresql),
                s3: Some(self.0.s3.bucket(&schema.replace('_', "-"))),
                ..StoreOptions::default()
            }),
            schema,
            servers: Arc::clone(&self.0),
            _place: None,
        }
    }
}

impl Backend {
    pub fn model() -> Self {
        Self::Model
    }

    pub fn sqlite() -> Self {
        Self::Sqlite(tempfile::tempdir().unwrap())
    }

    /// In the shared servers, as nobody else's.
    pub async fn scaled_out() -> Self {
        static NUMBER: AtomicUsize = AtomicUsize::new(0);
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        Self::shared(&format!("rule_{number}")).await
    }

    /// In the shared servers, by a name that nobody else uses.
    pub async fn shared(name: &str) -> Self {
        let (servers, place) = servers::shared().await;
        let mut backend = ScaledOut(servers).named(name);
        if let Self::ScaledOut { _place, .. } = &mut backend {
            *_place = Some(place);
        }
        backend
    }

    pub async fn open(&self) -> Store {
        self.node(1).await
    }

    /// One of several servers on the same store.
    pub async fn node(&self, node: u128) -> Store {
        match self {
            Self::Model => Store::model().unwrap(),
            Self::Sqlite(directory) => Store::open(directory.path()).unwrap(),
            Self::ScaledOut {
                options, servers, ..
            } => Store::open_with(options, servers.s3.directory(), node)
                .await
                .unwrap(),
        }
    }

    /// What a lasting backend is opened with.
    pub fn options(&self) -> (StoreOptions, &Path) {
        match self {
            Self::Model => panic!("the model does not last"),
            Self::Sqlite(directory) => (StoreOptions::default(), directory.path()),
            Self::ScaledOut {
                options, servers, ..
            } => (StoreOptions::clone(options), servers.s3.directory()),
        }
    }

    /// A backend made of a backup.
    pub async fn restored(&self, from: &Path) -> Self {
        match self {
            Self::Model => panic!("the model does not last"),
            Self::Sqlite(_) => {
                let directory = tempfile::tempdir().unwrap();
                let place = directory.path();
                std::fs::remove_dir(place).unwrap();
                std::fs::rename(from, place).unwrap();
                Self::Sqlite(directory)
            }
            Self::ScaledOut {
                schema, servers, ..
            } => {
                let servers = ScaledOut(Arc::clone(servers));
                let backend = servers.named(&format!("{schema}_restored"));
                let (options, _) = backend.options();
                refuse_to_restore(&backend, from).await;
                let restored = options.restore(from, &[]).await.unwrap();
                assert!(restored.messages > 0);
                let again = options.restore(from, &[]).await.expect_err("not empty");
                assert!(again.to_string().contains("holds a mail store"), "{again}");
                backend
            }
        }
    }

    /// What a disk or a hand does behind the store's back.
    pub fn meddle(&self, sql: &str) {
        match self {
            Self::Model => panic!("the model does not last"),
            Self::Sqlite(directory) => {
                let records = directory.path().join("records.sqlite3");
                let changed = rusqlite::Connection::open(records)
                    .unwrap()
                    .execute(sql, []);
                assert!(changed.unwrap() > 0, "{sql}");
            }
            Self::ScaledOut {
                schema, servers, ..
            } => {
                let sql = format!("SET search_path = {schema}; {sql} RETURNING 'changed'");
                let told = servers.postgresql.sql(&sql);
                assert!(told.contains("changed"), "{sql}");
            }
        }
    }

    /// The files of large bodies, in order.
    pub fn body_files(&self) -> Vec<PathBuf> {
        let mut open = vec![match self {
            Self::Model => panic!("the model does not last"),
            Self::Sqlite(directory) => directory.path().join("bodies"),
            Self::ScaledOut {
                schema, servers, ..
            } => servers.s3.objects().join(schema.replace('_', "-")),
        }];
        let mut found = Vec::new();
        while let Some(next) = open.pop() {
            for entry in std::fs::read_dir(next).unwrap() {
                let path = entry.unwrap().path();
                if path.is_dir() {
                    open.push(path);
                } else {
                    found.push(path);
                }
            }
        }
        found.sort();
        found
    }

    pub fn is_durable(&self) -> bool {
        !matches!(self, Self::Model)
    }
}

/// What keeps a backup from being restored leaves bucket and database as they were.
async fn refuse_to_restore(backend: &Backend, from: &Path) {
    let Backend::ScaledOut {
        options,
        schema,
        servers,
        ..
    } = backend
    else {
        panic!("not scaled out")
    };
    let bucket = servers.s3.objects().join(schema.replace('_', "-"));
    let object = bucket.join("object");
    std::fs::write(&object, "of somebody else").unwrap();
    let refused = options.restore(from, &[]).await.expect_err("used");
    assert!(refused.to_string().contains("bucket holds"), "{refused}");
    std::fs::remove_file(&object).unwrap();
    let key = from.with_extension("another key");
    std::fs::write(&key, "another key").unwrap();
    let beside = [("key", key.as_path())];
    options.restore(from, &beside).await.expect_err("a key");
    let table = from.join("records/audit");
    let rows = std::fs::read(&table).unwrap();
    std::fs::write(&table, "no line of this table\n").unwrap();
    options.restore(from, &[]).await.expect_err("damaged");
    assert_eq!(backend.body_files(), [] as [PathBuf; 0]);
    std::fs::write(&table, rows).unwrap();
}

pub fn mailbox(id: &str) -> MailboxId {
    MailboxId::parse(id).unwrap()
}

pub fn id(number: usize) -> MessageId {
    MessageId::parse(&format!("20261122100000{number:06}_ABCDEF")).unwrap()
}

pub fn workflow(id: &str) -> WorkflowId {
    WorkflowId::parse(id).unwrap()
}

pub fn start() -> Timestamp {
    "2026-11-22T10:00:00Z".parse().unwrap()
}

/// So many seconds after the beginning.
pub fn at(seconds: i64) -> Timestamp {
    start()
        .checked_add(SignedDuration::from_secs(seconds))
        .unwrap()
}

/// A message from the sender to the recipient, sent so many seconds after the beginning.
pub fn new(number: usize) -> NewMessage {
    NewMessage {
        id: id(number),
        kind: Kind::Data,
        sender: Some(mailbox(SENDER)),
        recipient: Some(mailbox(RECIPIENT)),
        workflow: workflow(WORKFLOW),
        sent_at: at(number as i64),
        total_chunks: 1,
        details: Details::default(),
        report: None,
        body: Some(inline(b"a body")),
    }
}

pub fn inline(bytes: &[u8]) -> Body {
    Body::Inline(bytes.to_vec().into())
}

pub fn accept(message: NewMessage, place: Place) -> Op {
    Op::Accept {
        message: Box::new(message),
        place,
    }
}

pub fn into_inbox(number: usize) -> Op {
    accept(new(number), Place::Inbox)
}

pub fn address(key: u8) -> SealedAddress {
    SealedAddress {
        sealed: vec![7; 40],
        order_key: [key; 16],
    }
}

/// A message to a patient: its order key is all that distinguishes one patient from another here.
pub fn to_patient(number: usize, key: u8) -> Op {
    let message = NewMessage {
        recipient: None,
        ..new(number)
    };
    accept(message, Place::Routing(address(key)))
}

/// A message to a patient whose practice was found before it was accepted.
pub fn routed(number: usize, key: u8) -> Op {
    let message = NewMessage {
        recipient: None,
        ..new(number)
    };
    accept(message, routed_to(RECIPIENT, key))
}

pub fn routed_to(recipient: &str, key: u8) -> Place {
    Place::Routed(Box::new(Routed {
        address: address(key),
        recipient: mailbox(recipient),
        hidden: key == 0,
        trail: "patient:00".to_owned(),
    }))
}

pub fn acknowledge(number: usize, by: &str) -> Op {
    Op::Acknowledge {
        mailbox: mailbox(by),
        message: id(number),
        at: at(1_000),
    }
}

pub fn deliver(number: usize) -> Op {
    Op::Deliver {
        message: id(number),
        recipient: mailbox(RECIPIENT),
        hidden: false,
        at: at(500),
    }
}

pub fn failure(code: &str) -> Failure {
    Failure {
        at: at(700),
        code: code.to_owned(),
        event: "SEND".to_owned(),
        description: "why".to_owned(),
        linked: Some(id(999).to_string()),
    }
}

pub fn set_aside(seq: i64) -> Op {
    let failure = failure("14");
    Op::SetAside { seq, failure }
}

pub async fn done(store: &Store, op: Op) {
    assert_eq!(outcome(store, op).await, Outcome::Done);
}

pub async fn outcome(store: &Store, op: Op) -> Outcome {
    store.commit(vec![op]).await.unwrap().remove(0)
}

pub async fn message(store: &Store, number: usize) -> Message {
    store
        .message(&id(number))
        .await
        .unwrap()
        .expect("a message")
}

/// Everything in an inbox.
pub async fn inbox(store: &Store, of: &str) -> Vec<MessageId> {
    let slice = store
        .inbox(&mailbox(of), 0, 10_000, &|_| true)
        .await
        .unwrap();
    assert_eq!(slice.next_after, None);
    assert_eq!(
        store.count(&mailbox(of)).await.unwrap(),
        slice.ids.len() as u64
    );
    slice.ids
}

pub fn ids(numbers: impl IntoIterator<Item = usize>) -> Vec<MessageId> {
    numbers.into_iter().map(id).collect()
}

/// The routing jobs due so many seconds after the beginning, claimed for ten minutes.
pub async fn due(store: &Store, seconds: i64) -> Vec<RoutingJob> {
    let jobs = store.routing_due(at(seconds), at(seconds + 600), 100).await;
    let due = |job| match job {
        QueuedJob::Due(job) => *job,
        QueuedJob::Damaged { seq } => panic!("job {seq} is damaged"),
    };
    jobs.unwrap().into_iter().map(due).collect()
}

pub async fn due_ids(store: &Store, seconds: i64) -> Vec<MessageId> {
    let jobs = due(store, seconds).await;
    jobs.into_iter().map(|job| job.message.id).collect()
}
