//! Messages of every payload: what a practice takes, what it has switched off, and what it answers to a
//! message on the workflow of another payload.

use itk3::Family;
use mesh::ControlFile;
use nhs::{MailboxId, OdsCode, WorkflowId};

use crate::support::{Pair, Which, World, with_replaced};

/// A discharge from hospital to Osprey Medical Centre, about Bill Garton.
pub const LETTER: &str = include_str!("../../../transfer-of-care/tests/transfer_of_care/good.xml");
/// What a pharmacy did for Rae Rehearsal.
pub const UPDATE: &str = include_str!("../../../update-record/tests/update_record/good.xml");

/// The update, about Bill Garton.
pub fn update() -> Vec<u8> {
    let mut data = UPDATE.as_bytes().to_vec();
    for (from, to) in [
        ("9691375087", "9693632109"),
        ("REHEARSAL", "GARTON"),
        ("<given value=\"Rae\"/>", "<given value=\"Bill\"/>"),
        ("1984-05-06", "1946-06-23"),
    ] {
        data = with_replaced(&data, from, to);
    }
    data
}

/// The letter as an immunisation.
pub fn immunisation() -> Vec<u8> {
    let data = with_replaced(LETTER.as_bytes(), "ITK003D", "ITK009D");
    with_replaced(
        &data,
        "ITK-eDischarge-MessageDefinition-4",
        "ITK-DM-Immunization-MessageDefinition-1",
    )
}

/// A world whose receiver takes these payloads.
pub fn taking(payloads: &[Family]) -> World {
    World::with(|_, osprey| osprey.payloads = payloads.to_vec())
}

/// A pair as it lies in the receiver's IN, from the mailbox that the message names.
pub fn pair(world: &mut World, workflow: &str, data: &[u8]) -> Pair {
    let text = String::from_utf8_lossy(data);
    let (_, from) = text.split_once("<endpoint value=\"").unwrap();
    // Some published messages name no mailbox there.
    let from = MailboxId::parse(from.split_once('"').unwrap().0)
        .unwrap_or_else(|_| MailboxId::parse("RX1OT001").unwrap());
    let to = world.osprey.config.mailbox.as_str();
    let control = ControlFile::data(&from, to, &WorkflowId::parse(workflow).unwrap());
    world.again(&Pair {
        base: String::new(),
        data: data.to_vec(),
        control: ControlFile {
            subject: Some("A letter".to_owned()),
            ..control
        },
    })
}

/// Lets the receiver take one message, and gives what it answered to it.
pub async fn answered(world: &mut World, workflow: &str, data: &[u8]) -> Vec<u32> {
    let before = world.osprey.answered().len();
    let pair = pair(world, workflow, data);
    world.publish(Which::Osprey, &pair);
    world.osprey.pass().await;
    world.osprey.answered().split_off(before)
}

#[tokio::test]
async fn every_payload_that_is_taken_becomes_a_task_and_is_answered_on_its_own_workflow() {
    for (family, workflow, data, kind, sender) in [
        (
            Family::TransferOfCare,
            "TOC_FHIR_IP_DISCH",
            LETTER.as_bytes().to_vec(),
            "Discharge summary",
            "Kestrel Hospital",
        ),
        (
            Family::UpdateRecord,
            "GPCONNECT_UPDATE_RECORD",
            update(),
            "Community Pharmacist Consultation Service for minor illness",
            "Corner Pharmacy",
        ),
        (
            Family::DigitalMedicines,
            "DIGMED_FLU_VAC",
            immunisation(),
            "Discharge summary",
            "Kestrel Hospital",
        ),
    ] {
        let mut world = taking(&[family]);
        let codes = answered(&mut world, workflow, &data).await;
        let message = world.osprey.practice.received().unwrap().remove(0);
        let found = world.osprey.practice.received_message(message.number);
        assert_eq!(codes, [20013, 30001], "{workflow}: {found:#?}");
        let task = world.osprey.practice.tasks().unwrap().remove(0);
        assert_eq!((task.kind.as_str(), task.sender.as_str()), (kind, sender));
        assert_eq!(task.nhs_number.as_deref(), Some("9693632109"));
        assert_eq!(task.subject, "A letter");
        for answer in world.collect(Which::Osprey) {
            let on = answer.control.workflow_id.unwrap();
            assert_eq!(on, format!("{workflow}_ACK"));
        }
        assert!(world.osprey.alerts().is_empty() && world.osprey.names("IN").is_empty());
    }
}

