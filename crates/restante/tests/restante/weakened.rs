//! Settings that weaken protection are refused, or allowed by a key and then warned of by name and counted.

use std::fs;
use std::io::{BufRead, BufReader, Read};
use std::path::Path;
use std::process::{Command, Stdio};

use crate::kit::{self, Service, restante};

/// A server that weakens nothing but what its test adds.
struct Site(tempfile::TempDir);

impl Site {
    fn new() -> Self {
        let directory = tempfile::tempdir().unwrap();
        kit::write_server_toml(directory.path());
        let made = restante()
            .args(["certificate", "issue-server", "--config", "server.toml"])
            .args(["--name", "localhost", "--out", "."])
            .current_dir(directory.path())
            .output()
            .unwrap();
        assert!(made.status.success(), "{made:?}");
        let site = Self(directory);
        site.secret("shared.key", "a key of the tests\n");
        site
    }

    fn path(&self) -> &Path {
        self.0.path()
    }

    fn secret(&self, name: &str, text: &str) {
        let path = self.path().join(name);
        durable::replace(&path, text.as_bytes(), durable::Access::Owner).unwrap();
    }

    fn server(&self, weakening: &Weakening) -> Command {
        let Weakening {
            top,
            listener,
            rest,
        } = weakening;
        let listener = listener.unwrap_or(
            "listen = \"127.0.0.1:0\"\n[listener.tls]\ncertificate = \"server.pem\"\n\
             key = \"server.key.pem\"\nclient_ca = \"ca.pem\"\n",
        );
        let text = format!(
            "data = \"exchange\"\nshared_key_file = \"shared.key\"\n{top}\n[listener]\n{listener}\n{rest}\n"
        );
        let text = match top.contains("operations") {
            true => text,
            false => format!("operations = \"127.0.0.1:0\"\n{text}"),
        };
        fs::write(self.path().join("server.toml"), text).unwrap();
        let mut command = restante();
        command
            .args(["server", "--config", "server.toml"])
            .current_dir(self.path());
        command
    }
}

/// What is written at the top, in `[listener]`, and after it.
#[derive(Clone, Copy, Default)]
struct Weakening {
    top: &'static str,
    listener: Option<&'static str>,
    rest: &'static str,
}

/// What a service that must not start says.
fn refusal(command: &mut Command) -> String {
    let mut child = command
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut out = String::new();
    let mut lines = BufReader::new(child.stdout.take().unwrap());
    if lines.read_line(&mut out).unwrap() > 0 {
        child.kill().unwrap();
        child.wait().unwrap();
        panic!("it started: {out}");
    }
    let mut told = String::new();
    child
        .stderr
        .take()
        .unwrap()
        .read_to_string(&mut told)
        .unwrap();
    assert!(!child.wait().unwrap().success());
    told
}

/// What a server that must start warns of, and what it counts.
fn warnings(command: &mut Command) -> (String, String) {
    let log = tempfile::NamedTempFile::new().unwrap();
    command.stdout(Stdio::piped()).stderr(log.reopen().unwrap());
    let mut child = command.spawn().unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let metrics = lines.find_map(|line| {
        let line = line.unwrap();
        let url = line
            .strip_prefix("metrics on ")?
            .replace("0.0.0.0", "127.0.0.1");
        Some(text_of(&url))
    });
    child.kill().unwrap();
    child.wait().unwrap();
    let log = fs::read_to_string(log.path()).unwrap();
    (
        log.clone(),
        metrics.unwrap_or_else(|| panic!("no metrics: {log}")),
    )
}

fn text_of(url: &str) -> String {
    // another test of this process may have been quicker
    let _ = rustls::crypto::ring::default_provider().install_default();
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    runtime.block_on(async { reqwest::get(url).await.unwrap().text().await.unwrap() })
}

