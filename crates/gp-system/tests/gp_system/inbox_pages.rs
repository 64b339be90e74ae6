//! The inbox's page over a real socket: filters that stay, what nobody opened, several letters at once, undo.

use gp_system::web::PracticeRole;
use gp_system::{Task, TaskId, TaskState, TaskWork};
use reqwest::StatusCode;

use crate::payloads::update;
use crate::reviews::kit;
use crate::support::site::{Site, Visitor, location};
use crate::support::{PATIENTS, Which, World, consultation, patient};

const KILLEN: &str = "9736363015";

/// Two letters about GARTON and one about KILLEN, a minute apart, who are both of the practice's list.
pub(crate) async fn world() -> World {
    let mut world = World::new();
    list_becomes(&world, "1975-03-03").await;
    for (number, family, given, born) in [
        ("9693632109", "GARTON", "Bill", "1946-06-23"),
        (KILLEN, "KILLEN", "Dean", "1975-03-03"),
        ("9693632109", "GARTON", "Bill", "1946-06-23"),
    ] {
        let mut consultation = consultation();
        consultation.patient = patient(number, family, given, born);
        let (_, pair) = world.send(consultation).await;
        world.publish(Which::Osprey, &pair);
        world.osprey.pass().await;
        world.clock.advance(1);
    }
    assert_eq!(world.osprey.practice.tasks().unwrap().len(), 3);
    world
}

/// The practice's list, with this birth date of KILLEN.
async fn list_becomes(world: &World, born: &str) {
    let list = world.osprey.config.patients.clone().unwrap();
    let killen = format!("{KILLEN},KILLEN,Dean,{born},A20047,,,,U,,\n");
    std::fs::write(&list, format!("{PATIENTS}{killen}")).unwrap();
    world.osprey.pass().await;
}

/// The tasks, the oldest first.
pub(crate) fn tasks(world: &World) -> Vec<Task> {
    let mut tasks = world.osprey.practice.tasks().unwrap();
    tasks.reverse();
    tasks
}

pub(crate) fn state(world: &World, id: TaskId) -> TaskState {
    world.osprey.practice.task(id).unwrap().unwrap().state
}

pub(crate) fn rows(page: &str) -> usize {
    page.matches("class=\"letter-row").count()
}

pub(crate) async fn post_all(
    visitor: &Visitor<'_>,
    path: &str,
    ids: &[TaskId],
    sure: bool,
) -> reqwest::Response {
    let ids: Vec<String> = ids.iter().map(ToString::to_string).collect();
    let mut fields: Vec<(&str, &str)> = ids.iter().map(|id| ("task", id.as_str())).collect();
    if sure {
        fields.push(("sure", "yes"));
    }
    visitor.post(path, &fields).await
}

#[tokio::test]
async fn a_letter_is_new_until_somebody_who_works_on_letters_opened_it() {
    let world = world().await;
    let site = Site::of(&world.osprey, "").await;
    let (reader, clerk) = (
        site.visitor(PracticeRole::Reader).await,
        site.visitor(PracticeRole::Clerk).await,
    );
    let first = tasks(&world)[0].id;
    let is_new = |page: &str| page.matches(" new\"").count();
    reader.text(&format!("/inbox/{first}")).await;
    assert_eq!(is_new(&clerk.text("/inbox").await), 3);
    let renewed = clerk
        .getting(&format!("/inbox/{first}"))
        .header("x-live", "1");
    renewed.send().await.unwrap();
    assert_eq!(is_new(&clerk.text("/inbox").await), 3);
    clerk.text(&format!("/inbox/{first}")).await;
    let page = clerk.text("/inbox").await;
    assert_eq!(is_new(&page), 2);
    assert!(page.contains("Unread 2"), "{page}");
    assert_eq!(rows(&clerk.text("/inbox?unread=yes").await), 2);
}

