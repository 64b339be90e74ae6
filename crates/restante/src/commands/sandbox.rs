//! `restante server --sandbox`: a drop-in for mesh-sandbox.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use clap::Args;
use exchange::{Exchange, NewMailbox, Observer, Operator, QuotaSettings, Settings};
use https_listener::{ListenerConfig, Server, TlsConfig};
use mesh_server::Options;
use nhs::{MailboxId, OdsCode, SystemClock, SystemRandomness, WorkflowId};
use pages::{HostNames, Live};
use sandbox_pages::sandbox::{Connection, Faults, Recorder};
use secrecy::SecretString;
use settings::AddressError;
use tokio_util::sync::CancellationToken;

use crate::config::Place;
use crate::error::Error;
use crate::telemetry::Traces;
use crate::weakened;
use crate::wiring;

/// A drop-in for mesh-sandbox.
#[derive(Args)]
pub struct SandboxArguments {
    /// Be a drop-in for mesh-sandbox: its mailboxes, workflows, shared key and admin routes
    #[arg(long, conflicts_with = "config")]
    pub sandbox: bool,
    /// Where to listen: HOST:PORT, :PORT or PORT of this machine only, or a name
    #[arg(long, value_name = "ADDR", requires = "sandbox", default_value = "127.0.0.1:8700", value_parser = listen)]
    pub listen: SocketAddr,
    /// A mailbox to have in place of the peer's three; may be given several times
    #[arg(long, value_name = "ID", requires = "sandbox", value_parser = MailboxId::parse)]
    pub mailbox: Vec<MailboxId>,
    /// Where messages rest [default: a new directory that is removed at the end]
    #[arg(long, requires = "sandbox", env = "MAILBOXES_DATA_DIR")]
    pub data: Option<PathBuf>,
    /// Enforce workflow rights, token windows and single-use tokens as the real service does
    #[arg(long, requires = "sandbox")]
    pub strict: bool,
    /// Server certificate chain (PEM); plain HTTP without it
    #[arg(long, requires_all = ["sandbox", "tls_key"])]
    pub tls_cert: Option<PathBuf>,
    /// Server key (PEM)
    #[arg(long, requires_all = ["sandbox", "tls_cert"])]
    pub tls_key: Option<PathBuf>,
    /// Require client certificates of this authority (PEM)
    #[arg(long, requires_all = ["sandbox", "tls_cert"])]
    pub tls_client_ca: Option<PathBuf>,
    /// The key of the authorisation token, shared by the whole environment
    #[arg(
        long,
        env = "SHARED_KEY",
        default_value = "TestKey",
        hide_env_values = true
    )]
    pub shared_key: String,
    /// Show every message and refused request on a page at this address, and as JSON under /api/v1
    #[arg(long, value_name = "ADDR", requires = "sandbox", value_parser = ui)]
    pub ui: Option<SocketAddr>,
    /// Let others reach the page, which has no sign-in
    #[arg(long, requires = "ui")]
    pub ui_open: bool,
    /// A further name by which browsers may ask for the page; may be given several times
    #[arg(long, value_name = "NAME", requires = "ui_open")]
    pub ui_host: Vec<String>,
    /// Days until an uncollected message is reported to its sender
    #[arg(long, env = "INBOX_EXPIRY_DAYS", default_value_t = 5)]
    pub inbox_expiry_days: u32,
    /// Days until a message is deleted
    #[arg(long, env = "MESSAGE_EXPIRY_DAYS", default_value_t = 30)]
    pub message_expiry_days: u32,
}

fn listen(text: &str) -> Result<SocketAddr, AddressError> {
    settings::listen_address(text, Some(8700))
}

fn ui(text: &str) -> Result<SocketAddr, AddressError> {
    settings::listen_address(text, Some(8701))
}

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

pub async fn run(args: SandboxArguments) -> Result<(), Error> {
    if let Ok(mode) = std::env::var("AUTH_MODE")
        && mode != "full"
    {
        return Err(Error::Usage(format!(
            "AUTH_MODE={mode} is not offered: every request is authorised, as with AUTH_MODE=full"
        )));
    }
    let page = args.ui.map(|address| (address, args.ui_open));
    weakened::admit(weakened::of_sandbox(args.listen, page))?.count();
    let temporary;
    let data = match &args.data {
        Some(data) => data.as_path(),
        None => {
            temporary = wiring::temporary_directory("restante-sandbox-")?;
            temporary.path()
        }
    };
    let traces = Traces::from_environment()?;
    let shutdown = wiring::stop_signal()?;
    let recorder = args.ui.map(|_| {
        let live = Live::new(shutdown.clone());
        Recorder::new(Arc::new(SystemClock), live, traces.observer())
    });
    let observer = match &recorder {
        Some(recorder) => Arc::new(recorder.clone()) as _,
        None => traces.observer(),
    };
    let exchange = open(&args, data, observer).await?;
    let server = Server::bind(listener(&args)).await?;
    wiring::announce("MESH sandbox", &server, "")?;
    let options = options().served_by(&server);
    let router = match (recorder, args.ui) {
        (Some(recorder), Some(address)) => {
            let url = server.url();
            let faults = Faults::default();
            let heard = (&exchange, &recorder, &faults);
            start_page(&args, address, &url, heard, &shutdown).await?;
            let api = mesh_server::watched_router(exchange.clone(), options, Arc::new(recorder));
            faults.within(api)
        }
        _ => mesh_server::router(exchange.clone(), options),
    };
    wiring::serve_exchange(exchange, server, router, shutdown).await;
    traces.stop().await;
    Ok(())
}

