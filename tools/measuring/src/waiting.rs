//! What mailboxes cost that wait for mail (`Prefer: wait`): memory and processor time of the server's own process,
//! and how soon a message is told. Every mailbox has a connection over mutual TLS. Wants as many open files as
//! twice the mailboxes: `ulimit -n 65536`.

use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::sync::Arc;
use std::time::{Duration, Instant};

use exchange::{Dependencies, Exchange, Keyring, NewMailbox, QuotaSettings, Settings};
use https_listener::certificate::Authority;
use https_listener::{ListenerConfig, Server, TlsConfig};
use mail_store::Store;
use mesh::AuthorizationToken;
use mesh_server::{Options, router};
use nhs::{Clock, MailboxId, OdsCode, SystemClock, SystemRandomness, WorkflowId, uuid_v4};
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

const KEY: &str = "TestKey";
const WORKFLOW: &str = "TEST_WORKFLOW";
const ODS: &str = "X26";
/// Handshakes at once.
const CONNECTING: usize = 32;

#[derive(clap::Args)]
pub struct Arguments {
    /// Mailboxes that wait
    #[arg(long, default_value_t = 10_000)]
    mailboxes: u32,
    /// For how long they are watched, nothing arriving
    #[arg(long, default_value_t = 60)]
    seconds: u64,
    /// Messages sent then, one after the other
    #[arg(long, default_value_t = 500)]
    messages: u32,
    /// Serves this directory: the command calls itself so
    #[arg(long, hide = true)]
    serve: Option<PathBuf>,
}

pub async fn run(arguments: Arguments) {
    _ = rustls::crypto::ring::default_provider().install_default();
    match &arguments.serve {
        Some(directory) => serve(directory, arguments.mailboxes).await,
        None => measure(arguments).await,
    }
}

fn mailbox(number: u32) -> MailboxId {
    MailboxId::parse(&format!("{ODS}W{number:06}")).unwrap()
}

async fn serve(directory: &Path, mailboxes: u32) {
    let exchange = Exchange::open(Dependencies {
        store: Store::open(&directory.join("store")).unwrap(),
        keyring: Keyring::open_or_create(&directory.join("key"), &SystemRandomness).unwrap(),
        demographics: Arc::new(pds::Registry::open(&directory.join("registry")).unwrap()),
        clock: Arc::new(SystemClock),
        randomness: Arc::new(SystemRandomness),
        shared_key: KEY.to_owned().into(),
        settings: Settings {
            reserve_bytes: Some(0),
            quota: QuotaSettings::none(),
            ..Settings::default()
        },
        observer: Arc::new(()),
    });
    let exchange = exchange.await.unwrap();
    let operator = exchange.operator().unwrap();
    let all: Vec<MailboxId> = (0..=mailboxes).map(mailbox).collect();
    for id in &all {
        let new = NewMailbox {
            id: id.clone(),
            name: String::new(),
            ods: OdsCode::parse(ODS).unwrap(),
            organisation_name: String::new(),
            billing_entity: String::new(),
            password: "password".to_owned().into(),
        };
        operator.add_mailbox(new).unwrap();
    }
    let workflow = WorkflowId::parse(WORKFLOW).unwrap();
    operator.allow(&workflow, &all[..1], &all).unwrap();
    exchange.refresh_directory().await.unwrap();

    let authority = Authority::open_or_create(directory, SystemClock.now()).unwrap();
    let names = ["localhost".to_owned()];
    let issued = authority.issue_server(&names, SystemClock.now()).unwrap();
    let files = issued.write(directory, "server").unwrap();
    let client = format!("measuring.{ODS}.api.mesh-client.nhs.uk");
    let issued = authority.issue_client(&client, SystemClock.now()).unwrap();
    issued.write(directory, "client").unwrap();
    let tls = TlsConfig {
        certificate: files.certificate,
        key: files.key,
        client_ca: Some(authority.ca_path()),
        revocation_lists: vec![authority.crl_path()],
        refuse_expired_revocation_lists: true,
    };
    let server = Server::bind(ListenerConfig {
        max_connections: 60_000,
        max_connections_per_address: 0,
        max_connections_per_certificate: 0,
        ..ListenerConfig::tls(([127, 0, 0, 1], 0).into(), tls)
    });
    let server = server.await.unwrap();
    let options = Options {
        waiting_requests: 60_000,
        ..Options::default()
    };
    println!(
        "measuring on https://localhost:{}",
        server.local_addr().port()
    );
    let (router, shutdown) = (router(exchange.clone(), options), CancellationToken::new());
    let stop = shutdown.clone();
    tokio::spawn(async move { exchange.run(stop).await });
    server.run(router, shutdown).await;
}

/// One client's connections, and what it is told.
#[derive(Clone)]
struct Caller {
    http: reqwest::Client,
    url: String,
    told: mpsc::UnboundedSender<(u32, Instant)>,
}

impl Caller {
    fn new(directory: &Path, url: &str, told: mpsc::UnboundedSender<(u32, Instant)>) -> Self {
        let read = |name: &str| std::fs::read(directory.join(name)).unwrap();
        let pem = [read("client.pem"), read("client.key.pem")].concat();
        let http = reqwest::Client::builder()
            .http1_only()
            .pool_max_idle_per_host(usize::MAX)
            .tls_certs_only([reqwest::Certificate::from_pem(&read("ca.pem")).unwrap()])
            .identity(reqwest::Identity::from_pem(&pem).unwrap())
            .build();
        Self {
            http: http.unwrap(),
            url: url.to_owned(),
            told,
        }
    }

