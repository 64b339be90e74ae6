//! Typical mistakes: each answer says what was expected, what was found, where, and what to do.

use std::fs;
use std::io::{Read, Write};
use std::path::Path;
use std::process::Output;

use crate::kit::{self, restante};

fn run(directory: &Path, arguments: &[&str]) -> Output {
    restante()
        .args(arguments)
        .current_dir(directory)
        .output()
        .unwrap()
}

/// What is said when the command fails, with all of the expected words in it.
fn told(directory: &Path, arguments: &[&str], expected: &[&str]) {
    let output = run(directory, arguments);
    let said = String::from_utf8_lossy(&output.stderr).into_owned()
        + &String::from_utf8_lossy(&output.stdout);
    assert_eq!(output.status.code(), Some(1), "{arguments:?}: {said}");
    for words in expected {
        assert!(
            said.contains(words),
            "{arguments:?}: {words} is not in: {said}"
        );
    }
}

const REST: &str =
    "[listener]\nlisten = \"127.0.0.1:0\"\n[exchange]\nrequire_certificate = false\n";

#[test]
fn a_mistake_in_server_toml_is_told_with_its_line_and_what_to_write() {
    let directory = tempfile::tempdir().unwrap();
    let server = ["server", "--config", "server.toml"];
    for (text, expected) in [
        (
            "data = exchange\n",
            &["server.toml, line 1, column 8", "must be quoted"][..],
        ),
        (
            "data = \"d\"\nshared_key = \"k\"\n[listner]\nlisten = \"127.0.0.1:0\"\n",
            &[
                "server.toml, line 3, column 2: `listner`",
                "did you mean `listener`?",
            ],
        ),
        (
            "data = \"d\"\nshared_key = \"k\"\n[listener]\nlisten = \"127.0.0.1\"\n",
            &[
                "line 4, column 10: `listener.listen`: expected HOST:PORT such as 127.0.0.1:8700",
                "found no port",
            ],
        ),
        ("", &["`data` is needed and missing"]),
    ] {
        fs::write(directory.path().join("server.toml"), text).unwrap();
        told(directory.path(), &server, expected);
    }
    fs::write(
        directory.path().join("server.toml"),
        format!("data = \"d\"\nshared_key_file = \"shared.key\"\n{REST}"),
    )
    .unwrap();
    told(
        directory.path(),
        &server,
        &[
            "shared.key: is not there",
            "`shared_key` of server.toml",
            "any line that nobody can guess",
        ],
    );
    fs::write(directory.path().join("file"), "").unwrap();
    fs::write(
        directory.path().join("server.toml"),
        format!("data = \"file\"\nshared_key = \"k\"\n{REST}"),
    )
    .unwrap();
    told(
        directory.path(),
        &server,
        &["file: is a regular file, and a directory was expected; move it away"],
    );
    told(
        directory.path(),
        &["server", "--config", "nope.toml"],
        &["nope.toml: cannot be read", "check the path"],
    );
}

