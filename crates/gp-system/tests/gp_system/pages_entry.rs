//! Entering a consultation on the pages, and checking a message there.

use crate::support::site::{Site, Visitor, location, revision};
use crate::support::{Which, World, consultation, with_replaced};
use gp_system::web::PracticeRole;
use gp_system::{ConsultationId, ConsultationState};
use reqwest::StatusCode;
use reqwest::header::CONTENT_TYPE;

const FORM: &[(&str, &str)] = &[
    ("nhs_number", "969 363 2109"),
    ("family_name", "GARTON"),
    ("given_names", "Bill"),
    ("title", "Mr"),
    ("birth_date_day", "23"),
    ("birth_date_month", "6"),
    ("birth_date_year", "1946"),
    ("date_day", "22"),
    ("date_month", "11"),
    ("date_year", "2026"),
    ("time_hour", "8"),
    ("time_minute", "30"),
    ("receiving_practice", "Osprey Medical Centre"),
    ("clinician_id", "555021935107"),
    ("clinician_family_name", "Marsh"),
    ("clinician_given_names", "Helen"),
    ("clinician_role", "General practitioner"),
    ("practice_phone", "01228 555 0100"),
    ("practice_address", "1 Castle Street\r\nCarlisle"),
    ("title_0", "History"),
    ("text_0", "Cough for three days\r\nNo fever"),
    ("title_1", "Examination"),
    ("text_1", ""),
    ("title_4", "Follow-up actions"),
    ("text_4", "See again in a week"),
];

fn changed(name: &str, value: &'static str) -> Vec<(&'static str, &'static str)> {
    let field = |(field, before): &(&'static str, &'static str)| {
        (*field, if *field == name { value } else { *before })
    };
    FORM.iter().map(field).collect()
}

fn id_of(address: &str) -> ConsultationId {
    ConsultationId::parse(address.rsplit('/').next().unwrap()).unwrap()
}

/// Sends what is entered, by way of its preview.
async fn enter(visitor: &Visitor<'_>, path: &str, form: &[(&str, &str)]) -> ConsultationId {
    let draft = location(&visitor.post(path, form).await);
    assert!(
        visitor
            .text(&draft)
            .await
            .contains("Nothing has been sent yet")
    );
    id_of(&location(&visitor.send_draft(&draft).await))
}

#[tokio::test]
async fn the_form_shows_the_report_before_it_sends_it_and_its_page_tells_its_way() {
    let mut world = World::new();
    let site = Site::of(&world.starling, "/starling").await;
    let clinician = site.visitor(PracticeRole::Clinician).await;
    let draft = location(&clinician.post("/starling/new", FORM).await);
    let report = clinician.get(&format!("{draft}/report")).await;
    assert_eq!(report.headers()[CONTENT_TYPE], "application/pdf");
    assert!(report.bytes().await.unwrap().starts_with(b"%PDF-"));
    assert!(world.starling.practice.consultations().unwrap().is_empty());

    let form = clinician.text(&format!("{draft}/edit")).await;
    assert!(form.contains("See again in a week") && form.contains("969 363 2109"));
    let page = location(&clinician.send_draft(&draft).await);
    assert_eq!(clinician.get(&draft).await.status(), StatusCode::NOT_FOUND);
    assert!(clinician.text(&page).await.contains("Waiting to be sent"));
    world.starling.pass().await;
    world.carry(Which::Starling);
    world.answer().await;
    let shown = clinician.text(&page).await;
    assert!(shown.contains("Delivered, patient matched") && shown.contains("by clinician"));
    assert!(shown.contains("(20013)") && shown.contains("(30001)"));
    let sent = clinician.text("/starling/sent?state=delivered").await;
    assert!(sent.contains("GARTON, Bill"));
    let again = clinician.post(&format!("{draft}/send"), &[]).await;
    assert_eq!(again.status(), StatusCode::GONE);
    let page = again.text().await.unwrap();
    assert!(page.contains("The draft was sent or discarded already."));
    assert_eq!(world.starling.practice.consultations().unwrap().len(), 1);
}

/// The answer in the preview's row of this name.
fn row(page: &str, key: &str) -> String {
    let (_, after) = page.split_once(&format!(">{key}</dt>")).expect(key);
    let (_, value) = after.split_once('>').unwrap();
    let value = value.split_once("</dd>").unwrap().0;
    value.replace("<bdi>", "").replace("</bdi>", "")
}

