//! The whole loop between two practices, and every way the receiving side ends it.

use crate::support::{Which, World, consultation, patient, with_replaced};
use gp_system::{ConsultationState, Event};

#[tokio::test]
async fn a_consultation_is_delivered_and_both_acknowledgements_come_home() {
    let mut world = World::new();
    let id = world
        .starling
        .practice
        .submit(consultation())
        .await
        .unwrap();
    assert_eq!(world.starling.record(id).state, ConsultationState::Waiting);

    let summary = world.starling.pass().await;
    assert_eq!(summary.placed, 1);
    assert_eq!(world.starling.record(id).state, ConsultationState::Placed);
    let names = world.starling.names("OUT");
    assert_eq!(names.len(), 2, "one pair and no temporary file: {names:?}");
    assert!(!names[0].contains("GARTON"));

    let pairs = world.carry(Which::Starling);
    let control = &pairs[0].control;
    assert_eq!(control.workflow_id.as_deref(), Some("GPFED_CONSULT_REPORT"));
    assert_eq!(control.local_id.as_deref(), Some("A81001"));
    let summary = world.osprey.pass().await;
    assert_eq!((summary.messages_taken, summary.tasks_raised), (1, 1));
    assert_eq!(summary.acknowledgements_placed, 2);
    assert!(world.osprey.names("IN").is_empty());
    let kept = world
        .osprey
        .data
        .join("received")
        .join(format!("{}.dat", pairs[0].base));
    assert_eq!(
        std::fs::read(kept).unwrap(),
        pairs[0].data,
        "kept byte for byte"
    );

    let task = world.osprey.practice.tasks().unwrap().remove(0);
    assert_eq!(
        Some(task.subject.as_str()),
        control.subject.as_deref(),
        "GPCM-SD-092"
    );
    assert_eq!(
        (task.version, task.for_action, task.matched),
        (Some(1), true, 30001)
    );
    assert_eq!(task.sender, "Cumbria Starling Medical Centre");
    let report = world
        .osprey
        .practice
        .attachment(task.id, 0)
        .unwrap()
        .unwrap();
    assert!(report.bytes.starts_with(b"%PDF-"));

    let answers = world.carry(Which::Osprey);
    for answer in &answers {
        assert_eq!(
            answer.control.workflow_id.as_deref(),
            Some("GPFED_CONSULT_REPORT_ACK")
        );
        assert_eq!(answer.control.from_dts.as_deref(), Some("A20047OT001"));
    }
    let summary = world.starling.pass().await;
    assert_eq!(summary.acknowledgements_received, 2);
    let record = world.starling.record(id);
    assert_eq!(record.state, ConsultationState::Delivered);
    assert_eq!(
        (record.infrastructure, record.business),
        (Some(20013), Some(30001))
    );
    assert_eq!(record.transport_id.as_ref(), Some(&pairs[0].base));

    // An acknowledgement is never acknowledged.
    assert_eq!(world.starling.answered(), Vec::<u32>::new());
    assert!(world.starling.names("OUT").is_empty());
    assert!(world.starling.alerts().is_empty() && world.osprey.alerts().is_empty());
    let entered = Event::ConsultationChanged { consultation: id };
    assert_eq!(world.starling.events().first(), Some(&entered));
    let placed = world.starling.events().into_iter().nth(1);
    assert!(matches!(placed, Some(Event::Placed { consultation, .. }) if consultation == id));
    assert_eq!(
        world.starling.events().last(),
        Some(&Event::Delivered { consultation: id })
    );
}

/// Sends a message changed on its way and returns what the sender's record says in the end.
async fn sent_changed(
    world: &mut World,
    change: impl FnOnce(&[u8]) -> Vec<u8>,
) -> gp_system::ConsultationRecord {
    let (id, mut pair) = world.send(consultation()).await;
    pair.data = change(&pair.data);
    world.publish(Which::Osprey, &pair);
    world.answer().await;
    world.starling.record(id)
}

