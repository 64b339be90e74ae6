//! One draft open in two windows: the older look replaces nothing, sends nothing, and is told.

use crate::pages_drafts::{HERE, MARSH, NOTE, PATIENT, SEEN, form, keep, kept, text};
use crate::support::World;
use crate::support::site::{Site, Visitor, location, revision};
use gp_system::web::PracticeRole;
use reqwest::header::ACCEPT;
use reqwest::{Response, StatusCode};
use serde_json::Value;

const GONE: &str = "Cough is gone";
const FEVER: &str = "Cough for three days, fever";

async fn refused(answer: Response) -> String {
    assert_eq!(answer.status(), StatusCode::CONFLICT);
    answer.text().await.unwrap()
}

/// The fields of a draft with a note, as a form has them that was shown with this revision.
fn typed<'a>(draft: &'a str, revision: &'a str, note: &'a str) -> Vec<(&'a str, &'a str)> {
    let of_draft = [("draft", draft), ("revision", revision), ("text_0", note)];
    form(&[&PATIENT, &SEEN, &MARSH, &HERE, &NOTE, &of_draft])
}

#[tokio::test]
async fn the_older_of_two_windows_replaces_nothing_by_keeping_itself() {
    let world = World::new();
    let site = Site::of(&world.starling, "").await;
    let clinician = site.visitor(PracticeRole::Clinician).await;
    let begun = kept(&clinician, &NOTE).await;
    let (draft, edit) = (text(&begun["draft"]), text(&begun["address"]));
    assert_eq!(begun["revision"], 1);
    // Both windows show this.
    assert_eq!(revision(&clinician.text(&edit).await), "1");

    world.clock.advance(1);
    let newer = kept(&clinician, &typed(&draft, "1", GONE)).await;
    assert_eq!(newer["revision"], 2);
    world.clock.advance(1);
    let told = refused(keep(&clinician, &typed(&draft, "1", FEVER)).await).await;
    let told: Value = serde_json::from_str(&told).unwrap();
    assert_eq!(
        (&told["problem"], &told["address"]),
        (&"changed".into(), &edit.as_str().into())
    );
    // A form that does not say what it was made from replaces nothing either.
    for seen in ["", "0", "-1", "x", "3"] {
        world.clock.advance(1);
        refused(keep(&clinician, &typed(&draft, seen, FEVER)).await).await;
    }
    let page = clinician.text(&edit).await;
    assert!(page.contains(GONE) && !page.contains(FEVER));
    // The same once more, as the answer was lost on its way: it is kept as it is.
    world.clock.advance(1);
    let again = kept(&clinician, &typed(&draft, "1", GONE)).await;
    assert_eq!(again["revision"], 2);
    world.clock.advance(1);
    let on = kept(&clinician, &typed(&draft, "2", FEVER)).await;
    assert_eq!(on["revision"], 3);
    assert!(clinician.text(&edit).await.contains(FEVER));
}

#[tokio::test]
async fn the_older_of_two_windows_gets_its_form_back_as_it_was_typed_and_overwrites_nothing_by_it()
{
    let world = World::new();
    let site = Site::of(&world.starling, "").await;
    let clinician = site.visitor(PracticeRole::Clinician).await;
    let begun = kept(&clinician, &NOTE).await;
    let (draft, edit) = (text(&begun["draft"]), text(&begun["address"]));
    world.clock.advance(1);
    kept(&clinician, &typed(&draft, "1", GONE)).await;
    let older = typed(&draft, "1", FEVER);
    for to in ["/drafts", "/new", edit.as_str()] {
        let page = refused(clinician.post(to, &older).await).await;
        assert!(page.contains("There is a problem"), "{to}");
        assert!(page.contains(FEVER) && !page.contains(GONE), "{to}");
        assert!(page.contains("is not kept") && page.contains(&format!("href=\"{edit}\"")));
        // The script of this page keeps it at once, and is refused.
        assert!(page.contains("data-unsaved"), "{to}");
        assert_eq!(revision(&page), "1", "{to}");
    }
    // So does a form that is drawn again for a template, or with what is to be corrected.
    let wrong = form(&[&older, &[("nhs_number", "1"), ("template", "7")]]);
    for to in ["/new/template", "/new", edit.as_str()] {
        let page = clinician.post(to, &wrong).await.text().await.unwrap();
        assert!(page.contains(FEVER) && page.contains("is not kept"), "{to}");
        assert_eq!(revision(&page), "1", "{to}");
    }
    let page = clinician.text(&edit).await;
    assert!(page.contains(GONE) && !page.contains("is not kept"));
    let preview = location(&clinician.post(&edit, &typed(&draft, "2", GONE)).await);
    // The button pressed twice: the second finds what the first kept.
    let again = clinician.post(&edit, &typed(&draft, "2", GONE)).await;
    assert_eq!(location(&again), preview);
}