#[tokio::test]
async fn the_preview_says_who_decides_where_the_report_goes_and_never_that_it_goes_where_was_typed()
{
    let world = World::new();
    let site = Site::of(&world.starling, "").await;
    let clinician = site.visitor(PracticeRole::Clinician).await;
    let decided = "the practice that PDS has the patient registered with when the report is sent";
    for (number, born, listed) in [
        (
            "969 363 2109",
            ["23", "6", "1946"],
            "; this practice's list of patients has A20047",
        ),
        // another's birth date; who left the practice that the list names; who is not in the list
        ("969 363 2109", ["24", "6", "1946"], ""),
        ("965 770 2402", ["1", "1", "1950"], ""),
        ("973 636 3015", ["8", "4", "1937"], ""),
    ] {
        let form: Vec<_> = changed("receiving_practice", "Kestrel Surgery")
            .into_iter()
            .map(|(name, value)| match name {
                "nhs_number" => (name, number),
                "birth_date_day" => (name, born[0]),
                "birth_date_month" => (name, born[1]),
                "birth_date_year" => (name, born[2]),
                _ => (name, value),
            })
            .collect();
        let draft = location(&clinician.post("/new", &form).await);
        let page = clinician.text(&draft).await;
        assert_eq!(
            row(&page, "Goes to"),
            format!("{decided}{listed}"),
            "{number}"
        );
        assert_eq!(
            row(&page, "Registered practice, as entered"),
            "Kestrel Surgery"
        );
    }
}

#[tokio::test]
async fn mistakes_are_told_above_the_form_each_with_a_link_to_its_field() {
    let world = World::new();
    let site = Site::of(&world.starling, "").await;
    let clinician = site.visitor(PracticeRole::Clinician).await;
    for (field, value, said) in [
        ("nhs_number", "<b>1", "nhs_number"),
        ("birth_date_day", "", "birth_date_day"),
        ("birth_date_month", "13", "birth_date_month"),
        ("birth_date_year", "46", "birth_date_year"),
        ("date_year", "", "date_year"),
        ("time_minute", "60", "time_minute"),
        ("clinician_role", "", "clinician_role"),
        ("practice_address", "", "practice_address"),
        ("title_0", "", "title_0"),
    ] {
        let answer = clinician.post("/new", &changed(field, value)).await;
        assert_eq!(answer.status(), StatusCode::UNPROCESSABLE_ENTITY, "{field}");
        let page = answer.text().await.unwrap();
        assert!(page.contains("There is a problem"), "{field}");
        assert!(page.contains(&format!("href=\"#{said}\"")), "{field}");
        assert!(page.contains(&format!("id=\"{said}\"")), "{field}");
        assert!(!page.contains("<b>1"));
    }
    // GPCM-SD-083: this patient is registered here.
    let osprey = Site::of(&world.osprey, "").await;
    let clinician = osprey.visitor(PracticeRole::Clinician).await;
    let own = clinician.post("/new", FORM).await;
    assert!(own.text().await.unwrap().contains("registered here"));
    assert!(world.starling.practice.consultations().unwrap().is_empty());
}

#[tokio::test]
async fn the_patient_is_found_in_the_list_without_a_name_in_an_address() {
    let world = World::new();
    let site = Site::of(&world.starling, "").await;
    let clinician = site.visitor(PracticeRole::Clinician).await;
    for text in ["gart", "bill garton", "969 363"] {
        let found = clinician.post("/new/patients", &[("patient", text)]).await;
        let found = found.text().await.unwrap();
        assert!(
            found.contains("GARTON, Bill") && !found.contains("GONE"),
            "{text}"
        );
        assert!(found.contains("23\u{a0}Jun\u{a0}1946"), "{text}");
    }
    let none = clinician
        .post("/new/patients", &[("patient", "arton")])
        .await;
    assert!(none.text().await.unwrap().contains("nobody of that name"));
    let form = clinician
        .post("/new/patient", &[("nhs_number", "9693632109")])
        .await;
    let form = form.text().await.unwrap();
    assert!(form.contains("value=\"GARTON\"") && form.contains("value=\"1946\""));
    let osprey = Site::of(&world.osprey, "").await;
    let clinician = osprey.visitor(PracticeRole::Clinician).await;
    let own = clinician
        .post("/new/patients", &[("patient", "garton")])
        .await;
    assert!(
        own.text()
            .await
            .unwrap()
            .contains("registered here: no report is sent")
    );
}

