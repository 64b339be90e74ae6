//! Several servers on one PostgreSQL.

#[path = "../../../mail-store/tests/support/postgresql.rs"]
mod postgresql;

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use crate::kit::*;
use exchange::{
    Answer, Dependencies, ErrorKind, Exchange, ExchangeError, InboxQuery, Keyring, Settings,
};
use futures_util::future::join_all;
use jiff::SignedDuration;
use mail_store::{PostgresOptions, S3Options, Store, StoreOptions};
use nhs::{MessageId, SystemRandomness, WorkflowId};
use pds::{Demographics, PdsError, Trace, TraceQuery};
use secrecy::SecretString;
use test_kit::ManualClock;
use tokio::sync::Notify;

/// What the servers share.
struct Shared {
    postgresql: postgresql::Server,
    directory: tempfile::TempDir,
    time: Arc<ManualClock>,
    patients: Arc<Patients>,
}

impl Shared {
    async fn new() -> Self {
        let shared = Self {
            postgresql: postgresql::Server::start(),
            directory: tempfile::tempdir().unwrap(),
            time: Arc::new(clock()),
            patients: Arc::default(),
        };
        shared.patients.answer(9_693_632_109, Some(at("A20047")));
        let operator = shared.node().await.operator().unwrap();
        for (mailbox, ods) in [(SENDER, "A81001"), (RECEIVER, "A20047")] {
            operator.add_mailbox(new_mailbox(mailbox, ods)).unwrap();
        }
        let workflow = WorkflowId::parse(WORKFLOW).unwrap();
        let (senders, receivers) = ([id(SENDER)], [id(RECEIVER)]);
        operator.allow(&workflow, &senders, &receivers).unwrap();
        operator.set_patient_routing(&workflow, true).unwrap();
        shared
    }

    async fn node(&self) -> Exchange {
        self.node_with(self.patients.clone()).await
    }

    /// A server with demographics of its own.
    async fn node_with(&self, demographics: Arc<dyn Demographics>) -> Exchange {
        self.node_of("key", demographics).await
    }

    /// A server with a copy of the key of its own.
    async fn node_of(&self, key: &str, demographics: Arc<dyn Demographics>) -> Exchange {
        let options = StoreOptions {
            postgresql: Some(PostgresOptions {
                url: self.postgresql.url("restante"),
                password: None,
                ca_file: None,
                connections: 4,
            }),
            // the bodies of these tests are small enough to lie in their records
            s3: Some(S3Options {
                bucket: "none".to_owned(),
                endpoint: Some("http://127.0.0.1:9".to_owned()),
                region: "eu-west-2".to_owned(),
                access_key_id: Some("none".to_owned()),
                secret_access_key: Some("none".into()),
            }),
            ..StoreOptions::default()
        };
        let node = nhs::uuid_v4(&SystemRandomness).as_u128();
        let directory: &Path = self.directory.path();
        let key_file = directory.join(key);
        Exchange::open(Dependencies {
            store: Store::open_with(&options, directory, node).await.unwrap(),
            keyring: Keyring::open_or_create(&key_file, &SystemRandomness).unwrap(),
            demographics,
            clock: self.time.clone(),
            randomness: Arc::new(SystemRandomness),
            shared_key: SecretString::from("TestKey".to_owned()).into(),
            settings: Settings::default(),
            observer: Arc::new(EventLog::default()),
        })
        .await
        .unwrap()
    }

    async fn caller(&self, node: &Exchange, mailbox: &str) -> exchange::Caller {
        let token = token_at(&self.time, mailbox);
        authenticate(node, mailbox, &token).await.unwrap()
    }

    async fn send(&self, node: &Exchange, to: &str) -> Result<MessageId, ExchangeError> {
        let token = token_at(&self.time, SENDER);
        let caller = authenticate(node, SENDER, &token).await?;
        node.send(&caller, request(to, 1), pieces(b"a body")).await
    }

    async fn inbox(&self, node: &Exchange, mailbox: &str) -> Vec<MessageId> {
        let caller = self.caller(node, mailbox).await;
        let query = InboxQuery {
            max_results: 500,
            ..InboxQuery::default()
        };
        node.inbox(&caller, query).await.unwrap().ids
    }
}