#[tokio::test]
async fn what_the_settings_do_not_name_is_left_and_told() {
    let mut world = World::new();
    for (workflow, data) in [
        ("TOC_FHIR_IP_DISCH", LETTER.as_bytes().to_vec()),
        ("GPCONNECT_UPDATE_RECORD", update()),
    ] {
        assert_eq!(answered(&mut world, workflow, &data).await, [0; 0]);
    }
    assert_eq!(world.osprey.names("IN").len(), 4);
    assert_eq!(world.osprey.alerts().len(), 2);
    // Another program takes what it is said to take, also of a payload that is taken here.
    let mut world = World::with(|_, osprey| {
        osprey.payloads = vec![Family::TransferOfCare];
        osprey.other_workflows = vec![WorkflowId::parse("TOC_FHIR_IP_DISCH").unwrap()];
    });
    let codes = answered(&mut world, "TOC_FHIR_IP_DISCH", LETTER.as_bytes()).await;
    assert_eq!(codes, [0; 0]);
    assert_eq!(world.osprey.names("IN").len(), 2);
    assert!(world.osprey.alerts().is_empty());
}

#[tokio::test]
async fn ur_r02_a_payload_that_is_switched_off_is_answered_20010_and_raises_no_task() {
    let mut world = World::with(|_, osprey| {
        osprey.refused_payloads = vec![Family::UpdateRecord];
    });
    let codes = answered(&mut world, "GPCONNECT_UPDATE_RECORD", &update()).await;
    assert_eq!(codes, [20010]);
    // The second is not a duplicate: nothing was taken of the first.
    let codes = answered(&mut world, "GPCONNECT_UPDATE_RECORD", &update()).await;
    assert_eq!(codes, [20010]);
    // What cannot be read says so, and who asked for no answer gets none.
    let codes = answered(&mut world, "GPCONNECT_UPDATE_RECORD", &damaged(&update())).await;
    assert_eq!(codes, [10009]);
    let quiet = with_flags_false(&update());
    let codes = answered(&mut world, "GPCONNECT_UPDATE_RECORD", &quiet).await;
    assert_eq!(codes, [0; 0]);
    assert!(world.osprey.practice.tasks().unwrap().is_empty());
    assert!(world.osprey.names("IN").is_empty());

    // Once it is switched on, the same message is taken.
    world.osprey.config.refused_payloads.clear();
    world.osprey.config.payloads.push(Family::UpdateRecord);
    world.osprey.reopen();
    let codes = answered(&mut world, "GPCONNECT_UPDATE_RECORD", &update()).await;
    assert_eq!(codes, [20013, 30001]);
}

fn damaged(data: &[u8]) -> Vec<u8> {
    // Behind the endpoint, which says whom to answer.
    data.split_at(data.len() - 20).0.to_vec()
}

fn with_flags_false(data: &[u8]) -> Vec<u8> {
    with_replaced(
        data,
        "<valueBoolean value=\"true\"/>",
        "<valueBoolean value=\"false\"/>",
    )
}

