//! The sending side: waiting, editing, and following what became of a message.

use crate::support::{Which, World, consultation, patient, with_replaced};
use gp_system::{AnswerClass, ConsultationState, Event, PracticeError};
use mesh::{ControlFile, StatusRecord, status};

#[tokio::test]
async fn acknowledgements_in_the_other_order_deliver_too() {
    let mut world = World::new();
    let (id, pair) = world.send(consultation()).await;
    world.publish(Which::Osprey, &pair);
    world.osprey.pass().await;
    let answers = world.collect(Which::Osprey);
    world.publish(Which::Starling, &answers[1]);
    world.starling.pass().await;
    let record = world.starling.record(id);
    assert_eq!(
        (record.state, record.business),
        (ConsultationState::Sent, Some(30001))
    );
    world.publish(Which::Starling, &answers[0]);
    world.starling.pass().await;
    assert_eq!(
        world.starling.record(id).state,
        ConsultationState::Delivered
    );
}

#[tokio::test]
async fn gpcm_sd_075_each_report_of_a_failure_says_why_and_what_to_do() {
    for fault in [
        &status::SEVERAL_MAILBOXES,
        &status::NO_MAILBOX,
        &status::INVALID_NHS_NUMBER,
        &status::NHS_NUMBER_NOT_FOUND,
        &status::DEMOGRAPHICS_DIFFER,
        &status::NOT_COLLECTED,
    ] {
        let mut world = World::new();
        let (id, pair) = world.send(consultation()).await;
        world.report(&pair, fault);
        let summary = world.starling.pass().await;
        assert_eq!(summary.reports_taken, 1);
        let record = world.starling.record(id);
        assert_eq!(record.state, ConsultationState::Failed);
        let failure = record.failure.unwrap();
        assert_eq!(failure.code, fault.code);
        assert!(!failure.reason.is_empty() && !failure.advice.is_empty());
        assert!(world.starling.alerts()[0].contains(&failure.reason));
        assert!(world.starling.names("IN").is_empty() && world.starling.names("OUT").is_empty());
        let told = Event::Failed {
            consultation: id,
            code: fault.code.to_owned(),
        };
        assert!(world.starling.events().contains(&told));
    }
}

#[tokio::test]
async fn an_acknowledgement_of_nothing_we_know_is_kept_and_told() {
    let mut world = World::new();
    let (id, pair) = world.send(consultation()).await;
    world.publish(Which::Osprey, &pair);
    world.osprey.pass().await;
    let mut answer = world.collect(Which::Osprey).remove(0);
    let message = world.starling.record(id).message_id.unwrap();
    answer.data = with_replaced(
        &answer.data,
        &message,
        "0a0a0a0a-0000-4000-8000-00000000000f",
    );
    world.publish(Which::Starling, &answer);
    world.starling.pass().await;
    assert_eq!(world.starling.record(id).state, ConsultationState::Sent);
    assert_eq!(world.starling.alerts().len(), 1);
    let unmatched = Event::AcknowledgementReceived {
        consultation: None,
        class: AnswerClass::Infrastructure,
        code: 20013,
    };
    assert!(world.starling.events().contains(&unmatched));
    let kept = world
        .starling
        .data
        .join("received")
        .join(format!("{}.dat", answer.base));
    assert_eq!(std::fs::read(kept).unwrap(), answer.data);
}

#[tokio::test]
async fn an_acknowledgement_names_its_message_in_any_spelling() {
    let mut world = World::new();
    let (id, pair) = world.send(consultation()).await;
    world.publish(Which::Osprey, &pair);
    world.osprey.pass().await;
    let message = world.starling.record(id).message_id.unwrap();
    for mut answer in world.collect(Which::Osprey) {
        let spelling = format!("urn:uuid:{}", message.to_uppercase());
        answer.data = with_replaced(&answer.data, &message, &spelling);
        world.publish(Which::Starling, &answer);
    }
    world.starling.pass().await;
    assert_eq!(
        world.starling.record(id).state,
        ConsultationState::Delivered
    );
}

