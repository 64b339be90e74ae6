//! The pages over a real socket.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    missing_docs
)]

mod support;

use gp_system::{ConsultationState, web};
use reqwest::header::{CONTENT_DISPOSITION, CONTENT_SECURITY_POLICY, CONTENT_TYPE, ORIGIN};
use reqwest::{Client, StatusCode, redirect};
use support::{Side, Which, World, consultation};

struct Site {
    address: String,
    client: Client,
}

impl Site {
    async fn of(side: &Side, base: &str) -> Self {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = format!("http://{}", listener.local_addr().unwrap());
        let router = web::router(side.practice.clone(), base);
        tokio::spawn(async move { axum::serve(listener, router).await });
        let client = Client::builder()
            .redirect(redirect::Policy::none())
            .build()
            .unwrap();
        Self { address, client }
    }

    async fn get(&self, path: &str) -> reqwest::Response {
        self.client
            .get(format!("{}{path}", self.address))
            .send()
            .await
            .unwrap()
    }

    async fn text(&self, path: &str) -> String {
        let response = self.get(path).await;
        assert_eq!(response.status(), StatusCode::OK, "{path}");
        response.text().await.unwrap()
    }
}

#[tokio::test]
async fn gpcm_sd_092_and_093_the_inbox_shows_the_subject_and_opens_the_document() {
    let mut world = World::new();
    let mut consultation = consultation();
    consultation.attachments = vec![send_document::Attachment {
        title: "Note".to_owned(),
        content_type: "text/plain".to_owned(),
        content: b"<script>alert(1)</script>".to_vec(),
    }];
    let (_, pair) = world.send(consultation).await;
    world.publish(Which::Osprey, &pair);
    world.osprey.pass().await;
    let site = Site::of(&world.osprey, "/osprey").await;

    let subject = pair.control.subject.as_ref().unwrap();
    let inbox = site.text("/osprey/inbox").await;
    assert!(inbox.contains(subject.as_str()));
    assert!(inbox.contains("Cumbria Starling Medical Centre") && inbox.contains("For Action"));
    let overview = site.text("/osprey").await;
    assert!(overview.contains("20013 30001"));

    let task = world.osprey.practice.tasks().unwrap().remove(0);
    let page = site.text(&format!("/osprey/inbox/{}", task.id)).await;
    let document = format!("/osprey/inbox/{}/attachments/0", task.id);
    assert!(page.contains(&format!("<object class=\"document\" data=\"{document}\"")));
    let pdf = site.get(&document).await;
    assert_eq!(pdf.headers()[CONTENT_TYPE], "application/pdf");
    assert!(
        pdf.headers()[CONTENT_DISPOSITION]
            .to_str()
            .unwrap()
            .starts_with("inline")
    );
    let stored = world
        .osprey
        .practice
        .attachment(task.id, 0)
        .unwrap()
        .unwrap();
    assert_eq!(pdf.bytes().await.unwrap(), stored.bytes);

    let note = site
        .get(&format!("/osprey/inbox/{}/attachments/1", task.id))
        .await;
    assert!(
        note.headers()[CONTENT_DISPOSITION]
            .to_str()
            .unwrap()
            .starts_with("attachment")
    );
    assert_eq!(note.headers()["x-content-type-options"], "nosniff");
    assert!(
        note.headers()[CONTENT_SECURITY_POLICY]
            .to_str()
            .unwrap()
            .contains("sandbox")
    );
    assert_eq!(
        note.bytes().await.unwrap(),
        &b"<script>alert(1)</script>"[..]
    );
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
    let task = world.osprey.practice.tasks().unwrap().remove(0);
    for path in ["/inbox".to_owned(), format!("/inbox/{}", task.id)] {
        let page = site.text(&path).await;
        assert!(
            page.contains("&lt;script&gt;alert(1)&lt;/script&gt; &amp; Sons"),
            "{path}"
        );
        assert!(!page.contains("<script"), "{path}");
    }
}

#[tokio::test]
async fn every_page_forbids_scripts_framing_and_caching() {
    let world = World::new();
    let site = Site::of(&world.starling, "/starling").await;
    for path in [
        "/starling",
        "/starling/",
        "/starling/inbox",
        "/starling/sent",
        "/starling/new",
    ] {
        let response = site.get(path).await;
        assert_eq!(response.status(), StatusCode::OK, "{path}");
        let headers = response.headers();
        let policy = headers[CONTENT_SECURITY_POLICY].to_str().unwrap();
        assert!(policy.contains("default-src 'none'") && !policy.contains("script-src"));
        assert!(policy.contains("frame-ancestors 'none'"));
        assert_eq!(headers["cache-control"], "no-store");
        assert_eq!(headers["referrer-policy"], "no-referrer");
    }
    let unknown = "/starling/inbox/3f0b5f1e-0000-4000-8000-000000000001";
    for path in [unknown, "/starling/inbox/..%2f..", "/starling/sent/x"] {
        assert_eq!(
            site.get(path).await.status(),
            StatusCode::NOT_FOUND,
            "{path}"
        );
    }
}

