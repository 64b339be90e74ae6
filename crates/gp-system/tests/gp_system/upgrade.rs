//! What earlier releases wrote is opened and shown: the schema of version 2, and the records and
//! directories of release 0.1 (`tests/fixtures/0.1`).

use std::fs;
use std::path::Path;
use std::sync::Arc;

use gp_system::web::PracticeRole;
use gp_system::{
    ConsultationState, InboxQuery, Practice, PracticeConfig, PracticeError, TaskState, TaskWork,
};
use nhs::{MailboxId, OdsCode, SystemClock, SystemRandomness};

use crate::support::site::Site;
use crate::support::{Side, TestClock};

const VERSION_2: &str = include_str!("../../src/store/schema.sql");
const OLD: &str = "3f0b5f1e-0000-4000-8000-000000000001";
const NEW: &str = "3f0b5f1e-0000-4000-8000-000000000002";

fn open(directory: &Path) -> Practice {
    let config = PracticeConfig::new(
        OdsCode::parse("A20047").unwrap(),
        "Osprey Medical Centre",
        MailboxId::parse("A20047OT001").unwrap(),
        directory.join("mailbox"),
        directory,
    );
    let (clock, randomness) = (Arc::new(SystemClock), Arc::new(SystemRandomness));
    Practice::open(config, clock, randomness, Arc::new(|_| ())).unwrap()
}

#[tokio::test]
async fn records_of_version_2_are_taken_over_with_their_states() {
    let directory = tempfile::tempdir().unwrap();
    let records = rusqlite::Connection::open(directory.path().join("practice.sqlite")).unwrap();
    records.execute_batch(VERSION_2).unwrap();
    records
        .execute_batch(&format!(
            "PRAGMA user_version = 2;
             INSERT INTO task VALUES
                 ('{OLD}', 1, 'Old letter', 'Starling', 'A81001OT001', 1, 1, 'GARTON, Bill', 30001,
                  '{NEW}', NULL, 0),
                 ('{NEW}', 2, 'New letter', 'Starling', 'A81001OT001', 2, 1, 'GARTON, Bill', 30001,
                  NULL, '{OLD}', 0);
             INSERT INTO alert VALUES (1, 'key', 3, 'Something', NULL, NULL),
                                      (2, 'other', 3, 'Something else', NULL, 4);
             INSERT INTO consultation (id, body, patient, version, state, submitted_at, due_at)
             VALUES ('{OLD}', '{{}}', 'GARTON, Bill', 1, 'delivered', 1, 1);
             INSERT INTO timeline (consultation, at, what) VALUES ('{OLD}', 1, 'Stored');"
        ))
        .unwrap();
    drop(records);

    let practice = open(directory.path());
    let search = |search: &str| InboxQuery {
        search: search.to_owned(),
        ..InboxQuery::default()
    };
    let found = practice.inbox(&search("gart letter")).unwrap().tasks;
    let states: Vec<_> = found.iter().map(|task| (task.number, task.state)).collect();
    assert_eq!(states, [(2, TaskState::Open), (1, TaskState::Archived)]);
    let opened: Vec<_> = found.iter().map(|task| task.opened_at.is_some()).collect();
    assert_eq!(opened, [false, true], "what was dealt with was opened");
    assert_eq!(practice.alerts().unwrap().len(), 1);
    assert_eq!(practice.alerts_dealt_with(None, 1).unwrap().total, 1);
    let sent = practice.consultations().unwrap().remove(0);
    assert_eq!(sent.state, ConsultationState::Delivered);
    assert_eq!(
        practice
            .consultation(sent.id)
            .unwrap()
            .unwrap()
            .timeline
            .len(),
        1
    );
    // Whom its letter says it is about was not written down then: somebody has to compare.
    let jo = practice.used_by("jo");
    let file = |confirmed| jo.work_on_task(found[0].id, TaskWork::File { confirmed });
    let asked = file(false).await;
    assert!(matches!(asked, Err(PracticeError::PatientNotMatched(_))));
    file(true).await.unwrap();
    drop(practice);
    let again = open(directory.path());
    assert_eq!(
        again.counts().unwrap().tasks,
        0,
        "opened once more as it is"
    );
}

