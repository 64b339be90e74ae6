//! A consultation on its way to being entered: kept while it is typed, with what is known already filled in.

use crate::support::site::{Site, Visitor, location, revision};
use crate::support::{World, consultation};
use gp_system::web::PracticeRole;
use gp_system::{DraftId, PracticeError, Template, TemplateNote};
use reqwest::header::ACCEPT;
use reqwest::{Response, StatusCode};
use serde_json::Value;

pub const PATIENT: [(&str, &str); 6] = [
    ("nhs_number", "969 363 2109"),
    ("family_name", "GARTON"),
    ("birth_date_day", "23"),
    ("birth_date_month", "6"),
    ("birth_date_year", "1946"),
    ("receiving_practice", "Osprey Medical Centre"),
];
pub const SEEN: [(&str, &str); 5] = [
    ("date_day", "22"),
    ("date_month", "11"),
    ("date_year", "2026"),
    ("time_hour", "8"),
    ("time_minute", "30"),
];
pub const MARSH: [(&str, &str); 5] = [
    ("clinician_id", "555083343101"),
    ("clinician_title", "Dr"),
    ("clinician_family_name", "Marsh"),
    ("clinician_role", "General practitioner"),
    ("clinician_phone", "01632 960201"),
];
pub const HERE: [(&str, &str); 2] = [
    ("practice_phone", "01632 960200"),
    ("practice_address", "14 Beck Road\r\nKendal"),
];
pub const NOTE: [(&str, &str); 2] = [("title_0", "History"), ("text_0", "Cough for three days")];

pub fn form<'a>(parts: &[&[(&'a str, &'a str)]]) -> Vec<(&'a str, &'a str)> {
    parts.concat()
}

/// Keeps the form as the script of the page does.
pub async fn keep(visitor: &Visitor<'_>, fields: &[(&str, &str)]) -> Response {
    let token = [("token", visitor.token.as_str())];
    let all: Vec<_> = token.iter().chain(fields).collect();
    let request = visitor
        .posting("/drafts")
        .header(ACCEPT, "application/json");
    request.form(&all).send().await.unwrap()
}

pub async fn kept(visitor: &Visitor<'_>, fields: &[(&str, &str)]) -> Value {
    let answer = keep(visitor, fields).await;
    assert_eq!(answer.status(), StatusCode::OK);
    serde_json::from_str(&answer.text().await.unwrap()).unwrap()
}

pub fn text(value: &Value) -> String {
    value.as_str().unwrap().to_owned()
}

#[tokio::test]
async fn what_is_typed_is_kept_with_nothing_in_it_checked_and_is_gone_on_with() {
    let world = World::new();
    let site = Site::of(&world.starling, "").await;
    let clinician = site.visitor(PracticeRole::Clinician).await;
    let other = site.visitor(PracticeRole::Administrator).await;
    // Neither a patient nor a date that could be read: nobody is asked for them while they type.
    let begun = kept(
        &clinician,
        &[("text_0", "Fell off a <b>"), ("date_day", "x")],
    )
    .await;
    let (draft, address) = (text(&begun["draft"]), text(&begun["address"]));
    assert_eq!(address, format!("/drafts/{draft}/edit"));
    assert_eq!(begun["at"].as_str().unwrap().len(), 5, "the time, as 14:02");
    let page = clinician.text(&address).await;
    assert!(page.contains("Fell off a &lt;b&gt;") && page.contains("value=\"x\""));
    assert!(!page.contains("There is a problem"));
    assert_eq!(other.get(&address).await.status(), StatusCode::NOT_FOUND);
    let new = clinician.text("/new").await;
    assert!(new.contains("1 draft") && new.contains(&draft) && !new.contains("Fell off"));
    assert!(clinician.text("/drafts").await.contains("No patient yet"));
    assert!(!other.text("/drafts").await.contains(&draft));

    world.clock.advance(1);
    let of_draft = |revision| [("draft", draft.as_str()), ("revision", revision)];
    let whole = form(&[&PATIENT, &SEEN, &MARSH, &HERE, &NOTE, &of_draft("1")]);
    assert_eq!(text(&kept(&clinician, &whole).await["draft"]), draft);
    let whole = form(&[&whole, &of_draft("2")]);
    assert!(clinician.text("/drafts").await.contains("GARTON"));
    // Looking at the report is looking at what was checked: there is nothing yet.
    let preview = format!("/drafts/{draft}");
    assert_eq!(location(&clinician.get(&preview).await), address);
    assert_eq!(location(&clinician.post("/new", &whole).await), preview);
    let shown = clinician.text(&preview).await;
    assert!(shown.contains("Nothing has been sent yet") && shown.contains("Dr Marsh"));

    // What is typed on is not sent before it is looked at.
    world.clock.advance(1);
    let seen = revision(&shown);
    let on = form(&[&whole, &[("text_0", "Cough is gone"), ("revision", &seen)]]);
    kept(&clinician, &on).await;
    let send = format!("{preview}/send");
    let sent = clinician.post(&send, &[("revision", &seen)]).await;
    assert_eq!(sent.status(), StatusCode::CONFLICT);
    let told = sent.text().await.unwrap();
    assert!(told.contains("typed on") && told.contains("Cough is gone"));
    assert!(world.starling.practice.consultations().unwrap().is_empty());
    let form_again = clinician.text(&address).await;
    assert!(form_again.contains("Cough is gone"));
    let seen = revision(&form_again);
    let on = form(&[&on, &[("revision", &seen)]]);
    assert_eq!(location(&clinician.post(&address, &on).await), preview);
    location(&clinician.send_draft(&preview).await);
    assert_eq!(world.starling.practice.consultations().unwrap().len(), 1);
    let gone = keep(&clinician, &on).await;
    assert_eq!(gone.status(), StatusCode::GONE);
}

