//! What is deleted, void or replaced: who is warned, and that everything is kept.

use crate::support::{Pair, Which, World, consultation, patient};
use gp_system::{ConsultationId, ConsultationState, Deletion, PracticeError};

#[tokio::test]
async fn gpcm_sd_135_deleting_a_reported_consultation_warns_with_four_facts() {
    let mut world = World::new();
    let (id, _) = world.send(consultation()).await;
    let practice = world.starling.practice.clone();
    let Deletion::Warned(warning) = practice.delete(id, false).await.unwrap() else {
        panic!("a warning was expected");
    };
    assert_eq!(warning.patient, "GARTON, Bill");
    assert_eq!(warning.nhs_number, "969 363 2109");
    assert_eq!(
        warning.consultation_date,
        "2026-11-22T08:30:00".parse().unwrap()
    );
    assert_eq!(warning.registered_practice, "Osprey Medical Centre");
    assert!(!format!("{warning:?}").contains("GARTON"));
    assert_eq!(world.starling.record(id).deleted_at, None, "nothing done");

    assert_eq!(practice.delete(id, true).await.unwrap(), Deletion::Deleted);
    assert!(world.starling.record(id).deleted_at.is_some());
    assert!(world.starling.alerts()[0].contains("another route"));
    world.starling.pass().await;
    assert!(
        world.starling.names("OUT").is_empty(),
        "no message goes out"
    );
    let refused = practice.update(id, consultation()).await;
    assert!(matches!(refused, Err(PracticeError::Gone(_))));
}

#[tokio::test]
async fn gpcm_sd_135_a_consultation_deleted_while_it_waits_is_never_sent() {
    let world = World::with(|starling, _| starling.wait_minutes = 60);
    let practice = &world.starling.practice;
    let id = practice.submit(consultation()).await.unwrap();
    assert_eq!(practice.deletion_warning(id).unwrap(), None);
    let deleted = practice.delete(id, false).await.unwrap();
    assert_eq!(deleted, Deletion::Withdrawn);
    world.clock.advance(61);
    assert_eq!(world.starling.pass().await.placed, 0);
    assert_eq!(
        world.starling.record(id).state,
        ConsultationState::Withdrawn
    );
    assert_eq!(practice.counts().unwrap().under_way, 0);
    assert!(practice.delete(id, false).await.is_err(), "once only");
    assert!(practice.content(id).unwrap().is_some(), "kept");
}

/// Sends a changed version and returns it with the pair that carries it.
async fn amend(world: &mut World, id: ConsultationId) -> (ConsultationId, Pair) {
    let next = world.starling.practice.update(id, consultation()).await;
    world.starling.pass().await;
    (next.unwrap(), world.collect(Which::Starling).remove(0))
}

/// A version 1 that is delivered, and a version 2 that osprey has and starling holds delivered.
async fn two_delivered(world: &mut World) -> (ConsultationId, ConsultationId, Pair) {
    let (first, pair) = world.send(consultation()).await;
    world.publish(Which::Osprey, &pair);
    world.answer().await;
    let (second, pair) = amend(world, first).await;
    world.publish(Which::Osprey, &pair);
    world.answer().await;
    (first, second, pair)
}

#[tokio::test]
async fn gpcm_sd_127_a_failed_replacement_and_what_it_names_are_void_at_the_receiver() {
    let mut world = World::new();
    let (first, _, _) = two_delivered(&mut world).await;
    // Another replacement of the first version: the sender lost count.
    let (_, third) = third_naming(&mut world, first).await;
    world.publish(Which::Osprey, &third);
    world.osprey.pass().await;
    assert_eq!(world.osprey.answered().last(), Some(&20014));
    let tasks = world.osprey.practice.tasks().unwrap();
    assert_eq!(tasks.len(), 2, "the replacement raises no task");
    let void: Vec<_> = tasks.iter().map(|task| (task.version, task.void)).collect();
    assert_eq!(void, [(Some(2), false), (Some(1), true)]);
    assert!(world.osprey.alerts()[0].contains("null and void"));
}

/// A third message that says it replaces the first document and not the second.
async fn third_naming(world: &mut World, first: ConsultationId) -> (ConsultationId, Pair) {
    let latest = world.starling.practice.consultations().unwrap()[0].id;
    let (third, mut pair) = amend(world, latest).await;
    let names = |data: &[u8]| {
        let document = fhir::xml::read(data, &fhir::Limits::default()).unwrap();
        let read = send_document::read(&document).unwrap();
        (read.document_id, read.replaces)
    };
    let sent = |id: ConsultationId| {
        let base = format!("A81001_{}.dat", id.to_string().to_uppercase());
        std::fs::read(world.starling.data.join("sent").join(base)).unwrap()
    };
    let (original, _) = names(&sent(first));
    let (_, previous) = names(&pair.data);
    pair.data = crate::support::with_replaced(&pair.data, &previous.unwrap(), &original);
    (third, pair)
}