#[tokio::test]
async fn filing_leads_to_the_next_letter_of_the_same_list_and_is_undone_by_whoever_filed() {
    let world = world().await;
    let site = Site::of(&world.osprey, "/osprey").await;
    let clerk = site.visitor(PracticeRole::Clerk).await;
    let other = site.visitor(PracticeRole::Administrator).await;
    let all = tasks(&world);
    let at = |id| format!("/osprey/inbox/{id}/file?kind=action&sort=newest");
    let next = location(&clerk.post(&at(all[2].id), &[]).await);
    let expected = format!("/osprey/inbox/{}?kind=action&sort=newest&did=", all[1].id);
    assert!(next.starts_with(&expected), "{next}");
    let page = clerk.text(&next).await;
    assert!(page.contains("Filed to the record: ") && page.contains("id=\"undo\""));
    assert_eq!(
        rows(&page),
        2,
        "the list beside it is the one it was opened from"
    );
    let (_, act) = next.split_once("did=").unwrap();
    assert!(
        !other.text(&next).await.contains("id=\"undo\""),
        "an act is its user's"
    );
    let undo = "/osprey/inbox/undo?kind=action&sort=newest";
    other.post(undo, &[("act", act)]).await;
    assert_eq!(state(&world, all[2].id), TaskState::Filed);
    let back = location(&clerk.post(undo, &[("act", act)]).await);
    assert!(
        back.starts_with(&format!("/osprey/inbox/{}?", all[2].id)),
        "{back}"
    );
    assert_eq!(state(&world, all[2].id), TaskState::Open);
    let steps = world.osprey.practice.task_history(all[2].id).unwrap();
    assert_eq!(steps.last().unwrap().what, "Undone: to do again");
    clerk.post(undo, &[("act", act)]).await;
    assert!(
        clerk
            .text("/osprey/inbox")
            .await
            .contains("Nothing was undone")
    );
    // The last of the list leads to the list.
    let last = location(&clerk.post(&at(all[0].id), &[]).await);
    assert!(
        last.starts_with("/osprey/inbox?kind=action&sort=newest&did="),
        "{last}"
    );
}

#[tokio::test]
async fn what_was_done_with_a_letter_since_is_not_undone() {
    let world = world().await;
    let practice = &world.osprey.practice;
    let id = tasks(&world)[0].id;
    let (jo, sam) = (practice.used_by("jo"), practice.used_by("sam"));
    let file = TaskWork::File { confirmed: false };
    let act = jo.work_on_task(id, file.clone()).await.unwrap();
    sam.work_on_task(id, TaskWork::Note("Telephoned".to_owned()))
        .await
        .unwrap();
    assert_eq!(
        practice.tasks_to_undo(act, "jo").unwrap(),
        [id],
        "a note is no objection"
    );
    sam.work_on_task(id, TaskWork::Reopen).await.unwrap();
    sam.work_on_task(id, file).await.unwrap();
    assert!(jo.undo_task_act(act).await.unwrap().is_empty());
    assert_eq!(state(&world, id), TaskState::Filed);
    let assign = |to: &str| TaskWork::Assign(Some(to.to_owned()));
    let other = tasks(&world)[1].id;
    jo.work_on_task(other, assign("sam")).await.unwrap();
    let act = jo
        .work_on_tasks(vec![other], assign("jo"))
        .await
        .unwrap()
        .number;
    assert_eq!(jo.undo_task_act(act).await.unwrap(), [other]);
    let assigned = practice.task(other).unwrap().unwrap().assigned_to;
    assert_eq!(assigned.as_deref(), Some("sam"), "as it was before");
}

