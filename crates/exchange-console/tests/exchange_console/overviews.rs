//! What needs somebody, what happened, what waits, what is damaged, and whether the store takes messages.

use exchange_console::Certificate;
use exchange_console::ExchangeRole::Observer;
use jiff::{SignedDuration, Timestamp};
use nhs::{Clock, OdsCode};
use reqwest::StatusCode;

use crate::kit::{GARTON, RECEIVER, SENDER, World, delivered, in_order};

#[tokio::test]
async fn damage_and_a_halted_store_are_in_the_verdict() {
    let world = World::new().await;
    let message = delivered(&world).await;
    let well = world.page(Observer, "/").await;
    in_order(&well, &["<title>Overview", "All is as it should be"]);
    assert!(!well.contains("To be done"), "{well}");
    let notice = "certificate of [listener.tls] expires on 2026-12-31, in 9 days";
    world.notices.set(vec![notice.to_owned()]);
    let page = world.page(Observer, "/").await;
    in_order(
        &page,
        &["<title>1 needs you", "1 thing needs you", "Today", notice],
    );
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
        &[
            "<title>2 need you",
            "2 things need you",
            "1 message is damaged",
        ],
    );
    records.execute("DROP TABLE used_token", []).unwrap();
    world.exchange.tidy().await.unwrap_err();
    let page = world.page(Observer, "/").await;
    in_order(
        &page,
        &["Now", "No message is taken.", "restart the server", "Today"],
    );
}

#[tokio::test]
async fn a_mailbox_that_has_not_collected_is_named_for_the_operators_of_both_ends() {
    let world = World::new().await;
    let message = delivered(&world).await;
    world.exchange.tidy().await.unwrap();
    let well = world.page(Observer, "/").await;
    assert!(!well.contains("not collected for"), "{well}");
    world.time.pass(SignedDuration::from_hours(48));
    world.exchange.tidy().await.unwrap();
    let verdict = world.page(Observer, "/").await;
    in_order(
        &verdict,
        &[
            "<title>1 needs you",
            "class=\"count\">1<",
            "A20047OT001 has not collected for 2 days",
            "1 message waits",
            SENDER,
            "After 5 days their senders are told",
            "/mailboxes/A20047OT001",
            "Show the mailbox",
        ],
    );
    for mailbox in [RECEIVER, SENDER] {
        let page = world.page(Observer, &format!("/mailboxes/{mailbox}")).await;
        in_order(
            &page,
            &["Not collected", RECEIVER, "1 waiting, sent by", SENDER],
        );
    }
    let caller = world.caller(RECEIVER).await;
    let acknowledged = world.exchange.acknowledge(&caller, message.as_str());
    acknowledged.await.unwrap();
    world.exchange.tidy().await.unwrap();
    let sender = world.page(Observer, &format!("/mailboxes/{SENDER}")).await;
    assert!(!sender.contains("Not collected"), "{sender}");
    in_order(&sender, &["Not seen", "Not seen for 2 days"]);
    let list = world.page(Observer, "/mailboxes").await;
    in_order(&list, &["1 to look at", SENDER, "Not seen", RECEIVER]);
}

#[tokio::test]
async fn a_certificate_that_ended_and_a_client_locked_out_need_somebody_now() {
    let world = World::new().await;
    let now = world.time.now();
    let certificate = |ods: &str, days: i64| Certificate {
        organisation: Some(OdsCode::parse(ods).unwrap()),
        name: "client".to_owned(),
        serial: "0a1b".to_owned(),
        from: Some(Timestamp::MIN),
        until: now + SignedDuration::from_hours(24 * days),
        revoked: false,
    };
    let first = certificate("A81001", -1);
    // renewed, and another that nobody has a mailbox for
    let good = [certificate("A81001", 90), certificate("X26", -3)];
    let all = |more: Vec<Certificate>| more.into_iter().chain(good.clone()).collect();
    world.certificates.set(all(vec![first.clone()]));
    let page = world.page(Observer, "/").await;
    in_order(&page, &["All is as it should be", "All 2"]);
    world
        .certificates
        .set(vec![first, certificate("A20047", 5)]);
    for _ in 0..6 {
        let refused = world.exchange.authenticate(RECEIVER, Some(b"x"), None);
        assert!(refused.await.is_err());
    }
    let page = world.page(Observer, "/").await;
    in_order(
        &page,
        &[
            "3 things need you",
            "The certificate of A81001 (client) expired 24 h ago.",
            "A20047OT001 is refused: the authorisation token cannot be read.",
            "6 requests in the last hour",
            "Soon",
            "The certificate of A20047 (client) expires in",
        ],
    );
    in_order(&page, &["<b>6</b>", "refused in the last hour"]);
    let mailbox = world.page(Observer, &format!("/mailboxes/{SENDER}")).await;
    in_order(&mailbox, &["Certificates of A81001", "0a1b", "Expired"]);
    let certificates = world.page(Observer, "/certificates").await;
    in_order(&certificates, &["A81001", "expired", "A20047", "in 5 days"]);
}

