//! Deciding about entries: each by itself, all that is left, by two people, page by page.

use gp_system::TaskState;
use gp_system::web::PracticeRole;
use reqwest::StatusCode;

use super::kit::{
    ID, address, chosen, contradicting, entry, place, press, press_having_seen, received, task,
};
use crate::payloads::update;
use crate::support::site::{Site, location, revision};

#[tokio::test]
async fn ur_r05_nothing_is_filed_until_every_entry_is_decided() {
    let world = received(&contradicting()).await;
    let site = Site::of(&world.osprey, "").await;
    let clinician = site.visitor(PracticeRole::Clinician).await;
    let to = address(&world);
    let letter = to.strip_suffix("/review").unwrap();
    for (path, next) in [("/inbox", letter), (letter, to.as_str())] {
        let page = clinician.text(path).await;
        assert!(page.contains(&format!("href=\"{next}\"")), "{path}");
    }
    let page = clinician.text(&to).await;
    assert!(page.contains("Provisional.") && page.contains("Currently pregnant"));
    assert!(page.contains("10 entries, 10 to decide"));
    assert!(
        (0..10).all(|place| chosen(&page, place).is_none()),
        "nothing is decided at the start"
    );
    let odd = place(&page, "Currently pregnant");
    let ways: Vec<&str> = page
        .split(&format!("name=\"entry-{odd}\" value=\""))
        .skip(1)
        .map(|rest| {
            rest.split_once("<span>")
                .unwrap()
                .1
                .split('<')
                .next()
                .unwrap()
        })
        .collect();
    assert_eq!(
        ways,
        [
            "Amend to 60001007 Not pregnant",
            "Keep 77386006 Currently pregnant",
            "Amend otherwise",
            "Refuse this entry"
        ]
    );

    let early = press(&clinician, &to, "file", &[]).await;
    assert_eq!(early.status(), StatusCode::UNPROCESSABLE_ENTITY);
    let early = early.text().await.unwrap();
    assert_eq!(
        early.matches("<li><a href=\"#entry-").count(),
        10,
        "{early}"
    );
    let rest = press(&clinician, &to, "rest", &[]).await;
    assert_eq!(location(&rest), to);
    let page = clinician.text(&to).await;
    assert!(
        page.contains("10 entries, 1 to decide"),
        "the rest leaves out what is warned of"
    );
    assert_eq!(chosen(&page, odd), None);
    assert!(page.contains("href=\"#entry-"), "a link to the open one");
    let early = press(&clinician, &to, "file", &[]).await;
    assert_eq!(early.status(), StatusCode::UNPROCESSABLE_ENTITY);
    let early = early.text().await.unwrap();
    assert!(early.contains(&format!(
        "<a href=\"#entry-{odd}\">Decide about: Currently pregnant"
    )));
    assert_eq!(task(&world).state, TaskState::Open);

    let filed = press(&clinician, &to, "file", &[entry(odd, "suggested")]).await;
    assert_eq!(location(&filed), to);
    assert_eq!(task(&world).state, TaskState::Filed);
    let page = clinician.text(&to).await;
    for words in [
        "Filed </b>by clinician",
        "Files as: ",
        "60001007",
        "Came as: <bdi>77386006",
        "Original kept.",
    ] {
        assert!(page.contains(words), "{words}: {page}");
    }
    assert!(
        !page.contains("name=\"do\""),
        "nothing is to be decided any more"
    );
    let json = clinician.get(&format!("{to}/filed")).await;
    assert_eq!(json.headers()["content-type"], "application/json");
    let json: serde_json::Value = json.json().await.unwrap();
    let entries = json["entries"].as_array().unwrap();
    assert_eq!(
        (entries.len(), &json["filed_by"]),
        (10, &"clinician".into())
    );
    assert_eq!(entries[odd]["code"]["code"], "60001007");
    assert_eq!(entries[odd]["original"]["code"]["code"], "77386006");
    let steps = world.osprey.practice.task_history(task(&world).id).unwrap();
    let steps: Vec<_> = steps
        .iter()
        .map(|step| (step.what.as_str(), step.who.as_deref()))
        .collect();
    assert_eq!(
        steps,
        [
            ("Received", None),
            ("Reviewed: 9 decided, now 9 of 10", Some("clinician")),
            ("Reviewed: 1 decided, now 10 of 10", Some("clinician")),
            (
                "Filed to the record: 10 entries, 1 of them amended",
                Some("clinician")
            ),
        ]
    );
    // The answers left when it arrived; a review sends none.
    world.osprey.pass().await;
    assert_eq!(world.osprey.answered(), [20013, 30001]);
}

