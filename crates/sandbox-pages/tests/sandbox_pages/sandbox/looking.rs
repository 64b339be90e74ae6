//! Messages looked into: list, filters, source with its findings, what hostile messages show.

use crate::sandbox::kit::World;

#[tokio::test]
async fn messages_and_refused_requests_are_lines_of_one_list_and_filters_leave_some_out() {
    let world = World::new().await;
    let good = world.example("letter").await;
    let bad = world.example("wrong-number").await;
    let other = world.send("TEST_WORKFLOW", "mailbox,count\n").await;
    world.refused(None, Vec::new()).await;
    let page = world.text("/").await;
    for id in [&good, &bad, &other] {
        assert!(page.contains(&format!("/messages/{id}")), "{id}: {page}");
    }
    for part in [
        "<title>4 messages · Restante sandbox</title>",
        "No authorisation token",
        "Consultation Summary",
        "GPCM-SD-035",
        "Not ITK3: ",
        "1 error",
        "Valid",
        "All 4",
        "Refused 1",
        "Errors 1",
    ] {
        assert!(page.contains(part), "{part} is not in {page}");
    }
    for (query, seen) in [
        ("show=errors", vec![&bad]),
        ("show=valid", vec![&good]),
        ("show=other", vec![&other]),
        ("show=refused", vec![]),
        ("q=GPCM+gpfed", vec![&bad]),
        // What is searched for stands in an address: no patient is found by it.
        ("q=garton", vec![]),
        ("q=nobody", vec![]),
        ("workflow=TEST_WORKFLOW", vec![&other]),
        ("mailbox=X26ABC2&show=valid", vec![&good]),
        ("mailbox=X26ABC3", vec![]),
        ("state=acknowledged", vec![]),
    ] {
        let page = world.text(&format!("/?{query}")).await;
        for id in [&good, &bad, &other] {
            let is_there = page.contains(&format!("/messages/{id}"));
            assert_eq!(is_there, seen.contains(&id), "{query}: {id}");
        }
    }
}

#[tokio::test]
async fn the_wrong_value_is_marked_in_each_layout_of_the_source() {
    let world = World::new().await;
    let id = world.example("wrong-number").await;
    let laid_out = world.text(&format!("/messages/{id}?view=source")).await;
    assert!(laid_out.contains("<mark>9693632108</mark>"), "{laid_out}");
    assert!(laid_out.contains("id=\"finding-1\"") && laid_out.contains("class=\"hit\""));
    assert!(laid_out.contains("20009") && laid_out.contains("GPCM-SD-035"));
    let as_sent = world
        .text(&format!("/messages/{id}?view=source&layout=as-sent"))
        .await;
    assert!(
        as_sent.contains("<mark>&lt;value value=&quot;9693632108&quot;/&gt;</mark>"),
        "{as_sent}"
    );
    let tree = world
        .text(&format!("/messages/{id}?view=source&layout=tree"))
        .await;
    assert!(tree.contains("<mark>value</mark>"), "{tree}");
    let findings = world.text(&format!("/messages/{id}?view=findings")).await;
    assert!(
        findings.contains("view=source&amp;finding=1#finding-1"),
        "{findings}"
    );
}

#[tokio::test]
async fn each_view_of_a_letter_shows_what_it_is_for() {
    let world = World::new().await;
    let id = world.example("letter").await;
    let rendered = world.text(&format!("/messages/{id}?view=rendered")).await;
    for part in ["GARTON", "969 363 2109", "attachments/1"] {
        assert!(rendered.contains(part), "{part} is not in {rendered}");
    }
    let control = world.text(&format!("/messages/{id}?view=control")).await;
    assert!(control.contains("WorkflowId") && control.contains("GPFED_CONSULT_REPORT"));
    let journey = world.text(&format!("/messages/{id}?view=journey")).await;
    assert!(journey.contains("Accepted: 202 was answered") && journey.contains("In the inbox"));
    let sent = world.send("TEST_WORKFLOW", "a,b").await;
    let headers = world.text(&format!("/messages/{sent}?view=headers")).await;
    assert!(headers.contains("mex-subject") && headers.contains("about a test"));
    assert!(headers.contains("hidden; see the reason") && !headers.contains("4a3b2c1d"));
}

