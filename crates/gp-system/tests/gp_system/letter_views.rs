//! The views of one letter over HTTP: banner, text, document, files, journey, history, and its place in
//! the list.

use gp_system::web::PracticeRole;
use gp_system::{InboxQuery, InboxSort, TaskId, TaskWork};

use crate::payloads::{LETTER, answered, taking};
use crate::support::site::Site;
use crate::support::{Which, World, assert_in_order, consultation};

async fn with_one() -> (World, TaskId) {
    let mut world = World::new();
    let (_, pair) = world.send(consultation()).await;
    world.publish(Which::Osprey, &pair);
    world.osprey.pass().await;
    let task = world.osprey.practice.tasks().unwrap().remove(0).id;
    (world, task)
}

fn assert_all(page: &str, parts: &[&str]) {
    for part in parts {
        assert!(page.contains(part), "{part}: {page}");
    }
}

#[tokio::test]
async fn a_banner_says_whom_every_view_of_a_letter_is_about_and_what_was_compared() {
    let (world, task) = with_one().await;
    let site = Site::of(&world.osprey, "").await;
    let reader = site.visitor(PracticeRole::Reader).await;
    for view in [
        "",
        "/document",
        "/files",
        "/findings",
        "/source",
        "/control",
        "/journey",
        "/history",
    ] {
        let page = reader.text(&format!("/inbox/{task}{view}")).await;
        assert_all(
            &page,
            &[
                "<h1><bdi>GARTON, Bill</bdi></h1>",
                "23\u{a0}Jun\u{a0}1946 (80 y)",
                "969 363 2109",
                "tag-ok\">Number, name and birth date match</span>",
                "For Action",
                "Version 1",
                "1 of 1",
            ],
        );
        assert_eq!(
            page.matches("aria-current=\"page\"").count(),
            3,
            "{view}: {page}"
        );
    }
}

#[tokio::test]
async fn a_letter_that_is_a_pdf_has_words_a_link_and_a_view_of_its_own() {
    let (world, task) = with_one().await;
    let site = Site::of(&world.osprey, "").await;
    let reader = site.visitor(PracticeRole::Reader).await;
    let document = format!("/inbox/{task}/attachments/0");
    let page = reader.text(&format!("/inbox/{task}")).await;
    assert_all(
        &page,
        &[
            "Cumbria Starling Medical Centre",
            "Action: something is asked of you",
            "The words of this letter are in its document",
            &format!("href=\"{document}\""),
        ],
    );
    let words = page.find("The words of this letter").unwrap();
    let text = page.find("<article class=\"paper\"").unwrap();
    assert!(text < words, "text first");
    let whole = reader.text(&format!("/inbox/{task}/document")).await;
    assert_all(
        &whole,
        &[&format!("src=\"{document}\""), "in a new tab", "In words"],
    );
}

#[tokio::test]
async fn a_letter_in_words_has_its_sections_first_and_its_files_with_type_and_size() {
    let mut world = taking(&[itk3::Family::TransferOfCare]);
    answered(&mut world, "TOC_FHIR_IP_DISCH", LETTER.as_bytes()).await;
    let task = world.osprey.practice.tasks().unwrap().remove(0);
    let site = Site::of(&world.osprey, "").await;
    let reader = site.visitor(PracticeRole::Reader).await;
    let page = reader.text(&format!("/inbox/{}", task.id)).await;
    assert_all(&page, &["Recovered well.", "Plan and requested actions"]);
    assert!(!page.contains("The words of this letter"));
    for file in &task.attachments {
        assert!(
            page.contains(&format!(", <bdi>{}</bdi>, ", file.content_type)),
            "{page}"
        );
    }
}

#[tokio::test]
async fn the_journey_tells_each_step_of_the_practice_with_its_codes_in_words() {
    let mut world = World::new();
    let (_, pair) = world.send(consultation()).await;
    world.publish(Which::Osprey, &pair);
    world.osprey.pass().await;
    let task = world.osprey.practice.tasks().unwrap().remove(0).id;
    let site = Site::of(&world.osprey, "").await;
    let clerk = site.visitor(PracticeRole::Clerk).await;
    let at = format!("/inbox/{task}/journey");
    let page = clerk.text(&at).await;
    assert_in_order(
        &page,
        &[
            "Collected by the MESH client",
            "From mailbox A81001OT001, MESH message 20261122090000",
            "Taken from IN and checked",
            "every rule is kept",
            "Patient compared",
            "Number, name and birth date match",
            "Task 1 raised",
            "Answered 20013 Success",
            "Infrastructure acknowledgement: in OUT for the MESH client",
            "Answered 30001 Patient",
            "Business acknowledgement",
        ],
    );
    // Its answers leave, and somebody files it.
    world.clock.advance(5);
    world.carry(Which::Osprey);
    world.osprey.pass().await;
    clerk.post(&format!("/inbox/{task}/file"), &[]).await;
    let page = clerk.text(&at).await;
    assert_all(
        &page,
        &[
            "the exchange has it",
            "Known since",
            "Filed to the record",
            "by clerk",
        ],
    );
}