#[tokio::test]
async fn keeping_has_bounds_and_needs_no_script() {
    let world = World::new();
    let site = Site::of(&world.starling, "").await;
    let clinician = site.visitor(PracticeRole::Clinician).await;
    let by_button = clinician.post("/drafts", &NOTE).await;
    let address = location(&by_button);
    let page = clinician.text(&address).await;
    assert!(page.contains("Kept as a draft at") && page.contains("Cough for three days"));
    // A form that keeps itself rests a second, whichever drafts it is of; a person's button does not.
    let hasty = keep(&clinician, &NOTE).await;
    assert_eq!(hasty.status(), StatusCode::TOO_MANY_REQUESTS);
    for _ in 1..50 {
        location(&clinician.post("/drafts", &NOTE).await);
    }
    let full = clinician.post("/drafts", &NOTE).await;
    assert_eq!(full.status(), StatusCode::CONFLICT);
    assert!(full.text().await.unwrap().contains("50 drafts are kept"));
    world.clock.advance(1);
    let full = keep(&clinician, &NOTE).await;
    assert_eq!(full.status(), StatusCode::CONFLICT);
    assert!(full.text().await.unwrap().contains("too-many-drafts"));
    let practice = world.starling.practice.used_by("clinician");
    assert_eq!(practice.drafts().unwrap().len(), 50);
    world.clock.advance(8 * 24 * 60);
    location(&clinician.post("/drafts", &NOTE).await);
    assert_eq!(practice.drafts().unwrap().len(), 1, "after seven days");
    let long = "a".repeat(2 * 1024 * 1024);
    let large = keep(&clinician, &[("text_0", &long)]).await;
    assert_eq!(large.status(), StatusCode::PAYLOAD_TOO_LARGE);
    let foreign = clinician.posting("/drafts").form(&NOTE).send().await;
    assert_eq!(foreign.unwrap().status(), StatusCode::FORBIDDEN);
}

fn stored_drafts(world: &World) -> u32 {
    let records = rusqlite::Connection::open(world.starling.data.join("practice.sqlite")).unwrap();
    records
        .query_row("SELECT count(*) FROM draft", [], |row| row.get(0))
        .unwrap()
}

#[tokio::test]
async fn a_draft_is_forgotten_after_seven_days_though_nobody_keeps_another() {
    let world = World::new();
    let site = Site::of(&world.starling, "").await;
    let clinician = site.visitor(PracticeRole::Clinician).await;
    let whole = form(&[&PATIENT, &SEEN, &MARSH, &HERE, &NOTE]);
    let draft = location(&clinician.post("/new", &whole).await);
    world.starling.pass().await;
    world.clock.advance(7 * 24 * 60);
    assert_eq!(clinician.get(&draft).await.status(), StatusCode::OK);
    world.clock.advance(1);
    // Nothing was removed yet, and nobody is shown it or sends it any more.
    assert_eq!(stored_drafts(&world), 1);
    for what in ["", "/edit", "/report"] {
        let answer = clinician.get(&format!("{draft}{what}")).await;
        assert_eq!(answer.status(), StatusCode::NOT_FOUND, "{what}");
    }
    assert!(clinician.text("/drafts").await.contains("no drafts"));
    let sent = clinician.post(&format!("{draft}/send"), &[]).await;
    assert_eq!(sent.status(), StatusCode::GONE);
    world.starling.pass().await;
    assert_eq!(stored_drafts(&world), 0);
}

