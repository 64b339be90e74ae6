//! The test cases of GP Connect's SCAL, GPCM-SD-TST-01 to 13, between two practices: starling
//! sends, osprey plays the NHS test harness. The data are ours.

use crate::support::{Pair, Which, World, consultation, patient};
use gp_system::{ConsultationId, ConsultationRecord, ConsultationState, Deletion, PracticeError};
use itk3::Received;
use send_document::{Attachment, Consultation, Item, Ruleset, Stage, TransportMetadata};

/// Osprey answers by the harness's keywords and NHS numbers.
fn harness() -> World {
    World::with(|_, osprey| {
        osprey.rehearsal = true;
        osprey.patients = None;
    })
}

/// A consultation of the harness's patient of this NHS number.
fn of_patient(number: &str) -> Consultation {
    let mut consultation = consultation();
    consultation.patient = patient(number, "TESTER", "Toni", "1970-05-04");
    consultation
}

/// Asks the harness for an answer by the clinician's given name.
fn asking(keyword: &str, number: &str) -> Consultation {
    let mut consultation = of_patient(number);
    consultation.practitioner.given_names = vec![keyword.to_owned()];
    consultation
}

fn document(pair: &Pair) -> Received {
    send_document::read(&fhir::xml::read(&pair.data, &fhir::Limits::default()).unwrap()).unwrap()
}

/// No rule of message, control file or release is broken.
fn conforms(pair: &Pair) {
    let message = fhir::xml::read(&pair.data, &fhir::Limits::default()).unwrap();
    let control = &pair.control;
    let transport = TransportMetadata {
        from: control.from_dts.as_deref().unwrap(),
        to: control.to_dts.as_deref().unwrap(),
        subject: control.subject.as_deref().unwrap(),
        workflow: control.workflow_id.as_deref().unwrap(),
        local_id: control.local_id.as_deref().unwrap(),
        stage: Stage::Received,
    };
    let found = send_document::check(&message, Some(&transport), Ruleset::V1_3);
    assert!(found.is_empty(), "{found:#?}");
}

/// Sends, lets the harness answer, and returns the pair and what the sender's record says.
async fn exchange(world: &mut World, consultation: Consultation) -> (Pair, ConsultationRecord) {
    let (id, pair) = world.send(consultation).await;
    world.publish(Which::Osprey, &pair);
    world.answer().await;
    (pair, world.starling.record(id))
}

async fn amend(
    world: &mut World,
    id: ConsultationId,
    change: Consultation,
) -> (Pair, ConsultationRecord) {
    let next = world.starling.practice.update(id, change).await.unwrap();
    world.starling.pass().await;
    let pair = world.carry(Which::Starling).remove(0);
    world.answer().await;
    (pair, world.starling.record(next))
}

#[tokio::test]
async fn gpcm_sd_tst_01_a_saved_consultation_is_sent_and_answered() {
    let mut world = harness();
    let sent = asking("IB001", "9691375087");
    let (pair, record) = exchange(&mut world, sent).await;
    conforms(&pair);
    assert_eq!(record.state, ConsultationState::Delivered);
    assert_eq!(
        (record.infrastructure, record.business),
        (Some(20013), Some(30001))
    );
    let subject = record.subject.unwrap();
    assert_eq!(pair.control.subject, Some(subject.clone()));
    let read = document(&pair);
    assert_eq!(read.text, subject);
    assert_eq!(read.patient.nhs_number.unwrap().digits(), "9691375087");
    assert!(read.report().unwrap().content.starts_with(b"%PDF-"));
}

#[tokio::test]
async fn gpcm_sd_tst_02_a_confidential_consultation_is_marked_and_says_little() {
    let mut world = harness();
    // The clinician is left out, so the harness goes by the NHS number.
    let mut secret = of_patient("9691375087");
    secret.confidential = true;
    let (pair, record) = exchange(&mut world, secret.clone()).await;
    conforms(&pair);
    assert_eq!(record.state, ConsultationState::Delivered);
    let read = document(&pair);
    assert!(read.confidential);
    assert!(!read.text.contains("Starling"), "the sentence hides where");
    assert_eq!(
        read.custodian_ods.as_deref(),
        Some("A81001"),
        "structured still"
    );

    // Release 2.0.2 superseded the case: nothing confidential is sent at all.
    let mut world = World::with(|starling, _| starling.ruleset = Ruleset::V2_0);
    let id = world.starling.practice.submit(secret).await.unwrap();
    world.starling.pass().await;
    assert!(world.collect(Which::Starling).is_empty());
    assert_eq!(world.starling.record(id).state, ConsultationState::Failed);
}

