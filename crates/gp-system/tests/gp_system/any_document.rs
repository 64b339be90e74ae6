//! Documents of Send Document 2.0 that are no consultation's report: taken, shown, and replaced by their
//! later versions.

use nhs::{DateOrder, MailboxId, SystemRandomness};
use send_document::{BuildParams, Built, CheckedDocument, Ruleset, build_document};
use uuid::Uuid;

use crate::payloads::answered;
use crate::support::World;

/// An online consultation about Bill Garton, in HTML, from Starling, for information.
const DOCUMENT: &[u8] = include_bytes!("../../../send-document/examples/document.json");
const WORKFLOW: &str = "GPCONNECT_SEND_DOCUMENT";

fn version(version: u32, replaces: Option<Uuid>) -> Built {
    let document = CheckedDocument::from_json(DOCUMENT, &mut |_| Err(String::new())).unwrap();
    let params = BuildParams {
        sender_mailbox: MailboxId::parse("A81001OT001").unwrap(),
        version,
        replaces,
        date_order: DateOrder::YearMonthDay,
        now: "2026-11-22T09:00:00Z".parse().unwrap(),
        randomness: &SystemRandomness,
    };
    build_document(&document, Ruleset::V2_0, &params).unwrap()
}

#[tokio::test]
async fn gpcm_sd_126_each_version_of_a_document_replaces_the_one_before_by_its_document_id() {
    let mut world = World::new();
    let first = version(1, None);
    let second = version(2, Some(first.document_id));
    let third = version(3, Some(second.document_id));
    for built in [&first, &second, &third] {
        let codes = answered(&mut world, WORKFLOW, &built.message).await;
        assert_eq!(codes, [20013, 30001]);
    }
    let tasks = world.osprey.practice.tasks().unwrap();
    let versions: Vec<_> = tasks.iter().map(|task| task.version).collect();
    assert_eq!(versions, [Some(3), Some(2), Some(1)]);
    assert_eq!(tasks[2].replaced_by, Some(tasks[1].id));
    assert_eq!(tasks[1].replaces, Some(tasks[2].id));
    assert_eq!(tasks[1].replaced_by, Some(tasks[0].id));
    assert_eq!(tasks[0].replaced_by, None);
    assert!(!tasks[0].for_action);
    assert_eq!(
        tasks[0].kind,
        "Remote consultation encounter type (record artifact)"
    );
}

/// Which of its ids names a document, guidance does not settle.
#[tokio::test]
async fn gpcm_sd_126_a_version_may_name_the_message_that_it_replaces() {
    let mut world = World::new();
    let mut before = version(1, None);
    let codes = answered(&mut world, WORKFLOW, &before.message).await;
    assert_eq!(codes, [20013, 30001]);
    for (number, id) in [
        (2, "MessageHeader"),
        (3, "Bundle.identifier"),
        (4, "Bundle"),
    ] {
        let read = message_check::read(&before.message).unwrap();
        let message = itk3::Message::of(&read.root).unwrap();
        let named = match id {
            "MessageHeader" => message.id(),
            "Bundle" => read.root.value_at("id"),
            _ => message.identifier(),
        };
        let named = named
            .unwrap()
            .trim_start_matches("urn:uuid:")
            .parse()
            .unwrap();
        let next = version(number, Some(named));
        let codes = answered(&mut world, WORKFLOW, &next.message).await;
        assert_eq!(codes, [20013, 30001], "{id}");
        let tasks = world.osprey.practice.tasks().unwrap();
        assert_eq!(tasks[0].replaces, Some(tasks[1].id), "{id}");
        before = next;
    }
}

#[tokio::test]
async fn a_version_that_names_another_document_is_answered_20014() {
    let mut world = World::new();
    let first = version(1, None);
    answered(&mut world, WORKFLOW, &first.message).await;
    let lost = version(2, Some(Uuid::from_u128(7)));
    assert_eq!(answered(&mut world, WORKFLOW, &lost.message).await, [20014]);
    assert_eq!(world.osprey.practice.tasks().unwrap().len(), 1);
}
