//! The pages of `restante practice` as strangers, proxies and browsers reach them.

use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::Stdio;

use reqwest::header::{COOKIE, SET_COOKIE};
use reqwest::{Certificate, Client, Response, StatusCode, redirect};

use crate::kit::{self, Service};

const PASSWORD: &str = "correct+horse+battery";

/// A practice with a user, and what its configuration has besides.
fn start(directory: &Path, besides: &str) -> Service {
    let config = format!(
        r#"
listen = "127.0.0.1:0"
{besides}
[practice]
ods = "A81001"
name = "Cumbria Starling Medical Centre"
mailbox = "A81001OT001"
mailbox_directory = "mailbox"
data_directory = "records"
"#
    );
    fs::write(directory.join("practice.toml"), config).unwrap();
    let user = ["user", "--config", "practice.toml", "add", "jo", "--role"];
    let mut child = kit::restante()
        .args(user)
        .args(["clerk", "--password-stdin"])
        .current_dir(directory)
        .stdin(Stdio::piped())
        .spawn()
        .unwrap();
    let password = PASSWORD.replace('+', " ");
    writeln!(child.stdin.take().unwrap(), "{password}").unwrap();
    assert!(child.wait().unwrap().success());
    let mut command = kit::restante();
    command
        .args(["practice", "--config", "practice.toml"])
        .current_dir(directory)
        .env("RESTANTE_LOG", "error");
    Service::start(&mut command)
}

fn client() -> reqwest::ClientBuilder {
    _ = rustls::crypto::ring::default_provider().install_default();
    Client::builder().redirect(redirect::Policy::none())
}

fn cookies(response: &Response) -> Vec<String> {
    let set = response.headers().get_all(SET_COOKIE).iter();
    set.map(|value| value.to_str().unwrap().to_owned())
        .collect()
}

/// Tries to sign in, as a proxy sends it on for `from`.
async fn sign_in(client: &Client, url: &str, from: &str, name: &str, password: &str) -> Response {
    let page = client.get(format!("{url}/sign-in")).send().await.unwrap();
    let cookie = cookies(&page)[0].split(';').next().unwrap().to_owned();
    let page = page.text().await.unwrap();
    let (_, token) = page.split_once("name=\"token\" value=\"").unwrap();
    let token = token.split('"').next().unwrap();
    client
        .post(format!("{url}/sign-in"))
        .header(COOKIE, cookie)
        .header("x-forwarded-for", from)
        .header("content-type", "application/x-www-form-urlencoded")
        .body(format!("token={token}&name={name}&password={password}"))
        .send()
        .await
        .unwrap()
}

/// The most memory a process has held, in MiB.
fn peak(process: u32) -> u64 {
    let status = fs::read_to_string(format!("/proc/{process}/status")).unwrap();
    let line = status.lines().find(|line| line.starts_with("VmHWM"));
    let digits: String = line.unwrap().chars().filter(char::is_ascii_digit).collect();
    digits.parse::<u64>().unwrap() / 1024
}

#[tokio::test]
async fn hundreds_of_strangers_at_the_sign_in_cost_little_memory() {
    let directory = tempfile::tempdir().unwrap();
    let proxies = "[pages]\ntrusted_proxies = [\"127.0.0.1\"]";
    let mut practice = start(directory.path(), proxies);
    let client = client().build().unwrap();
    let url = practice.url.clone();
    let tries = (0..500).map(|number| {
        let (client, url) = (client.clone(), url.clone());
        tokio::spawn(async move {
            let from = format!("198.51.{}.{}", number / 250, number % 250);
            let answer = sign_in(&client, &url, &from, &format!("n{number}"), "wrong").await;
            answer.status()
        })
    });
    let mut busy = 0;
    for tried in tries.collect::<Vec<_>>() {
        busy += usize::from(tried.await.unwrap() == StatusCode::SERVICE_UNAVAILABLE);
    }
    assert!(busy > 0, "all were looked at");
    let good = sign_in(&client, &url, "198.51.100.7", "jo", PASSWORD).await;
    assert_eq!(good.status(), StatusCode::SEE_OTHER);
    let peak = peak(practice.process().id());
    assert!(peak < 200, "{peak} MiB");
}

#[tokio::test]
async fn the_pages_have_tls_of_their_own_with_cookies_bound_to_it() {
    let directory = tempfile::tempdir().unwrap();
    kit::new_exchange(directory.path());
    let issue = ["certificate", "--data", "exchange", "issue-server"];
    let issued = kit::restante()
        .args(issue)
        .args(["--name", "127.0.0.1", "--out", "tls"])
        .current_dir(directory.path())
        .stdout(Stdio::null())
        .status();
    assert!(issued.unwrap().success());
    let tls = "[tls]\ncertificate = \"tls/server.pem\"\nkey = \"tls/server.key.pem\"";
    let practice = start(directory.path(), tls);
    assert!(practice.url.starts_with("https://"), "{}", practice.url);
    let authority = fs::read(directory.path().join("tls/ca.pem")).unwrap();
    let authority = Certificate::from_pem(&authority).unwrap();
    let client = client().tls_certs_only([authority]).build().unwrap();
    let welcome = sign_in(&client, &practice.url, "", "jo", PASSWORD).await;
    assert_eq!(welcome.status(), StatusCode::SEE_OTHER);
    assert!(welcome.headers().contains_key("strict-transport-security"));
    for cookie in cookies(&welcome) {
        assert!(cookie.starts_with("__Host-restante-practice-"), "{cookie}");
        assert!(cookie.contains("; Secure"), "{cookie}");
    }
}

