//! What every operator's command has alike: which exchange it means, and what it says when it is done.

use std::fs;
use std::io::Write;
use std::path::Path;
use std::process::{Output, Stdio};

use crate::kit::{self, restante};

/// Every command on an exchange's data, in the order of its words: before the verb, the verb and the rest.
const COMMANDS: [(&str, &[&str]); 12] = [
    ("mailbox", &["list"]),
    (
        "mailbox",
        &["add", "A81001OT001", "--ods", "A81001", "--password-stdin"],
    ),
    ("workflow", &["list"]),
    ("registry", &["status"]),
    ("certificate", &["list"]),
    (
        "certificate",
        &[
            "issue",
            "--ods",
            "A81001",
            "--local-id",
            "c",
            "--out",
            "out",
        ],
    ),
    ("certificate", &["revoke", "--force", "ab12"]),
    ("audit", &["verify"]),
    ("audit", &["follow", "--once"]),
    ("user", &["list"]),
    ("quarantine", &["list"]),
    ("pds", &["serve", "--listen", "127.0.0.1:0"]),
];

fn run(directory: &Path, arguments: &[&str]) -> Output {
    let mut child = restante()
        .args(arguments)
        .current_dir(directory)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    // a command that needs no password may have ended by now
    _ = child.stdin.take().unwrap().write_all(b"a password\n");
    child.wait_with_output().unwrap()
}

fn told(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap()
}

#[test]
fn the_exchange_is_named_before_or_after_the_verb() {
    for given in [["--data", "exchange"], ["--config", "server.toml"]] {
        for before in [true, false] {
            let work = tempfile::tempdir().unwrap();
            kit::new_exchange(work.path());
            for (command, rest) in COMMANDS
                .into_iter()
                .filter(|(command, _)| *command != "pds")
            {
                // nobody was ever added: its own refusal, which names the users' file
                let expected = if rest[0] == "follow" { 1 } else { 0 };
                let arguments = match before {
                    true => [&[command][..], &given, rest].concat(),
                    false => [&[command][..], rest, &given].concat(),
                };
                let output = run(work.path(), &arguments);
                let words = told(&output);
                assert_eq!(
                    output.status.code(),
                    Some(expected),
                    "{arguments:?}: {words}"
                );
            }
        }
    }
}

#[test]
fn a_mistyped_data_directory_is_refused_and_nothing_made() {
    for (command, rest) in COMMANDS {
        for name in ["typo", "empty"] {
            let work = tempfile::tempdir().unwrap();
            fs::create_dir(work.path().join("empty")).unwrap();
            let arguments = [&[command][..], rest, &["--data", name]].concat();
            let output = run(work.path(), &arguments);
            let words = told(&output);
            assert_eq!(output.status.code(), Some(1), "{arguments:?}: {words}");
            assert!(
                words.contains(&format!("--data {name}: ")),
                "{arguments:?}: {words}"
            );
            assert!(words.contains("nothing was made"), "{arguments:?}: {words}");
            let left: Vec<_> = fs::read_dir(work.path())
                .unwrap()
                .map(|it| it.unwrap().file_name())
                .collect();
            assert_eq!(left, ["empty"], "{arguments:?}");
            assert_eq!(fs::read_dir(work.path().join("empty")).unwrap().count(), 0);
        }
    }
}

#[test]
fn no_exchange_and_two_are_wrong_usage() {
    let work = tempfile::tempdir().unwrap();
    kit::new_exchange(work.path());
    for (command, rest) in COMMANDS {
        let arguments = [&[command][..], rest].concat();
        let output = run(work.path(), &arguments);
        assert_eq!(output.status.code(), Some(2), "{arguments:?}");
        assert!(
            told(&output).contains("--config server.toml or --data DIR"),
            "{arguments:?}"
        );
        let both = [
            &arguments[..1],
            &["--data", "exchange"],
            rest,
            &["--config", "server.toml"],
        ]
        .concat();
        let output = run(work.path(), &both);
        assert_eq!(output.status.code(), Some(2), "{both:?}");
        assert!(told(&output).contains("give one of them"), "{both:?}");
    }
}