/// The safety rules: what nobody opened, what does not match, and Update Records are left out, and named.
#[tokio::test]
async fn several_letters_are_filed_at_once_but_none_that_nobody_read_or_that_does_not_match() {
    let world = world().await;
    let site = Site::of(&world.osprey, "").await;
    let clerk = site.visitor(PracticeRole::Clerk).await;
    let all: Vec<TaskId> = tasks(&world).iter().map(|task| task.id).collect();
    for id in &all[..2] {
        clerk.text(&format!("/inbox/{id}")).await;
    }
    list_becomes(&world, "1975-03-13").await;
    let page = clerk.text("/inbox").await;
    assert!(page.contains("Check the patient"), "{page}");

    let path = "/inbox/several/file?sort=newest";
    let asked = post_all(&clerk, path, &all, false).await;
    assert_eq!(asked.status(), StatusCode::OK);
    let asked = asked.text().await.unwrap();
    for part in [
        "File 1 letter to the record",
        "GARTON, Bill",
        "nobody opened it",
        "KILLEN, Dean",
        "the patient is not compared",
    ] {
        assert!(asked.contains(part), "{part}: {asked}");
    }
    assert!(all.iter().all(|id| state(&world, *id) == TaskState::Open));
    // Whatever a form says: the rules are looked at again.
    let done = location(&post_all(&clerk, path, &all, true).await);
    assert!(done.starts_with("/inbox?sort=newest&did="), "{done}");
    let states: Vec<TaskState> = all.iter().map(|id| state(&world, *id)).collect();
    assert_eq!(states, [TaskState::Filed, TaskState::Open, TaskState::Open]);
    // And once more where it is written down.
    let practice = world.osprey.practice.used_by("jo");
    let file = TaskWork::File { confirmed: false };
    let act = practice.work_on_tasks(all.clone(), file).await.unwrap();
    let codes: Vec<&str> = act.left.iter().map(|(_, error)| error.code()).collect();
    assert!(act.done.is_empty());
    assert_eq!(codes, ["changed", "patient-not-matched", "unread"]);

    let none = post_all(&clerk, path, &[], false).await;
    let none = clerk.text(&location(&none)).await;
    assert!(none.contains("Choose letters by their boxes first"));
}

#[tokio::test]
async fn an_update_record_is_never_filed_together_with_others() {
    let world = kit::received(&update()).await;
    let site = Site::of(&world.osprey, "").await;
    let clerk = site.visitor(PracticeRole::Clerk).await;
    let id = kit::task(&world).id;
    clerk.text(&format!("/inbox/{id}")).await;
    let asked = post_all(&clerk, "/inbox/several/file", &[id], false).await;
    let asked = asked.text().await.unwrap();
    assert!(asked.contains("None of these letters can be filed together"));
    assert!(asked.contains("reviewed entry by entry") && !asked.contains("name=\"sure\""));
    post_all(&clerk, "/inbox/several/file", &[id], true).await;
    assert_eq!(kit::task(&world).state, TaskState::Open);
}

#[tokio::test]
async fn several_letters_are_assigned_and_taken_along() {
    let world = world().await;
    let site = Site::of(&world.osprey, "").await;
    let clerk = site.visitor(PracticeRole::Clerk).await;
    let all: Vec<TaskId> = tasks(&world).iter().map(|task| task.id).collect();
    let asked = post_all(&clerk, "/inbox/several/assign", &all, false).await;
    assert!(asked.text().await.unwrap().contains("Assign 3 letters"));
    let ids: Vec<String> = all.iter().map(ToString::to_string).collect();
    let mut fields: Vec<(&str, &str)> = ids.iter().map(|id| ("task", id.as_str())).collect();
    fields.extend([("sure", "yes"), ("to", "clerk")]);
    location(&clerk.post("/inbox/several/assign", &fields).await);
    assert_eq!(rows(&clerk.text("/inbox?assigned=me").await), 3);
    fields.pop();
    fields.push(("to", "nobody-here"));
    let unknown = clerk.post("/inbox/several/assign", &fields).await;
    assert_eq!(unknown.status(), StatusCode::NOT_FOUND);
    let file = post_all(&clerk, "/inbox/export", &all[..2], false).await;
    let text = file.text().await.unwrap();
    assert_eq!(text.lines().count(), 3, "{text}");
    let none = post_all(&clerk, "/inbox/export", &[], false).await;
    assert_eq!(none.status(), StatusCode::BAD_REQUEST);
}