/// An event on the workflow of another payload: 10008 where GP Connect fixes the event, else 10004.
#[tokio::test]
async fn ur_m01_a_message_on_the_workflow_of_another_payload_is_refused() {
    let all = [
        Family::SendDocument,
        Family::UpdateRecord,
        Family::TransferOfCare,
        Family::DigitalMedicines,
    ];
    let mut world = taking(&all);
    let document = document().await;
    let letter = LETTER.as_bytes();
    for (workflow, data, code, rule) in [
        ("GPCONNECT_SEND_DOCUMENT", letter, 10008, "itk3-workflow"),
        ("GPFED_CONSULT_REPORT", &update(), 10008, "UR-M01"),
        ("GPCONNECT_UPDATE_RECORD", letter, 10008, "itk3-workflow"),
        ("GPCONNECT_UPDATE_RECORD", &document, 10008, "itk3-workflow"),
        ("TOC_FHIR_IP_DISCH", &document, 10004, "itk3-workflow"),
        ("TOC_FHIR_OP_ATTEN", &update(), 10004, "UR-M01"),
        ("TOC_FHIR_OP_ATTEN", &immunisation(), 10004, "itk3-workflow"),
        ("DIGMED_FLU_VAC", letter, 10004, "itk3-workflow"),
    ] {
        assert_eq!(
            answered(&mut world, workflow, data).await,
            [code],
            "{workflow}"
        );
        let message = world.osprey.practice.received().unwrap().remove(0);
        let found = world.osprey.practice.received_message(message.number);
        let (_, findings) = found.unwrap().unwrap();
        let found = findings.iter().find(|it| it.rule == rule);
        assert!(found.is_some(), "{workflow}: {findings:#?}");
    }
    assert!(world.osprey.practice.tasks().unwrap().is_empty());
    // Another workflow of the same payload is told and taken.
    let mut world = taking(&all);
    assert_eq!(
        answered(&mut world, "TOC_FHIR_OP_ATTEN", letter).await,
        [20013, 30001]
    );
}

/// A message of Send Document 2.0.
async fn document() -> Vec<u8> {
    let mut world = World::with(|starling, _| starling.ruleset = send_document::Ruleset::V2_0);
    world.send(crate::support::consultation()).await.1.data
}

#[tokio::test]
async fn a_header_may_name_every_organisation_that_the_practice_answers_for() {
    let for_another = with_replaced(LETTER.as_bytes(), "\"A20047\"", "\"A20048\"");
    let mut world = taking(&[Family::TransferOfCare]);
    let codes = answered(&mut world, "TOC_FHIR_IP_DISCH", &for_another).await;
    assert_eq!(codes, [20002]);
    let mut world = World::with(|_, osprey| {
        osprey.payloads = vec![Family::TransferOfCare];
        osprey.other_ods = vec![OdsCode::parse("A20048").unwrap()];
    });
    let codes = answered(&mut world, "TOC_FHIR_IP_DISCH", &for_another).await;
    assert_eq!(codes, [20013, 30001]);
}

/// One bad entry refuses all of it (UR-D13).
#[tokio::test]
async fn ur_d13_an_update_is_taken_whole_or_not_at_all() {
    let mut world = taking(&[Family::UpdateRecord]);
    let bad = with_replaced(
        &update(),
        "<valueQuantity><value value=\"",
        "<valueQuantity><value value=\"x",
    );
    let codes = answered(&mut world, "GPCONNECT_UPDATE_RECORD", &bad).await;
    assert_eq!(codes, [20009]);
    assert!(world.osprey.practice.tasks().unwrap().is_empty());
}

/// Acknowledgements of every payload are taken, never answered.
#[tokio::test]
async fn acknowledgements_of_every_payload_are_taken() {
    let mut world = World::new();
    let answer = {
        let mut other = taking(&[Family::UpdateRecord]);
        answered(&mut other, "GPCONNECT_UPDATE_RECORD", &update()).await;
        other.collect(Which::Osprey).remove(0).data
    };
    for workflow in [
        "GPCONNECT_UPDATE_RECORD_ACK",
        "TOC_FHIR_IP_DISCH_ACK",
        "DIGMED_FLU_VAC_ACK",
    ] {
        assert_eq!(answered(&mut world, workflow, &answer).await, [0; 0]);
    }
    assert!(world.osprey.names("IN").is_empty());
    // Each answers nothing of ours: a person is told.
    assert_eq!(world.osprey.alerts().len(), 3);
}
