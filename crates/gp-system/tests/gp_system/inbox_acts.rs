//! What is done with letters on the inbox's page when several people are at it: what was not filed is told, what is
//! another's is not undone, and what nobody looked at stays unread.

use gp_system::web::PracticeRole;
use gp_system::{TaskId, TaskState};
use reqwest::StatusCode;
use rusqlite::Connection;

use crate::inbox_pages::{post_all, rows, state, tasks, world};
use crate::support::World;
use crate::support::site::{Site, location};

const FILE: &str = "/inbox/several/file";

fn is_new(world: &World, id: TaskId) -> bool {
    let task = world.osprey.practice.task(id).unwrap().unwrap();
    task.opened_at.is_none()
}

#[tokio::test]
async fn a_letter_that_somebody_else_files_before_it_is_confirmed_is_told() {
    let world = world().await;
    let site = Site::of(&world.osprey, "").await;
    let clerk = site.visitor(PracticeRole::Clerk).await;
    let other = site.visitor(PracticeRole::Administrator).await;
    let all: Vec<TaskId> = tasks(&world).iter().map(|task| task.id).collect();
    for id in &all[..2] {
        clerk.text(&format!("/inbox/{id}")).await;
    }
    let asked = post_all(&clerk, FILE, &all[..2], false).await;
    let asked = asked.text().await.unwrap();
    assert!(asked.contains("File 2 letters"), "{asked}");
    other.post(&format!("/inbox/{}/file", all[1]), &[]).await;
    let done = location(&post_all(&clerk, FILE, &all[..2], true).await);
    let page = clerk.text(&done).await;
    let told = "1 letter not filed: KILLEN, Dean (task 2, it is not to do).";
    assert!(page.contains(told), "{page}");
    assert!(page.contains("Filed to the record: "), "{page}");
    // What may never be filed so is told, too, whatever a form says.
    let none = location(&post_all(&clerk, FILE, &all, true).await);
    let page = clerk.text(&none).await;
    assert!(page.contains("3 letters not filed: "), "{page}");
    assert!(page.contains("(task 3, nobody opened it)"), "{page}");
    assert_eq!(state(&world, all[2]), TaskState::Open);
}

#[tokio::test]
async fn a_note_of_ones_own_does_not_undo_what_another_decided() {
    let world = world().await;
    let site = Site::of(&world.osprey, "").await;
    let clerk = site.visitor(PracticeRole::Clerk).await;
    let other = site.visitor(PracticeRole::Administrator).await;
    let id = tasks(&world)[0].id;
    let filed = location(&other.post(&format!("/inbox/{id}/file"), &[]).await);
    let (_, act) = filed.split_once("did=").unwrap();
    let note = [("note", "Telephoned")];
    clerk.post(&format!("/inbox/{id}/note"), &note).await;
    let noted = (act.parse::<i64>().unwrap() + 1).to_string();
    let page = clerk.text(&format!("/inbox?did={noted}")).await;
    assert!(!page.contains("id=\"undo\""), "{page}");
    clerk.post("/inbox/undo", &[("act", &noted)]).await;
    let page = clerk.text("/inbox").await;
    assert!(page.contains("Nothing was undone"), "{page}");
    assert_eq!(state(&world, id), TaskState::Filed);
    other.post("/inbox/undo", &[("act", act)]).await;
    assert_eq!(state(&world, id), TaskState::Open);
}