fn assert_warned(site: &Site, weakening: &Weakening, settings: &[&str]) {
    let (log, metrics) = warnings(&mut site.server(weakening));
    for setting in settings {
        let warned: Vec<_> = log
            .lines()
            .filter(|line| line.contains(&format!("protection is weakened by {setting}:")))
            .collect();
        assert!(
            warned.len() == 1 && warned[0].contains("WARN"),
            "{setting}: {log}"
        );
        let counted = format!("restante_weakened{{setting=\"{setting}\"}} 1");
        assert!(metrics.contains(&counted), "{counted}: {metrics}");
    }
    assert_eq!(
        metrics.matches("restante_weakened{").count(),
        settings.len(),
        "{metrics}"
    );
    assert_eq!(
        log.matches("protection is weakened").count(),
        settings.len(),
        "{log}"
    );
}

const PLAIN: Option<&str> = Some("listen = \"0.0.0.0:0\"");
const PDS: &str = "[demographics.fhir]\nbase_url = \"http://pds.test/FHIR\"\n\
    [demographics.fhir.credentials]\ntoken_url = \"http://pds.test/token\"\napi_key = \"a\"\n\
    key_id = \"k\"\nprivate_key = \"p\"";
const OPEN: &str = "[exchange]\nrequire_certificate = false";

#[test]
fn what_opens_a_server_is_refused_by_name() {
    let site = Site::new();
    let usual = Weakening::default();
    for (weakening, settings) in [
        (
            Weakening {
                rest: "[api]\nsandbox = true",
                ..usual
            },
            &["api.sandbox"][..],
        ),
        (
            Weakening {
                rest: "[exchange]\nsandbox = true",
                ..usual
            },
            &["exchange.sandbox"],
        ),
        (
            Weakening {
                listener: Some("listen = \"127.0.0.1:0\""),
                ..usual
            },
            &["exchange.require_certificate"],
        ),
        (
            Weakening {
                listener: Some(
                    "listen = \"127.0.0.1:0\"\n[listener.tls]\ncertificate = \"server.pem\"\n\
                     key = \"server.key.pem\"",
                ),
                ..usual
            },
            &["exchange.require_certificate"],
        ),
        (
            Weakening {
                listener: PLAIN,
                rest: OPEN,
                ..usual
            },
            &["listener"],
        ),
        (
            Weakening {
                rest: "[console]\nlisten = \"[::]:0\"",
                ..usual
            },
            &["console"],
        ),
        (
            Weakening {
                top: "operations = \"0.0.0.0:0\"",
                ..usual
            },
            &["operations"],
        ),
        (
            Weakening { rest: PDS, ..usual },
            &[
                "demographics.fhir.base_url",
                "demographics.fhir.credentials.token_url",
            ],
        ),
        (
            Weakening {
                rest: "[store.s3]\nbucket = \"b\"\nendpoint = \"http://s3.test\"",
                ..usual
            },
            &["store.s3.endpoint"],
        ),
    ] {
        let told = refusal(&mut site.server(&weakening));
        for setting in settings {
            assert!(
                told.contains(&format!("\n  {setting}: ")),
                "{setting}: {told}"
            );
        }
        assert_eq!(told.matches("\n  ").count(), settings.len(), "{told}");
    }
    let variable = refusal(
        site.server(&usual)
            .env("RESTANTE_SERVER__API__SANDBOX", "true"),
    );
    assert!(variable.contains("api.sandbox"), "{variable}");
    assert!(!site.path().join("exchange/records.sqlite3").exists());
}

