//! `restante server --sandbox --strict` over a store of one's choice, to tell what storing costs.
//! Everything before the store is the product's: every check, the token's single use, the group
//! commit. `scripts/measure-store` runs it.

use std::path::Path;
use std::sync::Arc;

use exchange::{Dependencies, Exchange, Keyring, NewMailbox, Operator, QuotaSettings, Settings};
use https_listener::{ListenerConfig, Server};
use mail_store::Store;
use mesh_server::{Options, router};
use nhs::{MailboxId, OdsCode, SystemClock, SystemRandomness, WorkflowId};
use tokio_util::sync::CancellationToken;

/// Where the server keeps what it is sent.
#[derive(Clone, Copy, clap::ValueEnum)]
pub enum Over {
    /// The product's own
    Embedded,
    /// Jobs are answered as done and forgotten
    Nothing,
    /// Jobs are appended to a file, one `fdatasync` a batch, and never read
    RawLog,
}

fn store(over: Over, directory: &Path) -> Store {
    let opened = match over {
        Over::Embedded => Store::open(directory),
        Over::Nothing => Store::storing_nothing(),
        Over::RawLog => Store::over_raw_log(directory),
    };
    opened.expect("the store opens")
}

async fn exchange(over: Over, directory: &Path) -> Exchange {
    let randomness = Arc::new(SystemRandomness);
    let dependencies = Dependencies {
        store: store(over, directory),
        keyring: Keyring::open_or_create(&directory.join("key"), randomness.as_ref()).unwrap(),
        demographics: Arc::new(pds::Registry::open(&directory.join("registry")).unwrap()),
        clock: Arc::new(SystemClock),
        randomness,
        shared_key: "TestKey".to_owned().into(),
        settings: Settings {
            require_certificate: false,
            reserve_bytes: Some(0),
            quota: QuotaSettings::none(),
            ..Settings::default()
        },
        observer: Arc::new(()),
    };
    Exchange::open(dependencies)
        .await
        .expect("the exchange opens")
}

fn fill_directory(operator: &Operator) {
    let mailboxes = ["X26ABC1", "X26ABC2"].map(|id| MailboxId::parse(id).unwrap());
    for id in &mailboxes {
        let mailbox = NewMailbox {
            id: id.clone(),
            name: String::new(),
            ods: OdsCode::parse("X26").unwrap(),
            organisation_name: String::new(),
            billing_entity: "England".to_owned(),
            password: "password".to_owned().into(),
        };
        operator.add_mailbox(mailbox).unwrap();
    }
    let workflow = WorkflowId::parse("TEST_WORKFLOW").unwrap();
    operator.allow(&workflow, &mailboxes, &mailboxes).unwrap();
}

pub async fn run(over: Over, directory: &Path) {
    tracing_subscriber::fmt()
        .with_max_level(tracing_subscriber::filter::LevelFilter::WARN)
        .with_writer(std::io::stderr)
        .init();
    let exchange = exchange(over, directory).await;
    fill_directory(&exchange.operator().unwrap());
    let shutdown = CancellationToken::new();
    tokio::spawn({
        let (exchange, shutdown) = (exchange.clone(), shutdown.clone());
        async move { exchange.run(shutdown).await }
    });
    let listen = ListenerConfig::plain(([127, 0, 0, 1], 0).into());
    let server = Server::bind(listen).await.expect("bound");
    println!("measuring on http://{}", server.local_addr());
    let options = Options {
        sandbox: true,
        ..Options::default()
    };
    server.run(router(exchange, options), shutdown).await;
}
