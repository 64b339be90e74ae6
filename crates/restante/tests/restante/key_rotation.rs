//! Both keys of an exchange are changed while its server answers, whatever is killed meanwhile.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use exchange::{NewMailbox, Operator};
use mesh::AuthorizationToken;
use nhs::{Clock, MailboxId, OdsCode, SystemClock, SystemRandomness};
use reqwest::StatusCode;

use crate::kit::{Service, restante};

const SENDER: &str = "A81001OT001";
const RECEIVER: &str = "A20047OT001";
const WORKFLOW: &str = "GPFED_CONSULT_REPORT";
const PASSWORD: &str = "a password of the tests";
const OLD_KEY: &str = "a shared key of the tests";

/// Enough mailboxes for several steps of sealing anew.
const MAILBOXES: usize = 400;

struct Site(tempfile::TempDir);

impl Site {
    fn new() -> Self {
        let site = Self(tempfile::tempdir().unwrap());
        durable::replace(
            &site.at("shared.key"),
            OLD_KEY.as_bytes(),
            durable::Access::Owner,
        )
        .unwrap();
        let text = "data = \"exchange\"\nshared_key_file = \"shared.key\"\n\
            [listener]\nlisten = \"127.0.0.1:0\"\n[exchange]\nrequire_certificate = false\n";
        fs::write(site.at("server.toml"), text).unwrap();
        site
    }

    fn at(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = restante();
        command.args(arguments).current_dir(self.0.path());
        command
    }

    fn key(&self, arguments: &[&str]) -> Command {
        self.command(&[&["key", "--config", "server.toml"], arguments].concat())
    }

    fn start(&self) -> Service {
        Service::start(&mut self.command(&["server", "--config", "server.toml"]))
    }

    fn add_mailboxes(&self, number: usize) {
        let (randomness, clock) = (Arc::new(SystemRandomness), Arc::new(SystemClock));
        let operator = Operator::open(&self.at("exchange"), randomness, clock).unwrap();
        let more = (0..number).map(|number| format!("B81001OT{number:03}"));
        let ids = [SENDER, RECEIVER]
            .map(str::to_owned)
            .into_iter()
            .chain(more);
        for id in ids {
            let new = NewMailbox {
                id: MailboxId::parse(&id).unwrap(),
                name: String::new(),
                ods: OdsCode::parse(&id[..6]).unwrap(),
                organisation_name: String::new(),
                billing_entity: String::new(),
                password: PASSWORD.to_owned().into(),
            };
            operator.add_mailbox(new).unwrap();
        }
        let workflow = nhs::WorkflowId::parse(WORKFLOW).unwrap();
        let [sender, receiver] = [SENDER, RECEIVER].map(|id| MailboxId::parse(id).unwrap());
        operator.allow(&workflow, &[sender], &[receiver]).unwrap();
    }

    fn shared_key(&self) -> String {
        fs::read_to_string(self.at("shared.key")).unwrap()
    }
}

fn succeeded(command: &mut Command) -> String {
    let output = command.output().unwrap();
    assert!(output.status.success(), "{output:?}");
    String::from_utf8(output.stdout).unwrap()
}

fn refused(command: &mut Command) -> String {
    let output = command.output().unwrap();
    assert_eq!(output.status.code(), Some(1), "{output:?}");
    String::from_utf8(output.stderr).unwrap()
}

/// What a request is answered that is signed with this shared key.
async fn asked(url: &str, shared_key: &str) -> StatusCode {
    static COUNT: AtomicU64 = AtomicU64::new(0);
    let count = COUNT.fetch_add(1, Ordering::Relaxed);
    let mailbox = MailboxId::parse(RECEIVER).unwrap();
    let (password, shared_key) = (PASSWORD.to_owned().into(), shared_key.to_owned().into());
    let now = SystemClock.now();
    let token = AuthorizationToken::sign(&mailbox, &password, &shared_key, "n", count, now);
    let request = reqwest::Client::new()
        .get(format!("{url}/messageexchange/{RECEIVER}/inbox"))
        .header("Authorization", token);
    request.send().await.unwrap().status()
}