#[tokio::test]
async fn gpcm_sd_142_an_edit_within_the_wait_restarts_it_and_later_it_is_the_next_version() {
    let mut world = World::with(|starling, _| starling.wait_minutes = 10);
    let site = Site::of(&world.starling, "").await;
    let clinician = site.visitor(PracticeRole::Clinician).await;
    let id = enter(&clinician, "/new", FORM).await;
    let edit = format!("/sent/{id}/edit");
    assert!(clinician.text(&edit).await.contains("Cough for three days"));
    world.clock.advance(9);
    let same = enter(&clinician, &edit, &changed("text_0", "Cough for four days")).await;
    assert_eq!(same, id);
    world.clock.advance(9);
    world.starling.pass().await;
    assert_eq!(world.starling.record(id).state, ConsultationState::Waiting);
    world.clock.advance(1);
    world.starling.pass().await;
    world.carry(Which::Starling);
    world.answer().await;
    assert_eq!(
        world.starling.record(id).state,
        ConsultationState::Delivered
    );

    let next = enter(&clinician, &edit, &changed("text_0", "Cough is gone")).await;
    assert_ne!(next, id);
    assert_eq!(world.starling.record(next).version, 2);
    let answer = clinician.post(&edit, FORM).await;
    assert_eq!(answer.status(), StatusCode::CONFLICT);
    assert!(
        answer
            .text()
            .await
            .unwrap()
            .contains("a later version exists")
    );
    world.clock.advance(10);
    world.starling.pass().await;
    world.carry(Which::Starling);
    world.answer().await;
    assert_eq!(
        world.starling.record(next).state,
        ConsultationState::Delivered
    );
}

/// The form shows less than a consultation may hold: what it does not show is not lost.
#[tokio::test]
async fn what_the_form_does_not_show_survives_an_edit() {
    let world = World::with(|starling, _| starling.wait_minutes = 10);
    let mut rich = consultation();
    rich.patient.home_phone = Some("01632 960123".to_owned());
    rich.practice.email = Some("reception@starling.example".to_owned());
    rich.sections[0].items[0].confidential = true;
    rich.sections[0].items.push(send_document::Item {
        code: Some(send_document::Coding {
            system: "http://snomed.info/sct".to_owned(),
            code: "162397003".to_owned(),
            display: "Pain in throat".to_owned(),
        }),
        text: None,
        confidential: false,
    });
    rich.follow_up_actions = rich.sections[0].items.clone();
    let practice = world.starling.practice.clone();
    let id = practice.submit(rich.clone()).await.unwrap();
    let site = Site::of(&world.starling, "").await;
    let clinician = site.visitor(PracticeRole::Clinician).await;
    let edit = format!("/sent/{id}/edit");
    let page = clinician.text(&edit).await;
    let fields = filled_in(&page);
    let fields: Vec<(&str, &str)> = fields
        .iter()
        .map(|(name, value)| (name.as_str(), value.as_str()))
        .collect();
    enter(&clinician, &edit, &fields).await;
    let mut after = practice.content(id).unwrap().unwrap();
    // The address is one field: its postcode becomes its last line.
    assert_eq!(
        after.practice.address.lines.pop().as_deref(),
        Some("CA3 8TP")
    );
    after.practice.address = rich.practice.address.clone();
    assert!(after == rich);
}

/// The fields of the page's form as a browser would send them.
fn filled_in(page: &str) -> Vec<(String, String)> {
    let attribute = |tag: &str, name: &str| {
        let (_, rest) = tag.split_once(&format!(" {name}=\""))?;
        Some(rest.split_once('"')?.0.to_owned())
    };
    let inputs = page.split("<input").skip(1).filter_map(|part| {
        let tag = part.split_once('>').unwrap().0;
        let unticked = tag.contains("type=\"checkbox\"") && !tag.contains(" checked");
        let name = attribute(tag, "name").filter(|_| !unticked)?;
        Some((name, attribute(tag, "value")?))
    });
    let areas = page.split("<textarea").skip(1).map(|part| {
        let (tag, rest) = part.split_once('>').unwrap();
        let text = rest
            .split_once("</textarea>")
            .unwrap()
            .0
            .trim_start_matches('\n');
        (attribute(tag, "name").unwrap(), text.to_owned())
    });
    let selects = page.split("<select").skip(1).filter_map(|part| {
        let (tag, rest) = part.split_once('>').unwrap();
        let options = rest.split_once("</select>").unwrap().0;
        let chosen = options
            .split("<option")
            .find(|tag| tag.contains(" selected"));
        Some((attribute(tag, "name")?, attribute(chosen?, "value")?))
    });
    inputs
        .chain(areas)
        .chain(selects)
        .filter(|(name, _)| name != "token")
        .collect()
}