/// A practice of release 0.1 as it was left, in a copy of its directory.
fn practice_of_0_1(name: &str, ods: &str, title: &str, home: &Path) -> Side {
    let fixture = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/0.1");
    copy(&fixture.join(name), home);
    let mut config = PracticeConfig::new(
        OdsCode::parse(ods).unwrap(),
        title,
        MailboxId::parse(&format!("{ods}OT001")).unwrap(),
        home.join("mailbox"),
        home,
    );
    config.wait_minutes = 10;
    Side::new(config, &TestClock::at("2026-11-22T10:00:00Z"))
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            copy(&entry.path(), &target);
        } else {
            fs::copy(entry.path(), target).unwrap();
        }
    }
}

#[tokio::test]
async fn the_sender_of_release_0_1_is_shown_with_all_it_sent_and_goes_on() {
    let directory = tempfile::tempdir().unwrap();
    let starling = practice_of_0_1(
        "starling",
        "A81001",
        "Cumbria Starling Medical Centre",
        directory.path(),
    );
    let practice = starling.practice.used_by("helen");
    let sent = practice.consultations().unwrap();
    let states: Vec<_> = sent
        .iter()
        .map(|sent| (sent.state, sent.version, sent.deleted_at.is_some()))
        .collect();
    assert_eq!(
        states,
        [
            (ConsultationState::Waiting, 1, false),
            (ConsultationState::Sent, 1, true),
            (ConsultationState::Failed, 1, false),
            (ConsultationState::Delivered, 2, false),
            (ConsultationState::Delivered, 1, false),
        ]
    );
    let failed = practice.consultation(sent[2].id).unwrap().unwrap();
    assert_eq!(failed.failure.unwrap().code, "EPL-153");
    let delivered = practice.consultation(sent[4].id).unwrap().unwrap();
    assert_eq!(
        (delivered.infrastructure, delivered.business),
        (Some(20013), Some(30001))
    );
    assert_eq!(delivered.timeline[0].who.as_deref(), Some("helen"));
    for record in &sent {
        let content = practice.content(record.id).unwrap().unwrap();
        assert_eq!(content.patient.family_name.as_str(), "GARTON");
    }
    assert_eq!(practice.alerts().unwrap().len(), 1);
    let settled = practice
        .alerts_dealt_with(None, 1)
        .unwrap()
        .rows
        .remove(0)
        .alert
        .settled
        .unwrap();
    assert_eq!(settled.who.as_deref(), Some("helen"));
    assert_eq!(settled.note.as_deref(), Some("Telephoned them"));

    let draft = rusqlite::Connection::open(directory.path().join("practice.sqlite"))
        .unwrap()
        .query_row("SELECT id FROM draft", [], |row| row.get::<_, String>(0))
        .unwrap();
    let draft = gp_system::DraftId::parse(&draft).unwrap();
    let entered = practice.draft(draft).unwrap().unwrap();
    assert_eq!(entered.consultation.patient.listed_name(), "GARTON, Bill");
    let report = practice.draft_report(draft).await.unwrap().unwrap();
    assert!(report.starts_with(b"%PDF-"));
    practice.send_draft(draft, entered.revision).await.unwrap();

    let site = Site::of(&starling, "").await;
    let reader = site.visitor(PracticeRole::Reader).await;
    let of_garton = gp_system::SentQuery {
        search: "9693632109".to_owned(),
        ..gp_system::SentQuery::default()
    };
    assert_eq!(practice.sent(&of_garton).unwrap().total, 6);
    let list = reader.text("/sent").await;
    assert!(list.contains("GARTON, Bill") && list.contains("Deleted"));
    let page = reader.text(&format!("/sent/{}", sent[2].id)).await;
    assert!(page.contains("EPL-153") && page.contains("What to do: "));

    // What waited is sent, and a new version follows the one that was delivered.
    practice
        .update(sent[3].id, practice.content(sent[3].id).unwrap().unwrap())
        .await
        .unwrap();
    starling.clock.advance(10);
    assert_eq!(starling.pass().await.placed, 3);
    assert_eq!(starling.practice.consultations().unwrap()[0].version, 3);
}

