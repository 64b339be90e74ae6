//! The console over a real socket and a real store.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    missing_docs
)]

mod support;

use std::sync::Arc;

use axum::http::Method;
use exchange_console::ExchangeRole::{self, Administrator, Auditor, Observer, Operator};
use exchange_console::{Step, StepKind, table};
use jiff::SignedDuration;
use nhs::{Clock, MessageId};
use pages::{Needs, Role};
use reqwest::StatusCode;
use reqwest::header::LOCATION;
use support::{GARTON, LOCAL_ID, MAILBOX_NAME, RECEIVER, SENDER, SUBJECT, World};

/// Where each text stands in a page; they must stand in this order.
fn in_order(page: &str, texts: &[&str]) {
    let mut rest = page;
    for text in texts {
        let (_, after) = rest
            .split_once(text)
            .unwrap_or_else(|| panic!("{text} is missing, or before another, in\n{page}"));
        rest = after;
    }
}

async fn delivered(world: &World) -> MessageId {
    let message = world.send(GARTON, 1).await;
    world.time.pass(SignedDuration::from_millis(1_500));
    world.exchange.route_due().await.unwrap();
    message
}

#[tokio::test]
async fn every_page_is_for_the_roles_of_its_line_and_no_others() {
    let world = World::new().await;
    let message = delivered(&world).await;
    for row in table().rows() {
        let path = row
            .path
            .replace("{message}", message.as_str())
            .replace("{mailbox}", SENDER);
        for role in ExchangeRole::ALL {
            let answer = match row.method {
                Method::POST => {
                    world
                        .post(*role, &path, &[("wanted", SENDER), ("mailbox", "")])
                        .await
                }
                _ => world.get(*role, &path).await,
            };
            let Needs::May(needs) = row.needs else {
                panic!("a page of the console needs more than a session");
            };
            let status = answer.status();
            if role.may(needs) {
                assert!(
                    status.is_success() || status.is_redirection(),
                    "{path} {status}"
                );
            } else {
                assert_eq!(status, StatusCode::FORBIDDEN, "{} {path}", role.name());
            }
        }
    }
}

#[tokio::test]
async fn what_may_name_a_patient_is_shown_to_auditors_only_and_each_look_is_noted() {
    let world = World::new().await;
    let message = delivered(&world).await;
    let path = format!("/messages/{message}");
    let look = format!("{path}/details");
    for role in ExchangeRole::ALL {
        for page in [
            "/",
            "/messages",
            "/queues",
            &path,
            &format!("/mailboxes/{SENDER}"),
        ] {
            let page = world.page(*role, page).await;
            for hidden in ["GARTON", "9693632109", LOCAL_ID, "23061946"] {
                assert!(!page.contains(hidden), "{hidden} in\n{page}");
            }
        }
    }
    for role in [Observer, Operator] {
        let refused = world.post(role, &look, &[]).await;
        assert_eq!(refused.status(), StatusCode::FORBIDDEN);
        assert!(!refused.text().await.unwrap().contains("GARTON"));
    }
    let trail = world.exchange.audit_page(None, 100).await.unwrap();
    assert!(trail.iter().all(|line| line.action != "looked at details"));
    for role in [Auditor, Administrator] {
        let shown = world.post(role, &look, &[]).await;
        assert_eq!(shown.status(), StatusCode::OK);
        let page = shown.text().await.unwrap();
        assert!(page.contains("Report on GARTON &lt;script&gt;alert(1)&lt;/script&gt;"));
        assert!(page.contains(LOCAL_ID));
        let trail = world.exchange.audit_page(None, 1).await.unwrap();
        assert_eq!(trail[0].actor, format!("console user {}", role.name()));
        assert_eq!(trail[0].action, "looked at details");
        assert_eq!(trail[0].subject, message.as_str());
    }
    let trail = world.page(Operator, "/audit").await;
    in_order(
        &trail,
        &["console user administrator", "console user auditor"],
    );
}

