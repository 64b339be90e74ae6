//! Who a document is about, who answers, and whose duplicates count: nothing is taken on the word of
//! a sender who may be wrong.

use gp_system::{ConsultationState, TaskState};

use crate::support::{Pair, Which, World, consultation, patient, with_replaced};

const OUTSIDER: &str = "C30003OT001";

/// What a document about this patient is answered, and the alerts it leaves at the receiver.
async fn answered(number: &str, family: &str, born: &str) -> (Vec<u32>, usize, Vec<String>) {
    let mut world = World::new();
    let mut consultation = consultation();
    consultation.patient = patient(number, family, "Dean", born);
    let (_, pair) = world.send(consultation).await;
    world.publish(Which::Osprey, &pair);
    world.osprey.pass().await;
    let tasks = world.osprey.practice.tasks().unwrap().len();
    (world.osprey.answered(), tasks, world.osprey.alerts())
}

#[tokio::test]
async fn a_patient_is_matched_by_number_birth_date_and_family_name() {
    let garton = "9693632109";
    for (number, family, born, code) in [
        (garton, "GARTON", "1946-06-23", 30001),
        (garton, "gartón", "1946-06-23", 30001),
        // A previous name of the list.
        (garton, "Marlowe", "1946-06-23", 30001),
        (garton, "GARTON", "1946-06-24", 30002),
        (garton, "KILLEN", "1946-06-24", 30002),
        ("9000000009", "GARTON", "1946-06-23", 30002),
    ] {
        let (answers, tasks, alerts) = answered(number, family, born).await;
        assert_eq!(answers, [20013, code], "{family} {born}");
        assert_eq!(tasks, usize::from(code == 30001), "{family} {born}");
        assert!(alerts.is_empty(), "{family} {born}");
    }
    // Number and birth date of one patient with the name of another: told to a person.
    let (answers, tasks, alerts) = answered(garton, "KILLEN", "1946-06-23").await;
    assert_eq!((answers, tasks), (vec![20013, 30002], 0));
    assert_eq!(alerts.len(), 1);
    assert!(alerts[0].contains("family name") && alerts[0].contains("30002"));
    for secret in ["KILLEN", "GARTON", garton, "1946"] {
        assert!(!alerts[0].contains(secret));
    }
}

#[tokio::test]
async fn a_document_with_two_nhs_numbers_or_two_patients_is_refused() {
    let second_number = |data: &[u8]| {
        let text = std::str::from_utf8(data).unwrap();
        let from = text.find("<Patient>").unwrap();
        let start = from + text[from..].find("<identifier>").unwrap();
        let end = start + text[start..].find("</identifier>").unwrap() + "</identifier>".len();
        let other = text[start..end].replace("9693632109", "9000000009");
        format!("{}{other}{}", &text[..end], &text[end..]).into_bytes()
    };
    let second_patient = |data: &[u8]| {
        let text = std::str::from_utf8(data).unwrap();
        let patient = text.find("<Patient>").unwrap();
        let start = text[..patient].rfind("<entry>").unwrap();
        let end = start + text[start..].find("</entry>").unwrap() + "</entry>".len();
        let entry = &text[start..end];
        let id = entry.split("urn:uuid:").nth(1).unwrap().split('"').next();
        let other = entry
            .replace(id.unwrap(), "0a0a0a0a-0000-4000-8000-0000000000aa")
            .replace("9693632109", "9000000009");
        format!("{}{other}{}", &text[..end], &text[end..]).into_bytes()
    };
    type Change = fn(&[u8]) -> Vec<u8>;
    let changes: [Change; 2] = [second_number, second_patient];
    for change in changes {
        let mut world = World::new();
        let (_, mut pair) = world.send(consultation()).await;
        pair.data = change(&pair.data);
        world.publish(Which::Osprey, &pair);
        world.osprey.pass().await;
        assert_eq!(world.osprey.answered(), [20009]);
        assert!(world.osprey.practice.tasks().unwrap().is_empty());
    }
}

/// The same message as if another mailbox had sent it.
fn from_outsider(world: &mut World, pair: &Pair) -> Pair {
    let mut other = world.again(pair);
    other.control.from_dts = Some(OUTSIDER.to_owned());
    other
}

#[tokio::test]
async fn an_acknowledgement_counts_only_from_the_mailbox_that_answered_first() {
    let mut world = World::new();
    let (id, pair) = world.send(consultation()).await;
    world.publish(Which::Osprey, &pair);
    world.osprey.pass().await;
    let answers = world.collect(Which::Osprey);
    let (infrastructure, business) = (&answers[0], &answers[1]);
    world.publish(Which::Starling, infrastructure);
    world.starling.pass().await;
    // Somebody else who learned the message's id says that the patient is not known.
    let mut refusal = from_outsider(&mut world, business);
    refusal.data = with_replaced(&refusal.data, "30001", "30002");
    world.publish(Which::Starling, &refusal);
    world.starling.pass().await;
    let record = world.starling.record(id);
    assert_eq!(
        (record.state, record.business),
        (ConsultationState::Received, None)
    );
    assert_eq!(world.starling.alerts().len(), 1);
    assert!(world.starling.alerts()[0].contains("another mailbox"));
    let kept = world.starling.data.join("received");
    assert!(kept.join(format!("{}.dat", refusal.base)).exists());
    world.publish(Which::Starling, business);
    world.starling.pass().await;
    let record = world.starling.record(id);
    assert_eq!(
        (record.state, record.business),
        (ConsultationState::Delivered, Some(30001))
    );
}

#[tokio::test]
async fn an_acknowledgement_without_a_mailbox_of_origin_does_not_count() {
    let mut world = World::new();
    let (id, pair) = world.send(consultation()).await;
    world.publish(Which::Osprey, &pair);
    world.osprey.pass().await;
    let mut answer = world.collect(Which::Osprey).remove(0);
    answer.control.from_dts = None;
    world.publish(Which::Starling, &answer);
    world.starling.pass().await;
    assert_eq!(world.starling.record(id).infrastructure, None);
    assert_eq!(world.starling.alerts().len(), 1);
}

/// Whoever knows the ids of a message can neither keep it from being taken nor mark the task of
/// another sender.
#[tokio::test]
async fn a_duplicate_is_one_of_the_same_sender_only() {
    let mut world = World::new();
    let (id, pair) = world.send(consultation()).await;
    let forged = from_outsider(&mut world, &pair);
    world.publish(Which::Osprey, &forged);
    world.osprey.pass().await;
    world.osprey.practice.tasks().unwrap();
    world.publish(Which::Osprey, &pair);
    world.answer().await;
    assert_eq!(
        world.starling.record(id).state,
        ConsultationState::Delivered,
        "answered {:?}",
        world.osprey.answered()
    );
    let tasks = world.osprey.practice.tasks().unwrap();
    assert!(tasks.iter().all(|task| task.repeats == 0));
    assert!(
        tasks
            .iter()
            .any(|task| task.sender_mailbox == "A81001OT001")
    );
    assert!(tasks.iter().all(|task| task.state == TaskState::Open));
    let alerts = world.osprey.alerts();
    assert_eq!(alerts.len(), 1);
    assert!(alerts[0].contains("ids of a message from another mailbox"));
    // The genuine sender's own repeat is one.
    let again = world.again(&pair);
    world.publish(Which::Osprey, &again);
    world.osprey.pass().await;
    assert_eq!(world.osprey.answered().last(), Some(&20007));
}
