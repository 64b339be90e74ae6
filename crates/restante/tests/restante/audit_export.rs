//! A journey as one file: what its check proves, and that a file that was altered is caught.

use std::fs;
use std::path::Path;
use std::process::Output;

use exchange::{Wanted, gather};
use mail_store::{Body, Details, Kind, Message, NewMessage, NewStep, Op, Place, Store, StoredStep};
use nhs::{MailboxId, MessageId, WorkflowId};

use crate::kit;

const ID: &str = "20261122100000000001_ABCDEF";
const OTHER: &str = "20261122100000000002_ABCDEF";
const SUBJECT: &str = "Letter about GARTON";

fn message(id: &str) -> NewMessage {
    NewMessage {
        id: MessageId::parse(id).unwrap(),
        kind: Kind::Data,
        sender: Some(MailboxId::parse("A81001OT001").unwrap()),
        recipient: Some(MailboxId::parse("A20047OT001").unwrap()),
        workflow: WorkflowId::parse("GPFED_CONSULT_REPORT").unwrap(),
        sent_at: "2026-11-22T10:00:00.123456Z".parse().unwrap(),
        total_chunks: 1,
        details: Details {
            subject: Some(SUBJECT.into()),
            ..Details::default()
        },
        report: None,
        body: Some(Body::Inline(b"a letter".as_slice().into())),
    }
}

/// An exchange's directory with a message that was taken, and others before and after it.
async fn filled(directory: &Path) {
    let store = Store::open(directory).unwrap();
    for id in [OTHER, ID] {
        let accept = Op::Accept {
            message: Box::new(message(id)),
            place: Place::Inbox,
        };
        store.commit(vec![accept]).await.unwrap();
    }
    let id = MessageId::parse(ID).unwrap();
    let at = "2026-11-22T10:00:01Z".parse().unwrap();
    let taken = Op::Acknowledge {
        mailbox: MailboxId::parse("A20047OT001").unwrap(),
        message: id.clone(),
        at,
    };
    let step = StoredStep {
        at,
        place: "exchange".to_owned(),
        what: "downloaded by=A20047OT001 chunk=1".to_owned(),
    };
    let steps = vec![NewStep { message: id, step }];
    store
        .commit(vec![taken, Op::Steps { steps }])
        .await
        .unwrap();
}