#[tokio::test]
async fn gpcm_sd_066_a_message_that_is_not_xml_is_answered_10009_and_raises_no_task() {
    let mut world = World::new();
    let record = sent_changed(&mut world, |_| b"this is not XML".to_vec()).await;
    assert_eq!(world.osprey.answered(), [10009]);
    assert!(world.osprey.practice.tasks().unwrap().is_empty());
    // The message could not be read, so the answer cannot say which it answers: a person is told.
    assert_eq!(record.state, ConsultationState::Sent);
    assert_eq!(world.starling.alerts().len(), 1);
    assert!(world.starling.alerts()[0].contains("could not read a message of ours"));
}

#[tokio::test]
async fn an_empty_data_file_is_answered_10009() {
    let mut world = World::new();
    sent_changed(&mut world, |_| Vec::new()).await;
    assert_eq!(world.osprey.answered(), [10009]);
}

#[tokio::test]
async fn gpcm_sd_066_a_payload_that_breaks_a_rule_is_answered_20009_and_raises_no_task() {
    let mut world = World::new();
    let record = sent_changed(&mut world, |data| {
        with_replaced(
            data,
            "<title value=\"Consultation report\"",
            "<title value=\"A report\"",
        )
    })
    .await;
    assert_eq!(
        world.osprey.answered(),
        [20009],
        "one negative answer and no business answer"
    );
    assert!(world.osprey.practice.tasks().unwrap().is_empty());
    assert_eq!(record.state, ConsultationState::Failed);
    assert_eq!(record.failure.as_ref().unwrap().code, "20009");
    assert_eq!(
        world.starling.alerts().len(),
        1,
        "GPCM-SD-094: a person is told"
    );
}

#[tokio::test]
async fn fhir_ba_02_a_negative_answer_holds_no_patient_data() {
    let mut world = World::new();
    let (_, mut pair) = world.send(consultation()).await;
    pair.data = with_replaced(&pair.data, "value=\"1946-06-23\"", "value=\"1946-06-99\"");
    world.publish(Which::Osprey, &pair);
    world.osprey.pass().await;
    assert_eq!(world.osprey.answered(), [20009]);
    let answer = world.collect(Which::Osprey).remove(0);
    let control = String::from_utf8(answer.control.write()).unwrap();
    let text = String::from_utf8(answer.data).unwrap() + &control;
    for secret in ["GARTON", "Bill", "9693632109", "1946-06-23"] {
        assert!(!text.contains(secret));
    }
}

#[tokio::test]
async fn a_message_sent_twice_is_answered_20007_once_and_raises_one_task() {
    let mut world = World::new();
    let (id, pair) = world.send(consultation()).await;
    world.publish(Which::Osprey, &pair);
    world.answer().await;
    let again = world.again(&pair);
    world.publish(Which::Osprey, &again);
    world.answer().await;
    assert_eq!(world.osprey.answered(), [20013, 30001, 20007]);
    assert_eq!(world.osprey.practice.tasks().unwrap().len(), 1);
    // The sender keeps what it knows: the report was delivered.
    assert_eq!(
        world.starling.record(id).state,
        ConsultationState::Delivered
    );
}

#[tokio::test]
async fn a_document_in_a_new_message_is_answered_20008() {
    let mut world = World::new();
    let (id, pair) = world.send(consultation()).await;
    world.publish(Which::Osprey, &pair);
    world.answer().await;
    let message = world.starling.record(id).message_id.unwrap();
    let mut again = world.again(&pair);
    let identifier = outer_identifier(&again.data);
    again.data = with_replaced(
        &again.data,
        &message,
        "0a0a0a0a-0000-4000-8000-000000000001",
    );
    again.data = with_replaced(
        &again.data,
        &identifier,
        "0a0a0a0a-0000-4000-8000-000000000002",
    );
    world.publish(Which::Osprey, &again);
    world.answer().await;
    assert_eq!(world.osprey.answered(), [20013, 30001, 20008]);
    assert_eq!(world.osprey.practice.tasks().unwrap().len(), 1);
}

fn outer_identifier(message: &[u8]) -> String {
    let document = fhir::xml::read(message, &fhir::Limits::default()).unwrap();
    document
        .root
        .value_at("identifier.value")
        .unwrap()
        .trim_start_matches("urn:uuid:")
        .to_owned()
}

