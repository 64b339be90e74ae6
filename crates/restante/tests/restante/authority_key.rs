//! The private key of the exchange's own authority: where it lies, and in which backups it is.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use crate::kit::{self, restante};

struct Site(tempfile::TempDir);

impl Site {
    fn new() -> Self {
        let site = Self(tempfile::tempdir().unwrap());
        kit::new_exchange(site.0.path());
        let key = b"a key of the tests";
        durable::replace(&site.at("shared.key"), key, durable::Access::Owner).unwrap();
        site
    }

    fn at(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    /// The configuration with the authority's key elsewhere.
    fn configure(&self) {
        let text = "data = \"exchange\"\nshared_key_file = \"shared.key\"\n\
            authority_key_file = \"usb/authority.pem\"\n[listener]\nlisten = \"127.0.0.1:0\"\n";
        fs::write(self.at("server.toml"), text).unwrap();
    }

    fn run(&self, arguments: &[&str]) -> Output {
        // what was issued before is never written over
        _ = fs::remove_dir_all(self.at("issued"));
        let mut command: Command = restante();
        command.args(arguments).current_dir(self.0.path());
        command.output().unwrap()
    }

    fn told(&self, arguments: &[&str]) -> String {
        let output = self.run(arguments);
        assert!(output.status.success(), "{output:?}");
        String::from_utf8(output.stdout).unwrap()
    }

    fn refused(&self, arguments: &[&str]) -> String {
        let output = self.run(arguments);
        assert!(!output.status.success(), "{output:?}");
        String::from_utf8(output.stderr).unwrap()
    }
}

const DATA: [&str; 2] = ["--data", "exchange"];
const CONFIG: [&str; 2] = ["--config", "server.toml"];

fn issue(of: [&str; 2]) -> Vec<&str> {
    [
        &["certificate"],
        &of[..],
        &[
            "issue",
            "--ods",
            "A81001",
            "--local-id",
            "client",
            "--out",
            "issued",
        ],
    ]
    .concat()
}

fn holds_key(directory: &Path) -> bool {
    let certificates = fs::read_dir(directory.join("certificates")).unwrap();
    let files = certificates.map(|entry| entry.unwrap().path());
    let mut files = files
        .filter(|path| path.is_file())
        .map(|path| fs::read_to_string(path).unwrap());
    files.any(|text| text.contains("PRIVATE KEY"))
}

#[test]
fn a_backup_leaves_the_authority_s_key_out_unless_asked() {
    let site = Site::new();
    site.told(&issue(DATA));
    site.told(&["mailbox", "--data", "exchange", "list"]);
    let told = site.told(&["backup", "--data", "exchange", "--to", "without"]);
    assert!(told.contains("left out: certificates/ca.key.pem"), "{told}");
    let json = [
        "backup", "--data", "exchange", "--to", "json", "--format", "json",
    ];
    let json: serde_json::Value = serde_json::from_str(&site.told(&json)).unwrap();
    assert_eq!(json["left_out"][0], "certificates/ca.key.pem");
    let with = [
        "backup",
        "--data",
        "exchange",
        "--to",
        "with",
        "--with-ca-key",
    ];
    let told = site.told(&with);
    assert!(!told.contains("left out"), "{told}");
    assert!(!holds_key(&site.at("without")) && holds_key(&site.at("with")));

    // put in the place of the directory, as it is restored
    let authority = fs::read(site.at("exchange/certificates/ca.pem")).unwrap();
    fs::rename(site.at("exchange"), site.at("lost")).unwrap();
    fs::rename(site.at("without"), site.at("exchange")).unwrap();
    site.told(&["mailbox", "--data", "exchange", "list"]);
    for command in [
        issue(DATA),
        [
            "certificate",
            "--data",
            "exchange",
            "revoke",
            "ab12",
            "--force",
        ]
        .into(),
    ] {
        let told = site.refused(&command);
        assert!(
            told.contains("ca.key.pem") && told.contains("private key is not there"),
            "{told}"
        );
    }
    let kept = fs::read(site.at("exchange/certificates/ca.pem")).unwrap();
    assert_eq!(kept, authority, "no other authority takes its place");
    fs::copy(
        site.at("lost/certificates/ca.key.pem"),
        site.at("exchange/certificates/ca.key.pem"),
    )
    .unwrap();
    site.told(&issue(DATA));
}

#[test]
fn the_authority_s_key_may_lie_elsewhere() {
    let site = Site::new();
    site.configure();
    site.told(&issue(CONFIG));
    assert!(site.at("usb/authority.pem").exists());
    assert!(!holds_key(&site.at("exchange")));
    let told = site.told(&["backup", "--config", "server.toml", "--to", "without"]);
    assert!(told.contains("left out"), "{told}");
    let with = [
        "backup",
        "--config",
        "server.toml",
        "--to",
        "with",
        "--with-ca-key",
    ];
    site.told(&with);
    assert!(!holds_key(&site.at("without")) && holds_key(&site.at("with")));
    fs::rename(site.at("usb"), site.at("taken out")).unwrap();
    let told = site.refused(&issue(CONFIG));
    assert!(told.contains("usb/authority.pem"), "{told}");
    let told = site.told(&["backup", "--config", "server.toml", "--to", "third"]);
    assert!(!told.contains("left out"), "nothing was there: {told}");
}

#[test]
fn an_authority_key_without_a_certificate_is_never_written_over() {
    let site = Site::new();
    site.configure();
    site.told(&issue(CONFIG));
    let key = fs::read(site.at("usb/authority.pem")).unwrap();
    // another data directory, or a crash before the certificate was written
    fs::remove_dir_all(site.at("exchange")).unwrap();
    site.told(&issue(CONFIG));
    assert_eq!(fs::read(site.at("usb/authority.pem")).unwrap(), key);
}
