//! Messages a second from the send to the recipient's inbox: addressed to mailboxes, and to
//! patients whose practice a registry names, in turns in one run. Every message is authenticated
//! with a token of its own, and durable before it counts.

use std::convert::Infallible;
use std::error::Error;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

use bytes::Bytes;
use exchange::{
    CertificateIdentity, Dependencies, Event, Exchange, Keyring, NewMailbox, Observer,
    QuotaSettings, Settings,
};
use futures_util::stream;
use mesh::{AuthorizationToken, SendHeaders};
use nhs::{Clock, MailboxId, OdsCode, SystemClock, SystemRandomness, WorkflowId};
use pds::{ImportOptions, Kind, Registry, import_with};
use secrecy::SecretString;
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;

use load_generator::patients::{self, mix};

type Failure = Box<dyn Error + Send + Sync>;

const WORKFLOW: &str = "GPFED_CONSULT_REPORT";
const PRACTICES: u64 = 100;

#[derive(clap::Args)]
pub struct Options {
    /// Of each kind a turn
    #[arg(long, default_value_t = 4_000)]
    messages: u64,
    /// Of each kind, after one that warms up
    #[arg(long, default_value_t = 5)]
    turns: usize,
    /// Sending at once
    #[arg(long, default_value_t = 32, value_parser = clap::value_parser!(u64).range(1..=1_000))]
    senders: u64,
    /// Of a body
    #[arg(long, default_value_t = 8_000)]
    bytes: usize,
    /// In the registry
    #[arg(long, default_value_t = 100_000)]
    patients: u64,
    /// Emptied at the end [default: a temporary directory]
    #[arg(long)]
    dir: Option<PathBuf>,
}

#[derive(Clone, Copy)]
enum To {
    Mailboxes,
    Patients,
}

/// Counts what has arrived.
#[derive(Default)]
struct Arrivals {
    count: AtomicU64,
    changed: Notify,
}

impl Observer for Arrivals {
    fn observe(&self, event: &Event) {
        match event {
            Event::Delivered { .. } => {
                self.count.fetch_add(1, Ordering::SeqCst);
                self.changed.notify_one();
            }
            Event::Reported { message, code, .. } => {
                eprintln!("message {message} was not delivered: {code}");
            }
            _ => {}
        }
    }
}

pub async fn run(options: &Options) -> Result<(), Failure> {
    let temporary = tempfile::tempdir()?;
    let directory = options.dir.as_deref().unwrap_or(temporary.path());
    let result = take_turns(options, directory).await;
    if options.dir.is_some() {
        std::fs::remove_dir_all(directory)?;
    }
    result
}

async fn take_turns(options: &Options, directory: &Path) -> Result<(), Failure> {
    let arrivals = Arc::new(Arrivals::default());
    let registry = registry(&directory.join("registry"), options.patients)?;
    let exchange = open(&directory.join("mail"), registry, Arc::clone(&arrivals)).await?;
    let shutdown = CancellationToken::new();
    let running = tokio::spawn({
        let (exchange, shutdown) = (exchange.clone(), shutdown.clone());
        async move { exchange.run(shutdown).await }
    });
    let (mut direct, mut routed) = (Vec::new(), Vec::new());
    for turn in 0..=options.turns {
        let to_mailboxes = turn_of(&exchange, options, To::Mailboxes, &arrivals).await?;
        let to_patients = turn_of(&exchange, options, To::Patients, &arrivals).await?;
        println!("turn {turn}: {to_mailboxes:.0} direct, {to_patients:.0} routed a second");
        // the first one warms up
        if turn > 0 {
            direct.push(to_mailboxes);
            routed.push(to_patients);
        }
    }
    shutdown.cancel();
    running.await?;
    let (direct, routed) = (median(direct), median(routed));
    println!(
        "median: {direct:.0} direct, {routed:.0} routed a second, ratio {:.2}",
        routed / direct
    );
    Ok(())
}

