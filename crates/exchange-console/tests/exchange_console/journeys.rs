//! The journey of a message.

use exchange_console::ExchangeRole::Observer;
use jiff::SignedDuration;
use journey::{AnswerClass, Event, Place, Step};
use nhs::Clock;

use crate::kit::{RECEIVER, World, delivered, in_order};

#[tokio::test]
async fn a_journey_tells_its_steps_in_order_with_their_times() {
    let world = World::new().await;
    let message = delivered(&world).await;
    let note = |place: &str, event| {
        world.journeys.note(Step {
            at: world.time.now(),
            place: Place::Practice(place.to_owned()),
            event,
        });
    };
    world.time.pass(SignedDuration::from_secs(2));
    world.collect(&message).await;
    world.time.pass(SignedDuration::from_secs(1));
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
    note("Starling", answered(30_002, false));
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
            "Acknowledgement received: 30001 (business)",
            "Starling",
            &format!("/messages/{carrier}"),
            "Failed: ",
            "Acknowledgement received: 30002 (business)",
        ],
    );
    in_order(&page, &["Time taken", "5.5 s"]);
}

#[tokio::test]
async fn a_journey_is_told_from_the_record_after_a_restart() {
    let world = World::new().await;
    let message = delivered(&world).await;
    world.collect(&message).await;
    let again = world.restarted().await;
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
    let report = report.failure().unwrap().linked.clone().unwrap();
    assert!(page.contains(&format!("/messages/{report}")));
    let report = world.page(Observer, &format!("/messages/{report}")).await;
    assert!(report.contains(&format!("/messages/{message}")), "{report}");
}