#[tokio::test]
async fn only_what_the_page_showed_is_sent() {
    let world = World::new();
    let practice = &world.starling.practice;
    let site = Site::of(&world.starling, "").await;
    let clinician = site.visitor(PracticeRole::Clinician).await;
    let preview = location(&clinician.post("/new", &typed("", "", FEVER)).await);
    let draft = preview.rsplit('/').next().unwrap();
    let seen = revision(&clinician.text(&preview).await);
    // In another window it is changed, and its report looked at.
    let edit = format!("{preview}/edit");
    let changed = typed(draft, &seen, GONE);
    assert_eq!(location(&clinician.post(&edit, &changed).await), preview);
    let latest = revision(&clinician.text(&preview).await);
    assert_ne!(latest, seen);
    let send = format!("{preview}/send");
    for seen in [seen.as_str(), "", "x"] {
        let page = refused(clinician.post(&send, &[("revision", seen)]).await).await;
        assert!(page.contains("nothing was sent"), "{page}");
        // What is shown with it is the draft as it is now, to be looked at before it is sent.
        assert!(page.contains("as it is now") && page.contains("Send the report"));
        assert_eq!(revision(&page), latest);
        assert!(practice.consultations().unwrap().is_empty());
    }
    refused(clinician.post(&send, &[]).await).await;
    location(&clinician.send_draft(&preview).await);
    let sent = practice.consultations().unwrap();
    let content = practice.content(sent[0].id).unwrap().unwrap();
    assert_eq!((sent.len(), content.sections.len()), (1, 1));
    let item = &content.sections[0].items[0];
    assert_eq!(item.text.as_deref(), Some(GONE));
}

/// Adds a file as the script of the page does.
async fn attach(visitor: &Visitor<'_>, draft: &str, seen: &str, name: &str) -> Response {
    let parts: [(&str, &str, &[u8]); 2] =
        [("revision", "", seen.as_bytes()), ("file", name, b"Hb 140")];
    let request = visitor.uploading(&format!("{draft}/attachments"), &parts);
    let request = request.header(ACCEPT, "application/json");
    request.send().await.unwrap()
}

#[tokio::test]
async fn files_are_added_to_what_the_page_shows_and_it_is_sent_with_them() {
    let world = World::new();
    let site = Site::of(&world.starling, "").await;
    let clinician = site.visitor(PracticeRole::Clinician).await;
    let draft = location(&clinician.post("/new", &typed("", "", FEVER)).await);
    let first = revision(&clinician.text(&draft).await);
    let mut seen = first.clone();
    for name in ["blood.txt", "scan.txt"] {
        let added = attach(&clinician, &draft, &seen, name).await;
        assert_eq!(added.status(), StatusCode::OK);
        let told: Value = serde_json::from_str(&added.text().await.unwrap()).unwrap();
        assert_eq!(told["problem"], "");
        let now = told["revision"].to_string();
        assert_ne!(now, seen);
        seen = now;
    }
    // A window that shows less adds, removes and sends nothing.
    refused(attach(&clinician, &draft, &first, "late.txt").await).await;
    refused(attach(&clinician, &draft, "", "late.txt").await).await;
    let remove = format!("{draft}/attachments/0/remove");
    let page = refused(clinician.post(&remove, &[("revision", &first)]).await).await;
    assert!(page.contains("as it is now") && page.contains("scan.txt"));
    refused(clinician.post(&remove, &[]).await).await;
    let send = format!("{draft}/send");
    refused(clinician.post(&send, &[("revision", &first)]).await).await;
    let page = clinician.text(&draft).await;
    assert!(page.contains("blood.txt") && page.contains("scan.txt") && !page.contains("late.txt"));
    assert_eq!(revision(&page), seen);
    location(&clinician.post(&send, &[("revision", &seen)]).await);
    let practice = &world.starling.practice;
    let sent = practice.consultations().unwrap().remove(0).id;
    assert_eq!(
        practice.content(sent).unwrap().unwrap().attachments.len(),
        2
    );
}