/// Messages a second of one turn, from the first send to the last arrival.
async fn turn_of(
    exchange: &Exchange,
    options: &Options,
    to: To,
    arrivals: &Arrivals,
) -> Result<f64, Failure> {
    let each = options.messages / options.senders;
    let expected = arrivals.count.load(Ordering::SeqCst) + each * options.senders;
    let body = Bytes::from(vec![b'x'; options.bytes]);
    let begin = Instant::now();
    let mut senders = tokio::task::JoinSet::new();
    for sender in 0..options.senders {
        let (exchange, body, patients) = (exchange.clone(), body.clone(), options.patients);
        senders.spawn(async move {
            for number in 0..each {
                let recipient = mix(sender * each + number) % patients;
                let address = match to {
                    To::Mailboxes => format!("A{:05}OT001", recipient % PRACTICES),
                    To::Patients => patients::address(recipient),
                };
                send(&exchange, sender, address, body.clone()).await?;
            }
            Ok::<_, Failure>(())
        });
    }
    while let Some(sent) = senders.join_next().await {
        sent??;
    }
    while arrivals.count.load(Ordering::SeqCst) < expected {
        arrivals.changed.notified().await;
    }
    Ok((each * options.senders) as f64 / begin.elapsed().as_secs_f64())
}

async fn send(exchange: &Exchange, sender: u64, to: String, body: Bytes) -> Result<(), Failure> {
    static TOKENS: AtomicU64 = AtomicU64::new(0);
    let mailbox = format!("B{sender:05}OT001");
    let id = MailboxId::parse(&mailbox)?;
    let (password, key) = (secret("password"), secret("key"));
    let count = TOKENS.fetch_add(1, Ordering::Relaxed);
    let token = AuthorizationToken::sign(&id, &password, &key, "nonce", count, SystemClock.now());
    let certificate = CertificateIdentity {
        organisation: Some(OdsCode::parse(&format!("B{sender:05}"))?),
        serial: "ab12".to_owned(),
    };
    let caller = exchange
        .authenticate(&mailbox, Some(token.as_bytes()), Some(&certificate))
        .await?;
    let headers = SendHeaders::new(to, WorkflowId::parse(WORKFLOW)?);
    let body = stream::iter([Ok::<_, Infallible>(body)]);
    exchange.send(&caller, headers, body).await?;
    Ok(())
}

async fn open(
    directory: &Path,
    registry: Registry,
    arrivals: Arc<Arrivals>,
) -> Result<Exchange, Failure> {
    let exchange = Exchange::open(Dependencies {
        store: mail_store::Store::open(directory)?,
        keyring: Keyring::open_or_create(&directory.join("key"), &SystemRandomness)?,
        demographics: Arc::new(registry),
        clock: Arc::new(SystemClock),
        randomness: Arc::new(SystemRandomness),
        shared_key: secret("key").into(),
        settings: Settings {
            reserve_bytes: Some(0),
            quota: QuotaSettings::none(),
            ..Settings::default()
        },
        observer: arrivals,
    })
    .await?;
    let operator = exchange.operator()?;
    let workflow = WorkflowId::parse(WORKFLOW)?;
    for (letter, count) in [('A', PRACTICES), ('B', 1_000)] {
        let mut mailboxes = Vec::new();
        for number in 0..count {
            let ods = format!("{letter}{number:05}");
            let id = MailboxId::parse(&format!("{ods}OT001"))?;
            operator.add_mailbox(NewMailbox {
                id: id.clone(),
                name: String::new(),
                ods: OdsCode::parse(&ods)?,
                organisation_name: String::new(),
                billing_entity: String::new(),
                password: secret("password"),
            })?;
            mailboxes.push(id);
        }
        match letter {
            'A' => operator.allow(&workflow, &[], &mailboxes)?,
            _ => operator.allow(&workflow, &mailboxes, &[])?,
        }
    }
    operator.set_patient_routing(&workflow, true)?;
    exchange.refresh_directory().await?;
    Ok(exchange)
}

fn registry(directory: &Path, patients: u64) -> Result<Registry, Failure> {
    let file = patients::registry(patients, PRACTICES);
    let options = ImportOptions {
        kind: Some(Kind::Patients),
        details: false,
        ..ImportOptions::default()
    };
    let now = SystemClock.now();
    import_with(directory, file.as_bytes(), &options, now, &SystemRandomness)?;
    Ok(Registry::open(directory)?)
}

fn secret(text: &str) -> SecretString {
    SecretString::from(text.to_owned())
}

fn median(mut rates: Vec<f64>) -> f64 {
    rates.sort_by(f64::total_cmp);
    rates.get(rates.len() / 2).copied().unwrap_or_default()
}
