//! Records of the release before are taken over.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    missing_docs
)]

use std::sync::Arc;

use gp_system::{ConsultationState, InboxQuery, Practice, PracticeConfig, TaskState};
use nhs::{MailboxId, OdsCode, SystemClock, SystemRandomness};

const VERSION_2: &str = include_str!("../src/store/schema.sql");
const OLD: &str = "3f0b5f1e-0000-4000-8000-000000000001";
const NEW: &str = "3f0b5f1e-0000-4000-8000-000000000002";

fn open(directory: &std::path::Path) -> Practice {
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
    assert_eq!(practice.alerts().unwrap().len(), 1);
    assert_eq!(practice.settled_alerts().unwrap().len(), 1);
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
    practice.used_by("jo").file_task(found[0].id).await.unwrap();
    drop(practice);
    let again = open(directory.path());
    assert_eq!(
        again.counts().unwrap().tasks,
        0,
        "opened once more as it is"
    );
}