/// The next letter opens by itself after filing: nobody need have looked at it.
#[tokio::test]
async fn a_letter_that_opened_by_itself_stays_new_until_somebody_looks_at_it_or_works_on_it() {
    let world = world().await;
    let site = Site::of(&world.osprey, "").await;
    let clerk = site.visitor(PracticeRole::Clerk).await;
    let all: Vec<TaskId> = tasks(&world).iter().map(|task| task.id).collect();
    let next = location(&clerk.post(&format!("/inbox/{}/file", all[0]), &[]).await);
    assert!(
        !is_new(&world, all[0]),
        "whoever files it has it before them"
    );
    let page = clerk.text(&next).await;
    assert!(next.starts_with(&format!("/inbox/{}?did=", all[1])));
    assert!(is_new(&world, all[1]));
    let asked = post_all(&clerk, FILE, &all[1..2], false).await;
    assert!(asked.text().await.unwrap().contains("nobody opened it"));
    // A script tells once it was in view for a while.
    let opened = format!("/inbox/{}/opened", all[1]);
    assert!(page.contains(&format!("action=\"{opened}\"")), "{page}");
    let told = clerk.post(&opened, &[]).await;
    assert_eq!(told.status(), StatusCode::NO_CONTENT);
    assert!(!is_new(&world, all[1]));
    let page = clerk.text(&next).await;
    assert!(!page.contains("/opened\""), "once is enough: {page}");
    // Assigned together with others it was not seen, by itself it was.
    let sure = [("sure", "yes"), ("to", "clerk")];
    let third = all[2].to_string();
    let fields: Vec<_> = [("task", third.as_str())].into_iter().chain(sure).collect();
    clerk.post("/inbox/several/assign", &fields).await;
    assert!(is_new(&world, all[2]));
    let note = [("note", "Telephoned")];
    clerk.post(&format!("/inbox/{third}/note"), &note).await;
    assert!(!is_new(&world, all[2]));
}

#[tokio::test]
async fn a_letter_is_read_although_it_cannot_be_written_that_it_was_opened() {
    let world = world().await;
    let site = Site::of(&world.osprey, "").await;
    let clerk = site.visitor(PracticeRole::Clerk).await;
    let id = tasks(&world)[0].id;
    let records = Connection::open(world.osprey.data.join("practice.sqlite")).unwrap();
    records
        .execute_batch(
            "CREATE TRIGGER full BEFORE UPDATE OF opened_at ON task
             BEGIN SELECT RAISE(ABORT, 'the disk is full'); END",
        )
        .unwrap();
    let page = clerk.text(&format!("/inbox/{id}")).await;
    assert!(page.contains("GARTON") && rows(&page) == 3, "{page}");
    assert!(is_new(&world, id));
    records.execute_batch("DROP TRIGGER full").unwrap();
    clerk.text(&format!("/inbox/{id}")).await;
    assert!(!is_new(&world, id));
}

/// From a search or a bookmark, or since the list became shorter: the address names another page than the letter's.
#[tokio::test]
async fn the_letter_behind_is_found_and_the_list_beside_it_shown_whatever_page_the_address_names() {
    let world = World::new();
    let site = Site::of(&world.osprey, "").await;
    let clerk = site.visitor(PracticeRole::Clerk).await;
    let records = Connection::open(world.osprey.data.join("practice.sqlite")).unwrap();
    for number in 1..=120 {
        let row = "INSERT INTO task (id, received_at, subject, sender, sender_mailbox, for_action,
                       patient, matched, number)
                   VALUES (?1, ?2, 'Subject', 'Sender', 'A81001OT001', 1, 'GARTON, Bill', 30001, ?2)";
        let id = uuid::Uuid::from_u128(number).to_string();
        let number = i64::try_from(number).unwrap();
        records.execute(row, rusqlite::params![id, number]).unwrap();
    }
    let id = |number| uuid::Uuid::from_u128(number).to_string();
    for page in ["", "?page=1", "?page=3"] {
        let page = clerk.text(&format!("/inbox/{}{page}", id(70))).await;
        let row = format!("id=\"row-{}\"", id(70));
        assert!(
            page.contains(&row) && page.contains("letter-row here\""),
            "{page}"
        );
        assert!(page.contains("page 2 of 3"), "{page}");
    }
    let reason = [("reason", "Not our patient")];
    for (number, page) in [(70, ""), (80, "?page=1"), (5, "?page=3")] {
        let path = format!("/inbox/{}/return{page}", id(number));
        let next = location(&clerk.post(&path, &reason).await);
        let behind = format!("/inbox/{}?", id(number + 1));
        assert!(next.starts_with(&behind), "{number}: {next}");
    }
    let last = location(
        &clerk
            .post(&format!("/inbox/{}/return", id(120)), &reason)
            .await,
    );
    assert!(last.starts_with("/inbox?did="), "{last}");
}