#[tokio::test]
async fn order_and_views_are_kept_for_each_user() {
    let world = world().await;
    let site = Site::of(&world.osprey, "").await;
    let clerk = site.visitor(PracticeRole::Clerk).await;
    let reader = site.visitor(PracticeRole::Reader).await;
    let all = tasks(&world);
    let first = |page: &str| {
        let (_, rest) = page.split_once("id=\"row-").unwrap();
        rest.split('"').next().unwrap().to_owned()
    };
    assert_eq!(first(&clerk.text("/inbox").await), all[0].id.to_string());
    let choices = [
        ("q", ""),
        ("state", "open"),
        ("sort", "newest"),
        ("kind", "action"),
    ];
    let found = location(&clerk.post("/inbox", &choices).await);
    assert_eq!(found, "/inbox?kind=action&sort=newest");
    assert_eq!(first(&clerk.text("/inbox").await), all[2].id.to_string());
    assert_eq!(first(&reader.text("/inbox").await), all[0].id.to_string());

    let view = [
        ("name", " Letters of today "),
        ("choices", "kind=action&unread=yes&search=x&page=9"),
    ];
    let kept = location(&clerk.post("/inbox/views", &view).await);
    assert_eq!(kept, "/inbox?kind=action&unread=yes&search=x&page=9");
    let page = clerk.text("/inbox").await;
    assert!(page.contains("Letters of today 3"), "{page}");
    assert!(
        page.contains("href=\"/inbox?kind=action&amp;unread=yes\""),
        "{page}"
    );
    assert!(!reader.text("/inbox").await.contains("Letters of today"));
    for number in 0..12 {
        let name = format!("View {number}");
        clerk
            .post("/inbox/views", &[("name", &name), ("choices", "")])
            .await;
    }
    assert!(
        clerk
            .text("/inbox")
            .await
            .contains("twelve views are kept already")
    );
    clerk
        .post("/inbox/views/forget", &[("name", "Letters of today")])
        .await;
    assert!(!clerk.text("/inbox").await.contains("Letters of today"));
    clerk
        .post("/inbox/keys", &[("off", "yes"), ("letter", "")])
        .await;
    assert!(clerk.text("/inbox").await.contains("data-keys=\"off\""));
    assert!(!reader.text("/inbox").await.contains("data-keys"));
}

#[tokio::test]
async fn letters_are_found_by_age_and_days_and_the_page_says_why_it_is_empty() {
    let world = world().await;
    let site = Site::of(&world.osprey, "").await;
    let clerk = site.visitor(PracticeRole::Clerk).await;
    assert_eq!(rows(&clerk.text("/inbox?age=2").await), 0);
    world.clock.advance(49 * 60);
    let page = clerk.text("/inbox?age=2").await;
    assert_eq!(rows(&page), 3);
    assert!(page.contains("Older than 2 days 3") && page.contains("age-old"));
    let day = tasks(&world)[0]
        .received_at
        .strftime("%d/%m/%Y")
        .to_string();
    for (choices, count) in [
        (format!("since={day}"), 3),
        (format!("until={day}"), 3),
        ("since=1/1/2030".to_owned(), 0),
        ("until=2020-01-01".to_owned(), 0),
        ("since=nonsense".to_owned(), 3),
    ] {
        let page = clerk.text(&format!("/inbox?{choices}")).await;
        assert_eq!(rows(&page), count, "{choices}");
        assert_eq!(
            count == 0,
            page.contains("received on these days"),
            "{choices}"
        );
    }
    let mine = clerk.text("/inbox?assigned=me&unread=yes").await;
    assert!(
        mine.contains("that is to do, assigned to you, not opened yet"),
        "{mine}"
    );
    assert!(mine.contains("Show everything to do: 3 letters"));
    let practice = world.osprey.practice.used_by("jo");
    for task in tasks(&world) {
        let file = TaskWork::File { confirmed: false };
        practice.work_on_task(task.id, file).await.unwrap();
    }
    let done = clerk.text("/inbox").await;
    assert!(done.contains("All done.") && done.contains("3 letters filed, returned or archived"));
    assert!(
        done.contains("<title>Inbox · "),
        "nothing is counted where nothing waits"
    );
    let never = Site::of(&world.starling, "").await;
    let never = never
        .visitor(PracticeRole::Clerk)
        .await
        .text("/inbox")
        .await;
    assert!(never.contains("No letter has come yet."));
}
