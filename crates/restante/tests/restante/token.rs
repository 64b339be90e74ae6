//! `restante token explain`: exactly the part that is wrong is named, with what to do.

use std::fs;
use std::io::Write;
use std::path::Path;
use std::process::{Output, Stdio};

use mesh::AuthorizationToken;
use nhs::{Clock, MailboxId, SystemClock};

use crate::kit::restante;

fn explain(directory: &Path, token: &str, arguments: &[&str]) -> Output {
    let mut child = restante()
        .args([
            "token",
            "explain",
            "--mailbox",
            "X26ABC1",
            "--password-stdin",
        ])
        .args(["--shared-key-file", "shared.key"])
        .args(arguments)
        .arg(token)
        .current_dir(directory)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    _ = child.stdin.take().unwrap().write_all(b"password\n");
    child.wait_with_output().unwrap()
}

#[test]
fn the_wrong_part_is_named_and_a_right_token_is_said_to_be_right() {
    let directory = tempfile::tempdir().unwrap();
    fs::write(directory.path().join("shared.key"), "TestKey\n").unwrap();
    let mailbox = MailboxId::parse("X26ABC1").unwrap();
    let sign = |password: &str| {
        AuthorizationToken::sign(
            &mailbox,
            &password.into(),
            &"TestKey".into(),
            "n-1",
            1,
            SystemClock.now(),
        )
    };
    let good = explain(directory.path(), &sign("password"), &[]);
    let printed = String::from_utf8_lossy(&good.stdout);
    assert!(good.status.success(), "{good:?}");
    assert!(printed.contains("the token is right"), "{printed}");

    let wrong = explain(directory.path(), &sign("another"), &[]);
    let printed = String::from_utf8_lossy(&wrong.stdout);
    assert_eq!(wrong.status.code(), Some(1), "{wrong:?}");
    assert_eq!(printed.matches("WRONG").count(), 1, "{printed}");
    assert!(printed.contains("WRONG  hash"), "{printed}");
    assert!(
        printed.contains("compare password and shared key"),
        "{printed}"
    );

    let json = explain(directory.path(), &sign("another"), &["--format", "json"]);
    let told: serde_json::Value = serde_json::from_slice(&json.stdout).unwrap();
    assert_eq!(told["ok"], false);
    let parts = told["parts"].as_array().unwrap();
    let wrong: Vec<_> = parts
        .iter()
        .filter(|part| part["ok"] == false)
        .map(|part| &part["part"])
        .collect();
    assert_eq!(wrong, ["hash"]);

    fs::remove_file(directory.path().join("shared.key")).unwrap();
    let missing = explain(directory.path(), &sign("password"), &[]);
    assert_eq!(missing.status.code(), Some(1));
    assert!(
        String::from_utf8_lossy(&missing.stderr).contains("shared.key"),
        "{missing:?}"
    );
}
