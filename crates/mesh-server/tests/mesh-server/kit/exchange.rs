//! An exchange with the mailboxes and workflows of mesh-sandbox.

use std::path::Path;
use std::sync::Arc;

use exchange::{Dependencies, Exchange, Keyring, NewMailbox, Settings};
use mail_store::Store;
use nhs::{MailboxId, OdsCode, SystemClock, SystemRandomness, WorkflowId};
use secrecy::SecretString;

pub const PASSWORD: &str = "password";
pub const SHARED_KEY: &str = "TestKey";

pub async fn open(dir: &Path, settings: Settings) -> Exchange {
    let exchange = Exchange::open(Dependencies {
        store: Store::open(&dir.join("store")).unwrap(),
        keyring: Keyring::open_or_create(&dir.join("key"), &SystemRandomness).unwrap(),
        demographics: Arc::new(Nobody),
        clock: Arc::new(SystemClock),
        randomness: Arc::new(SystemRandomness),
        shared_key: SecretString::from(SHARED_KEY).into(),
        // unless the test is about it, how full the disk is does not matter
        settings: Settings {
            reserve_bytes: settings.reserve_bytes.or(Some(0)),
            ..settings
        },
        observer: Arc::new(()),
    })
    .await
    .unwrap();
    furnish(&exchange);
    exchange.refresh_directory().await.unwrap();
    exchange
}

fn furnish(exchange: &Exchange) {
    let operator = exchange.operator().unwrap();
    if !operator.mailboxes().unwrap().is_empty() {
        return;
    }
    let id = |text: &str| MailboxId::parse(text).unwrap();
    for (mailbox, name, ods, billing_entity) in [
        ("X26ABC1", "TESTMB1", "X26", "England"),
        ("X26ABC2", "TESTMB2", "X26", "Wales"),
        ("X26ABC3", "TESTMB3", "X27", "England"),
    ] {
        operator
            .add_mailbox(NewMailbox {
                id: id(mailbox),
                name: name.to_owned(),
                ods: OdsCode::parse(ods).unwrap(),
                organisation_name: String::new(),
                billing_entity: billing_entity.to_owned(),
                password: SecretString::from(PASSWORD),
            })
            .unwrap();
    }
    let (one, two, three) = (id("X26ABC1"), id("X26ABC2"), id("X26ABC3"));
    for (workflow, send, receive) in [
        (
            "TEST_WORKFLOW",
            vec![one.clone(), three.clone()],
            vec![two.clone()],
        ),
        (
            "TEST_WORKFLOW_ACK",
            vec![two.clone()],
            vec![one.clone(), three.clone()],
        ),
        (
            "TEST_WORKFLOW2",
            vec![one.clone(), two.clone(), three.clone()],
            vec![one.clone(), two.clone(), three.clone()],
        ),
    ] {
        operator
            .allow(&WorkflowId::parse(workflow).unwrap(), &send, &receive)
            .unwrap();
    }
}

/// A registry without patients.
struct Nobody;

#[async_trait::async_trait]
impl pds::Demographics for Nobody {
    async fn trace(&self, _query: &pds::TraceQuery) -> Result<pds::Trace, pds::PdsError> {
        Ok(pds::Trace::NotFound)
    }
}