#[tokio::test]
async fn gpcm_sd_tst_03_another_clinician_and_practice_are_the_ones_told() {
    let mut world = harness();
    let mut other = of_patient("9691375354");
    other.practitioner.family_name = "Otieno".to_owned();
    other.practitioner.sds_user_id = "555000000001".to_owned();
    other.practice.name = "Barrow Branch".to_owned();
    let (pair, record) = exchange(&mut world, other).await;
    conforms(&pair);
    assert_eq!(record.state, ConsultationState::Delivered);
    let read = document(&pair);
    assert!(read.practitioner_name.unwrap().contains("Otieno"));
    assert_eq!(read.custodian_name.as_deref(), Some("Barrow Branch"));
    let text = String::from_utf8(pair.data).unwrap();
    assert!(text.contains("555000000001") && !text.contains("555021935107"));
}

#[tokio::test]
async fn gpcm_sd_tst_04_each_negative_answer_is_told_to_a_person() {
    let infrastructure = (10001..=10010).filter(|code| *code != 10006);
    let refused = (20001..=20015).filter(|code| *code != 20013);
    for code in infrastructure.chain(refused).chain([30002, 30003]) {
        let mut world = harness();
        let sent = asking(&code.to_string(), "9691375117");
        let (_, record) = exchange(&mut world, sent).await;
        assert_eq!(record.state, ConsultationState::Failed, "{code}");
        let failure = record.failure.unwrap();
        assert_eq!(failure.code, code.to_string());
        assert!(!failure.advice.is_empty());
        let alerts = world.starling.alerts();
        assert_eq!(alerts.len(), 1, "{code}");
        assert!(alerts[0].contains(&failure.reason));
        world.starling.pass().await;
        assert!(world.starling.names("OUT").is_empty(), "never answered");
    }
}

#[tokio::test]
async fn gpcm_sd_tst_05_no_answer_is_told_to_a_person_in_time() {
    let mut world = harness();
    let sent = asking("noresponse", "9691375125");
    let (_, record) = exchange(&mut world, sent).await;
    assert_eq!(record.state, ConsultationState::Sent);
    let patience = world.starling.config.acknowledgement_overdue_minutes;
    world.clock.advance(i64::from(patience) - 1);
    world.starling.pass().await;
    assert!(world.starling.alerts().is_empty());
    world.clock.advance(1);
    world.starling.pass().await;
    assert!(world.starling.record(record.id).overdue);
    assert_eq!(world.starling.alerts().len(), 1);
}

#[tokio::test]
async fn gpcm_sd_tst_05_an_answer_that_cannot_be_read_is_told_too() {
    let mut world = harness();
    let sent = asking("invrep", "9691375125");
    let (_, record) = exchange(&mut world, sent).await;
    assert_eq!(record.state, ConsultationState::Sent);
    assert!(world.starling.alerts()[0].contains("could not be read"));
    assert!(world.starling.names("OUT").is_empty(), "never answered");
}

#[tokio::test]
async fn gpcm_sd_tst_06_nothing_is_sent_about_an_own_patient() {
    let own =
        "nhs_number,family_name,date_of_birth,gp_ods_code\n9691375133,OWN,1970-05-04,A81001\n";
    let home = tempfile::tempdir().unwrap();
    let list = home.path().join("own.csv");
    std::fs::write(&list, own).unwrap();
    let world = World::with(|starling, _| starling.patients = Some(list.clone()));
    let practice = &world.starling.practice;
    let refused = practice.submit(of_patient("9691375133")).await;
    assert!(matches!(refused, Err(PracticeError::OwnPatient)));
    world.starling.pass().await;
    assert!(world.starling.names("OUT").is_empty());
    assert!(practice.consultations().unwrap().is_empty());
}

#[tokio::test]
async fn gpcm_sd_tst_07_a_report_leaves_within_three_hours_of_the_last_change() {
    // Whatever the wait, up to the longest one, which is the default too.
    for wait in [0, 30, gp_system::LONGEST_WAIT_MINUTES] {
        let world = World::with(|starling, _| starling.wait_minutes = wait);
        let practice = &world.starling.practice;
        practice.submit(of_patient("9691375087")).await.unwrap();
        if wait > 0 {
            world.clock.advance(i64::from(wait) - 1);
            assert_eq!(world.starling.pass().await.placed, 0, "{wait}");
            world.clock.advance(1);
        }
        assert_eq!(world.starling.pass().await.placed, 1, "{wait}");
    }
}

