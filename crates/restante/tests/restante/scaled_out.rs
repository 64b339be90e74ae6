//! Two servers on one PostgreSQL and one bucket, set up by configuration and the operator commands
//! alone; one of them is killed, and a third begins on a backup.

#[path = "../../../mail-store/tests/support/postgresql.rs"]
pub mod postgresql;
#[path = "../../../mail-store/tests/support/s3.rs"]
pub mod s3;

use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU64, Ordering};

use mesh::AuthorizationToken;
use nhs::{Clock, MailboxId, SystemClock};
use reqwest::{Client, StatusCode};

use crate::kit;

pub const SENDER: &str = "A81001OT001";
pub const RECEIVER: &str = "A20047OT001";
pub const WORKFLOW: &str = "GPFED_CONSULT_REPORT";

pub struct Node {
    process: Child,
    pub url: String,
    pub health: String,
}

impl Drop for Node {
    /// As a power cut would: no warning, no clean stop.
    fn drop(&mut self) {
        self.process.kill().unwrap();
        self.process.wait().unwrap();
    }
}

fn restante(arguments: &[&str], config: &Path) -> Command {
    let mut command = kit::restante();
    let (first, rest) = arguments.split_first().unwrap();
    command.arg(first).arg("--config").arg(config).args(rest);
    command
}

/// What servers share.
pub struct Shared {
    directory: tempfile::TempDir,
    pub postgresql: postgresql::Server,
    pub s3: s3::Server,
}

impl Shared {
    pub async fn start() -> Self {
        _ = rustls::crypto::ring::default_provider().install_default();
        Self {
            directory: tempfile::tempdir().unwrap(),
            postgresql: postgresql::Server::start(),
            s3: s3::Server::start().await,
        }
    }
}

/// The configuration of a server: its own data directory, a store shared with others.
pub fn configure(shared: &Shared, name: &str, store: &str, key: &str) -> PathBuf {
    let directory = shared.directory.path();
    let (here, url) = (directory.display(), shared.postgresql.url(store));
    let s3 = shared.s3.bucket(store);
    let (endpoint, id) = (s3.endpoint.unwrap(), s3.access_key_id.unwrap());
    let secret = directory.join("secret");
    fs::write(&secret, "a secret of the tests\n").unwrap();
    let path = directory.join(format!("{name}.toml"));
    let text = format!(
        r#"data = "{here}/{name}"
shared_key_file = "{here}/secret"
key_file = "{here}/{key}"
operations = "127.0.0.1:0"

[listener]
listen = "127.0.0.1:0"

[store.postgresql]
url = "{url}"

[store.s3]
bucket = "{store}"
endpoint = "{endpoint}"
access_key_id = "{id}"
secret_access_key_file = {secret:?}

[exchange]
require_certificate = false
"#
    );
    fs::write(&path, text).unwrap();
    path
}

fn add_mailbox(config: &Path, mailbox: &str, ods: &str) {
    let arguments = ["mailbox", "add", mailbox, "--ods", ods, "--password-stdin"];
    let mut command = restante(&arguments, config);
    let mut child = command.stdin(Stdio::piped()).spawn().unwrap();
    let mut stdin = child.stdin.take().unwrap();
    stdin.write_all(b"a password of the tests\n").unwrap();
    drop(stdin);
    assert!(child.wait().unwrap().success());
}

/// What the command told, which must have succeeded.
/// The sender by one server's configuration and the receiver by another's, and what the one may send the other.
pub fn add_both(first: &Path, second: &Path) {
    add_mailbox(first, SENDER, "A81001");
    add_mailbox(second, RECEIVER, "A20047");
    let allow = [
        "workflow",
        "allow",
        WORKFLOW,
        "--send",
        SENDER,
        "--receive",
        RECEIVER,
    ];
    assert!(restante(&allow, first).status().unwrap().success());
}

fn told_of(arguments: &[&str], config: &Path) -> String {
    let output = restante(arguments, config).output().unwrap();
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{arguments:?}: {errors}");
    String::from_utf8(output.stdout).unwrap()
}

pub fn start(config: &Path) -> Node {
    let mut command = restante(&["server"], config);
    let mut process = command.stdout(Stdio::piped()).spawn().unwrap();
    let mut lines = BufReader::new(process.stdout.take().unwrap()).lines();
    let mut told = |what| {
        let line = lines.next().unwrap().unwrap();
        line.strip_prefix(what).expect(&line).to_owned()
    };
    let (url, metrics) = (told("MESH API on "), told("metrics on "));
    Node {
        url: format!("{url}/messageexchange"),
        health: metrics.replace("/metrics", "/health"),
        process,
    }
}