async fn authenticate(
    node: &Exchange,
    mailbox: &str,
    token: &str,
) -> Result<exchange::Caller, ExchangeError> {
    let certificate = certificate(mailbox.get(..6).unwrap());
    node.authenticate(mailbox, Some(token.as_bytes()), Some(&certificate))
        .await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_one_server_accepts_another_gives_out() {
    let shared = Shared::new().await;
    let (first, second) = (shared.node().await, shared.node().await);
    let message = shared.send(&first, RECEIVER).await.unwrap();
    let waiting = shared.inbox(&second, RECEIVER).await;
    assert_eq!(waiting, std::slice::from_ref(&message));
    let caller = shared.caller(&second, RECEIVER).await;
    second.acknowledge(&caller, message.as_str()).await.unwrap();
    assert_eq!(shared.inbox(&first, RECEIVER).await, []);
    let operator = first.operator().unwrap();
    operator.set_active(&id(RECEIVER), false).unwrap();
    second.refresh_directory().await.unwrap();
    let refused = shared.send(&second, RECEIVER).await.unwrap_err();
    assert_eq!(refused.code(), "12");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_waits_on_one_server_hears_of_what_another_accepts() {
    let shared = Shared::new().await;
    let (first, second) = (shared.node().await, shared.node().await);
    let query = InboxQuery {
        max_results: 500,
        ..InboxQuery::default()
    };
    let long = Duration::from_secs(3600);
    for round in 0..3 {
        let caller = shared.caller(&first, RECEIVER).await;
        let (waits, sends) = tokio::join!(
            first.inbox_within(&caller, &query, long),
            shared.send(&second, RECEIVER)
        );
        let sent = sends.unwrap();
        assert_eq!(waits.unwrap().ids, std::slice::from_ref(&sent), "{round}");
        let caller = shared.caller(&first, RECEIVER).await;
        first.acknowledge(&caller, sent.as_str()).await.unwrap();
        // the connections by which they hear of each other are lost, and made again
        shared.postgresql.sql(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity
             WHERE query LIKE 'SELECT pg_backend_pid%' OR query LIKE 'SELECT pg_notify%'",
        );
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_token_used_on_one_server_is_refused_on_the_other() {
    let shared = Shared::new().await;
    let (first, second) = (shared.node().await, shared.node().await);
    let token = token_at(&shared.time, RECEIVER);
    let caller = authenticate(&first, RECEIVER, &token).await.unwrap();
    first.conclude(&caller, Answer::Final).await.unwrap();
    let again = authenticate(&second, RECEIVER, &token).await.unwrap_err();
    assert_eq!(again.kind(), ErrorKind::Refused);
    // at the same time, before either has recorded it
    let token = token_at(&shared.time, SENDER);
    let callers = [
        authenticate(&first, SENDER, &token).await.unwrap(),
        authenticate(&second, SENDER, &token).await.unwrap(),
    ];
    let sends = [&first, &second].into_iter().zip(&callers);
    let sends =
        sends.map(|(node, caller)| node.send(caller, request(RECEIVER, 1), pieces(b"a body")));
    let sent = join_all(sends).await;
    assert_eq!(sent.iter().filter(|sent| sent.is_ok()).count(), 1);
    assert_eq!(shared.inbox(&first, RECEIVER).await.len(), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn routing_and_expiry_are_done_once() {
    let shared = Shared::new().await;
    let nodes = [shared.node().await, shared.node().await];
    let sends = (0..60).map(|number| shared.send(&nodes[number % 2], GARTON));
    for sent in join_all(sends).await {
        sent.unwrap();
    }
    let mut settled = 0;
    while settled < 60 {
        let routed = join_all(nodes.iter().map(Exchange::route_due)).await;
        settled += routed.into_iter().map(Result::unwrap).sum::<usize>();
    }
    assert_eq!(settled, 60, "no message is delivered twice");
    assert_eq!(shared.inbox(&nodes[0], RECEIVER).await.len(), 60);
    shared.time.pass(SignedDuration::from_hours(24 * 6));
    // the bodies' bucket is away: what needs it waits, expiry does not
    for done in join_all(nodes.iter().map(Exchange::tidy)).await {
        if let Err(error) = done {
            assert_eq!(error.kind(), ErrorKind::Unavailable, "{error}");
        }
    }
    assert_eq!(shared.inbox(&nodes[1], RECEIVER).await, []);
    let reports = shared.inbox(&nodes[1], SENDER).await;
    assert_eq!(reports.len(), 60, "each is reported once");
}

/// Never answers, and says when it is asked.
#[derive(Default)]
struct Silent(Notify);

#[async_trait::async_trait]
impl Demographics for Silent {
    async fn trace(&self, _: &TraceQuery) -> Result<Trace, PdsError> {
        self.0.notify_one();
        std::future::pending().await
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_jobs_of_a_server_killed_in_the_middle_are_taken_over() {
    let shared = Shared::new().await;
    let silent = Arc::new(Silent::default());
    let killed = shared.node_with(silent.clone()).await;
    let other = shared.node().await;
    shared.send(&killed, GARTON).await.unwrap();
    let routing = tokio::spawn(async move { killed.route_due().await });
    silent.0.notified().await;
    assert_eq!(other.route_due().await.unwrap(), 0, "claimed by the first");
    routing.abort();
    assert!(routing.await.unwrap_err().is_cancelled());
    assert_eq!(other.route_due().await.unwrap(), 0, "its lease runs on");
    shared.time.pass(SignedDuration::from_secs(61));
    assert_eq!(other.route_due().await.unwrap(), 1);
    assert_eq!(shared.inbox(&other, RECEIVER).await.len(), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn while_postgresql_is_away_callers_are_asked_to_try_again() {
    let shared = Shared::new().await;
    let node = shared.node().await;
    shared.send(&node, RECEIVER).await.unwrap();
    let caller = shared.caller(&node, SENDER).await;
    shared.postgresql.stop();
    let sent = node
        .send(&caller, request(RECEIVER, 1), pieces(b"a body"))
        .await;
    assert_eq!(sent.unwrap_err().kind(), ErrorKind::Unavailable);
    node.conclude(&caller, Answer::TryAgain).await.unwrap();
    let refused = shared.send(&node, RECEIVER).await.unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::Unavailable);
    assert!(node.route_due().await.is_err());
    shared.postgresql.start_again();
    shared.send(&node, RECEIVER).await.unwrap();
    assert_eq!(shared.inbox(&node, RECEIVER).await.len(), 2);
    assert_eq!(node.route_due().await.unwrap(), 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn servers_with_copies_of_the_vault_key_change_it_one_after_the_other() {
    let shared = Shared::new().await;
    let at = |name: &str| shared.directory.path().join(name);
    let copy = |from: &str, to: &str| {
        let bytes = std::fs::read(at(from)).unwrap();
        durable::replace(&at(to), &bytes, durable::Access::Owner).unwrap();
    };
    copy("key", "other.key");
    let first = shared.node().await;
    let second = shared.node_of("other.key", shared.patients.clone()).await;
    shared.send(&second, GARTON).await.unwrap();

    let operator = first.operator().unwrap();
    operator.prepare_vault_key().unwrap();
    copy("key.next", "other.key.next");
    let resealed = operator.rotate_vault_key().unwrap();
    assert_eq!((resealed.passwords, resealed.addresses), (2, 1));
    // sealed with the old key by the second, with the new one by the first
    shared.send(&second, GARTON).await.unwrap();
    shared.send(&first, GARTON).await.unwrap();
    operator
        .set_password(&id(RECEIVER), &SecretString::from("password".to_owned()))
        .unwrap();
    second.refresh_directory().await.unwrap();
    while second.route_due().await.unwrap() > 0 {}
    assert_eq!(shared.inbox(&second, RECEIVER).await.len(), 3);

    shared.send(&second, GARTON).await.unwrap();
    second.operator().unwrap().rotate_vault_key().unwrap();
    second.operator().unwrap().finish_vault_key().unwrap();
    operator.finish_vault_key().unwrap();
    assert_eq!(
        std::fs::read(at("key")).unwrap(),
        std::fs::read(at("other.key")).unwrap()
    );
    drop((first, second));
    let anew = shared.node_of("other.key", shared.patients.clone()).await;
    while anew.route_due().await.unwrap() > 0 {}
    assert_eq!(shared.inbox(&anew, RECEIVER).await.len(), 4);
}