#[tokio::test]
async fn a_delivery_published_twice_by_the_client_is_answered_once() {
    let mut world = World::new();
    let (_, pair) = world.send(consultation()).await;
    world.publish(Which::Osprey, &pair);
    world.answer().await;
    world.publish(Which::Osprey, &pair);
    world.answer().await;
    assert_eq!(world.osprey.answered(), [20013, 30001]);
    assert!(world.osprey.names("IN").is_empty());
}

#[tokio::test]
async fn a_patient_who_is_not_known_or_has_left_is_answered_and_raises_no_task() {
    for (number, family, given, born, code) in [
        ("9000000009", "STRANGER", "Sam", "1960-01-01", 30002),
        ("9657702402", "GONE", "Gus", "1950-01-01", 30003),
    ] {
        let mut world = World::new();
        let mut consultation = consultation();
        consultation.patient = patient(number, family, given, born);
        let (id, pair) = world.send(consultation).await;
        world.publish(Which::Osprey, &pair);
        world.answer().await;
        assert_eq!(world.osprey.answered(), [20013, code]);
        assert!(world.osprey.practice.tasks().unwrap().is_empty());
        let record = world.starling.record(id);
        assert_eq!(record.state, ConsultationState::Failed);
        let failure = record.failure.unwrap();
        assert_eq!(failure.code, code.to_string());
        assert!(failure.advice.contains("registered"), "{}", failure.advice);
    }
}

#[tokio::test]
async fn a_patient_who_died_lately_is_answered_30004_and_raises_a_task() {
    let mut world = World::new();
    let mut consultation = consultation();
    consultation.patient = patient("9657702445", "LATE", "Lea", "1950-01-02");
    let (id, pair) = world.send(consultation).await;
    world.publish(Which::Osprey, &pair);
    world.answer().await;
    assert_eq!(world.osprey.answered(), [20013, 30004]);
    assert_eq!(world.osprey.practice.tasks().unwrap()[0].matched, 30004);
    assert_eq!(
        world.starling.record(id).state,
        ConsultationState::Delivered
    );
}

#[tokio::test]
async fn gpcm_sd_126_a_new_version_replaces_and_archives_the_one_before() {
    let mut world = World::new();
    let (id, pair) = world.send(consultation()).await;
    world.publish(Which::Osprey, &pair);
    world.answer().await;
    let second = world
        .starling
        .practice
        .update(id, consultation())
        .await
        .unwrap();
    assert_ne!(second, id);
    world.starling.pass().await;
    let pair = world.carry(Which::Starling).remove(0);
    assert!(
        pair.control
            .subject
            .as_ref()
            .unwrap()
            .ends_with("Version 2")
    );
    world.answer().await;
    assert_eq!(
        world.starling.record(second).state,
        ConsultationState::Delivered
    );
    let tasks = world.osprey.practice.tasks().unwrap();
    let (newer, older) = (&tasks[0], &tasks[1]);
    assert_eq!((newer.version, older.version), (Some(2), Some(1)));
    assert_eq!(older.replaced_by, Some(newer.id));
    assert_eq!(newer.replaces, Some(older.id));
}

#[tokio::test]
async fn a_replacement_of_a_document_that_is_not_here_is_answered_20014() {
    let mut world = World::new();
    let (id, _) = world.send(consultation()).await;
    let second = world
        .starling
        .practice
        .update(id, consultation())
        .await
        .unwrap();
    world.starling.pass().await;
    world.carry(Which::Starling);
    world.answer().await;
    assert_eq!(world.osprey.answered(), [20014]);
    assert_eq!(
        world.starling.record(second).state,
        ConsultationState::Failed
    );
    assert!(world.osprey.practice.tasks().unwrap().is_empty());
}

#[tokio::test]
async fn what_belongs_to_another_application_or_is_unreadable_stays_in_in() {
    let mut world = World::new();
    let (_, mut pair) = world.send(consultation()).await;
    pair.control.workflow_id = Some("SPINE_BATCH_TRACE".to_owned());
    world.publish(Which::Osprey, &pair);
    crate::support::put(
        &world.osprey.mailbox.join("IN"),
        "broken.ctl",
        b"<DTSControl>",
    );
    let summary = world.osprey.pass().await;
    assert_eq!((summary.left, summary.messages_taken), (2, 0));
    assert_eq!(world.osprey.alerts().len(), 1, "it may be half written");
    world.osprey.pass().await;
    assert_eq!(world.osprey.alerts().len(), 2);
    assert_eq!(world.osprey.names("IN").len(), 3);
}

