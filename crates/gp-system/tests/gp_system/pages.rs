//! The pages over a real socket: what they show.

use crate::support::site::{Site, location};
use crate::support::{Which, World, consultation};
use gp_system::web::PracticeRole;
use reqwest::StatusCode;
use reqwest::header::{CONTENT_DISPOSITION, CONTENT_SECURITY_POLICY, CONTENT_TYPE};

fn attachment(content_type: &str, content: &[u8]) -> send_document::Attachment {
    send_document::Attachment {
        title: "<b>Note</b>".to_owned(),
        content_type: content_type.to_owned(),
        content: content.to_vec(),
    }
}

#[tokio::test]
async fn gpcm_sd_092_and_093_the_inbox_shows_the_subject_and_opens_the_document() {
    let mut world = World::new();
    let mut consultation = consultation();
    consultation.attachments = vec![attachment("text/plain", b"<script>alert(1)</script>")];
    let (_, pair) = world.send(consultation).await;
    world.publish(Which::Osprey, &pair);
    world.osprey.pass().await;
    let site = Site::of(&world.osprey, "/osprey").await;
    let reader = site.visitor(PracticeRole::Reader).await;

    let subject = pair.control.subject.as_ref().unwrap();
    let inbox = reader.text("/osprey/inbox").await;
    assert!(inbox.contains(subject.as_str()));
    assert!(inbox.contains("Cumbria Starling Medical Centre") && inbox.contains("For Action"));
    assert!(inbox.contains("Consultation Summary"));
    let overview = reader.text("/osprey").await;
    assert!(overview.contains("20013 Success; 30001 Patient known here"));
    assert!(overview.contains("Letter about <bdi>GARTON, Bill"));
    assert!(overview.contains("1 letter to do") && !overview.contains("Nothing to do"));

    let task = world.osprey.practice.tasks().unwrap().remove(0);
    let page = reader.text(&format!("/osprey/inbox/{}", task.id)).await;
    let document = format!("/osprey/inbox/{}/attachments/0", task.id);
    assert!(page.contains(&format!("src=\"{document}\"")));
    assert!(page.contains("969 363 2109") && page.contains("&lt;b&gt;Note"));
    let pdf = reader.get(&document).await;
    assert_eq!(pdf.headers()[CONTENT_TYPE], "application/pdf");
    assert_eq!(pdf.headers()["x-content-type-options"], "nosniff");
    assert_eq!(pdf.headers()["x-frame-options"], "SAMEORIGIN");
    let disposition = pdf.headers()[CONTENT_DISPOSITION].to_str().unwrap();
    assert!(disposition.starts_with("inline"));
    let stored = world
        .osprey
        .practice
        .attachment(task.id, 0)
        .unwrap()
        .unwrap();
    assert_eq!(pdf.bytes().await.unwrap(), stored.bytes);
}

/// Both ends can look into a message byte for byte: source, control data, findings, and the report again.
#[tokio::test]
async fn a_message_is_looked_into_at_both_ends() {
    let mut world = World::new();
    let (id, pair) = world.send(consultation()).await;
    world.publish(Which::Osprey, &pair);
    world.osprey.pass().await;
    let task = world.osprey.practice.tasks().unwrap().remove(0);
    let receiving = Site::of(&world.osprey, "").await;
    let sending = Site::of(&world.starling, "").await;
    for (site, path) in [
        (&receiving, format!("/inbox/{}", task.id)),
        (&sending, format!("/sent/{id}")),
    ] {
        let reader = site.visitor(PracticeRole::Reader).await;
        let source = reader.text(&format!("{path}/source")).await;
        let page = reader.text(&path).await + &source;
        for what in ["source", "control", "findings", "message"] {
            assert!(page.contains(&format!("href=\"{path}/{what}\"")), "{what}");
        }
        assert!(source.contains("class=\"source-text\"") && source.contains("GARTON"));
        assert_eq!(source.matches("<span class=\"n\">").count(), 200);
        let odd = format!("{path}/source?from=999999999&finding=x");
        assert!(reader.text(&odd).await.contains("source-text"));
        let control = reader.text(&format!("{path}/control")).await;
        assert!(control.contains("WorkflowId") && control.contains("&lt;DTSControl&gt;"));
        assert!(
            reader
                .text(&format!("{path}/findings"))
                .await
                .contains("Valid")
        );
        let message = reader.get(&format!("{path}/message")).await;
        assert_eq!(message.headers()[CONTENT_TYPE], "application/octet-stream");
        assert!(message.bytes().await.unwrap() == pair.data);
    }
    let reader = sending.visitor(PracticeRole::Reader).await;
    let report = reader.get(&format!("/sent/{id}/report")).await;
    assert_eq!(report.headers()[CONTENT_TYPE], "application/pdf");
    let received = world.osprey.practice.attachment(task.id, 0).unwrap();
    assert!(report.bytes().await.unwrap() == received.unwrap().bytes);
    let none = format!("/sent/{}/source", task.id);
    assert_eq!(reader.get(&none).await.status(), StatusCode::NOT_FOUND);
}

