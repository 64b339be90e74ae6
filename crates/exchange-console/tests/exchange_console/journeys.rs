//! The journey of a message.

use exchange_console::ExchangeRole::{Observer, Operator};
use jiff::SignedDuration;
use journey::{AnswerClass, Event, Place, Step};
use nhs::Clock;
use reqwest::header::CONTENT_DISPOSITION;

use crate::kit::{RECEIVER, World, delivered, in_order};

#[tokio::test]
async fn a_journey_tells_its_steps_in_order_with_their_times() {
    let world = World::new().await;
    let message = delivered(&world).await;
    let note = |place: &str, event| {
        world.exchange.note_step(Step {
            at: world.time.now(),
            place: Place::Practice(place.to_owned()),
            event,
        });
    };
    world.time.pass(SignedDuration::from_secs(2));
    world.collect(&message).await;
    world.time.pass(SignedDuration::from_millis(250));
    let (taken, raised) = (message.clone(), message.clone());
    note("Osprey", Event::Taken { message: taken });
    note("Osprey", Event::TaskRaised { message: raised });
    world.time.pass(SignedDuration::from_secs(1));
    let carrier = world.send(RECEIVER, 1).await;
    let answered = |code, positive| Event::Answered {
        message: message.clone(),
        class: AnswerClass::Business,
        code,
        positive,
        carrier: Some(carrier.clone()),
    };
    note("Starling", answered(30_001, true));
    let page = world.page(Observer, &format!("/messages/{message}")).await;
    in_order(
        &page,
        &[
            "4.8 s from the sender to the first answer; 2.0 s of them waiting for a poll",
            "<svg class=\"wf\"",
            "waits for Osprey’s next poll, 2.0 s",
            "Accepted from A81001OT001",
            "+1,500 ms",
            "PDS: the patient is registered with A20047",
            "Exchange, PDS and lookup",
            "Delivered to the inbox of A20047OT001",
            "+2,000 ms",
            "Downloaded by A20047OT001",
            "Acknowledged on MESH level by A20047OT001",
            "+250 ms",
            "Taken out of IN",
            "task raised",
            "30001 received (business acknowledgement)",
            "Starling, GP system",
            "2 messages, one journey",
            &format!("/messages/{carrier}"),
        ],
    );
    assert!(!page.contains("style="), "{page}");
    // the message that carried the acknowledgement leads to the same journey
    let of_carrier = world.page(Observer, &format!("/messages/{carrier}")).await;
    in_order(
        &of_carrier,
        &["task raised", &format!("/messages/{message}"), "30001"],
    );
    // one that says that something is wrong stands out
    note("Starling", answered(30_002, false));
    let page = world.page(Observer, &format!("/messages/{message}")).await;
    in_order(&page, &["class=\"bad\"", "30002 received"]);
}

#[tokio::test]
async fn milliseconds_outlive_a_restart() {
    let world = World::new().await;
    let message = delivered(&world).await;
    world.time.pass(SignedDuration::from_millis(321));
    world.collect(&message).await;
    world.exchange.write_steps().await.unwrap();
    let before = world.page(Observer, &format!("/messages/{message}")).await;
    let again = world.restarted().await;
    let page = again.page(Observer, &format!("/messages/{message}")).await;
    for page in [before, page] {
        in_order(
            &page,
            &[
                "Accepted from A81001OT001",
                "PDS: the patient is registered with A20047",
                "+321 ms",
                "Downloaded by A20047OT001",
                "Acknowledged on MESH level by A20047OT001",
            ],
        );
    }
}

#[tokio::test]
async fn a_journey_that_failed_ends_red_whatever_was_tidied_up_after_it() {
    let world = World::new().await;
    let message = world.send("GPPROVIDER_9111231130_23061946_NOBODY", 1).await;
    world.exchange.route_due().await.unwrap();
    // the sender's client learns of 202 and moves the pair after all that
    world.time.pass(SignedDuration::from_millis(40));
    let sent = message.clone();
    world.exchange.note_step(Step {
        at: world.time.now(),
        place: Place::Practice("Starling".to_owned()),
        event: Event::Sent { message: sent },
    });
    let page = world.page(Observer, &format!("/messages/{message}")).await;
    in_order(
        &page,
        &[
            "to the failure with EPL-153",
            "PDS: NHS Number not found",
            "Failed with EPL-153",
        ],
    );
    let rows = page.split("<tbody>").nth(1).unwrap();
    let rows = rows.split("</tbody>").next().unwrap();
    let last = rows.rsplit("<tr").next().unwrap();
    assert!(
        last.contains("class=\"bad\"") && last.contains("Ended: not delivered"),
        "{last}"
    );
    assert!(!rows.contains("tag-ok"), "nothing green\n{rows}");
    let report = world.exchange.message(message.as_str()).await.unwrap();
    let report = report.failure().unwrap().linked.clone().unwrap();
    assert!(page.contains(&format!("/messages/{report}")));
    let caller = world.caller(crate::kit::SENDER).await;
    world.exchange.acknowledge(&caller, &report).await.unwrap();
    let of_report = world.page(Observer, &format!("/messages/{report}")).await;
    assert!(
        of_report.contains(&format!("/messages/{message}")),
        "{of_report}"
    );
    // that it was taken is no good news
    let reports = world.page(Observer, "/messages?state=report").await;
    assert!(
        reports.contains("EPL-153") && !reports.contains("Acknowledged</span>"),
        "{reports}"
    );
}

#[tokio::test]
async fn a_journey_is_downloaded_with_its_proof_by_those_who_may() {
    let world = World::new().await;
    let message = delivered(&world).await;
    world.collect(&message).await;
    let path = format!("/messages/{message}/proof");
    assert_eq!(world.get(Observer, &path).await.status(), 403);
    let answer = world.get(Operator, &path).await;
    let name = answer.headers()[CONTENT_DISPOSITION]
        .to_str()
        .unwrap()
        .to_owned();
    assert!(name.contains(&format!("{message}.proof.json")), "{name}");
    let text = answer.text().await.unwrap();
    assert!(
        !text.contains("GARTON") && !text.contains("9693632109"),
        "{text}"
    );
    let evidence: exchange::Evidence = serde_json::from_str(&text).unwrap();
    let check = evidence.check();
    assert_eq!(check.findings, [""; 0]);
    assert!(evidence.chain.reaches_head);
    let trail = world.exchange.audit_page(None, 1).await.unwrap();
    assert_eq!(trail[0].action, "exported journey");
    assert_eq!(trail[0].actor, "console user operator");
    let page = world.page(Operator, &format!("/messages/{message}")).await;
    in_order(
        &page,
        &[
            "Audit proof",
            "Chain intact",
            "restante audit verify --export",
        ],
    );
}
