//! What operators change: mailboxes, and messages tried at once. Each change is theirs in the audit trail.

use exchange_console::ExchangeRole::{self, Administrator, Auditor, Observer, Operator};
use jiff::SignedDuration;
use mesh::AuthorizationToken;
use nhs::Clock;
use reqwest::{Response, StatusCode};
use secrecy::SecretString;

use crate::kit::{GARTON, RECEIVER, SENDER, World, in_order};

const NEW: &str = "X26OT009";

async fn add(world: &World, role: ExchangeRole, form: &[(&str, &str)]) -> Response {
    world.post(role, "/mailboxes", form).await
}

async fn last_line(world: &World) -> (String, String, String) {
    let line = world.exchange.audit_page(None, 1).await.unwrap().remove(0);
    (line.actor, line.action, line.subject)
}

fn line(actor: &str, action: &str, subject: &str) -> (String, String, String) {
    (actor.to_owned(), action.to_owned(), subject.to_owned())
}

/// Whether a client with this password is let in.
async fn is_let_in(world: &World, mailbox: &str, password: &str) -> bool {
    let password = SecretString::from(password.to_owned());
    let key = SecretString::from("TestKey".to_owned());
    let (id, now) = (crate::kit::id(mailbox), world.time.now());
    let token = AuthorizationToken::sign(&id, &password, &key, "nonce", 0, now);
    let asked = world
        .exchange
        .authenticate(mailbox, Some(token.as_bytes()), None);
    asked.await.is_ok()
}

#[tokio::test]
async fn a_mailbox_is_added_with_a_password_that_is_shown_once() {
    let world = World::new().await;
    let page = world.page(Operator, "/mailboxes").await;
    in_order(&page, &["Add a mailbox"]);
    let form = [
        ("mailbox", NEW),
        ("ods", "X26"),
        ("name", "A <b>new</b> one"),
    ];
    for role in [Observer, Auditor] {
        assert!(
            !world
                .page(role, "/mailboxes")
                .await
                .contains("Add a mailbox")
        );
        let refused = add(&world, role, &form).await;
        assert_eq!(refused.status(), StatusCode::FORBIDDEN);
    }
    let added = add(&world, Operator, &form).await;
    assert_eq!(added.headers()["cache-control"], "no-store");
    let added = added.text().await.unwrap();
    let (_, rest) = added.split_once("id=\"mailbox-password\">").unwrap();
    let password = rest.split('<').next().unwrap();
    assert_eq!(password.len(), 24);
    assert!(is_let_in(&world, NEW, password).await);
    let expected = line("console user operator", "add mailbox", NEW);
    assert_eq!(last_line(&world).await, expected);
    let again = add(&world, Operator, &form).await.text().await.unwrap();
    in_order(
        &again,
        &["this mailbox exists already", "value=\"X26OT009\""],
    );
    let log = world.users.security_log().after(0, 999).unwrap();
    let noted = log.iter().filter(|line| line.action == "mailbox added");
    let outcomes: Vec<_> = noted
        .map(|line| (line.who.as_str(), line.outcome.as_str()))
        .collect();
    assert!(outcomes.contains(&("operator", "ok")), "{outcomes:?}");
    let page = world.page(Observer, &format!("/mailboxes/{NEW}")).await;
    assert!(!page.contains(password));
    in_order(&page, &["A &lt;b&gt;new&lt;/b&gt; one"]);
}

#[tokio::test]
async fn a_password_may_be_typed_and_what_is_wrong_is_said() {
    let world = World::new().await;
    for (form, words) in [
        (
            [("mailbox", "no id!"), ("ods", "X26"), ("password", "")],
            "Enter a mailbox id",
        ),
        (
            [("mailbox", NEW), ("ods", "?"), ("password", "")],
            "Enter the ODS code",
        ),
        (
            [("mailbox", NEW), ("ods", "X26"), ("password", "short")],
            "12 to 256 characters",
        ),
    ] {
        let page = add(&world, Administrator, &form).await;
        assert_eq!(page.status(), StatusCode::OK);
        let page = page.text().await.unwrap();
        in_order(&page, &["There is a problem", words]);
        assert!(!page.contains("short"), "{page}");
    }
    let typed = [
        ("mailbox", NEW),
        ("ods", "X26"),
        ("password", "a password of mine"),
    ];
    let added = add(&world, Administrator, &typed)
        .await
        .text()
        .await
        .unwrap();
    assert!(added.contains("the password that you typed"), "{added}");
    assert!(!added.contains("a password of mine"));
    assert!(is_let_in(&world, NEW, "a password of mine").await);
}