#[tokio::test]
async fn attachments_are_added_to_a_draft_and_travel_with_the_report() {
    let mut world = World::new();
    let site = Site::of(&world.starling, "").await;
    let clinician = site.visitor(PracticeRole::Clinician).await;
    let draft = location(&clinician.post("/new", FORM).await);
    let wrong = clinician.attach(&draft, &[("x.exe", b"MZ")]).await;
    assert_eq!(wrong.status(), StatusCode::UNPROCESSABLE_ENTITY);
    for name in ["blood.txt", "other.txt"] {
        let added = clinician.attach(&draft, &[(name, b"Hb 140")]).await;
        assert_eq!(location(&added), draft);
    }
    let seen = revision(&clinician.text(&draft).await);
    let remove = format!("{draft}/attachments/1/remove");
    clinician.post(&remove, &[("revision", &seen)]).await;
    let page = clinician.text(&draft).await;
    assert!(page.contains("blood.txt") && !page.contains("other.txt"));
    clinician.send_draft(&draft).await;
    world.starling.pass().await;
    world.carry(Which::Starling);
    world.osprey.pass().await;
    let task = world.osprey.practice.tasks().unwrap().remove(0);
    assert_eq!(task.attachments.len(), 2);
    let content = world
        .osprey
        .practice
        .attachment(task.id, 1)
        .unwrap()
        .unwrap();
    assert_eq!(content.bytes, b"Hb 140");
}

#[tokio::test]
async fn a_message_is_checked_and_the_findings_point_into_it() {
    let mut world = World::new();
    let (_, pair) = world.send(consultation()).await;
    let site = Site::of(&world.osprey, "").await;
    let reader = site.visitor(PracticeRole::Reader).await;
    let good = reader
        .upload("/check", &[("message_file", "a.dat", &pair.data)])
        .await;
    let good = good.text().await.unwrap();
    assert!(good.contains("Valid") && good.contains("20013"), "{good}");
    let broken = with_replaced(&pair.data, "371531000", "371531001");
    let broken = broken
        .split(|byte| *byte == b'>')
        .collect::<Vec<_>>()
        .join(&b">\n"[..]);
    let control = pair.control.write();
    let found = reader
        .upload(
            "/check",
            &[
                ("message", "", &broken),
                ("control_file", "a.ctl", &control),
            ],
        )
        .await
        .text()
        .await
        .unwrap();
    for part in [
        "Not valid",
        "GPCM-SD-115",
        "What to do:",
        "What the rule asks:",
        "Line ",
        "<mark>371531001</mark>",
        "20009",
        "&lt;Bundle xmlns=",
        "Check again",
    ] {
        assert!(found.contains(part), "{part}");
    }
    assert!(world.osprey.practice.received().unwrap().is_empty());
    assert!(world.osprey.names("OUT").is_empty());
}

#[tokio::test]
async fn a_message_in_json_is_checked_and_what_is_no_message_is_said_to_be_none() {
    let mut world = World::new();
    let (_, pair) = world.send(consultation()).await;
    let document = fhir::xml::read(&pair.data, &fhir::Limits::default()).unwrap();
    let json = fhir::json::write(&document.root).unwrap();
    let site = Site::of(&world.osprey, "").await;
    let reader = site.visitor(PracticeRole::Reader).await;
    let check = async |message: &[u8]| {
        let answer = reader.upload("/check", &[("message", "", message)]).await;
        (answer.status(), answer.text().await.unwrap())
    };
    let (_, page) = check(&json).await;
    assert!(page.contains("Valid") && page.contains("20013"));
    let json = with_replaced(&json, "371531000", "371531001");
    let (_, page) = check(&json).await;
    assert!(page.contains("GPCM-SD-115") && page.contains("<mark>371531001</mark>"));
    let (_, page) = check(b"<Bundle><a></Bundle>").await;
    assert!(page.contains("10009") && page.contains("Line 1, column"));
    assert!(page.contains("<mark>"), "where the reader stumbled");
    let (_, page) =
        check(b"<!DOCTYPE a [<!ENTITY b SYSTEM 'file:///etc/passwd'>]><a>&b;</a>").await;
    assert!(page.contains("10009") && !page.contains("root:"));
    let (status, page) = check(b"").await;
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(page.contains("href=\"#message\""));
    let large = vec![b'a'; 21 * 1024 * 1024];
    assert_eq!(check(&large).await.0, StatusCode::PAYLOAD_TOO_LARGE);
}

