//! The rungs of a server and of a practice.

use std::fs;
use std::io::Write;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use jiff::Timestamp;

use super::{authority, broken, holds, long_ago};
use crate::kit;

struct Exchange {
    directory: tempfile::TempDir,
}

impl Exchange {
    fn new() -> Self {
        let directory = tempfile::tempdir().unwrap();
        let now = Timestamp::now();
        let own = authority(directory.path(), "ca", now);
        own.issue_server(&["localhost".to_owned()], now)
            .unwrap()
            .write(directory.path(), "server")
            .unwrap();
        let old = long_ago();
        own.issue_server(&["localhost".to_owned()], old)
            .unwrap()
            .write(directory.path(), "old")
            .unwrap();
        Self { directory }
    }

    fn config(&self, from: &str, to: &str) -> PathBuf {
        let at = |name: &str| self.directory.path().join(name).display().to_string();
        let text = format!(
            "data = \"{}\"\nshared_key = \"TestKey\"\n[listener]\nlisten = \"127.0.0.1:0\"\n[listener.tls]\n\
             certificate = \"{}\"\nkey = \"{}\"\nclient_ca = \"{}\"\n[demographics]\n",
            at("data"),
            at("server.pem"),
            at("server.key.pem"),
            at("ca.pem")
        );
        assert!(text.contains(from), "{from}");
        let path = self.directory.path().join("server.toml");
        fs::write(&path, text.replace(from, to)).unwrap();
        path
    }

    fn run(&self, arguments: &[&str]) {
        let mut command: Command = kit::restante();
        command
            .args(arguments)
            .arg("--config")
            .arg(self.config("", ""));
        let mut child = command.stdin(Stdio::piped()).spawn().unwrap();
        let _ = child.stdin.take().unwrap().write_all(b"password\n");
        assert!(child.wait().unwrap().success(), "{arguments:?}");
    }
}

#[test]
fn each_rung_of_a_server_is_named_when_it_is_the_broken_one() {
    let world = Exchange::new();
    let at = |name: &str| world.directory.path().join(name).display().to_string();
    let new = [
        "configuration",
        "files",
        "directories",
        "disk",
        "tcp",
        "certificate",
        "pds",
        "store",
    ];
    holds(&world.config("", ""), &new);
    assert!(
        !Path::new(&at("data")).exists(),
        "the doctor made a directory"
    );
    let closed = TcpListener::bind("127.0.0.1:0").unwrap();
    let nobody = closed.local_addr().unwrap().port();
    drop(closed);
    let fhir = format!(
        "[demographics]\nsource = \"fhir\"\nfhir = {{ base_url = \"http://127.0.0.1:{nobody}\" }}\n"
    );
    for (from, to, rung, words) in [
        (
            "shared_key",
            "shard_key",
            "configuration",
            &["shard_key"][..],
        ),
        (
            "[demographics]",
            "[demographics]\nsource = \"fhir\"",
            "configuration",
            &["demographics.fhir"],
        ),
        (
            &at("server.pem"),
            &at("nowhere.pem"),
            "files",
            &["nowhere.pem", "[listener.tls]"],
        ),
        ("\"TestKey\"", "{ file = \"no.key\" }", "files", &["no.key"]),
        (
            &at("data"),
            &at("no/where"),
            "directories",
            &["data, ", "nor the directory above"],
        ),
        (&at("data"), &at("ca.pem"), "directories", &["it is a file"]),
        (
            "127.0.0.1:0",
            "203.0.113.9:1",
            "tcp",
            &["203.0.113.9", "an address of this machine"],
        ),
        (
            "[demographics]",
            &fhir,
            "pds",
            &["no connection to the PDS FHIR API"],
        ),
    ] {
        broken(&world.config(from, to), rung, words);
    }
    let config = world.config("server.key.pem", "old.key.pem");
    let text = fs::read_to_string(&config).unwrap();
    fs::write(&config, text.replace("server.pem", "old.pem")).unwrap();
    broken(&config, "certificate", &["expired", "renewed"]);

    let add = [
        "mailbox",
        "add",
        "A81001OT001",
        "--ods",
        "A81001",
        "--password-stdin",
    ];
    world.run(&add);
    let all = [
        "configuration",
        "files",
        "directories",
        "disk",
        "tcp",
        "certificate",
        "rights",
        "pds",
        "store",
    ];
    holds(&world.config("", ""), &all);
    world.run(&[
        "workflow",
        "allow",
        "TEST_WORKFLOW",
        "--send",
        "A81001OT001",
    ]);
    broken(
        &world.config("", ""),
        "rights",
        &["TEST_WORKFLOW", "--receive"],
    );
    world.run(&[
        "workflow",
        "allow",
        "TEST_WORKFLOW",
        "--receive",
        "A81001OT001",
    ]);
    holds(&world.config("", ""), &all);

    let key = Path::new(&at("data")).join("key");
    fs::rename(&key, at("key")).unwrap();
    broken(
        &world.config("", ""),
        "store",
        &["put the exchange's key file"],
    );
    assert!(!key.exists(), "the doctor made a key");
    fs::rename(at("key"), &key).unwrap();
    let records = Path::new(&at("data")).join("records.sqlite3");
    fs::write(&records, vec![b'x'; 8192]).unwrap();
    broken(&world.config("", ""), "store", &["never delete"]);
    assert_eq!(fs::read(&records).unwrap(), vec![b'x'; 8192]);
}