#[tokio::test]
async fn the_receiver_of_release_0_1_is_shown_with_its_inbox_and_answers_what_it_owes() {
    let directory = tempfile::tempdir().unwrap();
    let osprey = practice_of_0_1(
        "osprey",
        "A20047",
        "Osprey Medical Centre",
        directory.path(),
    );
    let practice = &osprey.practice;
    let query = InboxQuery {
        search: "garton bill".to_owned(),
        ..InboxQuery::default()
    };
    let tasks = practice.inbox(&query).unwrap().tasks;
    let shown: Vec<_> = tasks
        .iter()
        .map(|task| (task.number, task.state, task.version, task.repeats))
        .collect();
    assert_eq!(
        shown,
        [
            (2, TaskState::Open, Some(2), 0),
            (1, TaskState::Archived, Some(1), 2)
        ]
    );
    assert_eq!(tasks[0].assigned_to.as_deref(), Some("clare"));
    assert_eq!(tasks[1].replaced_by, Some(tasks[0].id));
    let history = practice.task_history(tasks[0].id).unwrap();
    assert_eq!(
        history.last().unwrap().note.as_deref(),
        Some("Patient telephoned")
    );
    let document = practice.attachment(tasks[0].id, 0).unwrap().unwrap();
    assert!(document.bytes.starts_with(b"%PDF-"));
    let received = practice.received().unwrap();
    let answers: Vec<_> = received.iter().map(|taken| taken.answers.clone()).collect();
    assert_eq!(
        answers,
        [
            vec![20007],
            vec![20007],
            vec![20013, 30001],
            vec![20013, 30001]
        ]
    );

    let site = Site::of(&osprey, "").await;
    let clerk = site.visitor(PracticeRole::Clerk).await;
    let page = clerk.text(&format!("/inbox/{}", tasks[0].id)).await;
    assert!(page.contains("969 363 2109") && page.contains("<dt>Born</dt><dd>not kept</dd>"));
    let history = clerk.text(&format!("/inbox/{}/history", tasks[0].id)).await;
    assert!(history.contains("Patient telephoned"));

    // The answer that was decided and not placed when 0.1 stopped leaves now, once.
    assert_eq!(osprey.pass().await.acknowledgements_placed, 1);
    assert_eq!(osprey.pass().await.acknowledgements_placed, 0);
    assert_eq!(osprey.names("OUT").len(), 2);
    practice
        .used_by("jo")
        .work_on_task(tasks[0].id, TaskWork::File { confirmed: true })
        .await
        .unwrap();
    assert_eq!(practice.counts().unwrap().tasks, 0);
}

/// In version 4 the first mailbox that answered was the recipient; now its answers are told from it.
#[tokio::test]
async fn answers_of_version_4_keep_the_mailbox_they_came_from() {
    let directory = tempfile::tempdir().unwrap();
    let records = rusqlite::Connection::open(directory.path().join("practice.sqlite")).unwrap();
    for step in [
        VERSION_2,
        include_str!("../../src/store/from_2_to_3.sql"),
        include_str!("../../src/store/from_3_to_4.sql"),
    ] {
        records.execute_batch(step).unwrap();
    }
    records
        .execute_batch(&format!(
            "PRAGMA user_version = 4;
             INSERT INTO consultation (id, body, patient, version, state, submitted_at, due_at,
                 infrastructure, business, recipient)
             VALUES ('{OLD}', '{{}}', 'GARTON, Bill', 1, 'delivered', 1, 1, 20013, 30001,
                 'A20047OT001'),
                 ('{NEW}', '{{}}', 'GARTON, Bill', 2, 'received', 2, 2, 20013, NULL, NULL);"
        ))
        .unwrap();
    drop(records);
    let practice = open(directory.path());
    let answers = |id: &str| {
        let id = gp_system::ConsultationId::parse(id).unwrap();
        let record = practice.consultation(id).unwrap().unwrap();
        assert_eq!(record.recipient, None);
        assert!(record.rivals().is_empty());
        let answers = record.answers.into_iter();
        answers
            .map(|answer| (answer.code, answer.mailbox))
            .collect::<Vec<_>>()
    };
    let mailbox = Some("A20047OT001".to_owned());
    assert_eq!(answers(OLD), [(20013, mailbox.clone()), (30001, mailbox)]);
    assert_eq!(answers(NEW), [(20013, None)]);
}