#[tokio::test]
async fn gpcm_sd_tst_08_and_09_each_change_is_a_version_that_replaces_the_one_before() {
    let mut world = harness();
    let (first, record) = exchange(&mut world, asking("IB001", "9691375141")).await;
    let mut changed = asking("IB001", "9691375141");
    changed.sections[0].items.push(Item {
        code: None,
        text: Some("Now with fever".to_owned()),
        confidential: false,
    });
    let (second, record) = amend(&mut world, record.id, changed.clone()).await;
    let (third, last) = amend(&mut world, record.id, changed).await;
    conforms(&second);
    conforms(&third);
    let read = [document(&first), document(&second), document(&third)];
    let versions: Vec<_> = read.iter().map(|document| document.version).collect();
    assert_eq!(versions, [Some(1), Some(2), Some(3)]);
    assert_eq!(read[0].replaces, None);
    assert_eq!(read[1].replaces.as_ref(), Some(&read[0].document_id));
    assert_eq!(read[2].replaces.as_ref(), Some(&read[1].document_id));
    assert_eq!(last.state, ConsultationState::Delivered);
    assert!(last.subject.unwrap().ends_with("Version 3"));
    let tasks = world.osprey.practice.tasks().unwrap();
    let archived: Vec<_> = tasks
        .iter()
        .map(|task| task.replaced_by.is_some())
        .collect();
    assert_eq!(archived, [false, true, true]);
}

#[tokio::test]
async fn gpcm_sd_tst_10_deleting_after_sending_warns_and_sends_nothing() {
    let mut world = harness();
    let (_, record) = exchange(&mut world, of_patient("9691375087")).await;
    let practice = world.starling.practice.clone();
    let Deletion::Warned(warning) = practice.delete(record.id, false).await.unwrap() else {
        panic!("a warning was expected");
    };
    assert_eq!(warning.patient, "TESTER, Toni");
    assert_eq!(warning.nhs_number, "969 137 5087");
    assert_eq!(warning.registered_practice, "Osprey Medical Centre");
    practice.delete(record.id, true).await.unwrap();
    world.starling.pass().await;
    assert!(world.starling.names("OUT").is_empty());
}

#[tokio::test]
async fn gpcm_sd_tst_11_single_confidential_items_leave_the_document_open() {
    let mut world = harness();
    let mut partly = of_patient("9691375087");
    partly.sections[0].items[0].confidential = true;
    let (pair, record) = exchange(&mut world, partly).await;
    conforms(&pair);
    assert_eq!(record.state, ConsultationState::Delivered);
    let read = document(&pair);
    assert!(!read.confidential, "N, as the rest is open");
    assert!(read.text.contains("Cumbria Starling"));
    assert!(!String::from_utf8(pair.data).unwrap().contains("Cough"));
}

#[tokio::test]
async fn gpcm_sd_tst_12_a_refused_replacement_leaves_all_data_intact() {
    let mut world = harness();
    let (_, first) = exchange(&mut world, asking("IB001", "9691375141")).await;
    let changed = asking("30003", "9691375141");
    let (_, second) = amend(&mut world, first.id, changed.clone()).await;
    assert_eq!(second.state, ConsultationState::Failed);
    let failure = second.failure.unwrap();
    assert_eq!(failure.code, "30003");
    assert!(world.starling.alerts()[0].contains(&failure.advice));
    let first = world.starling.record(first.id);
    assert_eq!(first.state, ConsultationState::Delivered);
    let practice = &world.starling.practice;
    assert_eq!(practice.content(second.id).unwrap(), Some(changed));
    let tasks = world.osprey.practice.tasks().unwrap();
    assert_eq!((tasks.len(), tasks[0].replaced_by), (1, None));
}

#[tokio::test]
async fn gpcm_sd_tst_13_every_additional_document_has_its_section_and_binary() {
    let mut world = harness();
    let mut with_more = asking("IB001", "9691375176");
    let files: [(&str, &str, &[u8]); 3] = [
        ("Photograph", "image/jpeg", b"\xff\xd8\xff\xe0picture"),
        ("Letter", "application/pdf", b"%PDF-1.7 letter"),
        ("Note", "text/plain", b"a note"),
    ];
    with_more.attachments = files
        .iter()
        .map(|(title, content_type, content)| Attachment {
            title: (*title).to_owned(),
            content_type: (*content_type).to_owned(),
            content: content.to_vec(),
        })
        .collect();
    let (pair, record) = exchange(&mut world, with_more).await;
    assert_eq!(record.state, ConsultationState::Delivered);
    conforms(&pair);
    let read = document(&pair);
    assert!(read.attachments[0].content.starts_with(b"%PDF-"));
    assert_eq!(read.attachments.len(), 4, "the report first");
    let task = &world.osprey.practice.tasks().unwrap()[0];
    for (position, (_, content_type, content)) in (1..).zip(files) {
        let kept = world.osprey.practice.attachment(task.id, position);
        let kept = kept.unwrap().unwrap();
        assert_eq!(
            (kept.content_type.as_str(), &kept.bytes[..]),
            (content_type, content)
        );
    }
}
