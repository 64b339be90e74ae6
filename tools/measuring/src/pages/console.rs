//! The console of an exchange with many messages in one inbox.

use std::sync::Arc;

use async_trait::async_trait;
use exchange::{Dependencies, Exchange, Keyring, NewMailbox, Settings};
use exchange_console::{Console, ExchangeRole, Journeys};
use mail_store::Store;
use nhs::{MailboxId, OdsCode, SystemClock, SystemRandomness, WorkflowId};
use pages::{Live, Role};
use pds::{Demographics, PdsError, Trace, TraceQuery};
use secrecy::SecretString;
use tokio_util::sync::CancellationToken;

use super::{Site, access};
use crate::one_inbox::{self, RECIPIENT, SENDER, WORKFLOW};

const PATHS: [(&str, &str); 10] = [
    ("console: overview, day", "/"),
    ("console: overview, week", "/?range=week"),
    ("console: mailboxes", "/mailboxes"),
    ("console: a mailbox", "/mailboxes/X26ABC2"),
    ("console: messages", "/messages"),
    (
        "console: messages of a mailbox",
        "/messages?mailbox=X26ABC2",
    ),
    (
        "console: messages of a workflow",
        "/messages?workflow=TEST_WORKFLOW",
    ),
    ("console: messages that failed", "/messages?state=failed"),
    ("console: queues", "/queues"),
    ("console: audit trail", "/audit"),
];

/// Knows nobody: nothing is routed here.
struct Nobody;

#[async_trait]
impl Demographics for Nobody {
    async fn trace(&self, _: &TraceQuery) -> Result<Trace, PdsError> {
        Ok(Trace::NotFound)
    }
}

pub async fn run(count: u32) {
    let directory = tempfile::tempdir().unwrap();
    let store = Store::open(directory.path()).unwrap();
    one_inbox::fill(&store, u64::from(count)).await;
    one_inbox::catch_up(&store).await;
    let live = Live::new(CancellationToken::new());
    let journeys = Journeys::new(Arc::new(SystemClock), live, Arc::new(()));
    let exchange = Exchange::open(Dependencies {
        store,
        keyring: Keyring::open_or_create(&directory.path().join("key"), &SystemRandomness).unwrap(),
        demographics: Arc::new(Nobody),
        clock: Arc::new(SystemClock),
        randomness: Arc::new(SystemRandomness),
        shared_key: SecretString::from("key".to_owned()).into(),
        settings: Settings {
            reserve_bytes: Some(0),
            ..Settings::default()
        },
        observer: Arc::new(journeys.clone()),
    })
    .await
    .unwrap();
    set_up(&exchange).await;
    let (access, users) = access("console", ExchangeRole::Administrator.name());
    let router = exchange_console::router(Console::new(exchange, journeys), "", &access);
    let site = Site::open(router, &access, &users).await;
    println!("-- a console: {count} messages in one inbox, 500 mailboxes");
    for (name, path) in PATHS {
        site.measure(name, path).await;
    }
    let list = site.page("/messages").await;
    let (_, rest) = list.split_once("href=\"/messages/2").unwrap();
    let (id, _) = rest.split_once('"').unwrap();
    let message = format!("/messages/2{id}");
    site.measure("console: a message", &message).await;
}

/// The two mailboxes whose messages there are, and others.
async fn set_up(exchange: &Exchange) {
    let operator = exchange.operator().unwrap();
    let others = (0..498).map(|number| format!("B{number:05}OT001"));
    for name in [SENDER.to_owned(), RECIPIENT.to_owned()]
        .into_iter()
        .chain(others)
    {
        let new = NewMailbox {
            id: MailboxId::parse(&name).unwrap(),
            name: format!("Practice {name}"),
            ods: OdsCode::parse(name.get(..6).unwrap()).unwrap(),
            organisation_name: String::new(),
            billing_entity: String::new(),
            password: SecretString::from("password".to_owned()),
        };
        operator.add_mailbox(new).unwrap();
    }
    let id = |name| MailboxId::parse(name).unwrap();
    let workflow = WorkflowId::parse(WORKFLOW).unwrap();
    operator
        .allow(&workflow, &[id(SENDER)], &[id(RECIPIENT)])
        .unwrap();
    exchange.refresh_directory().await.unwrap();
}
