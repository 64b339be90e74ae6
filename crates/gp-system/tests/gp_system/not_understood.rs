//! Messages on workflows that nothing serves, where the practice is the mailbox's only reader.

use std::fs;

use gp_system::web::PracticeRole;
use itk3::Family;
use jiff::SignedDuration;
use nhs::WorkflowId;

use crate::payloads::{LETTER, answered, pair, update};
use crate::support::site::Site;
use crate::support::{Which, World, settle, with_replaced};

fn only_reader() -> World {
    World::with(|_, osprey| osprey.only_reader = true)
}

fn set_apart(world: &World) -> Vec<String> {
    let directory = world.osprey.data.join("not-understood");
    let mut names: Vec<String> = fs::read_dir(directory)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}

#[tokio::test]
async fn what_is_not_understood_is_moved_told_and_answered_10004() {
    let mut world = only_reader();
    let pair = pair(&mut world, "TOC_FHIR_IP_DISCH", LETTER.as_bytes());
    world.publish(Which::Osprey, &pair);
    world.osprey.pass().await;
    assert_eq!(world.osprey.answered(), [10004]);
    let answer = world.collect(Which::Osprey).remove(0);
    assert_eq!(
        answer.control.workflow_id.as_deref(),
        Some("TOC_FHIR_IP_DISCH_ACK")
    );
    let text = String::from_utf8(answer.data).unwrap();
    assert!(
        text.contains("c3c1f0a2-0000-4000-8000-000000000001"),
        "names what it answers"
    );

    assert!(world.osprey.names("IN").is_empty());
    let names = ["ctl", "dat"].map(|ending| format!("{}.{ending}", pair.base));
    assert_eq!(set_apart(&world), names);
    let kept = world.osprey.data.join("not-understood").join(&names[1]);
    assert_eq!(fs::read(kept).unwrap(), pair.data, "byte for byte");
    let alerts = world.osprey.alerts();
    assert!(
        alerts.len() == 1 && alerts[0].contains("TOC_FHIR_IP_DISCH"),
        "{alerts:?}"
    );
    assert!(world.osprey.practice.tasks().unwrap().is_empty());

    // It is among what was received, with why it was refused.
    let message = world.osprey.practice.received().unwrap().remove(0);
    assert_eq!(message.answers, [10004]);
    let site = Site::of(&world.osprey, "/osprey").await;
    let reader = site.visitor(PracticeRole::Reader).await;
    let page = reader
        .text(&format!("/osprey/received/{}", message.number))
        .await;
    assert!(page.contains("10004"));

    // While its alert is open that speaks for the next; each is kept, under its own name.
    let codes = answered(&mut world, "TOC_FHIR_IP_DISCH", LETTER.as_bytes()).await;
    assert_eq!((codes, world.osprey.alerts().len()), (vec![10004], 1));
    assert_eq!(set_apart(&world).len(), 4);
    let mut other = pair.clone();
    other.data = update();
    other.control.dts_id = Some("20261122090000999999_999999".to_owned());
    world.publish(Which::Osprey, &other);
    world.osprey.pass().await;
    assert_eq!(set_apart(&world).len(), 6);
}

#[tokio::test]
async fn what_asks_for_no_answer_or_is_no_message_gets_none() {
    let mut world = only_reader();
    let quiet = with_replaced(
        LETTER.as_bytes(),
        "<valueBoolean value=\"true\"/>",
        "<valueBoolean value=\"false\"/>",
    );
    let event = "<Bundle xmlns=\"http://hl7.org/fhir\"><type value=\"message\"/></Bundle>\
                 <!--<endpoint value=\"RX1OT001\"/>-->";
    for (workflow, data) in [
        ("TOC_FHIR_IP_DISCH", quiet),
        ("BIRTHNOTIFICATION_1", event.as_bytes().to_vec()),
        (
            "PATH_MEDRPT_V3",
            b"UNB+UNOA:2+<endpoint value=\"RX1OT001\"".to_vec(),
        ),
        ("SOMETHING_ELSE_ACK", LETTER.as_bytes().to_vec()),
    ] {
        assert_eq!(
            answered(&mut world, workflow, &data).await,
            [0; 0],
            "{workflow}"
        );
    }
    assert!(world.osprey.names("IN").is_empty());
    assert_eq!(set_apart(&world).len(), 8);
    assert_eq!(world.osprey.alerts().len(), 4);
}

#[tokio::test]
async fn what_another_program_takes_is_left_to_it() {
    let mut world = World::with(|_, osprey| {
        osprey.only_reader = true;
        osprey.other_workflows = vec![WorkflowId::parse("TOC_FHIR_IP_DISCH").unwrap()];
    });
    answered(&mut world, "TOC_FHIR_IP_DISCH", LETTER.as_bytes()).await;
    assert_eq!(world.osprey.names("IN").len(), 2);
    assert!(set_apart(&world).is_empty() && world.osprey.alerts().is_empty());
}

/// Nothing is removed by itself, and what is served later may be sent again.
#[tokio::test]
async fn what_was_not_understood_is_kept_and_may_come_again() {
    let mut world = only_reader();
    answered(&mut world, "TOC_FHIR_IP_DISCH", LETTER.as_bytes()).await;
    let practice = world.osprey.practice.clone();
    let alert = practice.alerts().unwrap().remove(0);
    settle(&practice, alert.id).await;
    world
        .clock
        .advance(SignedDuration::from_hours(24 * 3_000).as_mins());
    world.osprey.pass().await;
    assert_eq!(set_apart(&world).len(), 2);

    world.osprey.config.payloads.push(Family::TransferOfCare);
    world.osprey.reopen();
    let codes = answered(&mut world, "TOC_FHIR_IP_DISCH", LETTER.as_bytes()).await;
    assert_eq!(codes, [20013, 30001]);
}

#[tokio::test]
async fn a_crash_before_it_is_on_record_repeats_nothing() {
    let mut world = only_reader();
    let pair = pair(&mut world, "TOC_FHIR_IP_DISCH", LETTER.as_bytes());
    // As it would be after a crash behind the move: kept there, and still in IN.
    let directory = world.osprey.data.join("not-understood");
    fs::write(directory.join(format!("{}.dat", pair.base)), &pair.data).unwrap();
    let control = pair.control.write_received();
    fs::write(directory.join(format!("{}.ctl", pair.base)), control).unwrap();
    world.publish(Which::Osprey, &pair);
    world.osprey.pass().await;
    assert_eq!(set_apart(&world).len(), 2);
    assert_eq!(world.osprey.answered(), [10004]);
}
