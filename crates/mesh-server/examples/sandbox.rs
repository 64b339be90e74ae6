//! A MESH sandbox inside a program of one's own, a test say: an exchange over a directory, two
//! mailboxes that may write to each other, and the API on a free port of loopback.
//!
//! ```sh
//! cargo run -p mesh-server --example sandbox -- DIRECTORY
//! restante bench --url http://127.0.0.1:PORT --seconds 1     # in another shell
//! ```

use std::error::Error;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use exchange::{Dependencies, Exchange, Keyring, NewMailbox, Settings};
use https_listener::{ListenerConfig, Server};
use mail_store::Store;
use mesh_server::{Options, router};
use nhs::{MailboxId, OdsCode, SystemClock, SystemRandomness, WorkflowId};
use pds::{Demographics, PdsError, Trace, TraceQuery};
use tokio_util::sync::CancellationToken;

/// Nobody is registered anywhere: messages go to mailboxes only.
struct NoPatients;

#[async_trait::async_trait]
impl Demographics for NoPatients {
    async fn trace(&self, _query: &TraceQuery) -> Result<Trace, PdsError> {
        Ok(Trace::NotFound)
    }
}

async fn open(directory: &Path) -> Result<Exchange, Box<dyn Error>> {
    let exchange = Exchange::open(Dependencies {
        store: Store::open(&directory.join("store"))?,
        keyring: Keyring::open_or_create(&directory.join("key"), &SystemRandomness)?,
        demographics: Arc::new(NoPatients),
        clock: Arc::new(SystemClock),
        randomness: Arc::new(SystemRandomness),
        shared_key: "TestKey".to_owned().into(),
        settings: Settings::sandbox(),
        observer: Arc::new(()),
    })
    .await?;
    let operator = exchange.operator()?;
    if operator.mailboxes()?.is_empty() {
        let mailboxes = [MailboxId::parse("X26ABC1")?, MailboxId::parse("X26ABC2")?];
        for id in &mailboxes {
            operator.add_mailbox(NewMailbox {
                id: id.clone(),
                name: "a mailbox of the sandbox".to_owned(),
                ods: OdsCode::parse("X26")?,
                organisation_name: String::new(),
                billing_entity: "England".to_owned(),
                password: "password".to_owned().into(),
            })?;
        }
        let workflow = WorkflowId::parse("TEST_WORKFLOW")?;
        operator.allow(&workflow, &mailboxes, &mailboxes)?;
    }
    exchange.refresh_directory().await?;
    Ok(exchange)
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let directory = std::env::args_os().nth(1).map(PathBuf::from);
    let exchange = open(&directory.ok_or("expected a directory")?).await?;
    let shutdown = CancellationToken::new();
    // delivers, expires and reports until it is told to stop
    let running = tokio::spawn({
        let (exchange, shutdown) = (exchange.clone(), shutdown.clone());
        async move { exchange.run(shutdown).await }
    });
    let listener = ListenerConfig::plain(([127, 0, 0, 1], 0).into());
    let server = Server::bind(listener).await?;
    println!("a MESH sandbox on http://{}", server.local_addr());
    tokio::spawn({
        let shutdown = shutdown.clone();
        async move {
            let _ = tokio::signal::ctrl_c().await;
            shutdown.cancel();
        }
    });
    let options = Options {
        sandbox: true,
        ..Options::default()
    };
    server.run(router(exchange, options), shutdown).await;
    running.await?;
    Ok(())
}
