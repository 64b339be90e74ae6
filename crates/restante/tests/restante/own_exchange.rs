//! An exchange and two practices from nothing, by `init` and `join`: six commands until the first consultation is
//! delivered and both acknowledgements are received.

use std::fs;
use std::path::Path;
use std::process::Output;

use serde_json::Value;

use crate::kit::{self, Service, free_port, restante};

fn run(directory: &Path, arguments: &[&str]) -> Output {
    restante()
        .args(arguments)
        .current_dir(directory)
        .output()
        .unwrap()
}

fn succeeds(directory: &Path, arguments: &[&str]) -> String {
    let output = run(directory, arguments);
    assert!(output.status.success(), "{arguments:?}: {output:?}");
    String::from_utf8(output.stdout).unwrap()
}

fn refused(directory: &Path, arguments: &[&str], code: i32) -> String {
    let output = run(directory, arguments);
    assert_eq!(
        output.status.code(),
        Some(code),
        "{arguments:?}: {output:?}"
    );
    String::from_utf8(output.stderr).unwrap()
}

const PRACTICES: [&str; 4] = [
    "--practice",
    "A81001=Cumbria \"Starling\"",
    "--practice",
    "A20047=Osprey",
];

/// What stands before the first command: a list of patients and a consultation.
fn empty_machine() -> tempfile::TempDir {
    let directory = tempfile::tempdir().unwrap();
    fs::write(directory.path().join("patients.csv"), kit::PATIENTS).unwrap();
    let example = include_str!("../../../send-document/examples/consultation.json");
    fs::write(directory.path().join("consultation.json"), example).unwrap();
    directory
}