/// Serves the page in the background until shut down.
async fn start_page(
    args: &SandboxArguments,
    address: SocketAddr,
    mesh_url: &str,
    (exchange, recorder, faults): (&Exchange, &Recorder, &Faults),
    shutdown: &CancellationToken,
) -> Result<(), Error> {
    let connection = Connection {
        mesh_url: mesh_url.to_owned(),
        password: "password".to_owned(),
        who: if args.ui_open {
            "no sign-in, open to whoever reaches it"
        } else {
            "no sign-in, this machine only"
        },
    };
    let hosts = HostNames {
        open: args.ui_open,
        further: args.ui_host.clone(),
    };
    let randomness = Arc::new(SystemRandomness);
    let router = sandbox_pages::sandbox::router(
        exchange.clone(),
        recorder.clone(),
        faults.clone(),
        connection,
        hosts,
        randomness,
    );
    let server = Server::bind(ListenerConfig::plain(address)).await?;
    wiring::announce("sandbox page", &server, "/")?;
    tokio::spawn(server.run(router, shutdown.clone()));
    Ok(())
}

/// The health routes name the peer's variables. They are no arguments: `ENV` is set on many machines
/// for other reasons, and would be refused without `--sandbox`.
fn options() -> Options {
    let defaults = Options::default();
    Options {
        sandbox: true,
        environment: std::env::var("ENV").unwrap_or(defaults.environment),
        build_label: std::env::var("BUILD_LABEL").unwrap_or(defaults.build_label),
        // suites and measurements ask as often as they can
        requests_per_second: 0,
        refused_per_minute: 0,
        ..Options::default()
    }
}

async fn open(
    args: &SandboxArguments,
    data: &Path,
    observer: Arc<dyn Observer>,
) -> Result<Exchange, Error> {
    let settings = Settings {
        inbox_expiry_days: args.inbox_expiry_days,
        message_expiry_days: args.message_expiry_days,
        ..if args.strict {
            Settings {
                require_certificate: args.tls_client_ca.is_some(),
                reserve_bytes: Some(0),
                quota: QuotaSettings::none(),
                ..Settings::default()
            }
        } else {
            Settings::sandbox()
        }
    };
    let registry = pds::Registry::open(&wiring::registry_directory(data))?;
    let shared_key = SecretString::from(args.shared_key.clone()).into();
    let place = Place::in_directory(data);
    let exchange =
        wiring::open_exchange(&place, Arc::new(registry), shared_key, settings, observer).await?;
    fill_directory(&exchange.operator()?, &args.mailbox)?;
    // the first request may come before the exchange's own next look at its directory
    exchange.refresh_directory().await?;
    Ok(exchange)
}

/// The mailboxes that were asked for, or else the peer's, and the peer's workflows for them.
fn fill_directory(operator: &Operator, wanted: &[MailboxId]) -> Result<(), Error> {
    let wrong = |_| malformed();
    let known = operator.mailboxes()?;
    let mut every = Vec::new();
    for mailbox in mailboxes(wanted)? {
        every.push(mailbox.id.clone());
        if !known.iter().any(|it| it.id == mailbox.id) {
            operator.add_mailbox(mailbox)?;
        }
    }
    for (workflow, receivers) in WORKFLOWS {
        let workflow = WorkflowId::parse(workflow).map_err(wrong)?;
        let is_receiver = |id: &&MailboxId| !wanted.is_empty() || receivers.contains(&id.as_str());
        let receivers: Vec<MailboxId> = every.iter().filter(is_receiver).cloned().collect();
        operator.allow(&workflow, &every, &receivers)?;
    }
    Ok(())
}

fn malformed() -> Error {
    Error::Usage("the sandbox's own directory is malformed".to_owned())
}

fn mailboxes(wanted: &[MailboxId]) -> Result<Vec<NewMailbox>, Error> {
    let new = |id, name: &str, ods: &str, billing_entity: &str| {
        Ok(NewMailbox {
            id,
            name: name.to_owned(),
            ods: OdsCode::parse(ods).map_err(|_| malformed())?,
            organisation_name: String::new(),
            billing_entity: billing_entity.to_owned(),
            password: "password".to_owned().into(),
        })
    };
    if wanted.is_empty() {
        let peers = MAILBOXES.into_iter();
        return peers
            .map(|(id, name, ods, billing)| {
                let id = MailboxId::parse(id).map_err(|_| malformed())?;
                new(id, name, ods, billing)
            })
            .collect();
    }
    let own = wanted.iter();
    own.map(|id| new(id.clone(), id.as_str(), "X26", "England"))
        .collect()
}

fn listener(args: &SandboxArguments) -> ListenerConfig {
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
