//! `restante server --sandbox`: a drop-in for mesh-sandbox.

use std::io::Write;
use std::path::Path;
use std::sync::Arc;

use exchange::{Exchange, NewMailbox, Operator, Settings};
use https_listener::{ListenerConfig, Server, TlsConfig};
use mesh_server::Options;
use nhs::{MailboxId, OdsCode, WorkflowId};

use crate::cli::Sandbox;
use crate::error::{self, Error};
use crate::telemetry::Traces;

/// The peer's mailboxes: id, name, ODS code, billing entity. Every password is `password`.
const MAILBOXES: [(&str, &str, &str, &str); 3] = [
    ("X26ABC1", "TESTMB1", "X26", "England"),
    ("X26ABC2", "TESTMB2", "X26", "Wales"),
    ("X26ABC3", "TESTMB3", "X27", "England"),
];

/// The peer's workflows and the mailboxes that receive them.
const WORKFLOWS: [(&str, &[&str]); 3] = [
    ("TEST_WORKFLOW", &["X26ABC2"]),
    ("TEST_WORKFLOW_ACK", &["X26ABC1", "X26ABC3"]),
    ("TEST_WORKFLOW2", &["X26ABC1", "X26ABC2", "X26ABC3"]),
];

pub async fn run(args: Sandbox) -> Result<(), Error> {
    if let Ok(mode) = std::env::var("AUTH_MODE")
        && mode != "full"
    {
        return Err(Error::Usage(format!(
            "AUTH_MODE={mode} is not offered: every request is authorised, as with AUTH_MODE=full"
        )));
    }
    let temporary = match &args.data {
        Some(_) => None,
        None => Some(TemporaryDirectory::new()?),
    };
    let data = match (&args.data, &temporary) {
        (Some(data), _) => data.clone(),
        (None, Some(directory)) => directory.0.clone(),
        (None, None) => return Err(Error::Usage("no data directory".to_owned())),
    };
    let traces = Traces::from_environment()?;
    let exchange = open(&args, &data, &traces).await?;
    let shutdown = super::until_told_to_stop()?;
    let server = Server::bind(listener(&args)).await?;
    writeln!(std::io::stdout(), "MESH sandbox on {}", server.url())?;
    let background = tokio::spawn({
        let (exchange, shutdown) = (exchange.clone(), shutdown.clone());
        async move { exchange.run(shutdown).await }
    });
    let options = Options {
        sandbox: true,
        ..Options::default()
    };
    server
        .run(mesh_server::router(exchange, options), shutdown.clone())
        .await;
    shutdown.cancel();
    if background.await.is_err() {
        tracing::error!("the exchange's background work stopped abnormally");
    }
    traces.stop().await;
    Ok(())
}

async fn open(args: &Sandbox, data: &Path, traces: &Traces) -> Result<Exchange, Error> {
    let settings = Settings {
        inbox_expiry_days: args.inbox_expiry_days,
        message_expiry_days: args.message_expiry_days,
        ..if args.strict {
            Settings {
                require_certificate: args.tls_client_ca.is_some(),
                ..Settings::default()
            }
        } else {
            Settings::sandbox()
        }
    };
    let registry = pds::Registry::open(&super::registry::directory(data))?;
    let shared_key = args.shared_key.clone().into();
    let exchange = super::server::open(
        data,
        Arc::new(registry),
        shared_key,
        settings,
        traces.observer(),
    )
    .await?;
    fill_directory(&exchange.operator()?)?;
    Ok(exchange)
}

fn fill_directory(operator: &Operator) -> Result<(), Error> {
    let wrong = |_| Error::Usage("the sandbox's own directory is malformed".to_owned());
    let known = operator.mailboxes()?;
    for (id, name, ods, billing_entity) in MAILBOXES {
        let id = MailboxId::parse(id).map_err(wrong)?;
        if known.iter().any(|mailbox| mailbox.id == id) {
            continue;
        }
        operator.add_mailbox(NewMailbox {
            id,
            name: name.to_owned(),
            ods: OdsCode::parse(ods)
                .map_err(|_| Error::Usage("the sandbox's own directory is malformed".to_owned()))?,
            organisation_name: String::new(),
            billing_entity: billing_entity.to_owned(),
            password: "password".to_owned().into(),
        })?;
    }
    let every: Vec<MailboxId> = MAILBOXES
        .iter()
        .map(|(id, ..)| MailboxId::parse(id))
        .collect::<Result<_, _>>()
        .map_err(wrong)?;
    for (workflow, receivers) in WORKFLOWS {
        let workflow = WorkflowId::parse(workflow).map_err(wrong)?;
        let receivers: Vec<MailboxId> = receivers
            .iter()
            .map(|id| MailboxId::parse(id))
            .collect::<Result<_, _>>()
            .map_err(wrong)?;
        operator.allow(&workflow, &every, &receivers)?;
    }
    Ok(())
}

fn listener(args: &Sandbox) -> ListenerConfig {
    match (&args.tls_cert, &args.tls_key) {
        (Some(certificate), Some(key)) => ListenerConfig::tls(
            args.listen,
            TlsConfig {
                certificate: certificate.clone(),
                key: key.clone(),
                client_ca: args.tls_client_ca.clone(),
                revocation_lists: Vec::new(),
                refuse_expired_revocation_lists: false,
            },
        ),
        _ => ListenerConfig::plain(args.listen),
    }
}

/// A directory that goes with the process.
struct TemporaryDirectory(std::path::PathBuf);

impl TemporaryDirectory {
    fn new() -> Result<Self, Error> {
        let name = format!("restante-sandbox-{}", uuid::Uuid::new_v4().simple());
        let path = std::env::temp_dir().join(name);
        std::fs::create_dir_all(&path).map_err(error::at(&path))?;
        Ok(Self(path))
    }
}

impl Drop for TemporaryDirectory {
    fn drop(&mut self) {
        if let Err(error) = std::fs::remove_dir_all(&self.0) {
            tracing::warn!(%error, "the sandbox's temporary directory stays behind");
        }
    }
}