#[test]
fn what_a_key_allows_is_warned_of_by_name_and_counted_at_every_start() {
    let site = Site::new();
    let usual = Weakening::default();
    for (weakening, settings) in [
        (usual, &[][..]),
        (
            Weakening {
                rest: "[exchange]\nrequire_certificate = false\nenforce_workflow_rights = false\n\
                       token_window_minutes = 0\nsingle_use_tokens = false",
                ..usual
            },
            &[
                "exchange.require_certificate",
                "exchange.enforce_workflow_rights",
                "exchange.token_window_minutes",
                "exchange.single_use_tokens",
            ],
        ),
        (
            Weakening {
                top: "operations = \"0.0.0.0:0\"\nbehind_proxy = [\"listener\", \"operations\"]",
                listener: PLAIN,
                rest: "[console]\nlisten = \"0.0.0.0:0\"\n[pages]\ntrusted_proxies = [\"10.0.0.7\"]\n\
                       behind_tls_proxy = true\n[exchange]\nrequire_certificate = false",
            },
            &[
                "listener",
                "console",
                "operations",
                "exchange.require_certificate",
            ],
        ),
        (
            Weakening {
                top: "allow_http = [\"demographics.fhir.base_url\", \"demographics.fhir.credentials.token_url\"]",
                rest: PDS,
                ..usual
            },
            &[
                "demographics.fhir.base_url",
                "demographics.fhir.credentials.token_url",
            ],
        ),
    ] {
        assert_warned(&site, &weakening, settings);
        assert_warned(&site, &weakening, settings);
    }
}

/// As the kernel tells it of the running process.
#[cfg(target_os = "linux")]
#[test]
fn a_server_dumps_no_core_and_makes_private_files_under_any_umask() {
    let site = Site::new();
    site.server(&Weakening::default());
    let mut command = Command::new("sh");
    command
        .args(["-c", "umask 000; ulimit -S -c unlimited 2> /dev/null; exec \"$0\" server --config server.toml"])
        .arg(env!("CARGO_BIN_EXE_restante"))
        .current_dir(site.path());
    let mut service = Service::start(&mut command);
    let proc = format!("/proc/{}", service.process().id());
    let limits = fs::read_to_string(format!("{proc}/limits")).unwrap();
    let core = limits
        .lines()
        .find(|line| line.starts_with("Max core file size"));
    let words: Vec<_> = core.unwrap().split_whitespace().skip(4).take(2).collect();
    assert_eq!(words, ["0", "0"], "{limits}");
    let status = fs::read_to_string(format!("{proc}/status")).unwrap();
    assert!(status.contains("Umask:\t0077"), "{status}");
}

#[test]
fn a_sandbox_key_that_was_off_is_read_and_said_to_be_without_effect() {
    let site = Site::new();
    let rest = "[api]\nsandbox = false\n[exchange]\nsandbox = false";
    let (log, _) = warnings(&mut site.server(&Weakening {
        rest,
        ..Default::default()
    }));
    for key in ["api.sandbox", "exchange.sandbox"] {
        assert_eq!(
            log.matches(&format!("{key} has no effect")).count(),
            1,
            "{log}"
        );
    }
}

#[test]
fn a_practice_and_the_pds_stand_in_are_not_open_without_a_word() {
    let directory = tempfile::tempdir().unwrap();
    let practice = |behind: &str| {
        let text = format!(
            "listen = \"0.0.0.0:0\"\n{behind}\n[practice]\nods = \"A81001\"\nname = \"Starling\"\n\
             mailbox = \"A81001OT001\"\nmailbox_directory = \"mailbox\"\ndata_directory = \"records\"\n"
        );
        fs::write(directory.path().join("practice.toml"), text).unwrap();
        let mut command = restante();
        command
            .args(["practice", "--config", "practice.toml"])
            .current_dir(directory.path());
        command
    };
    let told = refusal(&mut practice(""));
    assert!(
        told.contains("\n  listen: plain HTTP on 0.0.0.0:0"),
        "{told}"
    );
    drop(Service::start(&mut practice(
        "[pages]\ntrusted_proxies = [\"10.0.0.7\"]\nbehind_tls_proxy = true",
    )));

    // Documents that go to another machine for scanning are warned of.
    for (clamd, is_told) in [("10.0.0.9:3310", true), ("127.0.0.1:3310", false)] {
        let log = tempfile::NamedTempFile::new().unwrap();
        let mut command = practice(&format!(
            "[pages]\ntrusted_proxies = [\"10.0.0.7\"]\nbehind_tls_proxy = true\n\
             [scan]\nclamd = \"{clamd}\""
        ));
        command.stderr(log.reopen().unwrap());
        drop(Service::start(&mut command));
        let log = fs::read_to_string(log.path()).unwrap();
        let told = log.contains("protection is weakened by scan.clamd");
        assert_eq!(told, is_told, "{log}");
    }

    kit::new_exchange(directory.path());
    let stand_in = |more: &[&str]| {
        let mut command = restante();
        command
            .args([
                "pds",
                "serve",
                "--data",
                "exchange",
                "--listen",
                "0.0.0.0:0",
            ])
            .args(more)
            .current_dir(directory.path());
        command
    };
    let told = refusal(&mut stand_in(&[]));
    assert!(told.contains("--behind-proxy"), "{told}");
    drop(Service::start(&mut stand_in(&["--behind-proxy"])));
}