fn audit(directory: &Path, arguments: &[&str]) -> Output {
    let mut command = kit::restante();
    command.arg("audit").args(arguments).current_dir(directory);
    command.output().unwrap()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// Exports, and gives the file's text.
fn exported(directory: &Path, more: &[&str]) -> String {
    let mut arguments = vec!["export", "--data", "exchange", "--message", ID];
    arguments.extend(more);
    let output = audit(directory, &arguments);
    assert!(output.status.success(), "{}", text(&output.stderr));
    text(&output.stdout)
}

fn verified(directory: &Path, file: &str, more: &[&str]) -> (Option<i32>, String) {
    fs::write(directory.join("journey.json"), file).unwrap();
    let mut arguments = vec!["verify", "--export", "journey.json"];
    arguments.extend(more);
    let output = audit(directory, &arguments);
    (
        output.status.code(),
        text(&output.stdout) + &text(&output.stderr),
    )
}

#[tokio::test]
async fn a_journey_is_exported_without_patient_details_and_proven_by_a_noted_line_and_by_the_exchange()
 {
    let directory = tempfile::tempdir().unwrap();
    let directory = directory.path();
    filled(&directory.join("exchange")).await;
    let noted = audit(
        directory,
        &["verify", "--data", "exchange", "--format", "json"],
    );
    let noted: serde_json::Value = serde_json::from_slice(&noted.stdout).unwrap();
    let head = noted["head"].as_str().unwrap();
    let file = exported(directory, &[]);
    assert!(!file.contains("GARTON"), "{file}");
    assert!(file.contains("downloaded by=A20047OT001 chunk=1") && file.contains("\"accepted\""));
    let (code, told) = verified(directory, &file, &["--head", head]);
    assert_eq!(code, Some(0), "{told}");
    assert!(told.contains("proven: all lines up to 3") && told.contains("not proven: steps"));
    let (code, told) = verified(directory, &file, &["--data", "exchange"]);
    assert_eq!(code, Some(0), "{told}");
    assert!(
        told.contains("proven: the exchange's trail holds the same lines"),
        "{told}"
    );
    let (code, told) = verified(directory, &file, &[]);
    assert_eq!(code, Some(0), "{told}");
    assert!(
        told.contains("not proven: that the chain is the exchange's"),
        "{told}"
    );
    // what may name a patient only where it is asked for, and noted
    let with_details = exported(directory, &["--with-patient-details"]);
    assert!(with_details.contains(SUBJECT));
    let list = audit(directory, &["list", "--data", "exchange", "--message", ID]);
    let list = text(&list.stdout);
    assert!(list.contains("exported journey with details"), "{list}");
}

#[tokio::test]
async fn whatever_is_altered_in_a_journey_is_caught() {
    let directory = tempfile::tempdir().unwrap();
    let directory = directory.path();
    filled(&directory.join("exchange")).await;
    let file = exported(directory, &[]);
    let value: serde_json::Value = serde_json::from_str(&file).unwrap();
    let alter = |change: fn(&mut serde_json::Value)| {
        let mut altered = value.clone();
        change(&mut altered);
        assert_ne!(altered, value);
        altered.to_string()
    };
    let altered = [
        alter(|it| it["messages"][0]["acknowledged_at"] = "2026-11-22T09:00:01Z".into()),
        alter(|it| it["messages"][0]["sender"] = "A99999OT001".into()),
        alter(|it| it["messages"][0]["workflow"] = "OTHER".into()),
        alter(|it| it["messages"][0]["recipient"] = "A99999OT001".into()),
        alter(|it| it["messages"][0]["state"] = "error".into()),
        alter(|it| it["messages"][0]["state_at"] = "2026-11-22T09:00:01Z".into()),
        alter(|it| it["messages"][0]["accepted_at"] = "2026-11-22T09:00:01Z".into()),
        alter(|it| it["messages"][0]["chunks"] = 2.into()),
        alter(|it| it["messages"][0]["kind"] = "report".into()),
        alter(|it| it["messages"][0]["kind"] = "x".into()),
        alter(|it| it["chain"]["lines"][0]["at"] = "2026-11-22T09:00:00Z".into()),
        alter(|it| it["chain"]["lines"][1]["hash"] = it["chain"]["previous"].clone()),
        alter(|it| {
            it["lines_about"].as_array_mut().unwrap().pop();
        }),
        alter(|it| {
            it["chain"]["lines"].as_array_mut().unwrap().remove(0);
        }),
    ];
    for file in altered {
        let (code, told) = verified(directory, &file, &[]);
        assert_eq!(code, Some(1), "{told}");
        assert!(told.contains("does not agree"), "{told}");
    }
    // a chain made anew agrees with itself, and not with what was noted
    let other = format!("3:{}", "0".repeat(64));
    let (code, told) = verified(directory, &file, &["--head", &other]);
    assert_eq!(code, Some(1), "{told}");
    // a line that the file does not reach proves nothing
    let far = format!("99:{}", "0".repeat(64));
    let (code, told) = verified(directory, &file, &["--head", &far]);
    assert_eq!(code, Some(2), "{told}");
    for nothing in ["", "{}", "<xml/>"] {
        let (code, told) = verified(directory, nothing, &[]);
        assert_eq!(code, Some(2), "{told}");
    }
}

/// The file as JSON, changed.
fn altered(file: &str, change: impl FnOnce(&mut serde_json::Value)) -> String {
    let mut value: serde_json::Value = serde_json::from_str(file).unwrap();
    change(&mut value);
    value.to_string()
}

/// As if the file had been made before the message was taken.
fn without_the_end(file: &str) -> String {
    altered(file, |it| {
        it["chain"]["lines"].as_array_mut().unwrap().pop();
        it["lines_about"].as_array_mut().unwrap().pop();
        let hash = it["chain"]["lines"][0]["hash"].as_str().unwrap().to_owned();
        it["chain"]["head"] = format!("2:{hash}").into();
        let message = &mut it["messages"][0];
        message["acknowledged_at"] = serde_json::Value::Null;
        message["state"] = "accepted".into();
        message["state_at"] = message["sent_at"].clone();
    })
}

#[tokio::test]
async fn a_record_whose_lines_are_not_in_the_file_is_neither_true_nor_false() {
    let directory = tempfile::tempdir().unwrap();
    let directory = directory.path();
    filled(&directory.join("exchange")).await;
    let file = exported(directory, &[]);
    let made_up = altered(&file, |it| {
        it["messages"][0]["id"] = "20261122100000000003_ABCDEF".into();
        it["lines_about"] = serde_json::json!([]);
    });
    let begun_late = altered(&file, |it| {
        let first = it["chain"]["lines"].as_array_mut().unwrap().remove(0);
        it["chain"]["previous"] = first["hash"].clone();
        it["lines_about"].as_array_mut().unwrap().remove(0);
        it["messages"][0]["sender"] = "A99999OT001".into();
    });
    let of_nothing = altered(&file, |it| {
        it["messages"] = serde_json::json!([]);
        it["lines_about"] = serde_json::json!([]);
    });
    let without_lines = altered(&file, |it| {
        it["chain"]["lines"] = serde_json::json!([]);
        it["lines_about"] = serde_json::json!([]);
    });
    // as a chain of 20,000 lines ends before a message's last line
    let cut = altered(&file, |it| {
        it["chain"]["lines"].as_array_mut().unwrap().pop();
        it["chain"]["reaches_head"] = false.into();
    });
    for file in [made_up, begun_late, of_nothing, without_lines, cut] {
        let (code, told) = verified(directory, &file, &[]);
        assert_eq!(code, Some(2), "{told}");
        assert!(!told.contains("the record says what they say"), "{told}");
        // the exchange may know that a line was left out
        let (code, told) = verified(directory, &file, &["--data", "exchange"]);
        let left_out = told.contains("and the file leaves it out");
        assert_eq!(code, Some(if left_out { 1 } else { 2 }), "{told}");
    }
}

#[tokio::test]
async fn lines_after_the_one_noted_or_after_the_file_prove_nothing() {
    let directory = tempfile::tempdir().unwrap();
    let directory = directory.path();
    filled(&directory.join("exchange")).await;
    let file = exported(directory, &[]);
    let value: serde_json::Value = serde_json::from_str(&file).unwrap();
    let hash = value["chain"]["lines"][0]["hash"].as_str().unwrap();
    let noted = format!("2:{hash}");
    let (code, told) = verified(directory, &file, &["--head", &noted]);
    assert_eq!(code, Some(2), "{told}");
    assert!(told.contains("not proven: 1 lines about it after line 2"));
    let more = ["--head", &noted, "--data", "exchange"];
    assert_eq!(verified(directory, &file, &more).0, Some(0));
    let cut = without_the_end(&file);
    let (code, told) = verified(directory, &cut, &["--data", "exchange"]);
    assert_eq!(code, Some(2), "{told}");
    assert!(
        told.contains("Came after the file's lines: line 3 acknowledged"),
        "{told}"
    );
    let (code, told) = verified(directory, &cut, &[]);
    assert_eq!(code, Some(0), "{told}");
    assert!(
        told.contains("not proven: what happened after line 2"),
        "{told}"
    );
}

#[tokio::test]
async fn a_shortened_trail_makes_no_genuine_journey_false() {
    let directory = tempfile::tempdir().unwrap();
    let directory = directory.path();
    filled(&directory.join("exchange")).await;
    let before = exported(directory, &[]);
    let until = "2026-11-22T10:00:00.5Z";
    let shorten = ["shorten", "--data", "exchange", "--before", until];
    assert!(audit(directory, &shorten).status.success());
    let file = exported(directory, &[]);
    let (code, told) = verified(directory, &file, &["--data", "exchange"]);
    assert_eq!(code, Some(2), "{told}");
    assert!(told.contains("the line of its acceptance is not"), "{told}");
    let until = "2026-11-23T00:00:00Z";
    let shorten = ["shorten", "--data", "exchange", "--before", until];
    assert!(audit(directory, &shorten).status.success());
    let (code, told) = verified(directory, &before, &["--data", "exchange"]);
    assert_eq!(code, Some(2), "{told}");
    assert!(told.contains("it has forgotten its lines"), "{told}");
}

#[tokio::test]
async fn what_happens_while_a_journey_is_gathered_makes_it_not_false() {
    let directory = tempfile::tempdir().unwrap();
    filled(directory.path()).await;
    let store = Store::open(directory.path()).unwrap();
    let (_, head) = store.audit_ends().await.unwrap();
    let id = MessageId::parse(OTHER).unwrap();
    let taken = Op::Acknowledge {
        mailbox: MailboxId::parse("A20047OT001").unwrap(),
        message: id.clone(),
        at: "2026-11-22T10:00:02Z".parse().unwrap(),
    };
    store.commit(vec![taken]).await.unwrap();
    let message = store.message(&id).await.unwrap().unwrap();
    let about = store.lists().await.unwrap().audit_of(OTHER).await.unwrap();
    let nothing = |_: &Message| Vec::new();
    let wanted = Wanted {
        head,
        messages: vec![message],
        about,
        with_details: false,
        also: &nothing,
        made_at: "2026-11-22T10:00:03Z".parse().unwrap(),
    };
    let check = gather(&*store, wanted).await.unwrap().check();
    assert_eq!(check.findings, [""; 0]);
    assert_eq!(check.unproven.len(), 1, "{:?}", check.unproven);
}