#[tokio::test]
async fn gpcm_sd_128_on_20014_the_sender_voids_both_and_starts_anew() {
    let mut world = World::with(|_, osprey| osprey.rehearsal = true);
    let (first, pair) = world.send(consultation()).await;
    world.publish(Which::Osprey, &pair);
    world.answer().await;
    let mut changed = consultation();
    changed.practitioner.given_names = vec!["20014".to_owned()];
    let second = world
        .starling
        .practice
        .update(first, changed)
        .await
        .unwrap();
    world.starling.pass().await;
    world.carry(Which::Starling);
    world.answer().await;
    for id in [first, second] {
        let record = world.starling.record(id);
        assert!(record.void);
        let last = record.timeline.last().unwrap();
        assert!(last.what.contains("Null and void"), "{}", last.what);
    }
    assert_eq!(
        world.starling.record(second).state,
        ConsultationState::Failed
    );
    assert!(world.osprey.practice.tasks().unwrap()[0].void, "there too");
    assert_eq!(world.osprey.practice.counts().unwrap().tasks, 0);
    world.starling.reopen();
    assert!(world.starling.record(first).void, "survives a restart");

    let (anew, pair) = amend(&mut world, second).await;
    world.publish(Which::Osprey, &pair);
    world.answer().await;
    let record = world.starling.record(anew);
    assert_eq!(
        (record.state, record.version, record.void),
        (ConsultationState::Delivered, 1, false)
    );
    for void in [first, second] {
        let twice = world.starling.practice.update(void, consultation()).await;
        let refused = twice.unwrap_err().to_string();
        assert!(refused.contains("a later version exists"), "{refused}");
    }
    assert!(
        world
            .starling
            .practice
            .update(anew, consultation())
            .await
            .is_ok()
    );
}

#[tokio::test]
async fn two_who_update_one_consultation_at_once_make_one_new_version() {
    let mut world = World::new();
    let (id, pair) = world.send(consultation()).await;
    world.report(&pair, &mesh::status::NO_MAILBOX);
    world.starling.pass().await;
    let practice = &world.starling.practice;
    let (jo, sam) = (practice.used_by("jo"), practice.used_by("sam"));
    let (one, other) = tokio::join!(
        jo.update(id, consultation()),
        sam.update(id, consultation())
    );
    assert!(one.is_ok() != other.is_ok());
    assert_eq!(practice.consultations().unwrap().len(), 2);
}

#[tokio::test]
async fn every_report_and_every_consultation_is_kept_whatever_becomes_of_it() {
    let mut world = World::new();
    let (first, second, _) = two_delivered(&mut world).await;
    let practice = world.starling.practice.clone();
    practice.delete(second, true).await.unwrap();
    world.starling.reopen();
    for id in [first, second] {
        let name = format!("A81001_{}", id.to_string().to_uppercase());
        for ending in ["dat", "ctl"] {
            let kept = world.starling.data.join("sent");
            assert!(kept.join(format!("{name}.{ending}")).is_file());
        }
        let content = world.starling.practice.content(id).unwrap();
        assert_eq!(content, Some(consultation()));
    }
    let kept = std::fs::read_dir(world.osprey.data.join("received")).unwrap();
    assert_eq!(kept.count(), 4, "two pairs, byte for byte");
    let tasks = world.osprey.practice.tasks().unwrap();
    assert!(tasks.iter().all(|task| !task.attachments.is_empty()));
}

#[tokio::test]
async fn the_list_of_patients_is_read_again_when_it_changes() {
    let mut world = World::new();
    let list = world.osprey.config.patients.clone().unwrap();
    let mut newcomer = consultation();
    newcomer.patient = patient("9000000009", "STRANGER", "Sam", "1960-01-01");
    let (_, pair) = world.send(newcomer.clone()).await;
    world.publish(Which::Osprey, &pair);
    world.answer().await;
    assert_eq!(world.osprey.answered(), [20013, 30002]);

    let more = format!(
        "{}9000000009,STRANGER,Sam,1960-01-01,A20047,,,,U,,\n",
        crate::support::PATIENTS
    );
    std::fs::write(&list, more).unwrap();
    newcomer.encounter.id = uuid::Uuid::from_u128(7);
    let (_, pair) = world.send(newcomer).await;
    world.publish(Which::Osprey, &pair);
    world.answer().await;
    assert_eq!(world.osprey.answered(), [20013, 30002, 20013, 30001]);

    std::fs::write(
        &list,
        "nhs_number,family_name,date_of_birth\nnone,X,1960-01-01\n",
    )
    .unwrap();
    world.osprey.pass().await;
    world.osprey.pass().await;
    let alerts = world.osprey.alerts();
    assert_eq!(alerts.len(), 1, "told once: {alerts:?}");
    assert!(alerts[0].contains("line 2"), "{}", alerts[0]);
    let (_, pair) = world.send(consultation()).await;
    world.publish(Which::Osprey, &pair);
    world.answer().await;
    assert_eq!(
        world.osprey.answered().last(),
        Some(&30001),
        "the list read before stays in force"
    );
}