/// What a browser would run in our name is handed out as a file that it keeps.
#[tokio::test]
async fn attachments_that_could_run_are_downloads_without_a_type() {
    let mut world = World::new();
    let mut consultation = consultation();
    consultation.attachments = vec![
        attachment("text/html", b"<script>alert(1)</script>"),
        attachment(
            "application/xml",
            b"<svg xmlns='http://www.w3.org/2000/svg' onload='a()'/>",
        ),
        attachment("application/pdf", b"<html><script>alert(1)</script>"),
        attachment("image/png", b"<svg onload='a()'/>"),
        attachment("text/plain", b"<script>alert(1)</script>"),
    ];
    let (_, pair) = world.send(consultation).await;
    world.publish(Which::Osprey, &pair);
    world.osprey.pass().await;
    let site = Site::of(&world.osprey, "").await;
    let reader = site.visitor(PracticeRole::Reader).await;
    let tasks = world.osprey.practice.tasks().unwrap();
    assert_eq!(tasks.len(), 1, "answered {:?}", world.osprey.answered());
    for position in 1..=5 {
        let path = format!("/inbox/{}/attachments/{position}", tasks[0].id);
        let shown = reader.get(&path).await;
        assert_eq!(shown.status(), StatusCode::OK);
        let headers = shown.headers();
        let expected = ["application/octet-stream", "text/plain"][usize::from(position == 5)];
        assert_eq!(headers[CONTENT_TYPE], expected, "{path}");
        assert!(
            headers[CONTENT_DISPOSITION]
                .to_str()
                .unwrap()
                .starts_with("attachment")
        );
        assert_eq!(headers["x-content-type-options"], "nosniff");
        let policy = headers[CONTENT_SECURITY_POLICY].to_str().unwrap();
        assert!(policy.contains("sandbox") && policy.contains("default-src 'none'"));
    }
}

#[tokio::test]
async fn what_turns_the_direction_of_text_is_named_and_kept_apart() {
    let mut world = World::new();
    let mut consultation = consultation();
    consultation.practice.name = "Star\u{202e}ling".to_owned();
    let (_, pair) = world.send(consultation).await;
    assert!(pair.control.subject.as_ref().unwrap().contains('\u{202e}'));
    world.publish(Which::Osprey, &pair);
    world.osprey.pass().await;
    let site = Site::of(&world.osprey, "").await;
    let clerk = site.visitor(PracticeRole::Clerk).await;
    let task = world.osprey.practice.tasks().unwrap().remove(0);
    for path in ["/inbox".to_owned(), format!("/inbox/{}", task.id)] {
        let page = clerk.text(&path).await;
        assert!(page.contains("Star[U+202E]ling"), "{path}");
        assert!(page.contains("<bdi>"), "{path}");
        // The value of a choice stays what it is, for it is looked for.
        let shown = page.replace("value=\"Star\u{202e}ling\"", "");
        assert!(!shown.contains('\u{202e}'), "{path}");
    }
}

#[tokio::test]
async fn a_script_in_a_subject_is_shown_and_not_run() {
    let mut world = World::new();
    let mut consultation = consultation();
    consultation.practice.name = "<script>alert(1)</script> & Sons".to_owned();
    let (_, pair) = world.send(consultation).await;
    assert!(pair.control.subject.as_ref().unwrap().contains("<script>"));
    world.publish(Which::Osprey, &pair);
    world.osprey.pass().await;
    let site = Site::of(&world.osprey, "").await;
    let clerk = site.visitor(PracticeRole::Clerk).await;
    let task = world.osprey.practice.tasks().unwrap().remove(0);
    let note = "<img src=x onerror=alert(1)>";
    clerk
        .post(&format!("/inbox/{}/note", task.id), &[("note", note)])
        .await;
    for path in [
        "/inbox".to_owned(),
        format!("/inbox/{}", task.id),
        location(
            &clerk
                .post("/inbox", &[("q", "<script>"), ("sender", "\"><script>")])
                .await,
        ),
    ] {
        let page = clerk.text(&path).await;
        assert!(page.contains("&lt;script&gt;"), "{path}");
        assert!(
            !page.contains("<script>") && !page.contains("<img"),
            "{path}"
        );
    }
}

