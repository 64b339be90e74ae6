//! What was kept long enough is removed, and nothing else: rows and files together.

use std::fs;

use gp_system::web::PracticeRole;
use gp_system::{ConsultationState, Event, InboxQuery, Keep, Removed, Retention, TaskWork};
use rusqlite::Connection;

use crate::support::site::Site;
use crate::support::{Side, Which, World, consultation, patient, settle, with_replaced};

const DAY: i64 = 24 * 60;

fn after(days: u32) -> Retention {
    let days = Keep::Days(days);
    Retention {
        documents_days: days,
        refused_days: days,
        consultations_days: days,
        answers_days: days,
        alerts_days: days,
    }
}

/// The files a practice keeps in one of its directories.
fn kept(side: &Side, directory: &str) -> Vec<String> {
    let files = fs::read_dir(side.data.join(directory)).unwrap();
    let mut names: Vec<String> = files
        .map(|file| file.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}

fn removed(side: &Side) -> Vec<Removed> {
    side.events()
        .into_iter()
        .filter_map(|event| match event {
            Event::Removed { removed } => Some(removed),
            _ => None,
        })
        .collect()
}

fn found(side: &Side, word: &str) -> u64 {
    let query = InboxQuery {
        search: word.to_owned(),
        ..InboxQuery::default()
    };
    side.practice.inbox(&query).unwrap().total
}

#[tokio::test]
async fn a_filed_document_is_removed_with_its_files_and_is_known_when_it_comes_again() {
    let mut world = World::with(|_, osprey| osprey.retention = after(100));
    let (_, pair) = world.send(consultation()).await;
    world.publish(Which::Osprey, &pair);
    world.answer().await;
    let task = world.osprey.practice.tasks().unwrap().remove(0).id;
    world.clock.advance(50 * DAY);
    let jo = world.osprey.practice.used_by("jo");
    jo.work_on_task(task, TaskWork::File { confirmed: false })
        .await
        .unwrap();
    world.clock.advance(99 * DAY);
    world.osprey.pass().await;
    assert!(world.osprey.practice.task(task).unwrap().is_some());
    assert_eq!(kept(&world.osprey, "received").len(), 2);

    world.clock.advance(2 * DAY);
    world.osprey.pass().await;
    assert!(world.osprey.practice.task(task).unwrap().is_none());
    assert_eq!(found(&world.osprey, "GARTON"), 0);
    assert!(kept(&world.osprey, "received").is_empty());
    assert!(kept(&world.osprey, "sent").is_empty());
    let told = Removed {
        documents: 1,
        ..Removed::default()
    };
    assert_eq!(removed(&world.osprey), [told]);

    // Nothing of the patient is left in the records; a new task has a number of its own.
    for beside in ["", "-wal"] {
        let file = world.osprey.data.join(format!("practice.sqlite{beside}"));
        let bytes = fs::read(file).unwrap_or_default().to_ascii_lowercase();
        for secret in ["garton", "9693632109"] {
            let found = bytes
                .windows(secret.len())
                .any(|it| it == secret.as_bytes());
            assert!(!found, "{secret} in practice.sqlite{beside}");
        }
    }
    world.osprey.reopen();
    let connection = Connection::open(world.osprey.data.join("practice.sqlite")).unwrap();
    for (table, rows) in [
        ("task", 0),
        ("attachment", 0),
        ("outbox", 0),
        ("received", 1),
    ] {
        let sql = format!("SELECT count(*) FROM {table}");
        let count: i64 = connection.query_row(&sql, [], |row| row.get(0)).unwrap();
        assert_eq!(count, rows, "{table}");
    }
    let again = world.again(&pair);
    world.publish(Which::Osprey, &again);
    world.osprey.pass().await;
    assert_eq!(world.osprey.answered().last(), Some(&20007));
    let mut other = consultation();
    other.encounter.id = uuid::Uuid::from_u128(9);
    let (_, pair) = world.send(other).await;
    world.publish(Which::Osprey, &pair);
    world.osprey.pass().await;
    let task = world.osprey.practice.tasks().unwrap().remove(0);
    assert_eq!(task.number, 2);
    assert_eq!(found(&world.osprey, "GARTON"), 1);

    let site = Site::of(&world.osprey, "").await;
    let administrator = site.visitor(PracticeRole::Administrator).await;
    let page = administrator.text("/settings").await;
    assert!(page.contains("100 days") && page.contains("1 document"));
}

#[tokio::test]
async fn what_waits_for_a_person_is_never_removed() {
    let mut world = World::with(|starling, osprey| {
        starling.retention = after(31);
        osprey.retention = after(31);
    });
    // An open task; the sender has one acknowledgement of two.
    let (id, pair) = world.send(consultation()).await;
    world.publish(Which::Osprey, &pair);
    world.osprey.pass().await;
    let answers = world.collect(Which::Osprey);
    world.publish(Which::Starling, &answers[0]);
    world.starling.pass().await;
    // A refused message that an open alert is about: the name differs.
    let mut killen = consultation();
    killen.patient = patient("9693632109", "KILLEN", "Dean", "1946-06-23");
    killen.encounter.id = uuid::Uuid::from_u128(5);
    let (_, pair) = world.send(killen).await;
    world.publish(Which::Osprey, &pair);
    world.osprey.pass().await;
    assert_eq!(world.osprey.alerts().len(), 1);

    world.clock.advance(4_000 * DAY);
    world.osprey.pass().await;
    world.starling.pass().await;
    assert_eq!(removed(&world.osprey), []);
    assert_eq!(kept(&world.osprey, "received").len(), 4);
    assert_eq!(world.starling.record(id).state, ConsultationState::Received);
    assert_eq!(kept(&world.starling, "sent").len(), 4);

    // Dealt with, it goes; the open task stays all the same.
    let alert = world.osprey.practice.alerts().unwrap().remove(0);
    let practice = world.osprey.practice.clone();
    settle(&practice, alert.id).await;
    world.clock.advance(61);
    world.osprey.pass().await;
    let told = Removed {
        refused: 1,
        ..Removed::default()
    };
    assert_eq!(removed(&world.osprey), [told]);
    assert_eq!(kept(&world.osprey, "received").len(), 2);
    assert_eq!(world.osprey.practice.counts().unwrap().tasks, 1);
}

#[tokio::test]
async fn consultations_answers_and_settled_alerts_go_when_their_time_is_over() {
    let mut world = World::with(|starling, _| starling.retention = after(60));
    let (id, pair) = world.send(consultation()).await;
    world.publish(Which::Osprey, &pair);
    world.answer().await;
    let practice = world.starling.practice.clone();
    practice.delete(id, true).await.unwrap();
    let alert = practice.alerts().unwrap().remove(0);
    world.clock.advance(61 * DAY);
    world.starling.pass().await;
    // The open alert is about the consultation; its acknowledgements' files go.
    assert!(practice.consultation(id).unwrap().is_some());
    assert!(kept(&world.starling, "received").is_empty());
    assert_eq!(kept(&world.starling, "sent").len(), 2);
    settle(&practice, alert.id).await;
    world.clock.advance(61 * DAY);
    world.starling.pass().await;
    assert!(practice.consultation(id).unwrap().is_none());
    assert!(practice.alerts_dealt_with(None, 1).unwrap().rows.is_empty());
    assert!(kept(&world.starling, "sent").is_empty());
    let by_day: Vec<_> = practice.removals().unwrap();
    let words: Vec<_> = by_day.iter().map(|it| it.removed.to_string()).collect();
    assert_eq!(words, ["1 consultation", "2 acknowledgements and reports"]);
}

#[tokio::test]
async fn by_default_nothing_goes_for_two_years_and_consultations_stay() {
    let mut world = World::new();
    let (id, mut pair) = world.send(consultation()).await;
    world.publish(Which::Osprey, &pair);
    world.answer().await;
    pair = world.again(&pair);
    pair.data = with_replaced(&pair.data, "9693632109", "9693632108");
    world.publish(Which::Osprey, &pair);
    world.osprey.pass().await;
    let files = kept(&world.osprey, "received").len();
    world.clock.advance(730 * DAY);
    world.osprey.pass().await;
    world.starling.pass().await;
    assert_eq!(kept(&world.osprey, "received").len(), files);
    world.clock.advance(20 * 365 * DAY);
    world.osprey.pass().await;
    world.starling.pass().await;
    assert_eq!(kept(&world.osprey, "received").len(), files - 2);
    assert!(world.starling.practice.consultation(id).unwrap().is_some());
    assert_eq!(kept(&world.starling, "sent").len(), 2);
}

/// A crash between the rows and the files leaves names, by which the next start finishes.
#[tokio::test]
async fn a_crash_between_rows_and_files_leaves_no_orphan() {
    let mut world = World::with(|_, osprey| osprey.retention = after(31));
    let (_, mut pair) = world.send(consultation()).await;
    pair.data = with_replaced(&pair.data, "9693632109", "9693632108");
    world.publish(Which::Osprey, &pair);
    world.osprey.pass().await;
    let received = world.osprey.data.join("received");
    let copies: Vec<_> = kept(&world.osprey, "received")
        .into_iter()
        .map(|name| (name.clone(), fs::read(received.join(&name)).unwrap()))
        .collect();
    world.clock.advance(32 * DAY);
    world.osprey.pass().await;
    assert!(kept(&world.osprey, "received").is_empty());
    // As if the machine had stopped after the rows were gone.
    let connection = Connection::open(world.osprey.data.join("practice.sqlite")).unwrap();
    for (name, bytes) in &copies {
        fs::write(received.join(name), bytes).unwrap();
        let path = format!("received/{name}");
        let sql = "INSERT INTO doomed_file (path) VALUES (?1)";
        connection.execute(sql, [path]).unwrap();
    }
    drop(connection);
    world.osprey.reopen();
    assert!(kept(&world.osprey, "received").is_empty());
}

#[tokio::test]
async fn however_much_is_due_it_goes_a_part_at_a_time() {
    let mut world = World::with(|_, osprey| osprey.retention = after(31));
    let (_, mut pair) = world.send(consultation()).await;
    pair.data = b"no XML".to_vec();
    for _ in 0..150 {
        pair = world.again(&pair);
        world.publish(Which::Osprey, &pair);
    }
    world.osprey.pass().await;
    assert_eq!(kept(&world.osprey, "received").len(), 300);
    world.clock.advance(32 * DAY);
    world.osprey.pass().await;
    assert_eq!(kept(&world.osprey, "received").len(), 100);
    world.osprey.pass().await;
    assert!(kept(&world.osprey, "received").is_empty());
    let counts: Vec<_> = removed(&world.osprey).iter().map(|it| it.refused).collect();
    assert_eq!(counts, [100, 50]);
}