#[tokio::test]
async fn the_next_and_the_previous_letter_are_those_of_the_list_it_was_opened_from() {
    let world = World::with_letters(&["Adams", "Brown", "Clark", "Davis"]).await;
    let practice = &world.osprey.practice;
    let mut ids: Vec<TaskId> = practice
        .tasks()
        .unwrap()
        .iter()
        .map(|task| task.id)
        .collect();
    ids.reverse();
    let place = |query: &InboxQuery, id: TaskId| {
        let found = practice.neighbours(query, id).unwrap().unwrap();
        let at = |id: Option<TaskId>| id.map(|id| ids.iter().position(|it| *it == id).unwrap());
        (at(found.previous), at(found.next), found.position)
    };
    let by = |sort, ascending| InboxQuery {
        sort,
        ascending,
        state: Some(gp_system::TaskState::Open),
        ..InboxQuery::default()
    };
    for sort in [
        InboxSort::Received,
        InboxSort::Patient,
        InboxSort::Sender,
        InboxSort::Subject,
    ] {
        assert_eq!(
            place(&by(sort, true), ids[0]),
            (None, Some(1), Some(1)),
            "{sort:?}"
        );
        assert_eq!(
            place(&by(sort, true), ids[2]),
            (Some(1), Some(3), Some(3)),
            "{sort:?}"
        );
        assert_eq!(
            place(&by(sort, false), ids[2]),
            (Some(3), Some(1), Some(2)),
            "{sort:?}"
        );
    }
    let search = InboxQuery {
        search: "bill".to_owned(),
        ..by(InboxSort::Received, true)
    };
    assert_eq!(place(&search, ids[3]), (Some(2), None, Some(4)));
    // Filed, it is no longer in the list, and still between its neighbours.
    let file = TaskWork::File { confirmed: true };
    practice.work_on_task(ids[1], file).await.unwrap();
    assert_eq!(
        place(&by(InboxSort::Received, true), ids[1]),
        (Some(0), Some(2), None)
    );
    let nobody = TaskId::parse("3f0b5f1e-0000-4000-8000-000000000001").unwrap();
    assert_eq!(practice.neighbours(&search, nobody).unwrap(), None);

    let site = Site::of(&world.osprey, "").await;
    let reader = site.visitor(PracticeRole::Reader).await;
    let page = reader.text(&format!("/inbox/{}?sort=newest", ids[2])).await;
    assert_all(
        &page,
        &[
            "2 of 3",
            &format!("id=\"previous\" href=\"/inbox/{}?sort=newest\"", ids[3]),
            &format!("id=\"next\" href=\"/inbox/{}?sort=newest\"", ids[0]),
            &format!("href=\"/inbox/{}/journey?sort=newest\"", ids[2]),
        ],
    );
    // Nothing was compared here, and it says so.
    assert_all(
        &page,
        &["patient-odd", "No list of patients here to compare with"],
    );
}

#[tokio::test]
async fn a_letter_leads_to_what_it_replaced_and_what_replaced_it() {
    let mut world = World::new();
    let (id, pair) = world.send(consultation()).await;
    world.publish(Which::Osprey, &pair);
    world.answer().await;
    let mut newer = consultation();
    newer.receiving_practice = "Osprey Medical Centre".to_owned();
    world.starling.practice.update(id, newer).await.unwrap();
    world.starling.pass().await;
    world.carry(Which::Starling);
    world.osprey.pass().await;
    let tasks = world.osprey.practice.tasks().unwrap();
    let (new, old) = (tasks[0].id, tasks[1].id);
    let site = Site::of(&world.osprey, "").await;
    let reader = site.visitor(PracticeRole::Reader).await;
    let page = reader.text(&format!("/inbox/{new}")).await;
    assert_all(
        &page,
        &[
            "Version 2",
            "Replacement",
            &format!("href=\"/inbox/{old}\""),
        ],
    );
    let page = reader.text(&format!("/inbox/{old}")).await;
    assert_all(
        &page,
        &[
            "This document is archived.",
            "Replaced",
            "Archived",
            &format!("href=\"/inbox/{new}\""),
        ],
    );
}