#[tokio::test]
async fn a_broken_acknowledgement_is_told_and_never_answered() {
    let mut world = World::new();
    let (_, pair) = world.send(consultation()).await;
    world.publish(Which::Osprey, &pair);
    world.osprey.pass().await;
    let mut answer = world.collect(Which::Osprey).remove(0);
    answer.data = b"<Bundle".to_vec();
    world.publish(Which::Starling, &answer);
    world.starling.pass().await;
    assert!(world.starling.names("OUT").is_empty());
    assert!(world.starling.alerts()[0].contains("could not be read"));
}

#[tokio::test]
async fn gpcm_sd_095_a_missing_acknowledgement_is_told_once() {
    let mut world = World::with(|starling, _| starling.acknowledgement_overdue_minutes = 60);
    let (id, _) = world.send(consultation()).await;
    world.clock.advance(59);
    world.starling.pass().await;
    assert!(world.starling.alerts().is_empty());
    world.clock.advance(2);
    world.starling.pass().await;
    world.starling.pass().await;
    assert_eq!(world.starling.alerts().len(), 1);
    assert!(world.starling.record(id).overdue);
}

#[tokio::test]
async fn gpcm_sd_083_no_report_is_sent_of_an_own_patient() {
    let world = World::new();
    let refused = world.osprey.practice.submit(consultation()).await;
    assert!(matches!(refused, Err(PracticeError::OwnPatient)));
    world.osprey.pass().await;
    assert!(world.osprey.names("OUT").is_empty());
}

#[tokio::test]
async fn gpcm_sd_096_and_142_an_edit_restarts_the_wait_and_only_the_latest_is_sent() {
    let mut world = World::with(|starling, _| starling.wait_minutes = 180);
    let id = world
        .starling
        .practice
        .submit(consultation())
        .await
        .unwrap();
    world.clock.advance(179);
    world.starling.pass().await;
    let mut edited = consultation();
    edited.patient.given_names = vec!["William".to_owned()];
    assert_eq!(
        world.starling.practice.update(id, edited).await.unwrap(),
        id
    );
    world.clock.advance(179);
    world.starling.pass().await;
    assert!(world.starling.names("OUT").is_empty());
    world.clock.advance(1);
    world.starling.pass().await;
    let pairs = world.collect(Which::Starling);
    assert_eq!(pairs.len(), 1);
    assert!(
        pairs[0]
            .control
            .subject
            .as_ref()
            .unwrap()
            .contains("William")
    );
}

#[tokio::test]
async fn a_new_version_is_of_the_latest_and_of_the_same_patient() {
    let mut world = World::new();
    let (id, _) = world.send(consultation()).await;
    let mut other = consultation();
    other.patient = patient("9000000009", "STRANGER", "Sam", "1960-01-01");
    let refused = world.starling.practice.update(id, other).await;
    assert!(matches!(refused, Err(PracticeError::OtherPatient)));
    world
        .starling
        .practice
        .update(id, consultation())
        .await
        .unwrap();
    let refused = world.starling.practice.update(id, consultation()).await;
    assert!(matches!(refused, Err(PracticeError::Changed(_))));
}

#[tokio::test]
async fn a_failed_consultation_is_corrected_and_sent_again_as_the_same_version() {
    let mut world = World::new();
    let mut wrong = consultation();
    wrong.patient = patient("9000000009", "GARTON", "Bill", "1946-06-23");
    let (id, pair) = world.send(wrong).await;
    world.report(&pair, &status::NHS_NUMBER_NOT_FOUND);
    world.starling.pass().await;
    let corrected = world
        .starling
        .practice
        .update(id, consultation())
        .await
        .unwrap();
    world.starling.pass().await;
    world.carry(Which::Starling);
    world.answer().await;
    let record = world.starling.record(corrected);
    assert_eq!(
        (record.state, record.version),
        (ConsultationState::Delivered, 1)
    );
    assert_eq!(world.starling.record(id).state, ConsultationState::Failed);
}

#[tokio::test]
async fn a_pair_the_client_could_not_send_fails_with_its_reason() {
    let world = World::new();
    let id = world
        .starling
        .practice
        .submit(consultation())
        .await
        .unwrap();
    world.starling.pass().await;
    let mailbox = &world.starling.mailbox;
    for name in world.starling.names("OUT") {
        let bytes = std::fs::read(mailbox.join("OUT").join(&name)).unwrap();
        std::fs::remove_file(mailbox.join("OUT").join(&name)).unwrap();
        if name.ends_with(".ctl") {
            let mut control = ControlFile::read(&bytes).unwrap();
            let at = "2026-11-22T09:00:02".parse().unwrap();
            control.status = Some(status::UNREGISTERED_RECIPIENT.record(at));
            crate::support::put(&mailbox.join("FAILED"), &name, &control.write());
        }
    }
    world.starling.pass().await;
    let record = world.starling.record(id);
    assert_eq!(record.state, ConsultationState::Failed);
    assert_eq!(record.failure.unwrap().code, "12");
}

