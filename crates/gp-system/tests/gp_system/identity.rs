//! Who a document is about, who answers, and whose duplicates count: nothing is taken on the word of
//! a sender who may be wrong.

use gp_system::web::PracticeRole;
use gp_system::{ConsultationId, ConsultationState, PracticeError, TaskState};
use reqwest::StatusCode;

use crate::support::site::Site;
use crate::support::{PATIENTS, Pair, Which, World, consultation, patient, with_replaced};

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
    let contained_patient = |data: &[u8]| {
        let text = std::str::from_utf8(data).unwrap();
        let from = text.find("<Practitioner>").unwrap();
        let at = from + text[from..].find("</meta>").unwrap() + "</meta>".len();
        let other = "<contained><Patient><id value=\"other\"/></Patient></contained>";
        format!("{}{other}{}", &text[..at], &text[at..]).into_bytes()
    };
    type Change = fn(&[u8]) -> Vec<u8>;
    let changes: [Change; 3] = [second_number, second_patient, contained_patient];
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

/// A report that osprey has answered, and the answers under way: infrastructure, business.
async fn answered_by_osprey(world: &mut World) -> (ConsultationId, Vec<Pair>) {
    let (id, pair) = world.send(consultation()).await;
    world.publish(Which::Osprey, &pair);
    world.osprey.pass().await;
    (id, world.collect(Which::Osprey))
}

/// What somebody else says who learned the message's id: the patient is not known.
fn forged_refusal(world: &mut World, business: &Pair) -> Pair {
    let mut refusal = from_outsider(world, business);
    refusal.data = with_replaced(&refusal.data, "30001", "30002");
    refusal
}

async fn take(world: &World, answer: &Pair) {
    world.publish(Which::Starling, answer);
    world.starling.pass().await;
}

fn standing(world: &World, id: ConsultationId) -> (ConsultationState, Option<u32>, Option<u32>) {
    let record = world.starling.record(id);
    (record.state, record.infrastructure, record.business)
}

const UNDECIDED: (ConsultationState, Option<u32>, Option<u32>) =
    (ConsultationState::Sent, None, None);

#[tokio::test]
async fn a_third_mailbox_that_answers_first_does_not_decide() {
    let mut world = World::new();
    let (id, answers) = answered_by_osprey(&mut world).await;
    let refusal = forged_refusal(&mut world, &answers[1]);
    take(&world, &refusal).await;
    for answer in &answers {
        take(&world, answer).await;
        assert_eq!(standing(&world, id), UNDECIDED);
    }
    let record = world.starling.record(id);
    assert_eq!(record.rivals(), ["A20047OT001", OUTSIDER]);
    assert_eq!((record.answers.len(), record.failure), (3, None));
    let alerts = world.starling.alerts();
    let disputes = alerts.iter().filter(|what| what.contains("which mailbox"));
    assert_eq!(disputes.count(), 1, "told once: {alerts:?}");
    for answer in [&refusal, &answers[0], &answers[1]] {
        let kept = world.starling.data.join("received");
        assert!(kept.join(format!("{}.dat", answer.base)).exists());
    }

    // A person says which one it was, on the page: its answers count, after a restart too.
    world.starling.reopen();
    let site = Site::of(&world.starling, "").await;
    let clinician = site.visitor(PracticeRole::Clinician).await;
    let page = clinician.text(&format!("/sent/{id}")).await;
    assert!(page.contains("A20047OT001") && page.contains(OUTSIDER) && page.contains("30002"));
    let to = format!("/sent/{id}/recipient");
    let never = clinician.post(&to, &[("mailbox", "B00000OT001")]).await;
    assert_eq!(never.status(), StatusCode::CONFLICT);
    clinician.post(&to, &[("mailbox", "A20047OT001")]).await;
    let delivered = (ConsultationState::Delivered, Some(20013), Some(30001));
    assert_eq!(standing(&world, id), delivered);
    let late = forged_refusal(&mut world, &answers[1]);
    take(&world, &late).await;
    assert_eq!(standing(&world, id), delivered);
}

#[tokio::test]
async fn what_the_first_mailbox_decided_is_taken_back_when_another_answers() {
    let mut world = World::new();
    let (id, answers) = answered_by_osprey(&mut world).await;
    for answer in &answers {
        take(&world, answer).await;
    }
    assert_eq!(standing(&world, id).0, ConsultationState::Delivered);
    let refusal = forged_refusal(&mut world, &answers[1]);
    take(&world, &refusal).await;
    assert_eq!(standing(&world, id), UNDECIDED);
    // Were the other one right, its refusal would be told like any.
    let practice = world.starling.practice.used_by("sam");
    practice
        .decide_recipient(id, OUTSIDER.to_owned())
        .await
        .unwrap();
    let record = world.starling.record(id);
    assert_eq!(record.state, ConsultationState::Failed);
    assert_eq!(record.failure.unwrap().code, "30002");
    let decided = record
        .timeline
        .iter()
        .find(|it| it.what.contains("Decided"));
    assert_eq!(decided.unwrap().who.as_deref(), Some("sam"));
    assert!(world.starling.alerts()[0].contains("(30002)"));
    let again = practice
        .decide_recipient(id, "A20047OT001".to_owned())
        .await;
    assert!(matches!(again, Err(PracticeError::Changed(_))));
}