#[tokio::test]
async fn damage_and_a_halted_store_are_on_the_overview() {
    let world = World::new().await;
    let message = delivered(&world).await;
    let well = world.page(Observer, "/").await;
    assert!(!well.contains("No message is taken"), "{well}");
    let records = world.directory.path().join("records.sqlite3");
    let records = rusqlite::Connection::open(records).unwrap();
    let damage = "UPDATE message SET body = CAST('x' AS BLOB)";
    records.execute(damage, []).unwrap();
    let caller = world.caller(RECEIVER).await;
    let damaged = world.exchange.download(&caller, message.as_str(), 1);
    assert!(damaged.await.is_err());
    let page = world.page(Observer, "/").await;
    in_order(
        &page,
        &["pages-count__number\">1<", "in quarantine, damaged"],
    );
    records.execute("DROP TABLE used_token", []).unwrap();
    world.exchange.tidy().await.unwrap_err();
    let page = world.page(Observer, "/").await;
    in_order(&page, &["No message is taken", "restart the server"]);
}

#[tokio::test]
async fn a_journey_tells_its_steps_in_order_with_their_times() {
    let world = World::new().await;
    let message = delivered(&world).await;
    let step = |kind, place: &str, detail: &str| Step {
        at: world.time.now(),
        kind,
        place: place.to_owned(),
        detail: detail.to_owned(),
    };
    world.time.pass(SignedDuration::from_secs(2));
    world.collect(&message).await;
    world.time.pass(SignedDuration::from_secs(1));
    world
        .journeys
        .note(&message, step(StepKind::Taken, "Osprey", ""));
    world
        .journeys
        .note(&message, step(StepKind::TaskRaised, "Osprey", ""));
    world.time.pass(SignedDuration::from_secs(1));
    world.journeys.note(
        &message,
        step(StepKind::Answered, "Starling", "30001 sent home"),
    );
    let page = world.page(Observer, &format!("/messages/{message}")).await;
    in_order(
        &page,
        &[
            "Accepted from A81001OT001",
            "PDS: the patient is registered with A20047",
            "1.5 s later",
            "Delivered to the inbox of A20047OT001",
            "Downloaded by A20047OT001",
            "2.0 s later",
            "Acknowledged by A20047OT001",
            "Taken out of IN",
            "Workflow task raised",
            "Acknowledgement home: 30001",
        ],
    );
    assert!(
        page.contains("5.5 s") || page.contains("Under way for"),
        "{page}"
    );
}

#[tokio::test]
async fn a_journey_is_told_from_the_record_after_a_restart() {
    let world = World::new().await;
    let message = delivered(&world).await;
    world.collect(&message).await;
    let (directory, time) = (Arc::clone(&world.directory), Arc::clone(&world.time));
    let path = directory.path().to_owned();
    let copy = tempfile::tempdir().unwrap();
    for name in ["records.sqlite3", "records.sqlite3-wal", "key"] {
        if path.join(name).exists() {
            std::fs::copy(path.join(name), copy.path().join(name)).unwrap();
        }
    }
    let again = World::over(Arc::new(copy), time).await;
    let page = again.page(Observer, &format!("/messages/{message}")).await;
    in_order(
        &page,
        &["Accepted from A81001OT001", "Acknowledged by A20047OT001"],
    );
}

#[tokio::test]
async fn a_message_that_fails_tells_why_and_leads_to_its_report() {
    let world = World::new().await;
    let message = world.send("GPPROVIDER_9111231130_23061946_NOBODY", 1).await;
    world.exchange.route_due().await.unwrap();
    let page = world.page(Observer, &format!("/messages/{message}")).await;
    assert!(page.contains("Failed with EPL-153"), "{page}");
    let reports = world.page(Observer, "/messages?show=reports").await;
    assert!(reports.contains("The exchange (report)") && reports.contains("EPL-153"));
    let report = world.exchange.message(message.as_str()).await.unwrap();
    let report = report.failure.unwrap().linked.unwrap();
    assert!(page.contains(&format!("/messages/{report}")));
    let report = world.page(Observer, &format!("/messages/{report}")).await;
    assert!(report.contains(&format!("/messages/{message}")), "{report}");
}

