//! A letter's patient beside the practice's own list: compared when it comes, shown in words, and asked
//! about before it is filed by any road.

use gp_system::web::PracticeRole;
use gp_system::{PatientFact, PatientMatch, PracticeError, TaskState, TaskWork};
use reqwest::StatusCode;

use crate::payloads::update;
use crate::reviews::kit;
use crate::support::site::{Site, location};
use crate::support::{PATIENTS, Which, World, consultation};

/// A practice that received a letter about Bill GARTON, born 23 June 1946.
async fn with_letter() -> World {
    let mut world = World::new();
    let (_, pair) = world.send(consultation()).await;
    world.publish(Which::Osprey, &pair);
    world.osprey.pass().await;
    world
}

/// The practice's list says something else from now on.
async fn list_becomes(world: &World, from: &str, to: &str) {
    let list = world.osprey.config.patients.clone().unwrap();
    assert!(PATIENTS.contains(from));
    std::fs::write(&list, PATIENTS.replace(from, to)).unwrap();
    world.osprey.pass().await;
}

#[tokio::test]
async fn what_the_letter_says_and_how_it_compared_are_kept_with_its_task() {
    let mut world = with_letter().await;
    world.osprey.reopen();
    let practice = &world.osprey.practice;
    let task = practice.tasks().unwrap().remove(0);
    let stated = task.stated.as_ref().unwrap();
    assert_eq!(stated.birth_date.unwrap().iso(), "1946-06-23");
    assert_eq!(
        (stated.family_name.as_str(), stated.given_names.as_str()),
        ("GARTON", "Bill")
    );
    let then = task.match_then.as_deref();
    assert_eq!(then, Some("number, name and birth date match"));
    assert!(practice.patient_match(&task).is_full());
    assert!(!format!("{task:?} {stated:?}").contains("GARTON"));
}

#[tokio::test]
async fn a_letter_whose_patient_differs_from_the_list_is_filed_only_after_comparing() {
    let world = with_letter().await;
    list_becomes(&world, "1946-06-23", "1946-06-26").await;
    let practice = &world.osprey.practice;
    let task = practice.tasks().unwrap().remove(0);
    let compared = practice.patient_match(&task);
    assert_eq!(compared.differences()[0].fact, PatientFact::BirthDate);
    let jo = practice.used_by("jo");
    let file = |confirmed| jo.work_on_task(task.id, TaskWork::File { confirmed });
    let asked = file(false).await.unwrap_err();
    assert_eq!(asked.code(), "patient-not-matched");
    let words = asked.to_string();
    assert!(words.contains("birth date differs"), "{words}");
    assert!(!words.contains("1946") && !words.contains("GARTON"));

    let site = Site::of(&world.osprey, "/osprey").await;
    let clerk = site.visitor(PracticeRole::Clerk).await;
    let to = format!("/osprey/inbox/{}/file", task.id);
    let question = clerk.post(&to, &[]).await;
    assert_eq!(question.status(), StatusCode::CONFLICT);
    let question = question.text().await.unwrap();
    for part in [
        "Is this the same patient?",
        "GARTON, Bill",
        "Birth date differs.",
        "23\u{a0}Jun\u{a0}1946",
        "26\u{a0}Jun\u{a0}1946",
        "name=\"patient\" value=\"yes\"",
    ] {
        assert!(question.contains(part), "{part}: {question}");
    }
    let state = || practice.task(task.id).unwrap().unwrap().state;
    assert_eq!(state(), TaskState::Open);
    let filed = clerk.post(&to, &[("patient", "yes")]).await;
    location(&filed);
    assert_eq!(state(), TaskState::Filed);
    let last = practice.task_history(task.id).unwrap().pop().unwrap();
    let what = "Filed to the record; after comparing: birth date differs";
    assert_eq!(last.what, what, "by whom, and what they looked at");
    // Asked again, it is the state that is told.
    assert!(matches!(file(false).await, Err(PracticeError::Changed(_))));
}

#[tokio::test]
async fn a_patient_who_left_is_asked_about_and_a_previous_name_is_only_shown() {
    let world = with_letter().await;
    let practice = &world.osprey.practice;
    let task = practice.tasks().unwrap().remove(0);
    for (from, to, words, is_full) in [
        (
            "GARTON,Bill,1946-06-23,A20047,2005-03-05,,,U,,MARLOWE",
            "MARLOWE,Bill,1946-06-23,A20047,2005-03-05,,,U,,GARTON",
            "number, name and birth date match",
            true,
        ),
        (
            "A20047,2005-03-05,,,U,,MARLOWE",
            "A20047,2005-03-05,2026-11-01,,U,,MARLOWE",
            "not registered here now",
            false,
        ),
        (
            "9693632109,GARTON",
            "9657702178,GARTON",
            "not on this practice's list",
            false,
        ),
    ] {
        list_becomes(&world, from, to).await;
        let compared = practice.patient_match(&task);
        assert_eq!(
            (compared.words().as_str(), compared.is_full()),
            (words, is_full)
        );
    }
    assert_eq!(practice.patient_match(&task), PatientMatch::NotListed);
}

#[tokio::test]
async fn an_update_is_filed_by_its_review_only_after_comparing_too() {
    let world = kit::received(&update()).await;
    list_becomes(&world, "GARTON,Bill", "GARTON,Ben").await;
    let site = Site::of(&world.osprey, "").await;
    let clinician = site.visitor(PracticeRole::Clinician).await;
    let to = kit::address(&world);
    let page = clinician.text(&to).await;
    for part in [
        "First name differs: letter Bill, our list Ben",
        "When it came: number, name and birth date match.",
        "I compared them: it is the same patient",
    ] {
        assert!(page.contains(part), "{part}: {page}");
    }
    kit::press(&clinician, &to, "rest", &[]).await;
    let asked = kit::press(&clinician, &to, "file", &[]).await;
    assert_eq!(asked.status(), StatusCode::CONFLICT);
    let asked = asked.text().await.unwrap();
    assert!(asked.contains("href=\"#patient\""), "{asked}");
    let state = || kit::task(&world).state;
    assert_eq!(state(), TaskState::Open);
    kit::press(&clinician, &to, "file", &[("patient".to_owned(), "yes")]).await;
    assert_eq!(state(), TaskState::Filed);
    let history = world.osprey.practice.task_history(kit::task(&world).id);
    let last = history.unwrap().pop().unwrap();
    assert!(
        last.what.ends_with("; after comparing: first name differs"),
        "{}",
        last.what
    );
}
