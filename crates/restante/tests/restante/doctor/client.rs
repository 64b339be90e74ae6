//! The rungs of a client, between it and a real server.

use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpListener;
use std::path::{Path, PathBuf};

use jiff::Timestamp;

use super::{authority, broken, holds, issue, long_ago};
use crate::kit::{self, Service};

/// A directory with an authority, a server over mutual TLS, and what a client of it needs.
struct World {
    directory: tempfile::TempDir,
    server: Service,
}

impl World {
    fn new() -> Self {
        let directory = tempfile::tempdir().unwrap();
        let now = Timestamp::now();
        let own = authority(directory.path(), "ca", now);
        let server = own.issue_server(&["localhost".to_owned()], now).unwrap();
        server.write(directory.path(), "server").unwrap();
        issue(&own, directory.path(), "client", now);
        let old = long_ago();
        issue(&own, directory.path(), "old", old);
        let other = authority(directory.path(), "other-ca", now);
        issue(&other, directory.path(), "stranger", now);
        let mut command = kit::restante();
        command.args(["server", "--sandbox", "--listen", "127.0.0.1:0"]);
        for (option, file) in [
            ("--tls-cert", "server.pem"),
            ("--tls-key", "server.key.pem"),
            ("--tls-client-ca", "ca.pem"),
        ] {
            command.arg(option).arg(directory.path().join(file));
        }
        let server = Service::start(&mut command);
        fs::create_dir(directory.path().join("mailbox")).unwrap();
        Self { directory, server }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.directory.path().join(name)
    }

    fn url(&self) -> String {
        let (_, port) = self.server.address().rsplit_once(':').unwrap();
        format!("https://localhost:{port}")
    }

    /// A configuration that works, with one line altered.
    fn client(&self, from: &str, to: &str) -> PathBuf {
        let text = format!(
            "[server]\nurl = \"{}\"\nshared_key = \"TestKey\"\ncertificate = \"{client}\"\n\
             private_key = \"{key}\"\ntrust = \"{ca}\"\ntimeout_seconds = 10\n\n[[mailbox]]\n\
             id = \"X26ABC1\"\npassword = \"password\"\ndirectory = \"{mailbox}\"\n",
            self.url(),
            client = self.path("client.pem").display(),
            key = self.path("client.key.pem").display(),
            ca = self.path("ca.pem").display(),
            mailbox = self.path("mailbox").display(),
        );
        assert!(text.contains(from), "{from}");
        let path = self.path("client.toml");
        fs::write(&path, text.replace(from, to)).unwrap();
        path
    }
}

const OF_A_CLIENT: [&str; 11] = [
    "configuration",
    "files",
    "directories",
    "disk",
    "clock",
    "dns",
    "tcp",
    "tls",
    "certificate",
    "login",
    "rights",
];

#[test]
fn each_rung_of_a_client_is_named_when_it_is_the_broken_one() {
    let world = World::new();
    let file = |name: &str| world.path(name).display().to_string();
    holds(&world.client("", ""), &OF_A_CLIENT);
    let url = world.url();
    let closed = TcpListener::bind("127.0.0.1:0").unwrap();
    let nobody = format!("https://localhost:{}", closed.local_addr().unwrap().port());
    drop(closed);
    let other = speaking_otherwise();
    for (from, to, rung, words) in [
        (
            "[server]",
            "[server]\nsurprise = 1",
            "configuration",
            &["surprise"][..],
        ),
        (
            "timeout_seconds = 10",
            "timeout_seconds = -1",
            "configuration",
            &["seconds"],
        ),
        (&url, "ftp://localhost", "configuration", &["http(s)://"]),
        (
            "X26ABC1\"",
            "X26ABC1\"\ncolour = 1",
            "configuration",
            &["colour"],
        ),
        (
            &file("client.pem"),
            &file("nowhere.pem"),
            "files",
            &["nowhere.pem", "put the file"],
        ),
        (
            &file("client.pem"),
            "C:\\\\MESH\\\\client.pem",
            "files",
            &["path of Windows"],
        ),
        (
            &file("client.key.pem"),
            &file("old.key.pem"),
            "files",
            &["not the one of the client certificate"],
        ),
        (
            &file("mailbox"),
            &file("not/there"),
            "directories",
            &["check the path"],
        ),
        (
            &file("mailbox"),
            &file("ca.pem"),
            "directories",
            &["it is a file"],
        ),
        (
            "localhost",
            "mesh.invalid",
            "dns",
            &["mesh.invalid", "typing mistake"],
        ),
        (&url, &nobody, "tcp", &["nothing listens there"]),
        (&url, &other, "tls", &["speaks no TLS"]),
        (
            &file("ca.pem"),
            &file("other-ca.pem"),
            "tls",
            &["lacks the authority"],
        ),
        ("localhost", "127.0.0.1", "tls", &["for another name"]),
        (
            "\"password\"",
            "\"another\"",
            "login",
            &["403", "shared key"],
        ),
        (
            "\"TestKey\"",
            "\"another\"",
            "login",
            &["X26ABC1", "shared key"],
        ),
    ] {
        broken(&world.client(from, to), rung, words);
    }
    for (stem, words) in [
        ("old", &["expired", "renewed"][..]),
        (
            "stranger",
            &[
                "the server refused the client certificate (",
                "issued for this server",
            ],
        ),
    ] {
        let config = world.client("client.key.pem", &format!("{stem}.key.pem"));
        let text = fs::read_to_string(&config).unwrap();
        fs::write(&config, text.replace("client.pem", &format!("{stem}.pem"))).unwrap();
        broken(&config, "certificate", words);
    }
    let config = world.client("certificate =", "#");
    let text = fs::read_to_string(&config).unwrap();
    fs::write(&config, text.replace("private_key =", "#")).unwrap();
    broken(
        &config,
        "certificate",
        &["certificate_required", "private_key"],
    );
}