/// A 20014 makes a report and the one it replaces null and void: taken back, it makes them good again.
#[tokio::test]
async fn a_void_report_is_good_again_when_another_mailbox_answers() {
    let mut world = World::new();
    let (id, answers) = answered_by_osprey(&mut world).await;
    let mut failed = from_outsider(&mut world, &answers[0]);
    failed.data = with_replaced(&failed.data, "20013", "20014");
    take(&world, &failed).await;
    let record = world.starling.record(id);
    assert_eq!(
        (record.state, record.void),
        (ConsultationState::Failed, true)
    );
    take(&world, &answers[0]).await;
    let record = world.starling.record(id);
    assert_eq!(
        (record.state, record.void),
        (ConsultationState::Sent, false)
    );
    assert_eq!(record.rivals().len(), 2);
}

/// The MESH client's copy in SENT may name the mailbox that tracking told.
#[tokio::test]
async fn only_the_mailbox_that_is_known_to_have_got_the_message_is_heard() {
    let mut world = World::new();
    let (id, pair) = world.send(consultation()).await;
    let sent = world.starling.mailbox.join("SENT");
    let name = world.starling.names("SENT").remove(0);
    let control = std::fs::read_to_string(sent.join(&name)).unwrap();
    let start = control.find("<To_DTS>").unwrap() + "<To_DTS>".len();
    let end = control.find("</To_DTS>").unwrap();
    let control = format!("{}A20047OT001{}", &control[..start], &control[end..]);
    std::fs::write(sent.join(&name), control).unwrap();
    world.starling.pass().await;
    world.publish(Which::Osprey, &pair);
    world.osprey.pass().await;
    let answers = world.collect(Which::Osprey);
    let refusal = forged_refusal(&mut world, &answers[1]);
    take(&world, &refusal).await;
    assert_eq!(standing(&world, id), UNDECIDED);
    assert!(world.starling.alerts()[0].contains("another mailbox"));
    for answer in &answers {
        take(&world, answer).await;
    }
    let delivered = (ConsultationState::Delivered, Some(20013), Some(30001));
    assert_eq!(standing(&world, id), delivered);
}

#[tokio::test]
async fn a_report_that_nobody_collected_what_was_acknowledged_is_told() {
    let mut world = World::new();
    let (id, answers) = answered_by_osprey(&mut world).await;
    let mut original = None;
    for answer in &answers {
        let forged = from_outsider(&mut world, answer);
        take(&world, &forged).await;
        original = Some(forged);
    }
    assert_eq!(standing(&world, id).0, ConsultationState::Delivered);
    let mut about = original.unwrap();
    about.control.dts_id = world.starling.record(id).transport_id;
    world.report(&about, &mesh::status::NOT_COLLECTED);
    world.starling.pass().await;
    let alerts = world.starling.alerts();
    assert!(alerts[0].contains("was not delivered"), "{alerts:?}");
    assert!(world.starling.practice.alerts().unwrap()[0].consultation == Some(id));
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

/// A correction of whom a document is about is taken, and a person is told to look at both.
#[tokio::test]
async fn a_replacement_about_another_patient_is_told() {
    let list = format!("{PATIENTS}9000000009,KILLEN,Dean,1980-02-29,A20047,2005-03-05,,,U,,\n");
    let mut world = World::new();
    std::fs::write(world.osprey.config.patients.as_ref().unwrap(), list).unwrap();
    let (first, pair) = world.send(consultation()).await;
    world.publish(Which::Osprey, &pair);
    world.answer().await;
    let names = |data: &[u8]| {
        let document = fhir::xml::read(data, &fhir::Limits::default()).unwrap();
        send_document::read(&document).unwrap()
    };
    let original = names(&pair.data).document_id;
    // A version 2 of another consultation that names the first one's document.
    let mut killen = consultation();
    killen.encounter.id = uuid::Uuid::from_u128(8);
    killen.patient = patient("9000000009", "KILLEN", "Dean", "1980-02-29");
    let (id, pair) = world.send(killen.clone()).await;
    world.publish(Which::Osprey, &pair);
    world.answer().await;
    assert!(world.osprey.alerts().is_empty());
    let practice = world.starling.practice.clone();
    practice.update(id, killen).await.unwrap();
    world.starling.pass().await;
    let mut pair = world.collect(Which::Starling).remove(0);
    let previous = names(&pair.data).replaces.unwrap();
    pair.data = with_replaced(&pair.data, &previous, &original);
    world.publish(Which::Osprey, &pair);
    world.osprey.pass().await;
    assert_eq!(world.osprey.answered().last(), Some(&30001));
    let tasks = world.osprey.practice.tasks().unwrap();
    assert_eq!(tasks[0].replaces, Some(tasks[2].id));
    let alerts = world.osprey.alerts();
    assert_eq!(alerts.len(), 1);
    assert!(alerts[0].contains("another patient"), "{alerts:?}");
    assert!(world.starling.record(first).failure.is_none());
}