#[tokio::test]
async fn charts_outlive_a_restart_and_show_when_nobody_counted() {
    let world = World::new().await;
    let message = delivered(&world).await;
    world.collect(&message).await;
    let page = world.page(Observer, "/?range=hour").await;
    in_order(
        &page,
        &[
            "The last hour",
            "Messages a minute: over the last hour 1 were accepted",
            "half were in the inbox within 2000",
            "slowest mailbox",
        ],
    );
    world.exchange.write_tallies().await.unwrap();
    world.time.pass(SignedDuration::from_mins(5));
    let world = world.restarted().await;
    world.exchange.write_tallies().await.unwrap();
    for (range, words) in [("hour", "minute"), ("day", "hour"), ("week", "hour")] {
        let page = world.page(Observer, &format!("/?range={range}")).await;
        in_order(
            &page,
            &[
                words,
                "no data 22 Nov 10:01–10:05",
                &format!("over the last {range} 1 were accepted"),
                "class=\"bar-gap\"",
                "<li class=\"l-gap\">no data",
            ],
        );
    }
    let table = world.page(Observer, "/charts?range=hour").await;
    in_order(
        &table,
        &["22 Nov 10:05", "22 Nov 10:03", "no data", "22 Nov 10:00"],
    );
    let csv = world.get(Observer, "/charts.csv?range=hour").await;
    assert_eq!(csv.status(), StatusCode::OK);
    let csv = csv.text().await.unwrap();
    let line = "2026-11-22 10:00:00,1,1,1,0,0,2000,2000,,";
    in_order(&csv, &["From (UTC),Accepted", line, "10:02:00,no data"]);
}

#[tokio::test]
async fn the_first_page_says_what_is_usual() {
    let world = World::new().await;
    for _ in 0..4 {
        let refused = world.exchange.authenticate(RECEIVER, Some(b"x"), None);
        assert!(refused.await.is_err());
    }
    world.exchange.write_tallies().await.unwrap();
    world.time.pass(SignedDuration::from_hours(24));
    let page = world.page(Observer, "/").await;
    in_order(&page, &["<b>0</b>", "refused in the last hour, usually 4"]);
}

#[tokio::test]
async fn mailboxes_queues_and_uploads_show_what_waits() {
    let world = World::new().await;
    let queues = world.page(Observer, "/queues").await;
    in_order(
        &queues,
        &["No message waits", "No message is being uploaded"],
    );
    assert!(!queues.contains("At most"), "{queues}");
    let first = delivered(&world).await;
    world.time.pass(SignedDuration::from_mins(12));
    *world.patients.0.lock().unwrap() = false;
    let second = world.send(GARTON, 1).await;
    world.exchange.route_due().await.unwrap();
    let third = world.send(RECEIVER, 3).await;
    let mailboxes = world.page(Observer, "/mailboxes").await;
    in_order(
        &mailboxes,
        &[
            RECEIVER,
            "12 min",
            "send 0, receive 1",
            SENDER,
            "just now",
            "send 1, receive 0",
        ],
    );
    let queues = world.page(Observer, "/queues").await;
    in_order(
        &queues,
        &[
            "Being routed",
            "PDS has not answered since",
            second.as_str(),
            ">1<",
            "in ",
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
            "PDS has not answered for",
            "1 message waits to be routed",
            "oldest waiting, A20047OT001",
            "waiting in 1 inbox",
            "being routed, no answer from PDS",
            "refused in the last hour",
            "given up in 24 hours",
            "of the disk free",
            "Messages an hour",
            "Accepted to inbox, milliseconds",
            "Oldest waiting, ",
            "Certificates, next to expire",
            "Queues",
        ],
    );
    let receiver = world
        .page(Observer, &format!("/mailboxes/{RECEIVER}"))
        .await;
    in_order(
        &receiver,
        &["What it may", "Received", third.as_str(), first.as_str()],
    );
}
