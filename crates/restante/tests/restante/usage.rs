//! `restante mailbox usage` and `purge`, beside a running server and without one.

use std::path::Path;

use crate::kit::{Service, restante};

fn server(data: &Path) -> Service {
    let mut command = restante();
    command
        .args(["server", "--sandbox", "--listen", "127.0.0.1:0", "--data"])
        .arg(data)
        .env("RESTANTE_LOG", "error");
    Service::start(&mut command)
}

fn json(data: &Path, arguments: &[&str]) -> serde_json::Value {
    let output = restante()
        .args(["mailbox", "--format", "json", "--data"])
        .arg(data)
        .args(arguments)
        .output()
        .unwrap();
    let told = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{arguments:?}: {told}");
    serde_json::from_slice(&output.stdout).unwrap()
}

/// Sends for a second; who did, and how many messages of it are stored then.
fn send(server: &Service, data: &Path) -> (String, u64) {
    let sent = restante()
        .args(["bench", "--profile", "send", "--seconds", "1", "--url"])
        .arg(&server.url)
        .output()
        .unwrap();
    assert!(sent.status.success(), "{sent:?}");
    let usage = json(data, &["usage"]);
    let most = &usage[0];
    let messages = most["stored_messages"].as_u64().unwrap();
    assert_eq!(most["waiting_messages"], messages);
    assert!(most["stored_bytes"].as_u64().unwrap() >= messages && messages > 0);
    let inboxes = usage.as_array().unwrap().iter();
    let waiting = inboxes
        .filter_map(|row| row["inbox_messages"].as_u64())
        .sum::<u64>();
    assert_eq!(waiting, messages);
    (most["mailbox"].as_str().unwrap().to_owned(), messages)
}

fn nothing_is_stored(data: &Path) {
    for row in json(data, &["usage"]).as_array().unwrap() {
        for figure in ["stored_bytes", "stored_messages", "inbox_messages"] {
            assert_eq!(row[figure], 0, "{row}");
        }
        assert_eq!(row["oldest_in_inbox"], serde_json::Value::Null);
    }
}

#[test]
fn an_operator_sees_who_uses_what_and_removes_it() {
    let data = tempfile::tempdir().unwrap();
    let data = data.path();
    let mut running = server(data);
    let (mailbox, messages) = send(&running, data);
    let ended = json(data, &["purge", &mailbox, "--yes"]);
    assert_eq!(ended["removed"], 0, "what waits is not taken unasked");
    let old = [
        "purge",
        &mailbox,
        "--state",
        "accepted",
        "--older-than",
        "1h",
        "--yes",
    ];
    assert_eq!(json(data, &old)["removed"], 0);
    // the running server does it, and its inboxes know
    let all = ["purge", &mailbox, "--state", "accepted", "--yes"];
    assert_eq!(json(data, &all)["removed"], messages);
    nothing_is_stored(data);
    let (_, again) = send(&running, data);
    running.signal("-TERM");
    running.process().wait().unwrap();
    // without one the command does it
    assert_eq!(json(data, &all)["removed"], again);
    nothing_is_stored(data);
    let records = rusqlite::Connection::open(data.join("records.sqlite3")).unwrap();
    let count = |action: &str| -> u64 {
        let sql = "SELECT count(*) FROM audit WHERE actor = 'operator' AND action = ?";
        records
            .query_row(sql, [action], |row| row.get::<_, i64>(0))
            .unwrap()
            .unsigned_abs()
    };
    assert_eq!(count("purged"), messages + again);
    assert_eq!(count("purge mailbox"), 4);
    let verified = restante()
        .args(["audit", "--data"])
        .arg(data)
        .arg("verify")
        .output()
        .unwrap();
    assert!(verified.status.success(), "{verified:?}");
}

#[test]
fn nothing_is_removed_without_a_yes_or_of_a_mailbox_that_is_not_there() {
    let data = tempfile::tempdir().unwrap();
    let mut running = server(data.path());
    running.signal("-TERM");
    running.process().wait().unwrap();
    for (arguments, said) in [
        (vec!["purge", "X26ABC1"], "--yes"),
        (
            vec!["purge", "X26ABC1", "--older-than", "soon", "--yes"],
            "12h or 30d",
        ),
        (vec!["purge", "NOBODY", "--yes"], "no such mailbox"),
    ] {
        let output = restante()
            .args(["mailbox", "--data"])
            .arg(data.path())
            .args(&arguments)
            .output()
            .unwrap();
        assert!(!output.status.success(), "{arguments:?}");
        let told = String::from_utf8_lossy(&output.stderr);
        assert!(told.contains(said), "{arguments:?}: {told}");
    }
}
