//! An exchange with one mailbox, whose inbox holds one message of each of some workflows. Keys, ids
//! and the time are always the same, so that page tokens can stand in seeds.
#![allow(dead_code, reason = "each target uses its part")]

use std::convert::Infallible;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, LazyLock};

use bytes::Bytes;
use exchange::{
    Exchange, ExchangeError, InboxPage, InboxQuery, NewMailbox, Dependencies, Settings, Keyring,
};
use futures_util::stream;
use jiff::Timestamp;
use mesh::{AuthorizationToken, SendHeaders};
use nhs::{Clock, MailboxId, MessageId, OdsCode, Randomness, WorkflowId};
use tokio::runtime::{Builder, Runtime};

/// The messages' workflows, oldest first.
pub const WORKFLOWS: [&str; 7] = [
    "GPFED_CONSULT_REPORT",
    "GPFED_CONSULT_REPORT_ACK",
    "gpfed_consult_report",
    "TEST_WORKFLOW",
    "AA",
    "A*A",
    "!É",
];
const MAILBOX: &str = "A20047OT001";
const SHARED_KEY: &str = "TestKey";
const PASSWORD: &str = "password";

/// The exchange, seen by its one mailbox.
pub struct Inbox {
    runtime: Runtime,
    exchange: Exchange,
    caller: exchange::Caller,
    messages: Vec<MessageId>,
    tokens: Vec<String>,
}

impl Inbox {
    /// The one inbox of this process.
    pub fn opened() -> &'static Self {
        static INBOX: LazyLock<Inbox> = LazyLock::new(Inbox::open);
        &INBOX
    }

    /// A page of the list.
    pub fn page(&self, query: InboxQuery) -> Result<InboxPage, ExchangeError> {
        self.runtime
            .block_on(self.exchange.inbox(&self.caller, query))
    }

    /// Workflow and id of each message, in the order of the list.
    pub fn messages(&self) -> impl Iterator<Item = (&'static str, &MessageId)> {
        WORKFLOWS.into_iter().zip(&self.messages)
    }

    /// The token that continues after each message but the last.
    pub fn tokens(&self) -> &[String] {
        &self.tokens
    }

    fn open() -> Self {
        let runtime = Builder::new_current_thread()
            .enable_all()
            .build()
            .expect("a runtime");
        // The store keeps files open in it; the operating system clears it away.
        let directory = tempfile::tempdir().expect("a directory").keep();
        let randomness: Arc<dyn Randomness> = Arc::new(Counting(AtomicU64::new(0)));
        let clock: Arc<dyn Clock> = Arc::new(Stopped);
        let keyring = Keyring::open_or_create(&directory.join("key"), &*randomness).expect("a keyring");
        let (exchange, caller, messages) = runtime.block_on(async {
            let exchange = Exchange::open(Dependencies {
                store: mail_store::Store::open(&directory).expect("a store"),
                keyring,
                demographics: Arc::new(pds::Chain::new(Vec::new())),
                clock,
                randomness,
                shared_key: SHARED_KEY.into(),
                settings: Settings::sandbox(),
                observer: Arc::new(()),
            });
            let exchange = exchange.await.expect("an exchange");
            let caller = register(&exchange).await;
            let mut messages = Vec::new();
            for workflow in WORKFLOWS {
                messages.push(send(&exchange, &caller, workflow).await);
            }
            (exchange, caller, messages)
        });
        let mut inbox = Self {
            runtime,
            exchange,
            caller,
            messages,
            tokens: Vec::new(),
        };
        for size in 1..WORKFLOWS.len() {
            let query = InboxQuery {
                max_results: size,
                ..InboxQuery::default()
            };
            let page = inbox.page(query).expect("a page");
            inbox.tokens.push(page.next.expect("a token"));
        }
        inbox
    }
}

async fn register(exchange: &Exchange) -> exchange::Caller {
    let id = MailboxId::parse(MAILBOX).expect("a mailbox");
    let mailbox = NewMailbox {
        id: id.clone(),
        name: "Osprey".into(),
        ods: OdsCode::parse("A20047").expect("an ODS code"),
        organisation_name: String::new(),
        billing_entity: String::new(),
        password: PASSWORD.into(),
    };
    exchange
        .operator()
        .expect("an operator")
        .add_mailbox(mailbox)
        .expect("a new mailbox");
    exchange.refresh_directory().await.expect("the directory");
    let (password, key) = (PASSWORD.into(), SHARED_KEY.into());
    let token = AuthorizationToken::sign(&id, &password, &key, "nonce", 0, Stopped.now());
    let caller = exchange
        .authenticate(MAILBOX, Some(token.as_bytes()), None)
        .await;
    caller.expect("a token of the mailbox")
}

async fn send(exchange: &Exchange, caller: &exchange::Caller, workflow: &str) -> MessageId {
    let headers = SendHeaders::new(MAILBOX, WorkflowId::parse(workflow).expect("a workflow"));
    let body = stream::iter([Ok::<_, Infallible>(Bytes::from_static(b"a body"))]);
    exchange
        .send(caller, headers, body)
        .await
        .expect("a message")
}

struct Stopped;

impl Clock for Stopped {
    fn now(&self) -> Timestamp {
        Timestamp::constant(1_768_383_000, 0)
    }
}

/// Different each time it is asked, the same in each process.
struct Counting(AtomicU64);

impl Randomness for Counting {
    fn fill(&self, bytes: &mut [u8]) {
        bytes.fill(0);
        let count = self.0.fetch_add(1, Ordering::Relaxed).to_le_bytes();
        for (byte, digit) in bytes.iter_mut().zip(count) {
            *byte = digit;
        }
    }
}