#[test]
fn the_wrong_kind_of_file_is_named() {
    let directory = tempfile::tempdir().unwrap();
    let put = |name: &str, bytes: &[u8]| fs::write(directory.path().join(name), bytes).unwrap();
    put("a.pdf", b"%PDF-1.7\n\xe2\xe3");
    put("empty.xml", b"");
    put(
        "c.ctl",
        b"<?xml version=\"1.0\"?>\n<DTSControl><Version>1.0</Version></DTSControl>",
    );
    put("m.xml", b"<Bundle xmlns=\"http://hl7.org/fhir\"/>");
    put("m.json", b"{}");
    put("c.pem", b"-----BEGIN CERTIFICATE-----\n");
    put("meshclient.cfg", b"<MESHConfig/>");
    kit::write_server_toml(directory.path());
    for (arguments, expected) in [
        (
            &["server", "--config", "a.pdf"][..],
            &["a.pdf: is a PDF, and server.toml was expected"][..],
        ),
        (
            &["server", "--config", "c.ctl"],
            &["c.ctl: is a control file (.ctl), and server.toml was expected"],
        ),
        (
            &["server", "--config", "m.xml"],
            &["m.xml: is a FHIR message, and server.toml was expected"],
        ),
        (
            &["server", "--config", "m.json"],
            &["m.json: is JSON, and server.toml was expected"],
        ),
        (
            &["server", "--config", "c.pem"],
            &["c.pem: is PEM (a certificate or key), and server.toml was expected"],
        ),
        (
            &["server", "--config", "meshclient.cfg"],
            &["is a meshclient.cfg, which is given to restante client --config"],
        ),
        (
            &["practice", "--config", "server.toml"],
            &["looks like server.toml, and practice.toml was expected"],
        ),
        (
            &["client", "--check", "--config", "a.pdf"],
            &["a.pdf: is a PDF, and a text file was expected"],
        ),
        (
            &["client", "--check", "--config", "c.ctl"],
            &[
                "c.ctl: expected the root element MESHConfig",
                "found DTSControl",
            ],
        ),
        (
            &["message", "check", "a.pdf"],
            &["expected a FHIR message in XML or JSON, found a PDF"],
        ),
        (
            &["message", "check", "empty.xml"],
            &["expected a FHIR message in XML or JSON, found an empty file"],
        ),
        (
            &["message", "check", "c.ctl"],
            &[
                "c.ctl: this is a control file, and a message was expected; give it behind --control",
            ],
        ),
        (
            &["message", "show", "c.ctl"],
            &["c.ctl: this is a control file"],
        ),
        (
            &["message", "show", "a.pdf"],
            &["a.pdf is not a FHIR message", "found a PDF"],
        ),
        (
            &["message", "check", "m.xml", "--control", "a.pdf"],
            &["a.pdf: expected a control file", "found a PDF"],
        ),
        (
            &["message", "check", "nope.xml"],
            &["nope.xml: ", "check the path"],
        ),
        (
            &["control-file", "check", "m.xml"],
            &["expected the root element DTSControl", "found Bundle"],
        ),
        (
            &["message", "build", "--consultation", "a.pdf", "--out", "o"],
            &["a.pdf: not a consultation", "expected JSON, found a PDF"],
        ),
        (
            &["registry", "import", "a.pdf", "--config", "server.toml"],
            &[
                "a.pdf: this is a PDF, and a list in CSV",
                "nothing was changed",
            ],
        ),
        (
            &["registry", "import", "m.xml", "--config", "server.toml"],
            &[
                "m.xml: the file is not recognised",
                "expected the header of",
            ],
        ),
    ] {
        told(directory.path(), arguments, expected);
    }
}

/// A sparse file: a message as long as the disk must not become as much memory.
#[test]
fn a_message_longer_than_any_practice_takes_is_not_read() {
    let directory = tempfile::tempdir().unwrap();
    let long = fs::File::create(directory.path().join("long.xml")).unwrap();
    long.set_len(1 << 40).unwrap();
    let expected = ["long.xml: this is more than 64 MiB", "no practice takes"];
    told(
        directory.path(),
        &["message", "check", "long.xml"],
        &expected,
    );
    let build = [
        "message",
        "build",
        "--consultation",
        "long.xml",
        "--out",
        "OUT",
    ];
    told(directory.path(), &build, &expected);
}