/// A port that greets as SSH does.
fn speaking_otherwise() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            let _ = stream.write_all(b"SSH-2.0-example\r\n");
            let _ = stream.read_to_end(&mut Vec::new());
        }
    });
    format!("https://localhost:{port}")
}

/// Answers every request alike, over plain HTTP; an inbox with `inbox`.
fn answering(status: &'static str, date: &'static str, inbox: &'static str) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            let mut line = String::new();
            let mut reader = BufReader::new(stream.try_clone().unwrap());
            let _ = reader.read_line(&mut line);
            let is_inbox = line.contains("/inbox");
            while reader.read_line(&mut line).is_ok_and(|read| read > 2) {}
            let (status, body) = match is_inbox {
                true => (status, inbox),
                false => ("200 OK", ""),
            };
            let head = format!(
                "HTTP/1.1 {status}\r\ndate: {date}\r\nconnection: close\r\ncontent-length: {}\r\n\r\n{body}",
                body.len()
            );
            let _ = stream.write_all(head.as_bytes());
            let _ = reader.read(&mut [0; 1]);
        }
    });
    url
}

#[test]
fn a_clock_that_is_off_and_a_mailbox_without_rights_are_named() {
    let world = World::new();
    let empty = "{\"messages\":[]}";
    let later = answering("200 OK", "Fri, 01 Jan 2038 00:00:00 GMT", empty);
    broken(
        &world.client(&world.url(), &later),
        "clock",
        &["minutes behind", "time service"],
    );
    let now = jiff::fmt::rfc2822::to_string(&Timestamp::now().to_zoned(jiff::tz::TimeZone::UTC));
    let now = now.unwrap().replace("+0000", "GMT").leak();
    let denied = answering("403 Forbidden", now, "{}");
    broken(
        &world.client(&world.url(), &denied),
        "rights",
        &["X26ABC1", "enabled"],
    );
}

#[test]
fn check_tries_the_server_when_it_is_asked_to() {
    let world = World::new();
    let check = |config: &Path, connect: bool| {
        let mut command = kit::restante();
        command.args(["client", "--check", "--config"]).arg(config);
        if connect {
            command.arg("--connect");
        }
        let output = command.output().unwrap();
        (
            output.status.code(),
            String::from_utf8(output.stdout).unwrap(),
        )
    };
    let (code, said) = check(&world.client("", ""), true);
    assert_eq!(code, Some(0), "{said}");
    for words in [
        "dns           ok",
        "certificate   ok",
        "login         ok",
        "the mailbox was let in",
    ] {
        assert!(said.contains(words), "{words} is not in {said}");
    }
    let wrong = world.client("\"password\"", "\"another\"");
    let (code, said) = check(&wrong, true);
    assert_eq!(code, Some(1), "{said}");
    assert!(
        said.contains("login         FAILS") && said.contains("to do: look at mailbox id"),
        "{said}"
    );
    let (code, said) = check(&wrong, false);
    assert!(code == Some(0) && !said.contains("login"), "{said}");
    assert!(
        !world.path("mailbox/OUT").exists(),
        "a check made a directory"
    );
}
