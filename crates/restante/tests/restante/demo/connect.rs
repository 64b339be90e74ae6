//! `DIR/connect`: what is in it works, goes on working after a restart, and is its owner's alone.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::{Command, Output};
use std::time::{Duration, Instant};

use test_kit::{Needs, skip};

use super::running::{Running, command, env};
use crate::kit::restante;

const FILES: [&str; 10] = [
    "ca.pem",
    "client.key.pem",
    "client.pem",
    "client.toml",
    "connect.env",
    "letter.ctl",
    "letter.xml",
    "meshclient.cfg",
    "send.py",
    "send.sh",
];

fn run_send_sh(dir: &Path) -> Output {
    Command::new("sh")
        .arg(dir.join("connect/send.sh"))
        .output()
        .unwrap()
}

/// Whether curl and openssl are there, which `send.sh` needs.
pub fn has_tools() -> bool {
    let is_there = |name: &&str| {
        let version = if *name == "curl" {
            "--version"
        } else {
            "version"
        };
        Command::new(name).arg(version).output().is_ok()
    };
    let missing: Vec<_> = ["curl", "openssl"]
        .into_iter()
        .filter(|it| !is_there(it))
        .collect();
    if !missing.is_empty() {
        skip(
            Needs::Tools,
            &format!("{} is not installed", missing.join(", ")),
        );
    }
    missing.is_empty()
}

#[tokio::test]
async fn send_sh_sends_a_letter_and_prints_both_codes_as_often_as_one_likes() {
    if !has_tools() {
        return;
    }
    let dir = tempfile::tempdir().unwrap();
    let demo = Running::start(dir.path()).await;
    for number in 1..=2 {
        let sent = run_send_sh(dir.path());
        let said = String::from_utf8(sent.stdout).unwrap();
        assert!(
            sent.status.success(),
            "{said}{}",
            String::from_utf8_lossy(&sent.stderr)
        );
        for code in [
            "infrastructure acknowledgement: 20013",
            "business acknowledgement: 30001",
        ] {
            assert!(said.contains(code), "{said}");
        }
        assert_eq!(demo.letters(), 1 + number);
    }
    // a change of the visitor's is sent as it is, and what is wrong with it is said
    let letter = demo.connect("letter.ctl");
    let changed = fs::read_to_string(&letter)
        .unwrap()
        .replace("_GARTON<", "_GARDEN<");
    fs::write(&letter, changed).unwrap();
    let sent = run_send_sh(dir.path());
    let said = String::from_utf8(sent.stderr).unwrap();
    assert_eq!(sent.status.code(), Some(1), "{said}");
    assert!(said.contains("not delivered: EPL-154"), "{said}");
}

/// Sends the letter with Restante's client and a configuration of `DIR/connect`, and waits for both answers in IN.
fn send_by_client(dir: &Path, config: &str) {
    let connect = dir.join("connect");
    for (from, to) in [("letter.xml", "letter.dat"), ("letter.ctl", "letter.ctl")] {
        fs::copy(connect.join(from), connect.join("mailbox/OUT").join(to)).unwrap();
    }
    run_client_until_in_has(dir, config, 2);
}

/// Runs the visitor's client with a configuration of `DIR/connect` until that many messages are in IN.
pub fn run_client_until_in_has(dir: &Path, config: &str, expected: usize) {
    let deadline = Instant::now() + Duration::from_secs(120);
    let arrived = || {
        let files = fs::read_dir(dir.join("connect/mailbox/IN")).unwrap();
        let names = files.map(|it| it.unwrap().file_name().into_string().unwrap());
        names.filter(|name| name.ends_with(".dat")).count()
    };
    while arrived() < expected {
        assert!(
            Instant::now() < deadline,
            "{} of {expected} messages came",
            arrived()
        );
        let mut client = restante();
        client.args(["client", "--once", "--config"]);
        let output = client
            .arg(dir.join("connect").join(config))
            .output()
            .unwrap();
        assert!(output.status.success(), "{output:?}");
    }
}

/// Many of those who try the demo are behind a proxy, which leads to no port of their own machine.
#[tokio::test]
async fn a_proxy_that_the_environment_names_is_not_asked_for_what_is_on_this_machine() {
    let dir = tempfile::tempdir().unwrap();
    let nowhere = "http://127.0.0.1:9";
    let mut demo = command(dir.path(), &["--once", "--port", "0", "--mesh-port", "0"]);
    let output = demo.env("HTTPS_PROXY", nowhere).output().unwrap();
    assert!(output.status.success(), "{output:?}");
    if !has_tools() {
        return;
    }
    let _demo = Running::start(dir.path()).await;
    let mut sh = Command::new("sh");
    let sent = sh.arg(dir.path().join("connect/send.sh"));
    let sent = sent.env("HTTPS_PROXY", nowhere).output().unwrap();
    assert!(sent.status.success(), "{sent:?}");
}