#[test]
fn a_client_sends_nothing_to_another_machine_without_tls_and_its_check_says_so() {
    let directory = tempfile::tempdir().unwrap();
    let client = |url: &str, arguments: &[&str]| {
        let text = format!(
            "[server]\nurl = \"{url}\"\nshared_key = \"k\"\n[[mailbox]]\nid = \"A81001OT001\"\n\
             password = \"p\"\ndirectory = \"mailbox\"\n"
        );
        fs::write(directory.path().join("client.toml"), text).unwrap();
        let mut command = restante();
        command
            .args(["client", "--config", "client.toml"])
            .args(arguments)
            .current_dir(directory.path());
        command
    };
    let away = "http://mesh.test:8700";
    let told = refusal(&mut client(away, &["--once"]));
    assert!(told.contains("allow_http"), "{told}");
    let check = |url, allowed: bool| {
        let mut command = client(url, &["--check"]);
        if allowed {
            command.env("RESTANTE_CLIENT__SERVER__ALLOW_HTTP", "true");
        }
        let output = command.output().unwrap();
        (
            output.status.success(),
            String::from_utf8(output.stdout).unwrap(),
        )
    };
    let (good, told) = check(away, false);
    assert!(
        !good && told.contains("fault: ") && told.contains("allow_http"),
        "{told}"
    );
    let (good, told) = check(away, true);
    assert!(good && told.contains("WITHOUT TLS"), "{told}");
    let (good, told) = check("http://127.0.0.1:8700", false);
    assert!(
        good && told.contains("without TLS, on this machine"),
        "{told}"
    );
}

/// A sandbox in a container has to be reached from outside of it.
#[test]
fn a_sandbox_that_others_reach_is_warned_of_by_name_and_no_other_is() {
    for (listen, warned) in [("0.0.0.0:0", 1), ("127.0.0.1:0", 0)] {
        let log = tempfile::NamedTempFile::new().unwrap();
        let mut command = restante();
        command
            .args(["server", "--sandbox", "--listen", listen])
            .stderr(log.reopen().unwrap());
        drop(Service::start(&mut command));
        let log = fs::read_to_string(log.path()).unwrap();
        let found = log.matches("protection is weakened by --sandbox:").count();
        assert_eq!(found, warned, "{listen}: {log}");
    }
}

/// Of an address that counts as another machine's, and at which nobody answers.
#[test]
fn postgresql_without_tls_on_another_machine_is_warned_of() {
    let site = Site::new();
    let rest = "[store.postgresql]\nurl = \"postgresql://r@0.0.0.0:1/r\"\n\
                [store.s3]\nbucket = \"b\"\nendpoint = \"https://s3.test\"";
    let told = refusal(&mut site.server(&Weakening {
        rest,
        ..Default::default()
    }));
    let warned = "protection is weakened by store.postgresql.ca_file:";
    assert_eq!(told.matches(warned).count(), 1, "{told}");
}
