//! `restante user` and the console of `restante server`, as an operator starts them.

use std::fs::{self, File};
use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};

use reqwest::header::{COOKIE, LOCATION, SET_COOKIE};
use reqwest::{Client, Response, StatusCode, redirect};

use crate::kit;

const SERVER: &str = r#"
data = "exchange"
shared_key_file = "shared.key"
[listener]
listen = "127.0.0.1:0"
[console]
listen = "127.0.0.1:0"
[exchange]
require_certificate = false
"#;
const PRACTICE: &str = r#"
listen = "127.0.0.1:0"
[practice]
ods = "A81001"
name = "Cumbria Starling Medical Centre"
mailbox = "A81001OT001"
mailbox_directory = "mailbox"
data_directory = "records"
"#;
const PASSWORD: &str = "correct horse battery";

fn restante(directory: &Path, arguments: &[&str]) -> Command {
    let mut command = kit::restante();
    command.args(arguments).current_dir(directory);
    command
}

/// Runs a command with a line on its standard input.
fn with_line(directory: &Path, arguments: &[&str], line: &str) -> Output {
    let mut child = restante(directory, arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut input = child.stdin.take().unwrap();
    // A command that refuses its arguments does not read.
    let _ = writeln!(input, "{line}");
    drop(input);
    child.wait_with_output().unwrap()
}

fn add(directory: &Path, file: &str, name: &str, role: &str, password: &str) -> Output {
    let arguments = [
        "user",
        "--config",
        file,
        "add",
        name,
        "--role",
        role,
        "--password-stdin",
    ];
    with_line(directory, &arguments, password)
}

fn directory() -> tempfile::TempDir {
    let directory = tempfile::tempdir().unwrap();
    fs::write(directory.path().join("server.toml"), SERVER).unwrap();
    fs::write(directory.path().join("practice.toml"), PRACTICE).unwrap();
    fs::write(directory.path().join("shared.key"), "a key\n").unwrap();
    directory
}

#[test]
fn users_are_added_by_command_with_a_role_of_their_own_service() {
    let directory = directory();
    let directory = directory.path();
    let good = add(directory, "server.toml", "sam", "operator", PASSWORD);
    assert!(good.status.success(), "{good:?}");
    let good = add(directory, "practice.toml", "jo", "administrator", PASSWORD);
    assert!(good.status.success(), "{good:?}");
    for (file, name, role, password) in [
        ("server.toml", "x", "clerk", PASSWORD),
        ("practice.toml", "x", "operator", PASSWORD),
        ("server.toml", "x", "operator", "too short"),
        ("server.toml", "sam", "observer", PASSWORD),
        ("server.toml", "a b", "observer", PASSWORD),
    ] {
        let refused = add(directory, file, name, role, password);
        assert_eq!(refused.status.code(), Some(1), "{name} {role} {password}");
        let told = String::from_utf8(refused.stderr).unwrap();
        assert!(!told.contains(password), "{told}");
    }
    let list = |arguments: &[&str]| {
        let output = restante(directory, arguments).output().unwrap();
        String::from_utf8(output.stdout).unwrap()
    };
    let disabled = ["user", "--config", "server.toml", "disable", "sam"];
    assert!(list(&disabled).contains("user sam is refused"));
    let server = list(&["user", "--data", "exchange", "list"]);
    assert!(
        server.contains("sam") && server.contains("disabled"),
        "{server}"
    );
    let practice = list(&[
        "user",
        "--config",
        "practice.toml",
        "list",
        "--format",
        "json",
    ]);
    assert!(
        practice.contains("\"jo\"") && !practice.contains("argon2"),
        "{practice}"
    );
}

/// A running server, and where its console is.
struct Running {
    child: Child,
    console: String,
}

impl Drop for Running {
    fn drop(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }
}

fn start(directory: &Path) -> Running {
    let log = File::create(directory.join("server.log")).unwrap();
    let mut child = restante(directory, &["server", "--config", "server.toml"])
        .env_remove("RESTANTE_LOG")
        .stdout(Stdio::piped())
        .stderr(log)
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let console = lines
        .find_map(|line| Some(line.unwrap().strip_prefix("console on ")?.to_owned()))
        .unwrap();
    Running { child, console }
}

fn cookie(response: &Response) -> String {
    let set = response.headers()[SET_COOKIE].to_str().unwrap();
    set.split(';').next().unwrap().to_owned()
}

#[tokio::test]
async fn an_operator_signs_in_to_the_console_of_a_server() {
    let directory = directory();
    let added = add(directory.path(), "server.toml", "sam", "operator", PASSWORD);
    assert!(added.status.success());
    let server = start(directory.path());
    _ = rustls::crypto::ring::default_provider().install_default();
    let client = Client::builder()
        .redirect(redirect::Policy::none())
        .build()
        .unwrap();
    let at = |path: &str| format!("{}{path}", server.console.trim_end_matches('/'));
    let away = client.get(at("/messages")).send().await.unwrap();
    assert_eq!(away.headers()[LOCATION], "/sign-in?next=%2Fmessages");
    let page = client.get(at("/sign-in")).send().await.unwrap();
    let form_cookie = cookie(&page);
    let page = page.text().await.unwrap();
    let (_, token) = page.split_once("name=\"token\" value=\"").unwrap();
    let token = token.split('"').next().unwrap();
    let body = format!(
        "token={token}&name=sam&password={}",
        PASSWORD.replace(' ', "+")
    );
    let welcome = client
        .post(at("/sign-in"))
        .header(COOKIE, form_cookie)
        .header("content-type", "application/x-www-form-urlencoded")
        .body(body)
        .send()
        .await
        .unwrap();
    assert_eq!(welcome.status(), StatusCode::SEE_OTHER);
    let session = cookie(&welcome);
    assert!(session.starts_with("restante-console-session="));
    let log = fs::read_to_string(directory.path().join("server.log")).unwrap();
    let line = log.lines().find(|line| line.contains("signed in"));
    let line = line.expect("a line in the log says who signed in");
    assert!(line.contains("sam") && line.contains("operator"), "{line}");
    let page = client.get(at("/audit")).header(COOKIE, &session);
    assert_eq!(page.send().await.unwrap().status(), StatusCode::OK);
    let disable = ["user", "--config", "server.toml", "disable", "sam"];
    assert!(
        restante(directory.path(), &disable)
            .status()
            .unwrap()
            .success()
    );
    let page = client.get(at("/audit")).header(COOKIE, &session);
    assert_eq!(page.send().await.unwrap().status(), StatusCode::SEE_OTHER);
}
