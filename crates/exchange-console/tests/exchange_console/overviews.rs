//! What waits, what is damaged, and whether the store takes messages.

use exchange_console::ExchangeRole::Observer;
use jiff::SignedDuration;

use crate::kit::{GARTON, RECEIVER, SENDER, World, delivered, in_order};

#[tokio::test]
async fn damage_and_a_halted_store_are_on_the_overview() {
    let world = World::new().await;
    let message = delivered(&world).await;
    let well = world.page(Observer, "/").await;
    assert!(!well.contains("No message is taken"), "{well}");
    assert!(!well.contains("To be done"), "{well}");
    let notice = "certificate of [listener.tls] expires on 2026-12-31, in 9 days";
    world.notices.set(vec![notice.to_owned()]);
    in_order(&world.page(Observer, "/").await, &["To be done", notice]);
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
async fn a_mailbox_that_has_not_collected_is_named_for_the_operators_of_both_ends() {
    let world = World::new().await;
    let message = delivered(&world).await;
    world.exchange.tidy().await.unwrap();
    let well = world.page(Observer, "/").await;
    assert!(!well.contains("Not collected"), "{well}");
    world.time.pass(SignedDuration::from_hours(48));
    world.exchange.tidy().await.unwrap();
    for page in [
        "/".to_owned(),
        format!("/mailboxes/{RECEIVER}"),
        format!("/mailboxes/{SENDER}"),
    ] {
        let page = world.page(Observer, &page).await;
        in_order(
            &page,
            &["Not collected", RECEIVER, "1 waiting, sent by", SENDER],
        );
    }
    let caller = world.caller(RECEIVER).await;
    world
        .exchange
        .acknowledge(&caller, message.as_str())
        .await
        .unwrap();
    world.exchange.tidy().await.unwrap();
    let sender = world.page(Observer, &format!("/mailboxes/{SENDER}")).await;
    assert!(!sender.contains("Not collected"), "{sender}");
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
