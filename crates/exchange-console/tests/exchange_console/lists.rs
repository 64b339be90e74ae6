//! Messages and the audit trail as lists: what narrows them, and as files.

use exchange_console::ExchangeRole::{Observer, Operator};
use jiff::SignedDuration;

use crate::kit::{GARTON, RECEIVER, SENDER, World, delivered, in_order};

#[tokio::test]
async fn messages_are_narrowed_by_state_workflow_mailbox_and_day() {
    let world = World::new().await;
    let taken = delivered(&world).await;
    world.collect(&taken).await;
    world.time.pass(SignedDuration::from_hours(24));
    let failed = world.send("GPPROVIDER_9111231130_23061946_NOBODY", 1).await;
    world.exchange.route_due().await.unwrap();
    let waiting = world.send(RECEIVER, 1).await;
    let listed = async |query: &str| world.page(Observer, &format!("/messages?{query}")).await;
    for (query, there, not_there) in [
        ("state=acknowledged", &taken, &failed),
        ("state=failed", &failed, &taken),
        ("state=waiting", &waiting, &taken),
        (
            "workflow=gpfed_consult_report&from=2026-11-23",
            &failed,
            &taken,
        ),
        ("to=2026-11-22", &taken, &waiting),
        ("mailbox=A20047OT001", &taken, &failed),
    ] {
        let page = listed(query).await;
        assert!(page.contains(there.as_str()), "{query}\n{page}");
        assert!(!page.contains(not_there.as_str()), "{query}\n{page}");
    }
    let wrong = listed("from=yesterday&mailbox=%3Cscript%3E").await;
    assert!(wrong.contains("Enter a day, such as") && wrong.contains("Enter a mailbox, such as"));
    assert!(!wrong.contains("<script>"), "{wrong}");
    assert!(
        listed("state=uploading")
            .await
            .contains("No message is so.")
    );
}

#[tokio::test]
async fn older_messages_are_on_further_pages_and_all_in_the_file() {
    let world = World::new().await;
    let first = delivered(&world).await;
    for _ in 0..60 {
        world.time.pass(SignedDuration::from_secs(1));
        world.send(RECEIVER, 1).await;
    }
    let page = world.page(Observer, "/messages").await;
    assert!(!page.contains(first.as_str()));
    let (_, older) = page.split_once("/messages?before=").unwrap();
    let before = older.split('"').next().unwrap();
    let next = world
        .page(Observer, &format!("/messages?before={before}"))
        .await;
    assert!(next.contains(first.as_str()), "{next}");
    let file = world.page(Observer, "/messages.csv").await;
    assert_eq!(file.lines().count(), 62, "{file}");
    assert!(
        file.contains(first.as_str()) && !file.contains("GARTON"),
        "{file}"
    );
    let trail = world.exchange.audit_page(None, 1).await.unwrap();
    assert_eq!(trail[0].action, "exported messages");
}

#[tokio::test]
async fn the_trail_is_searched_by_who_what_and_what_about_with_its_details() {
    let world = World::new().await;
    let message = delivered(&world).await;
    world.collect(&message).await;
    let other = world.send(GARTON, 1).await;
    let listed = async |query: &str| world.page(Operator, &format!("/audit?{query}")).await;
    let all = listed("").await;
    in_order(
        &all,
        &[
            "Chain intact",
            "Check the whole trail now",
            "to=A20047OT001",
        ],
    );
    let about = listed(&format!("about={message}")).await;
    assert!(
        about.contains("acknowledged") && !about.contains(other.as_str()),
        "{about}"
    );
    let by = listed("who=a20047ot001").await;
    assert!(by.contains("collected") && !by.contains("accepted"), "{by}");
    let what = listed("action=delivered").await;
    assert!(
        what.contains("to=A20047OT001") && !what.contains("workflow="),
        "{what}"
    );
    let of_mailbox = listed(&format!("about={SENDER}")).await;
    assert!(of_mailbox.contains("add mailbox") && of_mailbox.contains("accepted"));
    assert!(
        listed("to=2026-01-01")
            .await
            .contains("There is no such line.")
    );
    let file = world.page(Operator, "/audit.csv?action=delivered").await;
    assert_eq!(file.lines().count(), 2, "{file}");
    // what might be a patient's is never put into an address
    let asked = world
        .post(Operator, "/audit", &[("about", "9693632109")])
        .await;
    assert_eq!(asked.status(), 200);
    let asked = world
        .post(Operator, "/audit", &[("about", message.as_str())])
        .await;
    assert!(asked.status().is_redirection());
}

#[tokio::test]
async fn a_line_that_was_changed_is_told_when_the_trail_is_checked() {
    let world = World::new().await;
    let message = delivered(&world).await;
    let page = world.page(Operator, "/audit").await;
    assert!(page.contains("Chain intact"), "{page}");
    let records =
        rusqlite::Connection::open(world.directory.path().join("records.sqlite3")).unwrap();
    let changed = "UPDATE audit SET actor = 'X26ABC1' WHERE action = 'accepted'";
    records.execute(changed, []).unwrap();
    let checked = world.post(Operator, "/audit/check", &[]).await;
    assert!(checked.status().is_redirection());
    let page = world.page(Operator, "/audit").await;
    in_order(&page, &["Chain broken", "does not agree with its hash"]);
    let page = world.page(Operator, &format!("/messages/{message}")).await;
    assert!(page.contains("Chain broken"), "{page}");
}
