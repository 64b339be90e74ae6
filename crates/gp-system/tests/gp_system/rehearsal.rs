//! The rehearsal partner answers messages of every payload as their senders ask, in the order of the NHS
//! test harness, and keeps what it finds.

use itk3::Family;

use crate::payloads::{LETTER, answered, update};
use crate::support::{World, with_replaced};

fn partner() -> World {
    World::with(|_, osprey| {
        osprey.rehearsal = true;
        osprey.patients = None;
        osprey.payloads = vec![Family::UpdateRecord, Family::TransferOfCare];
    })
}

/// The update with a clinician of this given name.
fn asking(keyword: &str) -> Vec<u8> {
    with_replaced(&update(), "value=\"Erin\"", &format!("value=\"{keyword}\""))
}

const WORKFLOW: &str = "GPCONNECT_UPDATE_RECORD";

#[tokio::test]
async fn ur_t_26_every_payload_is_answered_by_keyword() {
    for (keyword, codes) in [
        ("20010", vec![20010]),
        ("10003", vec![10003]),
        ("30004", vec![30004]),
        ("IB002", vec![20013, 30002]),
        ("noresponse", vec![]),
        ("invrep", vec![20013]),
        // Referrals are asked about by Send Document alone.
        ("IB016", vec![20013, 30001]),
    ] {
        let mut world = partner();
        let given = answered(&mut world, WORKFLOW, &asking(keyword)).await;
        assert_eq!(given, codes, "{keyword}");
        let tasks = world.osprey.practice.tasks().unwrap().len();
        let is_filed = codes
            .last()
            .is_some_and(|code| matches!(code, 30001 | 30004));
        assert_eq!(tasks, usize::from(is_filed), "{keyword}");
    }
    let mut world = partner();
    let letter = with_replaced(LETTER.as_bytes(), "\"Bill\"", "\"Bill 30003\"");
    assert_eq!(
        answered(&mut world, "TOC_FHIR_IP_DISCH", &letter).await,
        [30003]
    );
}

/// The harness answers by keyword whatever is wrong; here what is found is kept, and no task is raised.
#[tokio::test]
async fn what_breaks_a_rule_is_answered_as_asked_and_its_findings_kept() {
    let broken = with_replaced(&asking("IB001"), "<status value=\"finished\"/>", "");
    let mut world = partner();
    assert_eq!(
        answered(&mut world, WORKFLOW, &broken).await,
        [20013, 30001]
    );
    let message = world.osprey.practice.received().unwrap().remove(0);
    assert!(message.errors > 0 && message.task.is_none());
    assert!(world.osprey.practice.tasks().unwrap().is_empty());
    // A repeat too, as often as it is asked for.
    assert_eq!(
        answered(&mut world, WORKFLOW, &broken).await,
        [20013, 30001]
    );
    // What asks for nothing is judged.
    let mut world = partner();
    let broken = with_replaced(&broken, "IB001", "Erin");
    assert_eq!(answered(&mut world, WORKFLOW, &broken).await, [20009]);

    let mut world = World::with(|_, osprey| {
        (osprey.rehearsal, osprey.rehearsal_findings_first) = (true, true);
        osprey.payloads = vec![Family::UpdateRecord];
    });
    let broken = with_replaced(&broken, "value=\"Erin\"", "value=\"IB001\"");
    assert_eq!(answered(&mut world, WORKFLOW, &broken).await, [20009]);
    assert_eq!(
        answered(&mut world, WORKFLOW, &asking("IB003")).await,
        [20007]
    );
}

#[tokio::test]
async fn the_harness_patients_are_answered_by_their_numbers() {
    for (number, codes) in [
        ("9691375095", [20013, 30002]),
        ("9657702402", [20013, 30003]),
    ] {
        let mut world = partner();
        let data = with_replaced(&update(), "9693632109", number);
        assert_eq!(answered(&mut world, WORKFLOW, &data).await, codes);
    }
}