#[tokio::test]
async fn gpcm_sd_126_a_replaced_document_is_an_archive_one_step_away() {
    let mut world = World::new();
    let (id, first) = world.send(consultation()).await;
    world.publish(Which::Osprey, &first);
    world.answer().await;
    world
        .starling
        .practice
        .update(id, consultation())
        .await
        .unwrap();
    world.starling.pass().await;
    world.carry(Which::Starling);
    world.osprey.pass().await;
    let site = Site::of(&world.osprey, "").await;
    let clerk = site.visitor(PracticeRole::Clerk).await;
    let tasks = world.osprey.practice.tasks().unwrap();
    let (newer, older) = (tasks[0].id, tasks[1].id);
    let todo = clerk.text("/inbox").await;
    assert!(todo.contains(&newer.to_string()) && !todo.contains(&older.to_string()));
    assert!(
        clerk
            .text("/inbox?state=archived")
            .await
            .contains(&older.to_string())
    );
    let page = clerk.text(&format!("/inbox/{newer}")).await;
    assert!(page.contains("Replacement") && page.contains(&format!("/inbox/{older}")));
    let archive = clerk.text(&format!("/inbox/{older}")).await;
    assert!(archive.contains("archived") && archive.contains(&format!("/inbox/{newer}")));
    assert!(!archive.contains("File to the record"));
    let filing = clerk.post(&format!("/inbox/{older}/file"), &[]).await;
    assert!(
        clerk
            .text(&location(&filing))
            .await
            .contains("Nothing was changed")
    );
}

#[tokio::test]
async fn a_task_is_assigned_noted_filed_and_reopened_and_its_history_says_by_whom() {
    let mut world = World::new();
    let (_, pair) = world.send(consultation()).await;
    world.publish(Which::Osprey, &pair);
    world.osprey.pass().await;
    let site = Site::of(&world.osprey, "/osprey").await;
    let clerk = site.visitor(PracticeRole::Clerk).await;
    let task = world.osprey.practice.tasks().unwrap().remove(0).id;
    let at = |what: &str| format!("/osprey/inbox/{task}/{what}");
    let assigned = clerk.post(&at("assign"), &[("to", "clinician")]).await;
    assert!(
        clerk
            .text(&location(&assigned))
            .await
            .contains("assigned to clinician")
    );
    assert!(
        clerk
            .text("/osprey/inbox?assigned=me")
            .await
            .contains("No letter matches")
    );
    let nobody = clerk.post(&at("assign"), &[("to", "somebody-else")]).await;
    assert_eq!(nobody.status(), StatusCode::NOT_FOUND);
    let empty = clerk.post(&at("return"), &[("reason", " ")]).await;
    assert_eq!(empty.status(), StatusCode::UNPROCESSABLE_ENTITY);
    assert!(empty.text().await.unwrap().contains("href=\"#reason\""));
    clerk
        .post(&at("note"), &[("note", "Patient telephoned")])
        .await;
    clerk.post(&at("file"), &[]).await;
    let again = clerk.post(&at("return"), &[("reason", "Not ours")]).await;
    assert!(
        clerk
            .text(&location(&again))
            .await
            .contains("Nothing was changed")
    );
    clerk.post(&at("reopen"), &[]).await;
    clerk.post(&at("return"), &[("reason", "Not ours")]).await;
    let history = clerk.text(&at("history")).await;
    let page = clerk.text(&format!("/osprey/inbox/{task}")).await + &history;
    for part in [
        "Assigned to clinician",
        "Patient telephoned",
        "Filed to the record",
        "Reopened",
        "Returned because",
        "by clerk",
    ] {
        assert!(page.contains(part), "{part}");
    }
    assert!(
        clerk
            .text("/osprey/inbox?state=returned")
            .await
            .contains("1 letter.")
    );
}

#[tokio::test]
async fn gpcm_sd_135_the_page_warns_before_a_reported_consultation_is_deleted() {
    let mut world = World::with(|starling, _| starling.wait_minutes = 10);
    let practice = world.starling.practice.clone();
    let id = practice.submit(consultation()).await.unwrap();
    let site = Site::of(&world.starling, "/starling").await;
    let clinician = site.visitor(PracticeRole::Clinician).await;
    let path = format!("/starling/sent/{id}/delete");
    assert!(
        clinician
            .text(&format!("/starling/sent/{id}"))
            .await
            .contains(&path)
    );
    let before = clinician.text(&path).await;
    assert!(before.contains("No report of this consultation has left"));

    // It leaves while the question stands: the answer is asked for again, now with the warning.
    world.clock.advance(10);
    world.starling.pass().await;
    world.collect(Which::Starling);
    let again = clinician.post(&path, &[]).await;
    assert_eq!(again.status(), StatusCode::CONFLICT);
    let again = again.text().await.unwrap();
    for fact in [
        "GARTON, Bill",
        "969 363 2109",
        "22 Nov 2026",
        "Osprey Medical Centre",
    ] {
        assert!(again.contains(fact), "{fact}");
    }
    assert_eq!(world.starling.record(id).deleted_at, None);

    let done = clinician.post(&path, &[("warned", "yes")]).await;
    let page = clinician.text(&location(&done)).await;
    assert!(page.contains("Deleted") && page.contains("by clinician"));
    assert!(!page.contains(&path));
}