pub fn token(mailbox: &str) -> String {
    static COUNT: AtomicU64 = AtomicU64::new(0);
    let count = COUNT.fetch_add(1, Ordering::Relaxed);
    let password = "a password of the tests".to_owned().into();
    let shared_key = "a secret of the tests".to_owned().into();
    let mailbox = MailboxId::parse(mailbox).unwrap();
    let now = SystemClock.now();
    AuthorizationToken::sign(&mailbox, &password, &shared_key, "a nonce", count, now)
}

async fn send(node: &Node, token: &str) -> (StatusCode, String) {
    send_body(node, token, vec![b'a'; 6]).await
}

async fn send_body(node: &Node, token: &str, body: Vec<u8>) -> (StatusCode, String) {
    let response = Client::new()
        .post(format!("{}/{SENDER}/outbox", node.url))
        .header("Authorization", token)
        .header("Mex-To", RECEIVER)
        .header("Mex-WorkflowID", WORKFLOW)
        .header("Content-Type", "application/octet-stream")
        .body(body)
        .send()
        .await
        .unwrap();
    (response.status(), response.text().await.unwrap())
}

/// Accepted, under this id.
pub async fn accepted(node: &Node, body: Vec<u8>) -> String {
    let (status, answer) = send_body(node, &token(SENDER), body).await;
    assert_eq!(status, StatusCode::ACCEPTED, "{answer}");
    let answer: serde_json::Value = serde_json::from_str(&answer).unwrap();
    let id = answer["messageID"].as_str();
    id.or(answer["message_id"].as_str()).unwrap().to_owned()
}

async fn download(node: &Node, id: &str) -> reqwest::Response {
    Client::new()
        .get(format!("{}/{RECEIVER}/inbox/{id}", node.url))
        .header("Authorization", token(RECEIVER))
        .send()
        .await
        .unwrap()
}

pub async fn inbox(node: &Node) -> Vec<String> {
    inbox_of(node, RECEIVER).await
}

async fn inbox_of(node: &Node, mailbox: &str) -> Vec<String> {
    let response = Client::new()
        .get(format!("{}/{mailbox}/inbox", node.url))
        .header("Authorization", token(mailbox))
        .send()
        .await
        .unwrap();
    assert_eq!(response.status(), StatusCode::OK);
    let list: serde_json::Value = response.json().await.unwrap();
    let ids = list["messages"].as_array().unwrap();
    ids.iter()
        .map(|id| id.as_str().unwrap().to_owned())
        .collect()
}

/// As `packaging/container/compose.postgresql.yaml` does it.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_exchange_is_made_where_the_variables_say() {
    let shared = Shared::start().await;
    let directory = shared.directory.path().join("exchange");
    let s3 = shared.s3.bucket("restante");
    let secret = shared.directory.path().join("secret");
    fs::write(&secret, "a secret of the tests\n").unwrap();
    let variables = [
        ("POSTGRESQL__URL", shared.postgresql.url("restante")),
        ("S3__BUCKET", "restante".to_owned()),
        ("S3__ENDPOINT", s3.endpoint.unwrap()),
        ("S3__ACCESS_KEY_ID", s3.access_key_id.unwrap()),
        ("S3__SECRET_ACCESS_KEY__FILE", secret.display().to_string()),
    ];
    let variables =
        variables.map(|(name, value)| (format!("RESTANTE_SERVER__STORE__{name}"), value));
    let mut command = kit::restante();
    command.args(["init", "exchange", "--name", "localhost"]);
    command.args(["--practice", "A81001=Starling", "--dir"]);
    let made = command.arg(&directory).envs(variables.clone()).output();
    let made = made.unwrap();
    let errors = String::from_utf8_lossy(&made.stderr);
    assert!(made.status.success(), "{errors}");
    let list = |variables: &[(String, String)]| {
        let mut command = restante(&["mailbox", "list"], &directory.join("server.toml"));
        command.envs(variables.iter().cloned());
        String::from_utf8(command.output().unwrap().stdout).unwrap()
    };
    assert!(list(&variables).contains(SENDER));
    let in_the_directory = list(&[]);
    assert!(!in_the_directory.contains(SENDER), "{in_the_directory}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_servers_share_one_postgresql_and_one_is_killed() {
    let shared = Shared::start().await;
    let first = configure(&shared, "first", "restante", "key");
    let second = configure(&shared, "second", "restante", "key");
    add_both(&first, &second);
    let (killed, other) = (start(&first), start(&second));
    let mut sent = Vec::new();
    for size in [6, 6, 50_000] {
        sent.push(accepted(&killed, vec![b'a'; size]).await);
    }
    let used = token(SENDER);
    assert_eq!(send(&killed, &used).await.0, StatusCode::ACCEPTED);
    drop(killed);
    assert_eq!(inbox(&other).await[..3], sent);
    let (replayed, _) = send(&other, &used).await;
    assert_eq!(replayed, StatusCode::FORBIDDEN);
    shared.postgresql.stop();
    let (status, _) = send(&other, &token(SENDER)).await;
    assert_eq!(status, StatusCode::SERVICE_UNAVAILABLE);
    let unwell = reqwest::get(&other.health).await.unwrap();
    assert_eq!(unwell.status(), StatusCode::SERVICE_UNAVAILABLE);
    let why = unwell.text().await.unwrap();
    assert!(why.contains("PostgreSQL does not answer"), "{why}");
    shared.postgresql.start_again();
    let (status, _) = send(&other, &token(SENDER)).await;
    assert_eq!(status, StatusCode::ACCEPTED);
    assert_eq!(inbox(&other).await.len(), 5);
    let well = reqwest::get(&other.health).await.unwrap();
    assert_eq!(well.status(), StatusCode::OK);
    restore_what_was_backed_up_under_load(&shared, &first, &other, &sent).await;
    quarantine_a_damaged_object(&shared, &first, &other, &sent[2]).await;
    operate(&first, &sent[0]);
}

