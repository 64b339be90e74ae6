//! Who may see what, and that nothing a sender wrote is run.

use axum::http::Method;
use exchange_console::ExchangeRole::{self, Administrator, Auditor, Observer, Operator};
use exchange_console::table;
use pages::{Needs, Role};
use reqwest::StatusCode;

use crate::kit::{LOCAL_ID, MAILBOX_NAME, SENDER, SUBJECT, World, delivered, in_order};

#[tokio::test]
async fn every_page_is_for_the_roles_of_its_line_and_no_others() {
    let world = World::new().await;
    let message = delivered(&world).await;
    for row in table().rows() {
        let path = row
            .path
            .replace("{message}", message.as_str())
            .replace("{mailbox}", SENDER)
            .replace("{user}", "somebody")
            .replace("{session}", "0123456789abcdef");
        for role in ExchangeRole::ALL {
            let answer = match row.method {
                Method::POST => {
                    world
                        .post(*role, &path, &[("wanted", SENDER), ("mailbox", "")])
                        .await
                }
                _ => world.get(*role, &path).await,
            };
            let may = match row.needs {
                Needs::SignedIn => true,
                Needs::May(needs) => role.may(needs),
            };
            let status = answer.status();
            if may {
                // this console has no provider to leave a user to
                let is_nothing = row.path.ends_with("/provider") && status == StatusCode::NOT_FOUND;
                assert!(
                    status.is_success() || status.is_redirection() || is_nothing,
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
        let page = world.page(*role, &path).await;
        assert!(page.contains("Patient details (hidden)"), "{page}");
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
async fn a_script_in_a_name_or_subject_is_shown_and_not_run() {
    let world = World::new().await;
    let message = delivered(&world).await;
    for path in [
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