fn init<'a>(listen: &'a str, more: &[&'a str]) -> Vec<&'a str> {
    let first = [
        "init",
        "exchange",
        "--dir",
        "mesh",
        "--name",
        "localhost",
        "--listen",
        listen,
    ];
    [&first[..], &PRACTICES, more].concat()
}

/// How often this machine's practice has been answered: the acknowledgements it took out of IN.
fn answers(practice: &Path) -> usize {
    let received = practice.join("records/received");
    let Ok(files) = fs::read_dir(received) else {
        return 0;
    };
    let names = files.map(|file| file.unwrap().file_name().into_string().unwrap());
    names.filter(|name| name.ends_with(".dat")).count()
}

#[test]
fn six_commands_lead_from_nothing_to_a_delivered_consultation() {
    let directory = empty_machine();
    let here = directory.path();
    let port = free_port().to_string();
    let start = |arguments: &[&str]| {
        let mut command = restante();
        // other tests run beside this one: not on the ports that the files name
        command
            .args(arguments)
            .current_dir(here)
            .env("RESTANTE_SERVER__CONSOLE__LISTEN", "127.0.0.1:0")
            .env("RESTANTE_PRACTICE__LISTEN", "127.0.0.1:0");
        Service::start(&mut command)
    };
    // 1
    let told = succeeds(here, &init(&port, &["--patients", "patients.csv"]));
    for said in [
        "A81001OT001",
        "joining/A20047.join",
        "patients 3",
        "user administrator with the password ",
        "Next: restante server --config ",
    ] {
        assert!(told.contains(said), "{told}");
    }
    // 2
    let server = start(&["server", "--config", "mesh/server.toml"]);
    assert_eq!(server.url, format!("https://127.0.0.1:{port}"));
    // 3
    let told = succeeds(
        here,
        &["join", "mesh/joining/A81001.join", "--dir", "starling"],
    );
    assert!(told.contains("starling/practice.toml --client "), "{told}");
    // 4
    succeeds(
        here,
        &[
            "join",
            "mesh/joining/A20047.join",
            "--dir",
            "osprey",
            "--patients",
            "patients.csv",
        ],
    );
    // 5
    let _osprey = start(&[
        "practice",
        "--config",
        "osprey/practice.toml",
        "--client",
        "osprey/client.toml",
    ]);
    // 6
    let mut starling = start(&[
        "practice",
        "--config",
        "starling/practice.toml",
        "--client",
        "starling/client.toml",
        "--consultation",
        "consultation.json",
    ]);

    let deadline = std::time::Instant::now() + std::time::Duration::from_secs(120);
    let home = here.join("starling");
    while answers(&home) < 2 {
        assert!(
            std::time::Instant::now() < deadline,
            "not both acknowledgements came home"
        );
        // exit 1 as long as something is in trouble, such as an exchange that is not there yet
        run(
            here,
            &["client", "status", "--config", "starling/client.toml"],
        );
    }
    starling.signal("-TERM");
    starling.process().wait().unwrap();
    let states = succeeds(
        here,
        &[
            "practice",
            "--once",
            "--format",
            "json",
            "--config",
            "starling/practice.toml",
        ],
    );
    let states: Value = serde_json::from_str(&states).unwrap();
    assert_eq!(
        states["consultations"][0]["state"], "Delivered, patient matched",
        "{states}"
    );
}

#[cfg(unix)]
#[test]
fn what_holds_secrets_is_its_owners_alone() {
    use std::os::unix::fs::PermissionsExt;
    let directory = empty_machine();
    let here = directory.path();
    succeeds(here, &init("8700", &[]));
    succeeds(
        here,
        &["join", "mesh/joining/A81001.join", "--dir", "starling"],
    );
    for name in [
        "mesh/shared.key",
        "mesh/server.toml",
        "mesh/tls/server.key.pem",
        "mesh/joining/A81001.join",
        "mesh/data/key",
        "mesh/data/certificates/ca.key.pem",
        "mesh/data/users.sqlite3",
        "starling/shared.key",
        "starling/mailbox-password",
        "starling/certificates/client.key.pem",
        "starling/records/users.sqlite3",
    ] {
        let mode = fs::metadata(here.join(name)).unwrap().permissions().mode();
        assert_eq!(mode & 0o077, 0, "{name}: {mode:o}");
    }
    // what init wrote is what the operator's commands and the client's check read
    let rights = succeeds(
        here,
        &[
            "workflow",
            "list",
            "--config",
            "mesh/server.toml",
            "--format",
            "json",
        ],
    );
    let rights: Value = serde_json::from_str(&rights).unwrap();
    let names: Vec<_> = rights
        .as_array()
        .unwrap()
        .iter()
        .map(|it| it["workflow"].as_str().unwrap())
        .collect();
    let expected = [
        "GPCONNECT_SEND_DOCUMENT",
        "GPCONNECT_SEND_DOCUMENT_ACK",
        "GPCONNECT_UPDATE_RECORD",
        "GPCONNECT_UPDATE_RECORD_ACK",
        "GPFED_CONSULT_REPORT",
        "GPFED_CONSULT_REPORT_ACK",
    ];
    assert_eq!(names, expected);
    succeeds(
        here,
        &["client", "--check", "--config", "starling/client.toml"],
    );
    let mailboxes = succeeds(here, &["mailbox", "list", "--data", "mesh/data"]);
    assert!(mailboxes.contains("Cumbria \"Starling\""), "{mailboxes}");
}

#[test]
fn what_is_wrong_makes_nothing_and_writes_over_nothing() {
    let directory = empty_machine();
    let here = directory.path();
    for (more, code, said) in [
        (
            &["--practice", "A81001=Again"][..],
            2,
            "A81001: is given twice",
        ),
        (&["--practice", "A20047"], 2, "expected ODS=NAME"),
        (&["--patients", "nope.csv"], 1, "nope.csv: "),
        (&["--patients", "bad.csv"], 1, "line 2: "),
    ] {
        let bad = kit::PATIENTS.replace("9693632109", "9693632108");
        fs::write(here.join("bad.csv"), bad).unwrap();
        let told = refused(here, &init("8700", more), code);
        assert!(told.contains(said), "{told}");
        assert!(!here.join("mesh").exists(), "{more:?}");
    }
    let url = [
        &init("8700", &[])[..4],
        &["--name", "https://mesh.example"],
        &PRACTICES,
    ]
    .concat();
    assert!(refused(here, &url, 2).contains("without port or https://"));

    succeeds(here, &init("8700", &[]));
    let before = fs::read(here.join("mesh/shared.key")).unwrap();
    assert!(refused(here, &init("8700", &[]), 1).contains("mesh: is not empty"));
    assert_eq!(fs::read(here.join("mesh/shared.key")).unwrap(), before);

    let join = [
        "join",
        "mesh/joining/A81001.join",
        "--dir",
        "starling",
        "--patients",
        "nope.csv",
    ];
    assert!(refused(here, &join, 1).contains("nope.csv: "));
    assert!(!here.join("starling").exists());
    let other = ["join", "mesh/server.toml", "--dir", "starling"];
    assert!(
        refused(here, &other, 1).contains("looks like server.toml, and a .join file was expected")
    );
    let server = ["server", "--config", "mesh/joining/A81001.join"];
    assert!(
        refused(here, &server, 1).contains("looks like a .join file, and server.toml was expected")
    );
    let text = fs::read_to_string(here.join("mesh/joining/A81001.join")).unwrap();
    fs::write(
        here.join("later.join"),
        text.replace("format = 1", "format = 2"),
    )
    .unwrap();
    let later = ["join", "later.join", "--dir", "starling"];
    assert!(refused(here, &later, 1).contains("has format 2, and 1 was expected"));
    assert!(!here.join("starling").exists());
}