#[tokio::test]
async fn of_two_people_who_decide_at_once_the_second_is_told_and_loses_nothing() {
    let world = received(&contradicting()).await;
    let site = Site::of(&world.osprey, "").await;
    let first = site.visitor(PracticeRole::Clinician).await;
    let second = site.visitor(PracticeRole::Administrator).await;
    let to = address(&world);
    let page = first.text(&to).await;
    let seen = revision(&page);
    let (odd, advice) = (
        place(&page, "Currently pregnant"),
        place(&page, "Information and advice given"),
    );
    let decided = [
        entry(odd, "refuse"),
        (format!("reason-{odd}"), "Asked the patient"),
    ];
    let saved = press_having_seen(&first, &to, &seen, "save", &decided).await;
    assert_eq!(location(&saved), to);

    let theirs = [
        entry(odd, "take"),
        entry(advice, "amend"),
        (format!("text-{advice}"), "Keep it clean and dry."),
    ];
    let told = press_having_seen(&second, &to, &seen, "file", &theirs).await;
    assert_eq!(told.status(), StatusCode::CONFLICT);
    let told = told.text().await.unwrap();
    assert!(told.contains("Somebody decided meanwhile."));
    assert!(told.contains("Asked the patient") && told.contains("Keep it clean and dry."));
    assert_eq!(chosen(&told, odd).as_deref(), Some("take"));
    assert_eq!(chosen(&told, advice).as_deref(), Some("amend"));
    let stored = world
        .osprey
        .practice
        .review(task(&world).id)
        .unwrap()
        .unwrap();
    assert_eq!(
        stored.review.acts().len(),
        1,
        "nothing of the second is saved yet"
    );

    let again = revision(&told);
    let saved = press_having_seen(&second, &to, &again, "save", &theirs).await;
    assert_eq!(location(&saved), to);
    let stored = world
        .osprey
        .practice
        .review(task(&world).id)
        .unwrap()
        .unwrap();
    let who: Vec<&str> = stored
        .review
        .acts()
        .iter()
        .map(|act| act.by.as_str())
        .collect();
    assert_eq!(
        who,
        ["clinician", "administrator", "administrator"],
        "each decision is kept"
    );

    // The first goes on from what they saw; meanwhile the second files.
    let seen = revision(&first.text(&to).await);
    press(&second, &to, "rest", &[]).await;
    let filed = press(&second, &to, "file", &[]).await;
    assert_eq!(location(&filed), to);
    let late = press_having_seen(&first, &to, &seen, "save", &decided).await;
    assert_eq!(late.status(), StatusCode::CONFLICT);
    let late = late.text().await.unwrap();
    assert!(
        late.contains("You had chosen: to refuse it: “<bdi>Asked the patient</bdi>”"),
        "{late}"
    );
}

