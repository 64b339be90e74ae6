//! A practice with many tasks and, for every hundred of them, an alert.

use std::sync::Arc;

use gp_system::web::{self, PracticeRole};
use gp_system::{Practice, PracticeConfig};
use nhs::{MailboxId, OdsCode, SystemClock, SystemRandomness};
use pages::{Live, Role, Surroundings};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use super::{Site, access};

const PATHS: [(&str, &str); 10] = [
    ("overview", "/"),
    ("inbox, to do", "/inbox"),
    ("inbox, last page", "/inbox?page=1000000"),
    ("inbox, all states, middle", "/inbox?state=all&page=1000"),
    (
        "inbox, by patient, last page",
        "/inbox?sort=patient&page=1000000",
    ),
    ("inbox, filed, by sender", "/inbox?state=filed&sort=sender"),
    (
        "inbox, one sender, for action",
        "/inbox?sender=Practice+7&kind=action",
    ),
    ("inbox, assigned to me", "/inbox?assigned=me"),
    ("alerts, the first ten groups", "/alerts"),
    ("alerts, a whole group", "/alerts?group=1"),
];

/// What a pharmacy sent: ten entries.
const UPDATE: &[u8] =
    include_bytes!("../../../../crates/update-record/tests/update_record/good.xml");
/// Reviews: the name of the page, the number of the task, how often the record has the update's entries.
const REVIEWS: [(&str, u32, usize); 2] = [
    ("review, 10 entries", 1, 1),
    ("review, 500 entries, 50 a page", 2, 50),
];

const SEARCHES: [(&str, &str); 3] = [
    ("search: one patient", "surname4711"),
    ("search: a word of every task", "report"),
    ("search: start of NHS numbers", "9000"),
];

pub async fn run(count: u32) {
    let directory = tempfile::tempdir().unwrap();
    let practice = practice(directory.path());
    let records = directory.path().join("practice.sqlite");
    fill(&records, count);
    raise_alerts(&records, count / 100);
    let site = serve(&practice).await;
    println!("-- a practice: {count} tasks, {} alerts", count / 100);
    for (name, path) in PATHS {
        site.measure(name, path).await;
    }
    let middle = Uuid::from_u128(u128::from(count / 2));
    let letter = format!("/inbox/{middle}?state=all");
    site.measure("letter beside its list, middle", &letter)
        .await;
    for (name, task, times) in REVIEWS {
        let id = put_under_review(&records, task, times);
        site.measure(name, &format!("/inbox/{id}/review")).await;
    }
    for (name, words) in SEARCHES {
        let found = site.post("/inbox", &format!("state=all&q={words}")).await;
        site.measure(name, &found).await;
    }
}

fn practice(directory: &std::path::Path) -> Practice {
    let config = PracticeConfig::new(
        OdsCode::parse("A20047").unwrap(),
        "Osprey Medical Centre",
        MailboxId::parse("A20047OT001").unwrap(),
        directory.join("mailbox"),
        directory,
    );
    Practice::open(
        config,
        Arc::new(SystemClock),
        Arc::new(SystemRandomness),
        Arc::new(|_| ()),
    )
    .unwrap()
}

/// Tasks as receiving makes them, straight into the records.
fn fill(path: &std::path::Path, count: u32) {
    let mut records = rusqlite::Connection::open(path).unwrap();
    let transaction = records.transaction().unwrap();
    for n in 1..=count {
        let id = Uuid::from_u128(u128::from(n)).to_string();
        let (patient, sender) = (format!("SURNAME{n}, Given"), format!("Practice {}", n % 40));
        let number = format!("9{:09}", n * 7 % 1_000_000_000);
        let subject = format!(
            "Consultation report for {patient}, NHS Number {number}, seen at {sender}, Version 1"
        );
        let state = ["open", "open", "open", "filed", "returned"][n as usize % 5];
        transaction
            .prepare_cached(
                "INSERT INTO task (id, received_at, subject, sender, sender_mailbox, version,
                     for_action, patient, matched, number, nhs_number, state, assigned_to)
                 VALUES (?1, ?2, ?3, ?4, 'A81001OT001', 1, ?5, ?6, 30001, ?2, ?7, ?8, ?9)",
            )
            .unwrap()
            .execute(rusqlite::params![
                id,
                n,
                subject,
                sender,
                n % 3 != 0,
                patient,
                number,
                state,
                (n % 50 == 0).then_some("clinician"),
            ])
            .unwrap();
        transaction
            .prepare_cached(
                "INSERT INTO task_search (rowid, subject, patient, nhs_number, sender)
                 VALUES (?1, ?2, ?3, ?4, ?5)",
            )
            .unwrap()
            .execute(rusqlite::params![n, subject, patient, number, sender])
            .unwrap();
    }
    transaction.commit().unwrap();
}

/// Alerts of twenty causes.
fn raise_alerts(path: &std::path::Path, count: u32) {
    let mut records = rusqlite::Connection::open(path).unwrap();
    let transaction = records.transaction().unwrap();
    for n in 1..=count {
        transaction
            .prepare_cached("INSERT INTO alert (key, at, what) VALUES (?1, ?2, ?3)")
            .unwrap()
            .execute(rusqlite::params![
                format!("failed:{n}"),
                n,
                format!("The letter was refused with code 200{:02}.", n % 20),
            ])
            .unwrap();
    }
    transaction.commit().unwrap();
}

/// Makes a task one that is reviewed entry by entry; gives its id.
fn put_under_review(path: &std::path::Path, task: u32, times: usize) -> Uuid {
    let message = fhir::xml::read(UPDATE, &fhir::Limits::default()).unwrap();
    let mut record = update_record::read_record(&message).unwrap();
    let entries = std::iter::repeat_n(record.entries, times);
    record.entries = entries.flatten().collect();
    let record = serde_json::to_string(&record).unwrap();
    let id = Uuid::from_u128(u128::from(task));
    let records = rusqlite::Connection::open(path).unwrap();
    records
        .execute(
            "INSERT INTO review (task, record) VALUES (?1, ?2)",
            [id.to_string(), record],
        )
        .unwrap();
    let marked = "UPDATE task SET needs_review = 1, state = 'open' WHERE id = ?1";
    assert_eq!(records.execute(marked, [id.to_string()]).unwrap(), 1);
    id
}

/// The pages with a clinician signed in.
async fn serve(practice: &Practice) -> Site {
    let (access, users) = access("practice", PracticeRole::Clinician.name());
    let live = Live::new(CancellationToken::new());
    let around = (&users, Surroundings::default());
    let router = web::router(practice.clone(), "", &access, around, live);
    Site::open(router, &access, &users).await
}