#[test]
fn each_rung_of_a_practice_is_named_when_it_is_the_broken_one() {
    let directory = tempfile::tempdir().unwrap();
    let at = |name: &str| directory.path().join(name).display().to_string();
    let own = authority(directory.path(), "ca", Timestamp::now());
    let old = long_ago();
    for (stem, now) in [("pages", Timestamp::now()), ("old", old)] {
        let issued = own.issue_server(&["localhost".to_owned()], now).unwrap();
        issued.write(directory.path(), stem).unwrap();
    }
    let config = |from: &str, to: &str| {
        let text = format!(
            "listen = \"127.0.0.1:0\"\n[tls]\ncertificate = \"{}\"\nkey = \"{}\"\n[practice]\nods = \"A81001\"\n\
             name = \"Cumbria Starling Medical Centre\"\nmailbox = \"A81001OT001\"\nmailbox_directory = \"{}\"\n\
             data_directory = \"{}\"\n",
            at("pages.pem"),
            at("pages.key.pem"),
            at("mailbox"),
            at("records")
        );
        assert!(text.contains(from), "{from}");
        let path = directory.path().join("practice.toml");
        fs::write(&path, text.replace(from, to)).unwrap();
        path
    };
    let all = [
        "configuration",
        "files",
        "directories",
        "disk",
        "tcp",
        "certificate",
        "store",
    ];
    holds(&config("", ""), &all);
    assert!(
        !Path::new(&at("records")).exists(),
        "the doctor made a directory"
    );
    for (from, to, rung, words) in [
        (
            "[practice]",
            "[practice]\nwait_minutes = 999",
            "configuration",
            &["wait_minutes"][..],
        ),
        (
            "[practice]",
            "[practice]\npatients = \"none.csv\"",
            "files",
            &["none.csv"],
        ),
        (
            &at("pages.pem"),
            &at("nowhere.pem"),
            "files",
            &["nowhere.pem"],
        ),
        (
            &at("mailbox"),
            &at("no/where"),
            "directories",
            &["mailbox_directory"],
        ),
        ("127.0.0.1:0", "203.0.113.9:1", "tcp", &["203.0.113.9"]),
        (
            "[practice]",
            "[scan]\nclamd = \"unix:/no/where\"\n[practice]",
            "tcp",
            &["scanner"],
        ),
    ] {
        broken(&config(from, to), rung, words);
    }
    let scanned = "[scan]\ncommand = [\"true\"]\n[practice]";
    holds(&config("[practice]", scanned), &all);
    let path = config("pages.key.pem", "old.key.pem");
    let text = fs::read_to_string(&path).unwrap();
    fs::write(&path, text.replace("pages.pem", "old.pem")).unwrap();
    broken(&path, "certificate", &["expired"]);
    fs::create_dir(at("records")).unwrap();
    fs::write(
        Path::new(&at("records")).join("practice.sqlite"),
        vec![b'x'; 8192],
    )
    .unwrap();
    broken(&config("", ""), "store", &["backup"]);
}