#[tokio::test]
async fn decisions_are_kept_for_later_and_outlive_a_restart() {
    let mut world = received(&contradicting()).await;
    let to = address(&world);
    let odd = {
        let site = Site::of(&world.osprey, "").await;
        let clinician = site.visitor(PracticeRole::Clinician).await;
        let odd = place(&clinician.text(&to).await, "Currently pregnant");
        let reason = (format!("reason-{odd}"), "She rang: not so");
        press(&clinician, &to, "save", &[entry(odd, "refuse"), reason]).await;
        odd
    };
    world.osprey.reopen();
    let site = Site::of(&world.osprey, "").await;
    let clinician = site.visitor(PracticeRole::Clinician).await;
    let page = clinician.text(&to).await;
    assert_eq!(chosen(&page, odd).as_deref(), Some("refuse"));
    assert!(page.contains("She rang: not so") && page.contains("10 entries, 9 to decide"));
    press(&clinician, &to, "rest", &[]).await;
    press(&clinician, &to, "file", &[]).await;
    let json: serde_json::Value = clinician
        .get(&format!("{to}/filed"))
        .await
        .json()
        .await
        .unwrap();
    assert_eq!(json["entries"].as_array().unwrap().len(), 9);
    assert!(!json.to_string().contains("77386006"));
}

#[tokio::test]
async fn a_typed_code_is_judged_by_its_check_digit_and_what_was_typed_stays() {
    let world = received(&contradicting()).await;
    let site = Site::of(&world.osprey, "").await;
    let clinician = site.visitor(PracticeRole::Clinician).await;
    let to = address(&world);
    let page = clinician.text(&to).await;
    let complaint = place(&page, "Insect bite - wound");
    let typed = |code, meaning| {
        vec![
            entry(complaint, "amend"),
            (format!("code-{complaint}"), code),
            (format!("meaning-{complaint}"), meaning),
            (format!("text-{complaint}"), "Insect bite"),
        ]
    };
    let wrong = press(&clinician, &to, "save", &typed("276433005", "Insect bite")).await;
    assert_eq!(wrong.status(), StatusCode::UNPROCESSABLE_ENTITY);
    let wrong = wrong.text().await.unwrap();
    assert!(wrong.contains(&format!(
        "<a href=\"#code-{complaint}\">Enter a code with a right check digit"
    )));
    assert!(wrong.contains("276433005: check digit wrong, name not known here."));
    assert!(wrong.contains("value=\"276433005\"") && wrong.contains("Insect bite</textarea>"));
    let nameless = press(&clinician, &to, "save", &typed("283682007", " ")).await;
    let nameless = nameless.text().await.unwrap();
    assert!(nameless.contains(&format!(
        "<a href=\"#meaning-{complaint}\">Enter what the code means"
    )));
    let same = press(&clinician, &to, "save", &[entry(complaint, "amend")]).await;
    assert!(
        same.text()
            .await
            .unwrap()
            .contains("Change something, or take the entry as it came")
    );
    let no_reason = press(&clinician, &to, "save", &[entry(complaint, "refuse")]).await;
    let no_reason = no_reason.text().await.unwrap();
    assert!(no_reason.contains(&format!("<a href=\"#reason-{complaint}\">")));

    let saved = press(
        &clinician,
        &to,
        "save",
        &typed("283682007", "Bite of insect"),
    )
    .await;
    assert_eq!(location(&saved), to);
    let page = clinician.text(&to).await;
    assert!(
        page.contains("283682007: check digit right, name not known here."),
        "{page}"
    );
    // Whoever contradicts the text by a code that is known here is told.
    let odd = place(&page, "Currently pregnant");
    let against = [
        entry(odd, "amend"),
        (format!("code-{odd}"), "77386006"),
        (format!("text-{odd}"), "No, not pregnant"),
    ];
    let against = press(&clinician, &to, "save", &against).await;
    assert!(against.text().await.unwrap().contains("these two disagree"));
}