/// What was checked stays in the form, pasted or from a file, so that it is corrected and checked again.
#[tokio::test]
async fn a_checked_message_stays_in_the_form_and_is_corrected_there() {
    let mut world = World::new();
    let (_, pair) = world.send(consultation()).await;
    let site = Site::of(&world.osprey, "").await;
    let reader = site.visitor(PracticeRole::Reader).await;
    let broken = with_replaced(&pair.data, "371531000", "371531001");
    let check = async |parts: &[(&str, &str, &[u8])]| {
        reader.upload("/check", parts).await.text().await.unwrap()
    };
    let from_file = check(&[("message_file", "a.dat", &broken)]).await;
    let given = field(&from_file, "message");
    assert!(
        given.contains("371531001"),
        "the file's text is in the form"
    );
    let corrected = given.replace("371531001", "371531000");
    let good = check(&[("message", "", corrected.as_bytes())]).await;
    assert!(
        good.contains("20013") && !good.contains("GPCM-SD-115"),
        "{good}"
    );
    assert_eq!(field(&good, "message"), corrected);
    let bytes = [b"\xff\xfe".as_slice(), &broken].concat();
    let no_text = check(&[("message_file", "a.dat", &bytes)]).await;
    assert!(no_text.contains("not text in UTF-8") && field(&no_text, "message").is_empty());
}

/// The value of a form's field as a browser would send it.
fn field(page: &str, name: &str) -> String {
    let fields = filled_in(page).into_iter();
    let value = fields.filter(|(it, _)| it == name).map(|(_, value)| value);
    let escaped = [
        ("&lt;", "<"),
        ("&gt;", ">"),
        ("&quot;", "\""),
        ("&amp;", "&"),
    ];
    escaped
        .iter()
        .fold(value.collect(), |text: String, (from, to)| {
            text.replace(from, to)
        })
}

/// What a person looked at is what was built: looking again builds nothing again, and a draft whose
/// consultation left meanwhile shows the version it will be sent as.
#[tokio::test]
async fn a_draft_shows_the_report_that_was_built_when_it_was_saved() {
    let mut world = World::with(|starling, _| starling.wait_minutes = 10);
    let practice = world.starling.practice.used_by("clinician");
    let id = practice.submit(consultation()).await.unwrap();
    let draft = gp_system::Draft {
        consultation: consultation().check().unwrap(),
        updates: Some(id),
        revision: 0,
    };
    let draft = practice.save_draft(None, draft).await.unwrap();
    let (draft, seen) = (draft.id, draft.revision);
    let first = practice.draft_report(draft).await.unwrap().unwrap();
    world.clock.advance(1);
    assert!(practice.draft_report(draft).await.unwrap().unwrap() == first);
    world.clock.advance(9);
    world.starling.pass().await;
    world.carry(Which::Starling);
    world.answer().await;
    let second = practice.draft_report(draft).await.unwrap().unwrap();
    assert!(second != first, "version 2 by now");
    assert!(practice.draft_report(draft).await.unwrap().unwrap() == second);
    let sent = practice.send_draft(draft, seen).await.unwrap();
    assert_eq!(world.starling.record(sent).version, 2);
}

/// Each kind of refusal has its status: not found, deleted, deleted again.
#[tokio::test]
async fn what_cannot_be_done_is_answered_by_what_it_means() {
    let world = World::with(|starling, _| starling.wait_minutes = 10);
    let site = Site::of(&world.starling, "").await;
    let clinician = site.visitor(PracticeRole::Clinician).await;
    let id = enter(&clinician, "/new", FORM).await;
    let delete = format!("/sent/{id}/delete");
    let nothing = "/sent/3f0b5f1e-0000-4000-8000-0000000000ff/delete";
    assert_eq!(
        clinician.post(nothing, &[]).await.status(),
        StatusCode::NOT_FOUND
    );
    location(&clinician.post(&delete, &[]).await);
    let again = clinician.post(&delete, &[]).await;
    assert_eq!(again.status(), StatusCode::GONE);
    assert!(again.text().await.unwrap().contains("deleted before"));
    let edited = clinician.post(&format!("/sent/{id}/edit"), FORM).await;
    assert_eq!(edited.status(), StatusCode::GONE);
    assert!(
        edited
            .text()
            .await
            .unwrap()
            .contains("enter it as a new one")
    );
    let other = changed("nhs_number", "900 000 0009");
    let mine = clinician.post("/new", &other).await;
    let draft = location(&mine);
    let practice = world.starling.practice.used_by("clinician");
    practice
        .discard_draft(gp_system::DraftId::parse(draft.rsplit('/').next().unwrap()).unwrap())
        .await
        .unwrap();
    let gone = clinician.post(&format!("{draft}/send"), &[]).await;
    assert_eq!(gone.status(), StatusCode::GONE);
}