#[tokio::test]
async fn the_clients_own_reports_are_told_in_the_timeline() {
    let world = World::new();
    let id = world
        .starling
        .practice
        .submit(consultation())
        .await
        .unwrap();
    world.starling.pass().await;
    let mailbox = &world.starling.mailbox;
    let name = world
        .starling
        .names("OUT")
        .into_iter()
        .find(|name| name.ends_with(".ctl"))
        .unwrap();
    let base = name.trim_end_matches(".ctl");
    let mut control =
        ControlFile::read(&std::fs::read(mailbox.join("OUT").join(&name)).unwrap()).unwrap();
    control.message_type = Some("Report".to_owned());
    for event in [mesh::StatusEvent::Collect, mesh::StatusEvent::Transfer] {
        if event == mesh::StatusEvent::Transfer {
            control.dts_id = Some("20261122090001000001_0000AB".to_owned());
        }
        let report = format!("{base}_{}_20261122090001000.ctl", event.as_str());
        let at = "2026-11-22T09:00:01".parse().unwrap();
        control.status = Some(StatusRecord::success(at, event, ""));
        crate::support::put(&mailbox.join("IN"), &report, &control.write());
    }
    world.starling.pass().await;
    let record = world.starling.record(id);
    assert_eq!(record.state, ConsultationState::Sent);
    assert_eq!(
        record.transport_id.as_deref(),
        Some("20261122090001000001_0000AB")
    );
    assert!(
        record
            .timeline
            .iter()
            .any(|entry| entry.what.contains("took the message"))
    );
    assert!(world.starling.alerts().is_empty());
}

#[tokio::test]
async fn gpcm_sd_096_and_130_the_default_wait_is_three_hours_and_none_is_longer() {
    let defaults = gp_system::PracticeConfig::new(
        nhs::OdsCode::parse("A81001").unwrap(),
        "Default",
        nhs::MailboxId::parse("A81001OT001").unwrap(),
        "mailbox",
        "data",
    );
    let world = World::with(|starling, _| starling.wait_minutes = defaults.wait_minutes);
    let practice = &world.starling.practice;
    let id = practice.submit(consultation()).await.unwrap();
    let record = world.starling.record(id);
    let wait = record.due_at.duration_since(record.submitted_at);
    assert_eq!(wait, jiff::SignedDuration::from_hours(3));
    world.clock.advance(179);
    assert_eq!(world.starling.pass().await.placed, 0);
    world.clock.advance(1);
    assert_eq!(world.starling.pass().await.placed, 1);
    // A replacement waits no longer, so it leaves within a day.
    practice.update(id, consultation()).await.unwrap();
    world.clock.advance(180);
    assert_eq!(world.starling.pass().await.placed, 1);
}

#[tokio::test]
async fn gpcm_sd_083_a_patient_who_registers_here_in_the_waiting_time_is_not_reported() {
    let home = tempfile::tempdir().unwrap();
    let list = home.path().join("own.csv");
    std::fs::write(&list, "nhs_number,family_name,date_of_birth,gp_ods_code\n").unwrap();
    let world = World::with(|starling, _| {
        starling.patients = Some(list.clone());
        starling.wait_minutes = 60;
    });
    let practice = &world.starling.practice;
    let id = practice.submit(consultation()).await.unwrap();
    let registered =
        "nhs_number,family_name,date_of_birth,gp_ods_code\n9693632109,GARTON,1946-06-23,A81001\n";
    std::fs::write(&list, registered).unwrap();
    world.clock.advance(60);
    assert_eq!(world.starling.pass().await.placed, 0);
    assert!(world.starling.names("OUT").is_empty());
    let record = world.starling.record(id);
    assert_eq!(record.state, ConsultationState::Failed);
    assert_eq!(record.failure.unwrap().code, "own-patient");
    assert_eq!(world.starling.alerts().len(), 1);
}
