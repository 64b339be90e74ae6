//! Nothing that arrives is left without a word: foreign workflows are told, and everything that is
//! found in a message is kept and shown.

use gp_system::web::PracticeRole;
use nhs::WorkflowId;

use crate::support::site::Site;
use crate::support::{Pair, Which, World, consultation, settle, with_replaced};

/// A pair on another workflow, as if another program of the site were to take it.
async fn foreign(world: &mut World, pair: &Pair, workflow: &str) -> Pair {
    let mut other = world.again(pair);
    other.control.workflow_id = Some(workflow.to_owned());
    world.publish(Which::Osprey, &other);
    world.osprey.pass().await;
    other
}

#[tokio::test]
async fn a_message_on_a_workflow_nobody_takes_is_told() {
    let mut world = World::new();
    let (_, pair) = world.send(consultation()).await;
    let first = foreign(&mut world, &pair, "TOC_FHIR_IP_DISCH").await;
    let alerts = world.osprey.alerts();
    assert_eq!(alerts.len(), 1);
    assert!(alerts[0].contains("TOC_FHIR_IP_DISCH"), "{alerts:?}");
    // While it is open it speaks for the next of its kind; another workflow has its own.
    foreign(&mut world, &pair, "TOC_FHIR_IP_DISCH").await;
    foreign(&mut world, &pair, "<script>GARTON</script>").await;
    assert_eq!(world.osprey.alerts().len(), 2);
    assert!(!world.osprey.alerts().iter().any(|what| what.contains('<')));

    // Dealt with: what lies there is known, after a restart too; what comes is told.
    let practice = world.osprey.practice.clone();
    for alert in practice.alerts().unwrap() {
        settle(&practice, alert.id).await;
    }
    world.osprey.reopen();
    world.osprey.pass().await;
    assert!(world.osprey.alerts().is_empty());
    foreign(&mut world, &pair, "TOC_FHIR_IP_DISCH").await;
    assert_eq!(world.osprey.alerts().len(), 1);

    // What somebody took and what comes again under its name is another message.
    let practice = world.osprey.practice.clone();
    let alert = practice.alerts().unwrap().remove(0);
    settle(&practice, alert.id).await;
    for ending in ["ctl", "dat"] {
        let path = world.osprey.mailbox.join("IN");
        std::fs::remove_file(path.join(format!("{}.{ending}", first.base))).unwrap();
    }
    world.osprey.pass().await;
    world.clock.advance(1);
    world.publish(Which::Osprey, &first);
    world.osprey.pass().await;
    assert_eq!(world.osprey.alerts().len(), 1);
}

#[tokio::test]
async fn a_workflow_of_another_program_is_left_to_it() {
    let taken = WorkflowId::parse("TOC_FHIR_IP_DISCH").unwrap();
    let mut world = World::with(|_, osprey| osprey.other_workflows = vec![taken.clone()]);
    let (_, pair) = world.send(consultation()).await;
    foreign(&mut world, &pair, "TOC_FHIR_IP_DISCH").await;
    assert!(world.osprey.alerts().is_empty());
    assert_eq!(world.osprey.names("IN").len(), 2);
}

#[tokio::test]
async fn every_finding_of_a_refused_message_is_kept_and_shown() {
    let mut world = World::new();
    let (_, mut pair) = world.send(consultation()).await;
    pair.data = with_replaced(&pair.data, "1946-06-23", "1946-06");
    pair.data = with_replaced(&pair.data, "9693632109", "9693632108");
    world.publish(Which::Osprey, &pair);
    world.osprey.pass().await;
    assert_eq!(world.osprey.answered(), [20009]);
    world.osprey.reopen();
    let message = world.osprey.practice.received().unwrap().remove(0);
    let (again, findings) = world
        .osprey
        .practice
        .received_message(message.number)
        .unwrap()
        .unwrap();
    assert_eq!(again, message);
    let rules: Vec<_> = findings.iter().map(|it| it.rule.as_str()).collect();
    assert!(rules.contains(&"GPCM-SD-035") && rules.contains(&"GPCM-SD-037"));
    assert!(message.errors >= 2 && message.task.is_none());

    let site = Site::of(&world.osprey, "/osprey").await;
    let reader = site.visitor(PracticeRole::Reader).await;
    let address = format!("/osprey/received/{}", message.number);
    assert!(reader.text("/osprey").await.contains(&address));
    let page = reader.text(&address).await;
    for finding in &findings {
        assert!(page.contains(&finding.rule), "{}", finding.rule);
    }
    for secret in ["GARTON", "969363", "1946"] {
        assert!(!page.contains(secret));
    }
}

#[tokio::test]
async fn what_was_found_in_a_document_that_was_taken_stands_on_its_task() {
    let mut world = World::with(|starling, _| starling.ruleset = send_document::Ruleset::V2_0);
    let (_, mut pair) = world.send(consultation()).await;
    // 2.0 recommends it only.
    pair.data = with_replaced(&pair.data, "<use value=\"official\"/>", "");
    world.publish(Which::Osprey, &pair);
    world.osprey.pass().await;
    let task = world.osprey.practice.tasks().unwrap().remove(0);
    let message = world.osprey.practice.received_as(task.id).unwrap().unwrap();
    assert_eq!(message.errors, 0);
    assert!(message.warnings > 0);
    let site = Site::of(&world.osprey, "/osprey").await;
    let reader = site.visitor(PracticeRole::Reader).await;
    let page = reader.text(&format!("/osprey/inbox/{}", task.id)).await;
    let address = format!("/osprey/received/{}", message.number);
    assert!(page.contains(&address));
    assert!(
        reader
            .text(&address)
            .await
            .contains("expected use official")
    );
}

#[tokio::test]
async fn a_repeat_and_an_unreadable_message_say_why_they_were_refused() {
    let mut world = World::new();
    let (_, pair) = world.send(consultation()).await;
    world.publish(Which::Osprey, &pair);
    let mut again = world.again(&pair);
    world.publish(Which::Osprey, &again);
    again = world.again(&pair);
    again.data = b"no XML".to_vec();
    world.publish(Which::Osprey, &again);
    world.osprey.pass().await;
    let found = |number| {
        let found = world.osprey.practice.received_message(number).unwrap();
        let (_, findings) = found.unwrap();
        findings.into_iter().map(|it| it.rule).collect::<Vec<_>>()
    };
    assert!(found(2).contains(&"20007".to_owned()));
    assert_eq!(found(3), ["10009"]);
    assert!(world.osprey.practice.received_message(4).unwrap().is_none());
}