#[tokio::test]
async fn a_draft_that_is_saved_again_replaces_only_what_it_was_made_from() {
    let world = World::new();
    let site = Site::of(&world.starling, "").await;
    let clinician = site.visitor(PracticeRole::Clinician).await;
    let whole = form(&[&PATIENT, &SEEN, &MARSH, &HERE, &NOTE]);
    let preview = location(&clinician.post("/new", &whole).await);
    let draft = preview.rsplit('/').next().unwrap();
    let id = DraftId::parse(draft).unwrap();
    let practice = world.starling.practice.used_by("clinician");
    // A file is added to what was read, and until it has arrived somebody types on in another window.
    let read = practice.draft(id).unwrap().unwrap();
    world.clock.advance(1);
    let on = form(&[&whole, &[("draft", draft), ("text_0", "Cough is gone")]]);
    let on = form(&[&on, &[("revision", "1")]]);
    kept(&clinician, &on).await;
    let late = practice.save_draft(Some(id), read.clone()).await;
    assert!(matches!(late, Err(PracticeError::Changed(_))));
    let edit = format!("{preview}/edit");
    assert!(clinician.text(&edit).await.contains("Cough is gone"));
    // What was checked meanwhile stays as well.
    let on = form(&[&on, &[("revision", "2")]]);
    assert_eq!(location(&clinician.post(&edit, &on).await), preview);
    let late = practice.save_draft(Some(id), read.clone()).await;
    assert!(matches!(late, Err(PracticeError::Changed(_))));
    let fresh = practice.draft(id).unwrap().unwrap();
    practice.save_draft(Some(id), fresh).await.unwrap();
    // A draft that was discarded does not come back.
    practice.discard_draft(id).await.unwrap();
    let late = practice.save_draft(Some(id), read).await;
    assert!(matches!(late, Err(PracticeError::Gone(_))));
    assert!(practice.drafts().unwrap().is_empty());
}

#[tokio::test]
async fn a_change_that_is_typed_and_left_goes_on_as_that_change() {
    let world = World::with(|starling, _| starling.wait_minutes = 10);
    let practice = world.starling.practice.clone();
    let id = practice.submit(consultation()).await.unwrap();
    let site = Site::of(&world.starling, "").await;
    let clinician = site.visitor(PracticeRole::Clinician).await;
    let updates = id.to_string();
    let begun = kept(&clinician, &form(&[&NOTE, &[("updates", &updates)]])).await;
    let address = text(&begun["address"]);
    assert!(
        clinician
            .text(&address)
            .await
            .contains("Change a consultation")
    );
    let draft = text(&begun["draft"]);
    let of_draft = [("draft", draft.as_str()), ("revision", "1")];
    let whole = form(&[&PATIENT, &SEEN, &MARSH, &HERE, &NOTE, &of_draft]);
    let edit = format!("/sent/{id}/edit");
    let preview = location(&clinician.post(&edit, &whole).await);
    assert_eq!(preview, format!("/drafts/{draft}"));
    let sent = location(&clinician.send_draft(&preview).await);
    assert_eq!(
        sent,
        format!("/sent/{id}"),
        "the same consultation, changed"
    );
    assert_eq!(practice.consultations().unwrap().len(), 1);
    // A draft of one consultation is not posted as a change of another.
    let begun = kept(&clinician, &NOTE).await;
    let draft = text(&begun["draft"]);
    let other = form(&[&PATIENT, &SEEN, &MARSH, &HERE, &NOTE, &[("draft", &draft)]]);
    assert_eq!(
        clinician.post(&edit, &other).await.status(),
        StatusCode::NOT_FOUND
    );
}

