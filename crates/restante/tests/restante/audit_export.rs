//! A journey as one file: what its check proves, and that a file that was altered is caught.

use std::fs;
use std::path::Path;
use std::process::Output;

use mail_store::{Body, Details, Kind, NewMessage, NewStep, Op, Place, Store, StoredStep};
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