const FORM: &[(&str, &str)] = &[
    ("nhs_number", "969 363 2109"),
    ("family_name", "GARTON"),
    ("given_names", "Bill"),
    ("title", "Mr"),
    ("birth_date", "1946-06-23"),
    ("date", "2026-11-22T08:30"),
    ("receiving_practice", "Osprey Medical Centre"),
    ("clinician_id", "555021935107"),
    ("clinician_family_name", "Marsh"),
    ("clinician_given_names", "Helen"),
    ("clinician_role", "General practitioner"),
    ("practice_phone", "01228 555 0100"),
    ("practice_address", "1 Castle Street\r\nCarlisle"),
    ("history", "Cough for three days\r\nNo fever"),
    ("examination", ""),
    ("plan", ""),
    ("follow_up", ""),
];

#[tokio::test]
async fn the_form_sends_a_consultation_whose_page_tells_its_way() {
    let mut world = World::new();
    let site = Site::of(&world.starling, "/starling").await;
    let address = format!("{}/starling/new", site.address);
    let posted = site
        .client
        .post(&address)
        .header(ORIGIN, &site.address)
        .form(FORM)
        .send()
        .await
        .unwrap();
    assert_eq!(
        posted.status(),
        StatusCode::SEE_OTHER,
        "{}",
        posted.text().await.unwrap()
    );
    let page = posted.headers()["location"].to_str().unwrap().to_owned();
    assert!(site.text(&page).await.contains("Waiting to be sent"));
    world.starling.pass().await;
    world.carry(Which::Starling);
    world.answer().await;
    let shown = site.text(&page).await;
    assert!(shown.contains("Delivered, patient matched"));
    assert!(shown.contains("(20013)") && shown.contains("(30001)"));
    assert!(site.text("/starling/sent").await.contains("GARTON, Bill"));
}

#[tokio::test]
async fn a_form_with_mistakes_is_shown_again_with_what_to_correct() {
    let world = World::new();
    let site = Site::of(&world.starling, "").await;
    let wrong: Vec<(&str, &str)> = FORM
        .iter()
        .map(|(name, value)| {
            if *name == "nhs_number" {
                (*name, "<b>1")
            } else {
                (*name, *value)
            }
        })
        .collect();
    let posted = site
        .client
        .post(format!("{}/new", site.address))
        .form(&wrong)
        .send()
        .await
        .unwrap();
    assert_eq!(posted.status(), StatusCode::UNPROCESSABLE_ENTITY);
    let page = posted.text().await.unwrap();
    assert!(page.contains("Enter the NHS number") && page.contains("&lt;b&gt;1"));
    assert!(world.starling.practice.consultations().unwrap().is_empty());
}

#[tokio::test]
async fn another_site_cannot_post_the_form() {
    let world = World::new();
    let site = Site::of(&world.starling, "").await;
    let post = || site.client.post(format!("{}/new", site.address)).form(FORM);
    for request in [
        post().header(ORIGIN, "https://example.org"),
        post().header(ORIGIN, "null"),
        post().header("sec-fetch-site", "cross-site"),
    ] {
        assert_eq!(
            request.send().await.unwrap().status(),
            StatusCode::FORBIDDEN
        );
    }
    assert!(world.starling.practice.consultations().unwrap().is_empty());
}

#[tokio::test]
async fn an_alert_stays_until_somebody_deals_with_it() {
    let mut world = World::new();
    let (id, pair) = world.send(consultation()).await;
    world.report(&pair, &mesh::status::NHS_NUMBER_NOT_FOUND);
    world.starling.pass().await;
    assert_eq!(world.starling.record(id).state, ConsultationState::Failed);
    let site = Site::of(&world.starling, "").await;
    let overview = site.text("/").await;
    assert!(overview.contains("EPL-153") && overview.contains("Needs somebody"));
    let alert = world.starling.practice.alerts().unwrap()[0].id;
    let settled = site
        .client
        .post(format!("{}/alerts/{alert}/settle", site.address))
        .send()
        .await
        .unwrap();
    assert_eq!(settled.status(), StatusCode::SEE_OTHER);
    assert!(!site.text("/").await.contains("Needs somebody"));
}

#[tokio::test]
async fn gpcm_sd_135_the_page_warns_before_a_reported_consultation_is_deleted() {
    let mut world = World::with(|starling, _| starling.wait_minutes = 10);
    let practice = world.starling.practice.clone();
    let id = practice.submit(consultation()).await.unwrap();
    let site = Site::of(&world.starling, "/starling").await;
    let path = format!("/starling/sent/{id}/delete");
    assert!(
        site.text(&format!("/starling/sent/{id}"))
            .await
            .contains(&path)
    );
    let before = site.text(&path).await;
    assert!(before.contains("No report of this consultation has left"));

    // It leaves while the question stands: the answer is asked for again, now with the warning.
    world.clock.advance(10);
    world.starling.pass().await;
    world.collect(Which::Starling);
    let post = |form: &'static [(&'static str, &'static str)]| {
        let request = site.client.post(format!("{}{path}", site.address));
        request.form(form).send()
    };
    let again = post(&[]).await.unwrap();
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

    let done = post(&[("warned", "yes")]).await.unwrap();
    assert_eq!(done.status(), StatusCode::SEE_OTHER);
    let page = site.text(&format!("/starling/sent/{id}")).await;
    assert!(page.contains("Deleted") && !page.contains(&path));
}