/// Asks until that is the answer.
async fn becomes(url: &str, shared_key: &str, expected: StatusCode) {
    while asked(url, shared_key).await != expected {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

/// Lets the real client send one message.
fn send_by_client(site: &Site, url: &str, name: &str) {
    let config = format!(
        "[server]\nurl = \"{url}\"\nshared_key_file = \"shared.key\"\n[options]\nsettle_seconds = 0\n\
         [[mailbox]]\nid = \"{SENDER}\"\npassword = \"{PASSWORD}\"\ndirectory = \"mailbox\"\n"
    );
    durable::replace(
        &site.at("client.toml"),
        config.as_bytes(),
        durable::Access::Owner,
    )
    .unwrap();
    let out = site.at("mailbox/OUT");
    fs::create_dir_all(&out).unwrap();
    let control = format!(
        "<DTSControl><Version>1.0</Version><AddressType>DTS</AddressType><MessageType>Data</MessageType>\
         <From_DTS>{SENDER}</From_DTS><To_DTS>{RECEIVER}</To_DTS><WorkflowId>{WORKFLOW}</WorkflowId>\
         </DTSControl>"
    );
    fs::write(out.join(format!("{name}.dat")), name).unwrap();
    fs::write(out.join(format!("{name}.ctl")), control).unwrap();
    succeeded(&mut site.command(&["client", "--config", "client.toml", "--once"]));
    let sent = fs::read_dir(site.at("mailbox/SENT")).unwrap();
    let names: Vec<_> = sent.map(|entry| entry.unwrap().file_name()).collect();
    let dat = format!("{name}.dat");
    assert!(names.iter().any(|sent| *sent == *dat), "{names:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_shared_key_is_changed_without_an_outage() {
    _ = rustls::crypto::ring::default_provider().install_default();
    let site = Site::new();
    site.add_mailboxes(0);
    let server = site.start();
    send_by_client(&site, &server.url, "with-the-old-key");
    let told = refused(&mut site.key(&["rotate", "shared", "--finish"]));
    assert!(told.contains("no change of the shared key"), "{told}");

    succeeded(&mut site.key(&["rotate", "shared"]));
    let new_key = site.shared_key();
    assert_eq!(new_key.len(), 48);
    becomes(&server.url, &new_key, StatusCode::OK).await;
    assert_eq!(asked(&server.url, OLD_KEY).await, StatusCode::OK);
    send_by_client(&site, &server.url, "with-the-new-key");
    let told = refused(&mut site.key(&["rotate", "shared"]));
    assert!(told.contains("not finished"), "{told}");
    let told = succeeded(&mut site.key(&["status"]));
    assert!(told.contains("shared  change under way since"), "{told}");

    // killed, not stopped
    drop(server);
    let server = site.start();
    assert_eq!(asked(&server.url, OLD_KEY).await, StatusCode::OK);
    assert_eq!(asked(&server.url, &new_key).await, StatusCode::OK);
    assert_eq!(asked(&server.url, "another").await, StatusCode::FORBIDDEN);

    succeeded(&mut site.key(&["rotate", "shared", "--finish"]));
    becomes(&server.url, OLD_KEY, StatusCode::FORBIDDEN).await;
    assert_eq!(asked(&server.url, &new_key).await, StatusCode::OK);
    assert!(!site.at("shared.key.old").exists());
    let given = site.at("given.key");
    durable::replace(
        &given,
        b"a key from elsewhere\nand more",
        durable::Access::Owner,
    )
    .unwrap();
    succeeded(&mut site.key(&["rotate", "shared", "--new", "given.key"]));
    becomes(&server.url, "a key from elsewhere", StatusCode::OK).await;
    let list = ["audit", "--config", "server.toml", "verify"];
    assert!(succeeded(&mut site.command(&list)).contains("intact"));
}

#[test]
fn a_shared_key_that_is_in_no_file_of_its_own_is_not_changed() {
    let site = Site::new();
    let path = site.at("server.toml");
    let text = fs::read_to_string(&path).unwrap();
    let inline = text.replace(
        "shared_key_file = \"shared.key\"",
        "shared_key = \"inline\"",
    );
    fs::write(&path, inline).unwrap();
    let told = refused(&mut site.key(&["rotate", "shared"]));
    assert!(
        told.contains("in the configuration") && told.contains("shared_key_file"),
        "{told}"
    );
    fs::write(&path, text).unwrap();
    fs::rename(site.at("shared.key"), site.at("elsewhere")).unwrap();
    std::os::unix::fs::symlink("elsewhere", site.at("shared.key")).unwrap();
    let told = refused(&mut site.key(&["rotate", "shared"]));
    assert!(told.contains("is a link"), "{told}");
    assert_eq!(fs::read_to_string(site.at("elsewhere")).unwrap(), OLD_KEY);
}

/// Asks without a pause until told to stop, and says how often and what else than 200 came.
async fn ask_on(url: String, stop: Arc<AtomicBool>) -> (usize, Vec<StatusCode>) {
    let (mut asked_for, mut others) = (0, Vec::new());
    while !stop.load(Ordering::Relaxed) {
        let status = asked(&url, OLD_KEY).await;
        asked_for += 1;
        if status != StatusCode::OK {
            others.push(status);
        }
    }
    (asked_for, others)
}

/// Begins a command and kills it after a while; whether it had ended by itself.
fn killed_after(command: &mut Command, milliseconds: u64) -> bool {
    let mut child = command.stdout(Stdio::null()).spawn().unwrap();
    std::thread::sleep(Duration::from_millis(milliseconds));
    let ended = child.try_wait().unwrap().is_some();
    // it may have ended since
    let _ = child.kill();
    child.wait().unwrap();
    ended
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_vault_key_is_changed_without_an_outage_whatever_is_killed() {
    _ = rustls::crypto::ring::default_provider().install_default();
    let site = Site::new();
    site.add_mailboxes(MAILBOXES);
    let before = fs::read(site.at("exchange/key")).unwrap();
    let mut server = site.start();
    for milliseconds in (10..).step_by(15) {
        let stop = Arc::new(AtomicBool::new(false));
        let asking = tokio::spawn(ask_on(server.url.clone(), Arc::clone(&stop)));
        let ended = killed_after(&mut site.key(&["rotate", "vault"]), milliseconds);
        stop.store(true, Ordering::Relaxed);
        let (times, others) = asking.await.unwrap();
        assert!(times > 0 && others.is_empty(), "{others:?}");
        drop(server);
        server = site.start();
        assert_eq!(asked(&server.url, OLD_KEY).await, StatusCode::OK);
        if ended {
            break;
        }
    }
    add_mailbox(&site, "C81001OT001");
    let stop = Arc::new(AtomicBool::new(false));
    let asking = tokio::spawn(ask_on(server.url.clone(), Arc::clone(&stop)));
    let told = succeeded(&mut site.key(&["--format", "json", "rotate", "vault", "--finish"]));
    stop.store(true, Ordering::Relaxed);
    assert!(told.contains("\"unreadable\": 0"), "{told}");
    assert_eq!(asking.await.unwrap().1, [] as [StatusCode; 0]);
    let after = fs::read(site.at("exchange/key")).unwrap();
    assert_ne!(after, before);
    assert_eq!(others_beside(&site.at("exchange/key")), ["key", "key.lock"]);
    drop(server);
    let server = site.start();
    assert_eq!(asked(&server.url, OLD_KEY).await, StatusCode::OK);
    let verify = ["audit", "--config", "server.toml", "verify"];
    assert!(succeeded(&mut site.command(&verify)).contains("intact"));
}

fn add_mailbox(site: &Site, id: &str) {
    let arguments = [
        "mailbox",
        "--config",
        "server.toml",
        "add",
        id,
        "--ods",
        "C81001",
    ];
    let mut command = site.command(&[&arguments[..], &["--password-stdin"]].concat());
    let mut child = command.stdin(Stdio::piped()).spawn().unwrap();
    child.stdin.take().unwrap().write_all(b"word\n").unwrap();
    assert!(child.wait().unwrap().success());
}

fn others_beside(key: &Path) -> Vec<String> {
    let entries = fs::read_dir(key.parent().unwrap()).unwrap();
    let names = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let mut names: Vec<_> = names.filter(|name| name.starts_with("key")).collect();
    names.sort();
    names
}