async fn restore_what_was_backed_up_under_load(
    shared: &Shared,
    config: &Path,
    node: &Node,
    sent: &[String],
) {
    let copy = shared.directory.path().join("backup");
    let to = copy.to_str().unwrap();
    let mut backup = restante(&["backup", "--to", to], config);
    let mut backup = backup.stdout(Stdio::null()).spawn().unwrap();
    let mut meanwhile = 0;
    let told = loop {
        accepted(node, vec![b'b'; 40_000 * (meanwhile % 2) + 1]).await;
        meanwhile += 1;
        if let Some(told) = backup.try_wait().unwrap() {
            break told;
        }
    };
    assert!(told.success());
    let third = configure(shared, "third", "anew", "another.key");
    let restored = told_of(&["restore", "--from", to], &third);
    assert!(restored.contains("messages and"), "{restored}");
    let again = restante(&["restore", "--from", to], &third).output();
    assert_eq!(again.unwrap().status.code(), Some(1), "not empty any more");
    let verified = told_of(&["audit", "verify"], &third);
    assert!(verified.contains("lines, intact"), "{verified}");
    let anew = start(&third);
    let waiting = inbox(&anew).await;
    assert_eq!(waiting[..3], *sent);
    assert!(waiting.len() <= 5 + meanwhile);
    let body = download(&anew, &sent[2]).await.bytes().await.unwrap();
    assert_eq!(body, vec![b'a'; 50_000]);
    accepted(&anew, vec![b'c'; 40_000]).await;
}

async fn quarantine_a_damaged_object(shared: &Shared, config: &Path, node: &Node, id: &str) {
    let files = walk(&shared.s3.objects().join("restante"));
    let is_its = |path: &&PathBuf| fs::read(path).unwrap() == vec![b'a'; 50_000];
    let file = files.iter().find(is_its).unwrap();
    let mut bytes = fs::read(file).unwrap();
    bytes[49_999] ^= 1;
    fs::write(file, bytes).unwrap();
    let broken_off = download(node, id).await.bytes().await;
    assert!(broken_off.is_err(), "the damage is at its end");
    // what follows is committed after the quarantine
    accepted(node, vec![b'd']).await;
    assert_eq!(download(node, id).await.status(), StatusCode::GONE);
    assert!(!inbox(node).await.contains(&id.to_owned()));
    assert_eq!(inbox_of(node, SENDER).await.len(), 1, "a report");
    let listed = told_of(&["quarantine", "list"], config);
    assert!(listed.contains(id), "{listed}");
}

fn walk(directory: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(directory).unwrap();
    let paths = entries.map(|entry| entry.unwrap().path());
    let found = paths.map(|path| {
        if path.is_dir() {
            walk(&path)
        } else {
            vec![path]
        }
    });
    found.flatten().collect()
}

/// The operator's commands beside the running server.
fn operate(config: &Path, message: &str) {
    let verified = told_of(&["audit", "verify"], config);
    let (intact, head) = verified.trim().rsplit_once(' ').unwrap();
    assert!(intact.ends_with("lines, intact; head"), "{intact}");
    told_of(&["audit", "verify", "--head", head], config);
    let list = told_of(&["audit", "list", "--message", message], config);
    assert!(list.contains("accepted") && list.contains(SENDER), "{list}");
    let followed = told_of(&["audit", "follow", "--audit-trail", "--once"], config);
    assert!(
        followed.lines().any(|line| line.contains(message)),
        "{followed}"
    );
    let forgotten = told_of(
        &["audit", "shorten", "--before", "2026-01-01T00:00:00Z"],
        config,
    );
    assert_eq!(forgotten, "0 lines forgotten\n");
    let forgotten = told_of(
        &["audit", "shorten", "--before", "2999-01-01T00:00:00Z"],
        config,
    );
    assert_ne!(forgotten, "0 lines forgotten\n");
    let verified = told_of(&["audit", "verify"], config);
    assert!(verified.starts_with("1 lines, intact"), "{verified}");
    told_of(&["audit", "verify", "--head", head], config);
}