#[tokio::test]
async fn the_clinician_is_remembered_for_who_sent_and_forgotten_when_asked() {
    let world = World::with(|starling, _| {
        starling.phone = "01632 960200".to_owned();
        starling.address = vec!["14 Beck Road".to_owned(), "Kendal".to_owned()];
    });
    let site = Site::of(&world.starling, "").await;
    let clinician = site.visitor(PracticeRole::Clinician).await;
    let other = site.visitor(PracticeRole::Administrator).await;
    let first = form(&[&PATIENT, &SEEN, &MARSH, &HERE, &NOTE]);
    let draft = location(&clinician.post("/new", &first).await);
    assert!(
        !clinician.text("/new").await.contains("Marsh"),
        "not sent yet"
    );
    location(&clinician.send_draft(&draft).await);

    let page = clinician.text("/new").await;
    assert!(page.contains("Seen by Dr Marsh, General practitioner, on 22\u{a0}Nov\u{a0}2026 at"));
    assert!(page.contains("Cumbria Starling Medical Centre, 01632 960200, 14 Beck Road, Kendal"));
    assert!(!other.text("/new").await.contains("Marsh"));
    // The second one: the patient and the notes, and what the form holds already.
    let chosen = [("clinician", "555083343101")];
    let second = form(&[&PATIENT, &SEEN, &chosen, &HERE, &NOTE]);
    let draft = location(&clinician.post("/new", &second).await);
    let practice = world.starling.practice.used_by("clinician");
    let id = DraftId::parse(draft.rsplit('/').next().unwrap()).unwrap();
    let entered = practice.draft(id).unwrap().unwrap().consultation;
    assert_eq!(entered.practitioner.phone.as_deref(), Some("01632 960201"));
    // One is chosen and another entered: nobody guesses.
    let both = form(&[
        &PATIENT,
        &SEEN,
        &chosen,
        &[("clinician_family_name", "Berg")],
        &HERE,
        &NOTE,
    ]);
    let answer = clinician.post("/new", &both).await;
    assert_eq!(answer.status(), StatusCode::UNPROCESSABLE_ENTITY);
    assert!(answer.text().await.unwrap().contains("href=\"#clinician\""));

    let forget = "/new/clinicians/forget";
    let id = [("sds_user_id", "555083343101")];
    assert!(clinician.text("/new/clinicians").await.contains("Dr Marsh"));
    assert_eq!(
        other.post(forget, &id).await.status(),
        StatusCode::NOT_FOUND
    );
    location(&clinician.post(forget, &id).await);
    assert!(!clinician.text("/new").await.contains("Marsh"));
    let stale = clinician.post("/new", &second).await;
    assert!(stale.text().await.unwrap().contains("no longer remembered"));
}

#[tokio::test]
async fn the_registered_practice_is_the_lists_and_another_is_warned_of() {
    let mut world = World::new();
    let list = crate::support::PATIENTS
        .replace("other_family_names", "other_family_names,gp_name")
        .replace(",MARLOWE", ",MARLOWE,Osprey Medical Centre")
        .replace(",U,,\n", ",U,,,\n");
    std::fs::write(world.starling.config.patients.as_ref().unwrap(), list).unwrap();
    world.starling.reopen();
    let site = Site::of(&world.starling, "").await;
    let clinician = site.visitor(PracticeRole::Clinician).await;
    let found = clinician
        .post("/new/patients", &[("patient", "garton")])
        .await;
    assert!(
        found
            .text()
            .await
            .unwrap()
            .contains("Osprey Medical Centre (A20047)")
    );
    let chosen = clinician
        .post("/new/patient", &[("nhs_number", "9693632109")])
        .await;
    let page = chosen.text().await.unwrap();
    for part in [
        "GARTON, Bill, born 23\u{a0}Jun\u{a0}1946, NHS number 969 363 2109, registered with Osprey Medical Centre",
        "Goes to the practice that PDS has the patient registered with when the report is sent; this practice's list \
         of patients has Osprey Medical Centre (A20047).",
    ] {
        assert!(page.contains(part), "{part}");
    }
    let warned = "Two practices are named";
    for (entered, is_warned) in [
        ("Osprey Medical Centre", false),
        ("OSPREY MEDICAL CENTRE (A20047)", false),
        ("a20047", false),
        ("Kestrel Surgery", true),
        ("B12345", true),
    ] {
        let practice = [("receiving_practice", entered)];
        let all = form(&[&PATIENT, &practice, &SEEN, &MARSH, &HERE, &NOTE]);
        let draft = location(&clinician.post("/new", &all).await);
        let page = clinician.text(&draft).await;
        assert_eq!(page.contains(warned), is_warned, "{entered}");
    }
}

