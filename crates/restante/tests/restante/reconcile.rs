//! `restante reconcile` over the directories that a demo's clients left.

use std::fs;
use std::path::Path;
use std::process::Output;

use crate::kit::restante;

fn reconcile(arguments: &[&str]) -> Output {
    restante()
        .arg("reconcile")
        .args(arguments)
        .output()
        .unwrap()
}

/// The sending practice's configuration, as a supplier would have it beside a client.
fn client_config(mailbox: &Path) -> String {
    format!(
        "[server]\nurl = \"https://mesh.example\"\nshared_key = \"k\"\n\n\
         [[mailbox]]\nid = \"A81001OT001\"\npassword = \"p\"\ndirectory = \"{}\"\n",
        mailbox.display()
    )
}

#[test]
fn a_delivered_consultation_is_no_line_and_a_lost_answer_is_one() {
    let directory = tempfile::tempdir().unwrap();
    let demo = directory.path().join("demo");
    let ran = restante()
        .args(["demo", "--once", "--dir", demo.to_str().unwrap()])
        .output()
        .unwrap();
    assert!(ran.status.success(), "{ran:?}");
    let starling = demo.join("practices/starling");
    let config = directory.path().join("client.toml");
    fs::write(&config, client_config(&starling.join("mailbox"))).unwrap();
    let config = config.to_str().unwrap();
    let kept = starling.join("received");
    let kept = kept.to_str().unwrap();

    let all_well = reconcile(&["--config", config, "--received", kept, "--format", "json"]);
    let told: serde_json::Value = serde_json::from_slice(&all_well.stdout).unwrap();
    assert!(all_well.status.success(), "{all_well:?}");
    assert_eq!(told["messages"], 1);
    assert_eq!(told["gaps"].as_array().unwrap().len(), 0);

    // the practice took the acknowledgements out of IN: without the place it keeps them in, they are missing
    let overdue = ["--config", config, "--answer-within", "0s"];
    let missing = reconcile(&[&overdue[..], &["--format", "csv"]].concat());
    assert_eq!(missing.status.code(), Some(1), "{missing:?}");
    let csv = String::from_utf8(missing.stdout).unwrap();
    let rows: Vec<_> = csv.lines().collect();
    assert_eq!(rows.len(), 2, "{csv}");
    assert!(rows[0].starts_with("what,sent_at,message_id,local_id,workflow,code,reason,advice"));
    assert!(rows[1].starts_with("unanswered,"), "{csv}");

    let text = reconcile(&overdue);
    let text = String::from_utf8(text.stdout).unwrap();
    assert!(text.contains("not acknowledged in time"), "{text}");
    assert!(
        text.contains("1 sent: 1 to deal with, 0 waiting for an answer"),
        "{text}"
    );
    assert!(
        !text.contains("GARTON") && !text.contains("9693632109"),
        "{text}"
    );
}

#[test]
fn what_is_no_time_and_no_directory_is_refused() {
    let wrong = reconcile(&["--sent", ".", "--received", ".", "--since", "soon"]);
    assert_eq!(wrong.status.code(), Some(2), "{wrong:?}");
    let nowhere = reconcile(&["--sent", "/no/such", "--received", "/no/such"]);
    assert_eq!(nowhere.status.code(), Some(1), "{nowhere:?}");
    assert!(String::from_utf8_lossy(&nowhere.stderr).contains("/no/such"));
}