    fn request(&self, method: reqwest::Method, number: u32, path: &str) -> reqwest::RequestBuilder {
        let id = mailbox(number);
        let nonce = uuid_v4(&SystemRandomness).to_string();
        let (password, key) = ("password".to_owned().into(), KEY.to_owned().into());
        let now = SystemClock.now();
        let token = AuthorizationToken::sign(&id, &password, &key, &nonce, 1, now);
        let url = format!("{}/messageexchange/{id}{path}", self.url);
        self.http
            .request(method, url)
            .header("authorization", token)
    }

    /// Waits for mail again and again, and says when there was some.
    async fn wait(self, number: u32) {
        loop {
            let request = self.request(reqwest::Method::GET, number, "/inbox");
            let Ok(answer) = request.header("prefer", "wait=50").send().await else {
                return; // the server has ended
            };
            assert_eq!(answer.headers()["preference-applied"], "wait=50");
            let listed = answer.text().await.unwrap();
            if !listed.contains("[]") {
                _ = self.told.send((number, Instant::now()));
                return;
            }
        }
    }
}

async fn measure(arguments: Arguments) {
    let directory = tempfile::tempdir().unwrap();
    let mut server = tokio::process::Command::new(std::env::current_exe().unwrap())
        .args([
            "waiting",
            "--mailboxes",
            &arguments.mailboxes.to_string(),
            "--serve",
        ])
        .arg(directory.path())
        .stdout(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(server.stdout.take().unwrap()).lines();
    let first = lines.next_line().await.unwrap().unwrap();
    let url = first.rsplit(' ').next().unwrap();
    let process = Process(server.id().unwrap());
    let (before, spent) = (process.resident(), process.seconds());
    let (told, mut heard) = mpsc::unbounded_channel();
    let caller = Caller::new(directory.path(), url, told);
    let connecting = Arc::new(tokio::sync::Semaphore::new(CONNECTING));
    let begun = Instant::now();
    for number in 1..=arguments.mailboxes {
        let place = Arc::clone(&connecting).acquire_owned().await.unwrap();
        let caller = caller.clone();
        tokio::spawn(async move {
            // the first answer comes at once: the connection is there
            let whether = caller.request(reqwest::Method::GET, number, "/count");
            whether.header("prefer", "wait=0").send().await.unwrap();
            drop(place);
            caller.wait(number).await;
        });
    }
    tokio::time::sleep(Duration::from_secs(5)).await;
    println!(
        "connected in {:.0?}, {:.1} s of its processor time",
        begun.elapsed(),
        process.seconds() - spent
    );
    let (resident, spent) = (process.resident(), process.seconds());
    tokio::time::sleep(Duration::from_secs(arguments.seconds)).await;
    let spent = process.seconds() - spent;
    println!(
        "{} mailboxes wait: {:.0} MB resident, {:.0} MB before the first and {:.0} MB {} s later; {spent:.2} s of \
         processor time in {} s",
        arguments.mailboxes,
        resident,
        before,
        process.resident(),
        arguments.seconds,
        arguments.seconds
    );
    let mut took = Vec::new();
    for message in 0..arguments.messages.min(arguments.mailboxes) {
        let number = 1 + message * (arguments.mailboxes / arguments.messages).max(1);
        let request = caller.request(reqwest::Method::POST, 0, "/outbox");
        let request = request
            .header("mex-to", mailbox(number).to_string())
            .header("mex-workflowid", WORKFLOW);
        let begun = Instant::now();
        let answer = request.body("a message").send().await.unwrap();
        assert_eq!(answer.status(), 202);
        let (who, at) = heard.recv().await.unwrap();
        assert_eq!(who, number);
        took.push(at.saturating_duration_since(begun));
    }
    took.sort();
    let at = |share: usize| took[(took.len() * share / 100).min(took.len() - 1)];
    println!(
        "{} messages, from before the send to their recipient's list: median {:.1?}, p99 {:.1?}, longest {:.1?}",
        took.len(),
        at(50),
        at(99),
        took[took.len() - 1]
    );
    server.kill().await.unwrap();
}

/// What the kernel says of a process.
struct Process(u32);

impl Process {
    /// Resident memory, in MB.
    fn resident(&self) -> f64 {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.0)).unwrap();
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
        let kilobytes: f64 = line
            .unwrap()
            .trim()
            .trim_end_matches(" kB")
            .parse()
            .unwrap();
        kilobytes * 1024.0 / 1e6
    }

    /// Processor time so far; a hundred ticks are a second.
    fn seconds(&self) -> f64 {
        let stat = std::fs::read_to_string(format!("/proc/{}/stat", self.0)).unwrap();
        let fields: Vec<&str> = stat
            .rsplit(')')
            .next()
            .unwrap()
            .split_whitespace()
            .collect();
        let ticks = |field: usize| fields[field].parse::<f64>().unwrap();
        (ticks(11) + ticks(12)) / 100.0
    }
}