#[tokio::test]
async fn a_report_is_shown_by_the_browser_and_anything_else_is_a_download() {
    let world = World::new().await;
    let id = world.example("letter").await;
    let path = format!("/messages/{id}/attachments/1");
    let pdf = world.get(&path).send().await.unwrap();
    let header = |name: &str| pdf.headers()[name].to_str().unwrap().to_owned();
    assert_eq!(header("content-type"), "application/pdf");
    assert_eq!(header("x-content-type-options"), "nosniff");
    assert!(header("content-security-policy").contains("default-src 'none'"));
    assert_eq!(
        header("content-disposition"),
        "inline; filename=\"attachment-1.pdf\""
    );
    assert!(pdf.bytes().await.unwrap().starts_with(b"%PDF-"));
    let html = world
        .send("TEST_WORKFLOW", "<script>alert(1)</script>")
        .await;
    let content = world.get(&format!("/messages/{html}/content"));
    let content = content.send().await.unwrap();
    assert_eq!(
        content.headers()["content-type"],
        "application/octet-stream"
    );
    let disposition = content.headers()["content-disposition"].to_str().unwrap();
    assert!(disposition.starts_with("attachment"), "{disposition}");
    let policy = content.headers()["content-security-policy"]
        .to_str()
        .unwrap();
    assert!(policy.contains("sandbox"), "{policy}");
}

/// A document whose narrative, names and values try everything, in one line of a million characters.
fn hostile(world_text: &str) -> String {
    let padding = "x".repeat(1_000_000);
    world_text
        .replace(
            "<p>",
            "<p><script>alert(1)</script><img src=\"x\" onerror=\"alert(2)\"/>",
        )
        .replace(
            "GARTON",
            "GARTON&quot;&gt;&lt;script&gt;alert(3)&lt;/script&gt;\u{202e}",
        )
        .replace("<title value=\"", &format!("<title value=\"{padding}"))
}

#[tokio::test]
async fn a_hostile_message_shows_its_text_and_runs_nothing() {
    let world = World::new().await;
    let letter = world.example("letter").await;
    let content = world.get(&format!("/api/v1/messages/{letter}/content"));
    let content = content.send().await.unwrap().text().await.unwrap();
    let id = world.send("GPFED_CONSULT_REPORT", hostile(&content)).await;
    for view in [
        "rendered",
        "source",
        "source&layout=as-sent",
        "source&layout=tree",
        "control",
        "headers",
        "findings",
        "answers",
        "journey",
    ] {
        let page = world.text(&format!("/messages/{id}?view={view}")).await;
        for never in ["<script>alert", "onerror=\"alert", "<img", "\u{202e}"] {
            assert!(!page.contains(never), "{view}: {never}");
        }
        assert!(page.len() < 700_000, "{view}: {} bytes", page.len());
    }
    let list = world.text("/").await;
    assert!(list.contains("&lt;script&gt;alert(3)") && list.contains("[U+202E]"));
    assert!(list.len() < 100_000, "{} bytes", list.len());
}

#[tokio::test]
async fn what_cannot_be_read_is_shown_with_the_place_where_the_reader_stumbled() {
    let world = World::new().await;
    let broken = "<Bundle xmlns=\"http://hl7.org/fhir\">\n  <entry>\n</Bundle>";
    let id = world.send("GPFED_CONSULT_REPORT", broken).await;
    let page = world.text(&format!("/messages/{id}")).await;
    assert!(
        page.contains("class=\"hit\"") && page.contains("10009"),
        "{page}"
    );
    let gzip = [0x1f, 0x8b, 8, 0, 1, 2, 3];
    let id = world.send("TEST_WORKFLOW", gzip.to_vec()).await;
    let page = world.text(&format!("/messages/{id}")).await;
    assert!(page.contains("gzip is damaged"), "{page}");
}

#[tokio::test]
async fn a_paused_list_stands_still_and_counts_what_came() {
    let world = World::new().await;
    let first = world.send("TEST_WORKFLOW", "one").await;
    let page = world.text("/").await;
    let (_, rest) = page.split_once("href=\"/?paused=").unwrap();
    let paused = rest.split('"').next().unwrap();
    let second = world.send("TEST_WORKFLOW", "two").await;
    let page = world.text(&format!("/?paused={paused}")).await;
    assert!(page.contains(&format!("/messages/{first}")));
    assert!(!page.contains(&format!("/messages/{second}")));
    assert!(page.contains("Paused. 1 came since."), "{page}");
}