#[tokio::test]
async fn a_mailbox_is_disabled_and_taken_into_service_again() {
    let world = World::new().await;
    let path = format!("/mailboxes/{SENDER}");
    for role in [Observer, Auditor] {
        let refused = world.post(role, &format!("{path}/disable"), &[]).await;
        assert_eq!(refused.status(), StatusCode::FORBIDDEN);
        assert!(!world.page(role, &path).await.contains("/disable\""));
    }
    assert!(is_let_in(&world, SENDER, "password").await);
    in_order(
        &world.page(Operator, &path).await,
        &["Active", "/disable\""],
    );
    let off = world.post(Operator, &format!("{path}/disable"), &[]).await;
    assert_eq!(off.status(), StatusCode::SEE_OTHER);
    assert!(!is_let_in(&world, SENDER, "password").await);
    let expected = line("console user operator", "disable mailbox", SENDER);
    assert_eq!(last_line(&world).await, expected);
    in_order(
        &world.page(Operator, &path).await,
        &["Disabled", "/enable\""],
    );
    world.post(Operator, &format!("{path}/enable"), &[]).await;
    assert!(is_let_in(&world, SENDER, "password").await);
    let unknown = world
        .post(Operator, "/mailboxes/X99OT001/disable", &[])
        .await;
    assert_eq!(unknown.status(), StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn a_message_that_waits_for_pds_is_tried_at_once_but_not_again_and_again() {
    let world = World::new().await;
    *world.patients.0.lock().unwrap() = false;
    let message = world.send(GARTON, 1).await;
    world.exchange.route_due().await.unwrap();
    *world.patients.0.lock().unwrap() = true;
    let path = format!("/queues/{message}/try");
    in_order(&world.page(Operator, "/queues").await, &[&path, "Try now"]);
    assert!(!world.page(Observer, "/queues").await.contains("Try now"));
    let refused = world.post(Observer, &path, &[]).await;
    assert_eq!(refused.status(), StatusCode::FORBIDDEN);
    assert_eq!(world.exchange.route_due().await.unwrap(), 0, "not due yet");
    let tried = world.post(Operator, &path, &[]).await;
    assert_eq!(tried.status(), StatusCode::SEE_OTHER);
    let expected = line("console user operator", "try now", message.as_str());
    assert_eq!(last_line(&world).await, expected);
    world.post(Operator, &path, &[]).await;
    let trail = world.exchange.audit_page(None, 99).await.unwrap();
    let tries = trail.iter().filter(|line| line.action == "try now");
    assert_eq!(tries.count(), 1);
    assert_eq!(world.exchange.route_due().await.unwrap(), 1);
    world.time.pass(SignedDuration::from_mins(1));
    world.post(Operator, &path, &[]).await;
    let receiver = world
        .page(Observer, &format!("/mailboxes/{RECEIVER}"))
        .await;
    assert!(receiver.contains(message.as_str()));
}

#[tokio::test]
async fn to_try_what_does_not_wait_is_neither_noted_nor_counted() {
    let world = World::new().await;
    *world.patients.0.lock().unwrap() = false;
    let waiting = world.send(GARTON, 1).await;
    let in_inbox = world.send(RECEIVER, 1).await;
    world.exchange.route_due().await.unwrap();
    // twenty a minute are counted, of all
    for number in 0..25 {
        let path = format!("/queues/9434765919-SMITH-{number}/try");
        world.post(Operator, &path, &[]).await;
    }
    let path = format!("/queues/{in_inbox}/try");
    for _ in 0..2 {
        world.post(Operator, &path, &[]).await;
    }
    let path = format!("/queues/{waiting}/try");
    world.post(Operator, &path, &[]).await;
    let trail = world.exchange.audit_page(None, 99).await.unwrap();
    let tries = trail.iter().filter(|line| line.action == "try now");
    let tried: Vec<_> = tries.map(|line| line.subject.as_str()).collect();
    assert_eq!(tried, [waiting.as_str()]);
}