#[tokio::test]
async fn behind_the_tls_of_a_named_proxy_cookies_are_bound_to_it_too() {
    let directory = tempfile::tempdir().unwrap();
    let proxies = "[pages]\ntrusted_proxies = [\"127.0.0.1\"]\nbehind_tls_proxy = true";
    let practice = start(directory.path(), proxies);
    let client = client().build().unwrap();
    let page = client.get(format!("{}/sign-in", practice.url)).send();
    let page = page.await.unwrap();
    assert!(page.headers().contains_key("strict-transport-security"));
    assert!(cookies(&page)[0].contains("; Secure"));
    drop(practice);
    let config = fs::read_to_string(directory.path().join("practice.toml")).unwrap();
    let unnamed = config.replace("\"127.0.0.1\"]", "]");
    fs::write(directory.path().join("practice.toml"), unnamed).unwrap();
    let refused = kit::restante()
        .args(["practice", "--config", "practice.toml", "--once"])
        .current_dir(directory.path())
        .output()
        .unwrap();
    assert_eq!(refused.status.code(), Some(1));
    let told = String::from_utf8(refused.stderr).unwrap();
    assert!(told.contains("trusted_proxies"), "{told}");
}

/// A line as old as 1970, and a setting that keeps 31 days.
#[tokio::test]
async fn the_security_log_is_shortened_by_its_setting_and_says_so() {
    let directory = tempfile::tempdir().unwrap();
    let records = directory.path().join("records");
    fs::create_dir(&records).unwrap();
    let users = pages::Users::open(&records.join("users.sqlite3")).unwrap();
    let log = users.security_log();
    let old = jiff::Timestamp::UNIX_EPOCH;
    log.add_of_service(old, "removed", "nothing").unwrap();
    let practice = start(directory.path(), "[pages]\nsecurity_log_days = 31");
    let mut following = kit::restante()
        .args(["audit", "--config", "practice.toml", "--format", "json"])
        .args(["follow", "--after", "2"])
        .current_dir(directory.path())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut said = String::new();
    let mut out = BufReader::new(following.stdout.take().unwrap());
    out.read_line(&mut said).unwrap();
    following.kill().unwrap();
    following.wait().unwrap();
    let said: serde_json::Value = serde_json::from_str(&said).unwrap();
    assert_eq!(said["action"], "security log shortened");
    assert_eq!(said["who"], "service");
    let subject = said["subject"].as_str().unwrap();
    assert!(subject.starts_with("1:"), "{subject}");
    drop(practice);
    let config = fs::read_to_string(directory.path().join("practice.toml")).unwrap();
    let short = config.replace("security_log_days = 31", "security_log_days = 30");
    fs::write(directory.path().join("practice.toml"), short).unwrap();
    let refused = kit::restante()
        .args(["practice", "--config", "practice.toml"])
        .current_dir(directory.path())
        .output()
        .unwrap();
    assert_eq!(refused.status.code(), Some(1));
    let told = String::from_utf8(refused.stderr).unwrap();
    assert!(
        told.contains("security_log_days: expected 31 or more"),
        "{told}"
    );
}

#[tokio::test]
async fn the_security_log_is_followed_and_verified_by_command() {
    let directory = tempfile::tempdir().unwrap();
    let practice = start(directory.path(), "");
    let client = client().build().unwrap();
    sign_in(&client, &practice.url, "", "jo", "wrong").await;
    sign_in(&client, &practice.url, "", "jo", PASSWORD).await;
    let run = |arguments: &[&str]| {
        let mut command = kit::restante();
        command
            .args(["audit", "--config", "practice.toml", "--format", "json"])
            .args(arguments)
            .current_dir(directory.path());
        command
    };
    let once = run(&["follow", "--once"]).output().unwrap();
    let lines = String::from_utf8(once.stdout).unwrap();
    let told: Vec<serde_json::Value> = lines
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    let actions: Vec<_> = told
        .iter()
        .map(|line| (&line["action"], &line["who"], &line["outcome"]))
        .map(|(action, who, outcome)| format!("{action} {who} {outcome}").replace('"', ""))
        .collect();
    let expected = [
        "user added operator ok",
        "sign-in jo refused",
        "sign-in jo ok",
    ];
    assert_eq!(actions, expected);
    let mut following = run(&["follow", "--after", "3"])
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    sign_in(&client, &practice.url, "", "jo", "wrong").await;
    let mut line = String::new();
    let mut out = BufReader::new(following.stdout.take().unwrap());
    out.read_line(&mut line).unwrap();
    following.kill().unwrap();
    following.wait().unwrap();
    assert!(
        line.contains("\"number\":4") && line.contains("refused"),
        "{line}"
    );
    let shorten = run(&["shorten", "--before", "2026-01-01T00:00:00Z"]).output();
    let shorten: serde_json::Value = serde_json::from_slice(&shorten.unwrap().stdout).unwrap();
    assert_eq!(shorten["forgotten"], 0);
    let verified = run(&["verify"]).output().unwrap();
    assert!(verified.status.success(), "{verified:?}");
    let users = directory.path().join("records/users.sqlite3");
    let by_hand = rusqlite::Connection::open(users).unwrap();
    by_hand
        .execute_batch(
            "DROP TRIGGER security_log_is_not_changed;
             UPDATE security_log SET who = 'nobody' WHERE number = 2;",
        )
        .unwrap();
    let verified = run(&["verify"]).output().unwrap();
    assert_eq!(verified.status.code(), Some(1), "{verified:?}");
}
