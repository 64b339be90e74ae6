//! Two servers on one PostgreSQL, set up by configuration and the operator commands alone; one of
//! them is killed.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    missing_docs
)]

#[path = "../../mail-store/tests/support/postgresql.rs"]
mod postgresql;

use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU64, Ordering};

use mesh::AuthorizationToken;
use nhs::{Clock, MailboxId, SystemClock};
use reqwest::{Client, StatusCode};

const SENDER: &str = "A81001OT001";
const RECEIVER: &str = "A20047OT001";
const WORKFLOW: &str = "GPFED_CONSULT_REPORT";

struct Node {
    process: Child,
    url: String,
}

impl Drop for Node {
    /// As a power cut would: no warning, no clean stop.
    fn drop(&mut self) {
        self.process.kill().unwrap();
        self.process.wait().unwrap();
    }
}

fn restante(arguments: &[&str], config: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_restante"));
    let (first, rest) = arguments.split_first().unwrap();
    command.arg(first).arg("--config").arg(config).args(rest);
    command
}

/// The configuration of a server: its own data directory, everything else shared.
fn configure(directory: &Path, name: &str, postgresql: &postgresql::Server) -> PathBuf {
    let (here, url) = (directory.display(), postgresql.url("restante"));
    fs::write(directory.join("secret"), "a secret of the tests\n").unwrap();
    let path = directory.join(format!("{name}.toml"));
    let text = format!(
        r#"data = "{here}/{name}"
shared_key_file = "{here}/secret"
key_file = "{here}/key"

[listener]
listen = "127.0.0.1:0"

[store.postgresql]
url = "{url}"

[store.s3]
bucket = "restante"
endpoint = "http://127.0.0.1:9"
access_key_id = "restante"
secret_access_key_file = "{here}/secret"

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
fn told(arguments: &[&str], config: &Path) -> String {
    let output = restante(arguments, config).output().unwrap();
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{arguments:?}: {errors}");
    String::from_utf8(output.stdout).unwrap()
}

fn start(config: &Path) -> Node {
    let mut command = restante(&["server"], config);
    let mut process = command.stdout(Stdio::piped()).spawn().unwrap();
    let mut line = String::new();
    let mut stdout = BufReader::new(process.stdout.take().unwrap());
    stdout.read_line(&mut line).unwrap();
    let url = line.strip_prefix("MESH API on ").expect(&line);
    Node {
        url: format!("{}/messageexchange", url.trim()),
        process,
    }
}

fn token(mailbox: &str) -> String {
    static COUNT: AtomicU64 = AtomicU64::new(0);
    let count = COUNT.fetch_add(1, Ordering::Relaxed);
    let password = "a password of the tests".to_owned().into();
    let shared_key = "a secret of the tests".to_owned().into();
    let mailbox = MailboxId::parse(mailbox).unwrap();
    let now = SystemClock.now();
    AuthorizationToken::sign(&mailbox, &password, &shared_key, "a nonce", count, now)
}

async fn send(node: &Node, token: &str) -> (StatusCode, String) {
    let response = Client::new()
        .post(format!("{}/{SENDER}/outbox", node.url))
        .header("Authorization", token)
        .header("Mex-To", RECEIVER)
        .header("Mex-WorkflowID", WORKFLOW)
        .header("Content-Type", "application/octet-stream")
        .body("a body")
        .send()
        .await
        .unwrap();
    (response.status(), response.text().await.unwrap())
}

async fn inbox(node: &Node) -> Vec<String> {
    let response = Client::new()
        .get(format!("{}/{RECEIVER}/inbox", node.url))
        .header("Authorization", token(RECEIVER))
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

#[tokio::test]
async fn two_servers_share_one_postgresql_and_one_is_killed() {
    let directory = tempfile::tempdir().unwrap();
    let postgresql = postgresql::Server::start();
    let first = configure(directory.path(), "first", &postgresql);
    let second = configure(directory.path(), "second", &postgresql);
    add_mailbox(&first, SENDER, "A81001");
    add_mailbox(&second, RECEIVER, "A20047");
    let allow = [
        "workflow",
        "allow",
        WORKFLOW,
        "--send",
        SENDER,
        "--receive",
        RECEIVER,
    ];
    assert!(restante(&allow, &first).status().unwrap().success());
    let (killed, other) = (start(&first), start(&second));
    let mut accepted = Vec::new();
    let used = token(SENDER);
    for token in [used.clone(), token(SENDER), token(SENDER)] {
        let (status, answer) = send(&killed, &token).await;
        assert_eq!(status, StatusCode::ACCEPTED, "{answer}");
        let answer: serde_json::Value = serde_json::from_str(&answer).unwrap();
        let id = answer["messageID"]
            .as_str()
            .or(answer["message_id"].as_str());
        accepted.push(id.unwrap().to_owned());
    }
    drop(killed);
    assert_eq!(inbox(&other).await, accepted);
    let (replayed, _) = send(&other, &used).await;
    assert_eq!(replayed, StatusCode::FORBIDDEN);
    postgresql.stop();
    let (status, _) = send(&other, &token(SENDER)).await;
    assert_eq!(status, StatusCode::SERVICE_UNAVAILABLE);
    postgresql.start_again();
    let (status, _) = send(&other, &token(SENDER)).await;
    assert_eq!(status, StatusCode::ACCEPTED);
    assert_eq!(inbox(&other).await.len(), 4);
    operate(&first, &accepted[0]);
}

/// The operator's commands beside the running server.
fn operate(config: &Path, message: &str) {
    let verified = told(&["audit", "verify"], config);
    let (intact, head) = verified.trim().rsplit_once(' ').unwrap();
    assert!(intact.ends_with("lines, intact; head"), "{intact}");
    told(&["audit", "verify", "--head", head], config);
    let list = told(&["audit", "list", "--message", message], config);
    assert!(list.contains("accepted") && list.contains(SENDER), "{list}");
    assert_eq!(told(&["quarantine", "list"], config), "");
    let forgotten = told(
        &["audit", "shorten", "--before", "2026-01-01T00:00:00Z"],
        config,
    );
    assert_eq!(forgotten, "0 lines forgotten\n");
    let forgotten = told(
        &["audit", "shorten", "--before", "2999-01-01T00:00:00Z"],
        config,
    );
    assert_ne!(forgotten, "0 lines forgotten\n");
    let verified = told(&["audit", "verify"], config);
    assert!(verified.starts_with("1 lines, intact"), "{verified}");
    told(&["audit", "verify", "--head", head], config);
}
