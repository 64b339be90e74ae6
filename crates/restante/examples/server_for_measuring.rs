//! `restante server --sandbox --strict` over a store of one's choice, to tell what storing costs:
//!
//! ```sh
//! cargo run --release -p restante --features measuring --example server_for_measuring -- HOME DIR
//! ```
//!
//! HOME is `embedded` (the product's), `nothing` (jobs are answered as done and forgotten) or
//! `raw-log` (jobs are appended to a file, one `fdatasync` a batch, and never read). Everything
//! before the store is the product's: every check, the token's single use, the group commit.
//! `scripts/measure-store` runs it.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::path::Path;
use std::sync::Arc;

use exchange::{Exchange, NewMailbox, Operator, Parts, Settings, Vault};
use https_listener::{ListenerConfig, Server};
use mail_store::Store;
use mesh_server::{Options, router};
use nhs::{MailboxId, OdsCode, SystemClock, SystemRandomness, WorkflowId};
use tokio_util::sync::CancellationToken;

fn store(home: &str, directory: &Path) -> Store {
    let opened = match home {
        "embedded" => Store::open(directory),
        "nothing" => Store::storing_nothing(),
        "raw-log" => Store::over_raw_log(directory),
        other => panic!("{other}: expected embedded, nothing or raw-log"),
    };
    opened.expect("the store opens")
}

async fn exchange(home: &str, directory: &Path) -> Exchange {
    let randomness = Arc::new(SystemRandomness);
    let parts = Parts {
        store: store(home, directory),
        vault: Vault::open_or_create(&directory.join("key"), randomness.as_ref()).unwrap(),
        demographics: Arc::new(pds::Registry::open(&directory.join("registry")).unwrap()),
        clock: Arc::new(SystemClock),
        randomness,
        shared_key: "TestKey".to_owned().into(),
        settings: Settings {
            require_certificate: false,
            ..Settings::default()
        },
        observer: Arc::new(()),
    };
    Exchange::open(parts).await.expect("the exchange opens")
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

#[tokio::main]
async fn main() {
    let mut arguments = std::env::args().skip(1);
    let home = arguments.next().expect("embedded, nothing or raw-log");
    let directory = arguments.next().expect("a directory");
    let directory = Path::new(&directory);
    tracing_subscriber::fmt()
        .with_max_level(tracing::Level::WARN)
        .with_writer(std::io::stderr)
        .init();
    let exchange = exchange(&home, directory).await;
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