#[tokio::test]
async fn restantes_client_sends_the_letter_by_client_toml() {
    let dir = tempfile::tempdir().unwrap();
    let _demo = Running::start(dir.path()).await;
    send_by_client(dir.path(), "client.toml");
}

#[tokio::test]
async fn restantes_client_sends_the_letter_by_meshclient_cfg() {
    let dir = tempfile::tempdir().unwrap();
    let _demo = Running::start(dir.path()).await;
    send_by_client(dir.path(), "meshclient.cfg");
}

#[tokio::test]
async fn passwords_and_certificate_go_on_working_when_the_demo_is_started_again() {
    let dir = tempfile::tempdir().unwrap();
    let kept = |dir: &Path| {
        let mut env: BTreeMap<_, _> = env(dir).into_iter().collect();
        // the ports are free ones here
        env.retain(|name, _| !name.ends_with("_URL"));
        let read = |name: &str| fs::read(dir.join("connect").join(name)).unwrap();
        (
            env,
            ["client.pem", "client.key.pem", "letter.xml"].map(read),
        )
    };
    let demo = Running::start(dir.path()).await;
    let first = kept(dir.path());
    drop(demo);
    let demo = Running::start(dir.path()).await;
    assert!(kept(dir.path()) == first, "something changed");
    assert!(demo.said.contains(&demo.env("PAGES_PASSWORD")));

    // the link that is printed signs in once
    let link = demo
        .said
        .split_whitespace()
        .find(|word| word.contains("?link="));
    let link = link.unwrap().to_owned();
    assert_eq!(demo.unsigned(&link).await.1, "/");
    assert_ne!(demo.unsigned(&link).await.1, "/");
}

#[cfg(unix)]
#[tokio::test]
async fn what_is_in_connect_is_its_owners_alone() {
    use std::os::unix::fs::PermissionsExt;
    let dir = tempfile::tempdir().unwrap();
    let demo = Running::start(dir.path()).await;
    let entries = fs::read_dir(demo.connect(""))
        .unwrap()
        .map(|it| it.unwrap());
    let mut names: Vec<_> = entries
        .map(|it| it.file_name().into_string().unwrap())
        .collect();
    names.retain(|name| name != "mailbox");
    names.sort();
    assert_eq!(names, FILES);
    for name in FILES
        .into_iter()
        .filter(|name| !matches!(*name, "ca.pem" | "client.pem"))
    {
        let mode = fs::metadata(demo.connect(name))
            .unwrap()
            .permissions()
            .mode();
        assert_eq!(mode & 0o077, 0, "{name}: {mode:o}");
    }
    let directory = fs::metadata(demo.connect("")).unwrap().permissions().mode();
    assert_eq!(directory & 0o077, 0, "{directory:o}");
    let stored = [dir.path().join("practices"), dir.path().join("exchange")];
    let password = demo.env("PAGES_PASSWORD");
    for path in stored.iter().flat_map(|path| all_files(path)) {
        let bytes = fs::read(&path).unwrap();
        let found = bytes
            .windows(password.len())
            .any(|it| it == password.as_bytes());
        assert!(!found, "{}", path.display());
    }
}

fn all_files(path: &Path) -> Vec<std::path::PathBuf> {
    let entries = fs::read_dir(path).unwrap().map(|it| it.unwrap().path());
    let inner = entries.map(|path| {
        if path.is_dir() {
            all_files(&path)
        } else {
            vec![path]
        }
    });
    inner.flatten().collect()
}

#[test]
fn other_machines_are_let_in_only_when_that_is_said() {
    let dir = tempfile::tempdir().unwrap();
    for (arguments, said) in [
        (&["--listen", "0.0.0.0"][..], "Give --open if that is meant"),
        (
            &["--listen", "127.0.0.1:8780"],
            "the ports are --port and --mesh-port",
        ),
        (
            &["--name", "https://demo.example"],
            "without port or https://",
        ),
    ] {
        let output = command(dir.path(), arguments).output().unwrap();
        let told = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(2), "{told}");
        assert!(told.contains(said), "{told}");
        assert!(
            fs::read_dir(dir.path()).unwrap().next().is_none(),
            "{arguments:?}"
        );
    }
}