#[test]
fn a_consultation_is_told_every_wrong_field_on_a_line_of_its_own() {
    let directory = tempfile::tempdir().unwrap();
    let example = include_str!("../../../send-document/examples/consultation.json");
    let mut consultation: serde_json::Value = serde_json::from_str(example).unwrap();
    consultation["patient"]["nhs_number"] = "9693632108".into();
    consultation["patient"]["birth_date"] = "23/06/1946 or so".into();
    consultation["practice"]["phone"] = "".into();
    consultation["surprise"] = 1.into();
    consultation
        .as_object_mut()
        .unwrap()
        .remove("receiving_practice");
    fs::write(directory.path().join("c.json"), consultation.to_string()).unwrap();
    let build = [
        "message",
        "build",
        "--consultation",
        "c.json",
        "--out",
        "out",
    ];
    told(
        directory.path(),
        &build,
        &[
            "c.json: not a consultation as docs/reference/consultation.md describes it; nothing was made or sent\n  ",
            "\n  patient.nhs_number: the check digit ",
            "\n  patient.birth_date: a date of birth is ",
            "\n  practice.phone: expected a text that is not empty",
            "\n  surprise: is not a field of the consultation format",
            "\n  missing field `receiving_practice`",
        ],
    );
    assert!(!directory.path().join("out").exists());
}

#[test]
fn a_finding_in_a_message_of_one_line_shows_where_it_is() {
    let directory = tempfile::tempdir().unwrap();
    let example = include_str!("../../../send-document/examples/consultation.json");
    fs::write(directory.path().join("c.json"), example).unwrap();
    let built = run(
        directory.path(),
        &[
            "message",
            "build",
            "--consultation",
            "c.json",
            "--out",
            "out",
        ],
    );
    let printed = String::from_utf8(built.stdout).unwrap();
    let message = printed.lines().next().unwrap();
    let text = fs::read_to_string(directory.path().join(message)).unwrap();
    let wrong = text.replace('\n', "").replace("9693632109", "9693632108");
    fs::write(directory.path().join("wrong.xml"), &wrong).unwrap();
    let checked = run(directory.path(), &["message", "check", "wrong.xml"]);
    let said = String::from_utf8(checked.stdout).unwrap();
    assert_eq!(checked.status.code(), Some(1), "{said}");
    let excerpt = said
        .lines()
        .find(|line| line.trim_start().starts_with("| …"))
        .expect(&said);
    assert!(
        said.contains("GPCM-SD-035") && excerpt.chars().count() < 200,
        "{said}"
    );
    assert!(excerpt.contains("<identifier>"), "{said}");
}

#[test]
fn an_address_that_is_taken_is_told_with_what_to_do() {
    let directory = tempfile::tempdir().unwrap();
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let server = ["server", "--sandbox", "--listen", &address];
    told(
        directory.path(),
        &server,
        &[
            &format!("cannot listen on {address}"),
            "another program listens there",
            "choose another port",
        ],
    );
}

/// Answers every connection as a server that speaks TLS answers plain HTTP, for as long as the test runs.
fn tls_server() -> String {
    let server = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", server.local_addr().unwrap());
    std::thread::spawn(move || {
        for stream in server.incoming() {
            let (mut stream, mut request) = (stream.unwrap(), [0; 64]);
            _ = stream.read(&mut request);
            // a fatal alert, protocol_version
            _ = stream.write_all(&[21, 3, 1, 0, 2, 2, 70]);
        }
    });
    url
}

#[test]
fn a_client_is_told_of_tls_where_it_meant_http_and_of_what_a_refusal_may_mean() {
    let directory = tempfile::tempdir().unwrap();
    let sandbox = kit::Sandbox::start();
    let client = ["client", "--once", "--config", "client.toml"];
    for (url, expected) in [
        (
            tls_server(),
            "the server's answer is not HTTP: if it speaks TLS, give an https:// URL",
        ),
        (
            sandbox.url().to_owned(),
            "status 403: mailbox, password, shared key, certificate or this machine's clock is not accepted",
        ),
    ] {
        let text = format!(
            "[server]\nurl = \"{url}\"\nshared_key = \"TestKey\"\ntries = 1\n[[mailbox]]\nid = \"X26ABC1\"\n\
             password = \"wrong\"\ndirectory = \"mailbox\"\n"
        );
        fs::write(directory.path().join("client.toml"), text).unwrap();
        told(directory.path(), &client, &[expected]);
    }
}
