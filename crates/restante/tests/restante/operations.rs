//! The operator's commands on an exchange's data, as a shell sees them.

use std::io::Write;
use std::path::Path;
use std::process::{Output, Stdio};

use crate::kit;

fn restante(arguments: &[&str], data: &Path) -> Output {
    let mut child = kit::restante()
        .args(&arguments[..1])
        .arg("--data")
        .arg(data)
        .args(&arguments[1..])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    // a command that needs no password may have ended by now
    _ = child.stdin.take().unwrap().write_all(b"secret\n");
    child.wait_with_output().unwrap()
}

fn succeeds(arguments: &[&str], data: &Path) -> String {
    let output = restante(arguments, data);
    let told = String::from_utf8(output.stderr).unwrap();
    assert!(output.status.success(), "{arguments:?}: {told}");
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn what_operators_do_is_audited_backed_up_and_checked() {
    let work = tempfile::tempdir().unwrap();
    let data = kit::new_exchange(work.path());
    for (mailbox, ods) in [("A81001OT001", "A81001"), ("A20047OT001", "A20047")] {
        succeeds(
            &["mailbox", "add", mailbox, "--ods", ods, "--password-stdin"],
            &data,
        );
    }
    let told = succeeds(&["audit", "verify"], &data);
    let (told, head) = told.trim().rsplit_once(' ').unwrap();
    assert_eq!(told, "2 lines, intact; head");
    succeeds(&["mailbox", "disable", "A81001OT001"], &data);
    succeeds(&["audit", "verify", "--head", head], &data);
    let follow = [
        "audit",
        "follow",
        "--audit-trail",
        "--once",
        "--after",
        "1",
        "--format",
        "json",
    ];
    let lines = succeeds(&follow, &data);
    let lines: Vec<serde_json::Value> = lines
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    let told: Vec<_> = lines.iter().map(|line| &line["subject"]).collect();
    assert_eq!(told, ["A20047OT001", "A81001OT001"], "{lines:?}");

    let copy = work.path().join("copy");
    let told = succeeds(&["backup", "--to", copy.to_str().unwrap()], &data);
    assert!(told.starts_with("0 messages"), "{told}");
    assert!(
        !restante(&["backup", "--to", copy.to_str().unwrap()], &data)
            .status
            .success()
    );
    // the copy opens with its own key
    let list = succeeds(&["mailbox", "list"], &copy);
    assert!(list.contains("A20047OT001") && list.contains("disabled"));
    succeeds(
        &["mailbox", "password", "A20047OT001", "--password-stdin"],
        &copy,
    );
    assert_eq!(succeeds(&["quarantine", "list"], &data), "");

    let records = rusqlite::Connection::open(data.join("records.sqlite3")).unwrap();
    records
        .execute("UPDATE audit SET subject = 'X26ABC1' WHERE number = 2", [])
        .unwrap();
    let output = restante(&["audit", "verify", "--format", "json"], &data);
    assert_eq!(output.status.code(), Some(1));
    let told: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(told["broken_line"], 2);
    // what was tampered with after the copy is intact in it
    succeeds(&["audit", "verify", "--head", head], &copy);
}

#[test]
fn only_what_is_in_postgresql_is_restored_by_a_command() {
    let work = tempfile::tempdir().unwrap();
    let config = work.path().join("server.toml");
    let data = work.path().join("data");
    let text =
        format!("data = {data:?}\nshared_key_file = \"k\"\n[listener]\nlisten = \"127.0.0.1:0\"\n");
    std::fs::write(&config, text).unwrap();
    let output = kit::restante()
        .args(["restore", "--from", "/backup", "--config"])
        .arg(&config)
        .output()
        .unwrap();
    let told = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(1), "{told}");
    assert!(
        told.contains("putting it in the directory's place"),
        "{told}"
    );
}

#[test]
fn a_directory_that_holds_no_exchange_is_named() {
    let work = tempfile::tempdir().unwrap();
    for arguments in [
        &["audit", "verify"][..],
        &["quarantine", "list"],
        &["backup", "--to", "/nowhere/at/all"],
    ] {
        let output = restante(arguments, work.path());
        assert_eq!(output.status.code(), Some(1), "{arguments:?}");
        let told = String::from_utf8(output.stderr).unwrap();
        assert!(told.contains("records.sqlite3"), "{told}");
    }
    assert!(std::fs::read_dir(work.path()).unwrap().next().is_none());
}

#[test]
fn records_out_of_reach_are_told_and_no_directory_is_made() {
    let directory = tempfile::tempdir().unwrap();
    let config = directory.path().join("server.toml");
    let data = directory.path().join("data");
    let text = format!(
        "data = {data:?}\nshared_key_file = \"shared.key\"\n[listener]\nlisten = \"127.0.0.1:0\"\n[store.postgresql]\nurl = \"postgresql://restante@127.0.0.1:1/restante\"\n\
         [store.s3]\nbucket = \"bodies\"\n"
    );
    std::fs::write(&config, text).unwrap();
    for words in [&["audit", "verify"][..], &["quarantine", "list"]] {
        let output = kit::restante()
            .arg(words[0])
            .arg("--config")
            .arg(&config)
            .args(&words[1..])
            .output()
            .unwrap();
        let told = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(1), "{told}");
        assert!(told.contains("PostgreSQL cannot be reached"), "{told}");
    }
    assert!(!data.exists());
}