#[tokio::test]
async fn a_demo_that_is_open_is_reached_by_its_names() {
    let dir = tempfile::tempdir().unwrap();
    let name = ["--listen", "0.0.0.0", "--open", "--name", "demo.example"];
    let ports = ["--port", "0", "--mesh-port", "0"];
    let demo = Running::start_with(dir.path(), &[&name[..], &ports[..]].concat()).await;
    let url = demo.env("MESH_URL");
    assert!(url.starts_with("https://demo.example:"), "{url}");
    assert!(demo.env("PAGES_URL").starts_with("http://demo.example:"));
    let read = |name: &str| fs::read(demo.connect(name)).unwrap();
    let identity = [read("client.pem"), read("client.key.pem")].concat();
    let client = reqwest::Client::builder()
        .tls_certs_only([reqwest::Certificate::from_pem(&read("ca.pem")).unwrap()])
        .identity(reqwest::Identity::from_pem(&identity).unwrap())
        .resolve("demo.example", ([127, 0, 0, 1], 0).into());
    let ping = format!("{url}/messageexchange/_ping");
    let answer = client.build().unwrap().get(ping).send().await.unwrap();
    assert_eq!(answer.status(), 200);
}

#[tokio::test]
async fn a_port_that_is_taken_is_left_to_who_has_it() {
    let (first, second) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let first = Running::start(first.path()).await;
    let port = |demo: &Running, name: &str| {
        let url = demo.env(name);
        url.rsplit(':').next().unwrap().parse::<u16>().unwrap()
    };
    let taken = port(&first, "PAGES_URL").to_string();
    let arguments = ["--port", &taken, "--mesh-port", "0"];
    let refused = command(second.path(), &arguments).output().unwrap();
    assert_eq!(refused.status.code(), Some(1));
    let mesh = port(&first, "MESH_URL").to_string();
    let arguments = ["--port", "0", "--mesh-port", &mesh];
    let refused = command(second.path(), &arguments).output().unwrap();
    let told = String::from_utf8(refused.stderr).unwrap();
    assert!(
        told.contains(&format!("the MESH API on 127.0.0.1:{mesh}: ")),
        "{told}"
    );
    // without a port that is asked for, it is the usual one or one behind it
    let second = Running::start_with(second.path(), &[]).await;
    assert!((8780..=8880).contains(&port(&second, "PAGES_URL")));
    assert!((8700..=8800).contains(&port(&second, "MESH_URL")));
}

#[test]
fn programs_are_given_the_addresses_as_json() {
    let dir = tempfile::tempdir().unwrap();
    let arguments = ["--port", "0", "--mesh-port", "0", "--format", "json"];
    let mut demo = command(dir.path(), &arguments);
    let mut demo = demo.stdout(std::process::Stdio::piped()).spawn().unwrap();
    let out = demo.stdout.take().unwrap();
    let mut said = serde_json::Deserializer::from_reader(out).into_iter::<serde_json::Value>();
    let journey = said.next().unwrap().unwrap();
    assert_eq!(journey["delivered"], true);
    let addresses = said.next().unwrap().unwrap();
    let env = env(dir.path());
    for (key, name) in [
        ("pages", "PAGES_URL"),
        ("user", "PAGES_USER"),
        ("password", "PAGES_PASSWORD"),
        ("mesh_api", "MESH_URL"),
    ] {
        assert_eq!(addresses[key], env[name], "{key}");
    }
    demo.kill().unwrap();
    demo.wait().unwrap();
}

#[test]
fn a_directory_with_other_patients_is_refused() {
    let dir = tempfile::tempdir().unwrap();
    crate::kit::new_exchange(dir.path());
    let patients = dir.path().join("patients.csv");
    fs::write(&patients, crate::kit::PATIENTS).unwrap();
    let mut import = restante();
    import
        .args(["registry", "--data"])
        .arg(dir.path().join("exchange"));
    assert!(
        import
            .arg("import")
            .arg(&patients)
            .status()
            .unwrap()
            .success()
    );
    let output = command(dir.path(), &["--once", "--port", "0", "--mesh-port", "0"])
        .output()
        .unwrap();
    let told = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(1), "{told}");
    assert!(
        told.contains("for its own test data only; nothing was changed"),
        "{told}"
    );
}