#[test]
fn a_practices_directory_is_no_exchanges() {
    let work = tempfile::tempdir().unwrap();
    fs::write(work.path().join("practice.sqlite"), "").unwrap();
    let output = run(work.path(), &["mailbox", "list", "--data", "."]);
    assert_eq!(output.status.code(), Some(1));
    assert!(
        told(&output).contains("a practice's data directory"),
        "{}",
        told(&output)
    );
}

#[test]
fn what_succeeds_says_what_it_did() {
    let work = tempfile::tempdir().unwrap();
    kit::new_exchange(work.path());
    let rights = [
        "GPFED_CONSULT_REPORT",
        "--send",
        "A81001OT001",
        "--receive",
        "A81001OT001",
        "--patient-routing",
    ];
    for (arguments, said, key, value) in [
        (
            &[
                "mailbox",
                "add",
                "A81001OT001",
                "--ods",
                "A81001",
                "--password-stdin",
            ][..],
            "mailbox A81001OT001 added",
            "done",
            "added",
        ),
        (
            &["mailbox", "disable", "A81001OT001"],
            "mailbox A81001OT001 disabled",
            "done",
            "disabled",
        ),
        (
            &["mailbox", "enable", "A81001OT001"],
            "mailbox A81001OT001 enabled",
            "done",
            "enabled",
        ),
        (
            &["mailbox", "password", "A81001OT001", "--password-stdin"],
            "has the new password",
            "done",
            "password-changed",
        ),
        (
            &[&["workflow", "allow"], &rights[..]].concat(),
            "A81001OT001 may send GPFED_CONSULT_REPORT\nA81001OT001 may receive",
            "workflow",
            "GPFED_CONSULT_REPORT",
        ),
        (
            &[&["workflow", "deny"], &rights[..]].concat(),
            "A81001OT001 may no longer send GPFED_CONSULT_REPORT",
            "workflow",
            "GPFED_CONSULT_REPORT",
        ),
    ] {
        let text = [arguments, &["--data", "exchange"]].concat();
        let output = run(work.path(), &text);
        assert!(output.status.success(), "{}", told(&output));
        let printed = String::from_utf8(output.stdout).unwrap();
        assert!(printed.contains(said), "{text:?}: {printed}");
        if arguments[1] == "add" {
            continue; // once only
        }
        let json = [&text[..], &["--format", "json"]].concat();
        let output = run(work.path(), &json);
        let printed: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
        assert_eq!(printed[key], value, "{json:?}");
    }
    let nothing = [
        "workflow",
        "allow",
        "GPFED_CONSULT_REPORT",
        "--data",
        "exchange",
    ];
    let output = run(work.path(), &nothing);
    assert_eq!(output.status.code(), Some(2));
    assert!(told(&output).contains("nothing to change"));
}

#[test]
fn addresses_are_taken_as_people_type_them() {
    let work = tempfile::tempdir().unwrap();
    for address in ["localhost:0", ":0", "0", "127.0.0.1:0"] {
        let mut command = restante();
        command
            .args(["server", "--sandbox", "--listen", address])
            .current_dir(work.path());
        let service = kit::Service::start(&mut command);
        assert!(
            service.url.starts_with("http://127.0.0.1:"),
            "{}",
            service.url
        );
    }
    let output = run(
        work.path(),
        &["server", "--sandbox", "--listen", "http://127.0.0.1:8700"],
    );
    assert_eq!(output.status.code(), Some(2));
    assert!(
        told(&output).contains("leave out http://"),
        "{}",
        told(&output)
    );

    kit::new_exchange(work.path());
    let text = fs::read_to_string(work.path().join("server.toml")).unwrap();
    for (listen, is_good) in [
        ("\"localhost:8700\"", true),
        ("8700", true),
        ("\":8700\"", true),
        ("\"127.0.0.1\"", false),
    ] {
        fs::write(
            work.path().join("server.toml"),
            text.replace("\"127.0.0.1:0\"", listen),
        )
        .unwrap();
        let output = run(work.path(), &["mailbox", "list", "--config", "server.toml"]);
        assert_eq!(
            output.status.success(),
            is_good,
            "{listen}: {}",
            told(&output)
        );
        let place = "server.toml, line 4, column 10: `listener.listen`: expected HOST:PORT such as 127.0.0.1:8700";
        assert!(
            is_good || told(&output).contains(place),
            "{}",
            told(&output)
        );
    }
}