#[tokio::test]
async fn a_template_begins_notes_and_changes_none_that_was_typed() {
    let note = |title: &str, text: &str| TemplateNote {
        title: title.to_owned(),
        text: text.to_owned(),
    };
    let world = World::with(|starling, _| {
        starling.templates = vec![Template {
            name: "Minor injury".to_owned(),
            notes: vec![
                note("History", "Injury:"),
                note("Wound", "Site:"),
                note("Plan", "<Dressing>"),
            ],
        }];
    });
    let site = Site::of(&world.starling, "").await;
    let clinician = site.visitor(PracticeRole::Clinician).await;
    assert!(clinician.text("/new").await.contains("Minor injury"));
    let typed = [
        ("template", "0"),
        ("title_0", "History"),
        ("text_0", "Fell off a ladder"),
        ("title_1", "Examination"),
        ("title_2", "Plan"),
        ("nhs_number", "969 363 2109"),
    ];
    let page = clinician
        .post("/new/template", &typed)
        .await
        .text()
        .await
        .unwrap();
    let at = |text: &str| page.find(text).expect(text);
    let order = ["Fell off a ladder", "Injury:", "Site:", "&lt;Dressing&gt;"];
    assert!(
        order.windows(2).all(|pair| at(pair[0]) < at(pair[1])),
        "{page}"
    );
    assert!(page.contains("value=\"Wound\"") && page.contains("value=\"969 363 2109\""));
    let none = clinician.post("/new/template", &[("template", "7")]).await;
    assert!(none.text().await.unwrap().contains("Choose a template"));
}

#[tokio::test]
async fn the_notes_that_hold_something_stand_open_and_no_other() {
    let world = World::new();
    let site = Site::of(&world.starling, "").await;
    let clinician = site.visitor(PracticeRole::Clinician).await;
    let open = |page: &str| {
        page.matches("class=\"nhsuk-details entry-note\" open")
            .count()
    };
    let new = clinician.text("/new").await;
    assert_eq!(open(&new), 1, "where one begins to type");
    assert!(new.matches("entry-note").count() > 5);
    let third = [
        ("title_0", "History"),
        ("title_2", "Plan"),
        ("text_2", "Rest"),
    ];
    let page = location(&clinician.post("/drafts", &third).await);
    let page = clinician.text(&page).await;
    assert_eq!(open(&page), 1);
    assert!(page.find("open>").unwrap() > page.find("title_0").unwrap());
}

#[tokio::test]
async fn files_are_added_several_at_once_and_what_is_wrong_is_said_of_which() {
    let world = World::new();
    let site = Site::of(&world.starling, "").await;
    let clinician = site.visitor(PracticeRole::Clinician).await;
    let whole = form(&[&PATIENT, &SEEN, &MARSH, &HERE, &NOTE]);
    let draft = location(&clinician.post("/new", &whole).await);
    let page = clinician.text(&draft).await;
    assert!(page.contains("5 MB a file and 20 MB together at most") && page.contains(" multiple"));
    let two: [(&str, &[u8]); 2] = [("a.txt", b"one"), ("b.txt", b"two")];
    assert_eq!(location(&clinician.attach(&draft, &two).await), draft);
    let large = vec![b'a'; 5_200_000];
    let cases: [(&str, &[u8], &str); 3] = [
        ("x.exe", b"MZ", "x.exe: a file of this type cannot be sent"),
        ("empty.txt", b"", "empty.txt: the file is empty"),
        (
            "scan.txt",
            &large,
            "scan.txt: the file has 5.2 MB, and 5 MB is the most",
        ),
    ];
    for (name, content, words) in cases {
        let refused = clinician.attach(&draft, &[(name, content)]).await;
        assert_eq!(refused.status(), StatusCode::UNPROCESSABLE_ENTITY);
        assert!(refused.text().await.unwrap().contains(words), "{words}");
    }
    let most = vec![b'a'; 4_999_990];
    for (name, fits) in [
        ("c.txt", true),
        ("d.txt", true),
        ("e.txt", true),
        ("f.txt", true),
        ("g.txt", false),
    ] {
        let answer = clinician.attach(&draft, &[(name, &most)]).await;
        assert_eq!(answer.status() == StatusCode::SEE_OTHER, fits, "{name}");
        if !fits {
            let page = answer.text().await.unwrap();
            assert!(page.contains("20 MB is the most"));
        }
    }
    let page = clinician.text(&draft).await;
    assert_eq!(page.matches(">Remove<").count(), 6);
}