/// More entries than one page has stand on several, and filing leads to the first that is open.
#[tokio::test]
async fn a_record_of_many_entries_is_decided_page_by_page() {
    let mut data = String::from_utf8(update()).unwrap();
    let (_, rest) = data.split_once("<ClinicalImpression>").unwrap();
    let (one, _) = rest.split_once("</ClinicalImpression>").unwrap();
    let one = one.to_owned();
    for number in 100..170 {
        let id = format!("d8d3f0a2-0000-4000-8000-000000000{number}");
        let copy = one.replace(&format!("{ID}18"), &id);
        let more = format!(
            "<entry><fullUrl value=\"urn:uuid:{id}\"/><resource><ClinicalImpression>{copy}\
             </ClinicalImpression></resource></entry></Bundle></resource></entry>"
        );
        data = data.replacen("</Bundle></resource></entry>", &more, 1);
        let listed = format!("<entry><reference value=\"urn:uuid:{id}\"/></entry></section>");
        data = data.replacen("</section>", &listed, 1);
    }
    let world = received(data.as_bytes()).await;
    let site = Site::of(&world.osprey, "").await;
    let clinician = site.visitor(PracticeRole::Clinician).await;
    let to = address(&world);
    let page = clinician.text(&to).await;
    assert!(page.contains("80 entries, 80 to decide") && page.contains("Entries, page 2 of 2"));
    assert_eq!(page.matches("<fieldset class=\"choice").count(), 50);
    let second = clinician.text(&format!("{to}?page=2")).await;
    assert_eq!(second.matches("<fieldset class=\"choice").count(), 30);
    let on_first: Vec<(String, &str)> = (0..80)
        .filter(|place| page.contains(&format!("name=\"entry-{place}\"")))
        .map(|place| entry(place, "take"))
        .collect();
    let early = press(&clinician, &to, "file", &on_first).await;
    assert_eq!(early.status(), StatusCode::UNPROCESSABLE_ENTITY);
    let early = early.text().await.unwrap();
    assert_eq!(
        early.matches("<li><a href=\"#entry-").count(),
        30,
        "{early}"
    );
    let first: usize = early
        .split_once("href=\"#entry-")
        .unwrap()
        .1
        .split('"')
        .next()
        .unwrap()
        .parse()
        .unwrap();
    assert!(
        early.contains(&format!("name=\"entry-{first}\"")),
        "the page shows what it links to"
    );
    press(&clinician, &to, "rest", &[]).await;
    press(&clinician, &to, "file", &[]).await;
    assert_eq!(task(&world).state, TaskState::Filed);
}

#[tokio::test]
async fn fields_that_no_page_has_change_nothing() {
    let world = received(&update()).await;
    let site = Site::of(&world.osprey, "").await;
    let clinician = site.visitor(PracticeRole::Clinician).await;
    let to = address(&world);
    let odd = [
        ("entry-99", "take"),
        ("entry--1", "take"),
        ("entry-", "take"),
        ("entry-99999999999999999999999", "take"),
        ("entry-0", "everything"),
        ("entry-1", "suggested"),
        ("text-2", "without a choice"),
        ("page", "-7"),
    ];
    let fields: Vec<(String, &str)> = odd.map(|(name, value)| (name.to_owned(), value)).into();
    let answer = press(&clinician, &to, "dance", &fields).await;
    assert_eq!(
        answer.status(),
        StatusCode::UNPROCESSABLE_ENTITY,
        "nothing is suggested there"
    );
    let fields: Vec<(String, &str)> = fields.into_iter().filter(|it| it.0 != "entry-1").collect();
    assert_eq!(
        location(&press(&clinician, &to, "dance", &fields).await),
        to
    );
    let wild = press_having_seen(&clinician, &to, "-1", "save", &[entry(0, "take")]).await;
    assert_eq!(
        location(&wild),
        to,
        "a revision that is no number is the first"
    );
    let stored = world
        .osprey
        .practice
        .review(task(&world).id)
        .unwrap()
        .unwrap();
    assert_eq!((stored.review.acts().len(), stored.revision), (1, 1));
    let late = press_having_seen(&clinician, &to, "4294967295", "file", &[]).await;
    assert_eq!(late.status(), StatusCode::CONFLICT);
}