#[tokio::test]
async fn a_data_file_too_large_to_read_is_kept_and_answered_20015() {
    let mut world = World::new();
    let (_, pair) = world.send(consultation()).await;
    world.publish(Which::Osprey, &pair);
    let path = world
        .osprey
        .mailbox
        .join("IN")
        .join(format!("{}.dat", pair.base));
    let file = std::fs::OpenOptions::new().write(true).open(path).unwrap();
    file.set_len(64 * 1024 * 1024 + 1).unwrap();
    world.osprey.pass().await;
    assert_eq!(world.osprey.answered(), [20015]);
    let kept = world
        .osprey
        .data
        .join("received")
        .join(format!("{}.dat", pair.base));
    assert_eq!(std::fs::metadata(kept).unwrap().len(), 64 * 1024 * 1024 + 1);
}

#[tokio::test]
async fn the_rehearsal_partner_answers_any_code_on_demand() {
    for (given, answers) in [
        ("20009", vec![20009]),
        ("10001", vec![10001]),
        ("20013", vec![20013]),
        ("30002", vec![30002]),
        ("IB004", vec![20013, 30004]),
        ("noresponse", vec![]),
        ("invrep", vec![20013]),
        ("Bill", vec![20013, 30001]),
    ] {
        let mut world = World::with(|_, osprey| {
            osprey.rehearsal = true;
            osprey.patients = None;
        });
        let mut consultation = consultation();
        consultation.patient.given_names = vec![given.to_owned()];
        let (_, pair) = world.send(consultation).await;
        world.publish(Which::Osprey, &pair);
        world.osprey.pass().await;
        assert_eq!(world.osprey.answered(), answers, "{given}");
    }
}

#[tokio::test]
async fn a_refused_message_that_asks_for_no_answer_is_told_to_a_person_here() {
    let mut world = World::new();
    sent_changed(&mut world, |data| {
        with_replaced(
            data,
            "<valueBoolean value=\"true\"/>",
            "<valueBoolean value=\"false\"/>",
        )
    })
    .await;
    assert!(world.osprey.answered().is_empty());
    assert!(world.osprey.practice.tasks().unwrap().is_empty());
    assert_eq!(world.osprey.alerts().len(), 1);
}

/// The clock runs away: the check ends, the message is kept and answered, and it is no task.
#[tokio::test]
async fn a_message_that_takes_too_long_to_check_is_kept_and_answered_20015() {
    let mut world = World::new();
    let (_, pair) = world.send(consultation()).await;
    world.publish(Which::Osprey, &pair);
    world.clock.run(2 * message_check::CHECK_SECONDS);
    world.osprey.pass().await;
    world.clock.run(0);
    assert_eq!(world.osprey.answered(), [20015]);
    assert!(world.osprey.practice.tasks().unwrap().is_empty());
    let kept = std::fs::read_dir(world.osprey.data.join("received")).unwrap();
    let kept: Vec<_> = kept
        .map(|entry| std::fs::read(entry.unwrap().path()).unwrap())
        .collect();
    assert!(kept.contains(&pair.data));
}

/// However many arrivals there are and however long each takes, what is to be sent leaves between them.
#[tokio::test]
async fn answers_leave_while_further_arrivals_wait() {
    let mut world = World::new();
    for _ in 0..3 {
        let (_, pair) = world.send(consultation()).await;
        world.publish(Which::Osprey, &pair);
    }
    world.clock.run(3);
    world.osprey.pass().await;
    let kinds: Vec<&str> = world
        .osprey
        .events()
        .iter()
        .filter_map(|event| match event {
            Event::MessageTaken { .. } => Some("taken"),
            Event::Acknowledged { .. } => Some("answered"),
            _ => None,
        })
        .collect();
    let first_answer = kinds.iter().position(|kind| *kind == "answered").unwrap();
    let last_taken = kinds.iter().rposition(|kind| *kind == "taken").unwrap();
    assert!(first_answer < last_taken, "{kinds:?}");
    assert_eq!(kinds.iter().filter(|kind| **kind == "taken").count(), 3);
    assert!(world.osprey.names("IN").is_empty());
}