#[tokio::test]
async fn mailboxes_queues_and_uploads_show_what_waits() {
    let world = World::new().await;
    let first = delivered(&world).await;
    world.time.pass(SignedDuration::from_mins(12));
    *world.patients.0.lock().unwrap() = false;
    let second = world.send(GARTON, 1).await;
    world.exchange.route_due().await.unwrap();
    let third = world.send(RECEIVER, 3).await;
    let mailboxes = world.page(Observer, "/mailboxes").await;
    in_order(&mailboxes, &[RECEIVER, "12 min ago", SENDER, "just now"]);
    let queues = world.page(Observer, "/queues").await;
    in_order(
        &queues,
        &[
            "Being routed",
            second.as_str(),
            "Uploads under way",
            third.as_str(),
            "1 of 3",
        ],
    );
    let message = world.page(Observer, &format!("/messages/{second}")).await;
    assert!(message.contains("PDS could not say yet"), "{message}");
    world.send_chunk(&third, 2, 3).await;
    world.send_chunk(&third, 3, 3).await;
    world.collect(&first).await;
    let home = world.page(Observer, "/").await;
    in_order(
        &home,
        &[
            "waiting in inboxes",
            "being routed",
            "Accepted",
            "Show the numbers",
        ],
    );
    let receiver = world
        .page(Observer, &format!("/mailboxes/{RECEIVER}"))
        .await;
    in_order(&receiver, &["Received", third.as_str(), first.as_str()]);
}

#[tokio::test]
async fn a_search_finds_by_id_mailbox_and_local_id_and_puts_none_into_an_address() {
    let world = World::new().await;
    let message = delivered(&world).await;
    let search = async |wanted: &str, mailbox: &str| {
        let form = [("wanted", wanted), ("mailbox", mailbox)];
        world.post(Observer, "/messages/search", &form).await
    };
    let to = |answer: &reqwest::Response| answer.headers()[LOCATION].to_str().unwrap().to_owned();
    let path = format!("/messages/{message}");
    let lower = message.as_str().to_ascii_lowercase();
    assert_eq!(to(&search(&format!(" {lower} "), "").await), path);
    assert_eq!(
        to(&search("a20047ot001", "").await),
        "/mailboxes/A20047OT001"
    );
    assert_eq!(to(&search(LOCAL_ID, "A81001ot001").await), path);
    let other = world.send(GARTON, 1).await;
    let both = search(LOCAL_ID, SENDER).await.text().await.unwrap();
    assert!(both.contains(message.as_str()) && both.contains(other.as_str()));
    for (wanted, mailbox, told) in [
        ("", "", "Enter a message id"),
        ("nothing", "", "There is no such message or mailbox"),
        ("<script>alert(2)</script>", SENDER, "has sent no message"),
        (LOCAL_ID, "not a mailbox", "Enter a mailbox id"),
    ] {
        let page = search(wanted, mailbox).await.text().await.unwrap();
        assert!(page.contains(told), "{page}");
        assert!(!page.contains("<script>alert(2)"));
    }
}

#[tokio::test]
async fn a_script_in_a_name_or_subject_is_shown_and_not_run() {
    let world = World::new().await;
    let message = delivered(&world).await;
    for path in [
        "/",
        "/mailboxes",
        &format!("/mailboxes/{SENDER}"),
        &format!("/messages/{message}"),
    ] {
        let page = world.page(Auditor, path).await;
        assert!(!page.contains(MAILBOX_NAME), "{path}");
        assert!(
            page.contains("&lt;img src=x onerror=alert(1)&gt; Surgery"),
            "{path}"
        );
    }
    let look = world
        .post(Auditor, &format!("/messages/{message}/details"), &[])
        .await;
    assert!(!look.text().await.unwrap().contains(SUBJECT));
}

#[tokio::test]
async fn an_address_made_up_leads_nowhere() {
    let world = World::new().await;
    let unknown = "20261122100000000000_ABCDEF";
    for path in [
        format!("/messages/{unknown}"),
        "/messages/..%2f..%2fkey".to_owned(),
        "/messages/1".to_owned(),
        "/mailboxes/A99999OT001".to_owned(),
        "/mailboxes/%27%20OR%201=1".to_owned(),
        "/nowhere".to_owned(),
    ] {
        let answer = world.get(Administrator, &path).await;
        assert_eq!(answer.status(), StatusCode::NOT_FOUND, "{path}");
    }
    let look = world
        .post(Administrator, &format!("/messages/{unknown}/details"), &[])
        .await;
    assert_eq!(look.status(), StatusCode::NOT_FOUND);
    let trail = world.exchange.audit_page(None, 10).await.unwrap();
    assert!(trail.iter().all(|line| !line.subject.contains(unknown)));
}
