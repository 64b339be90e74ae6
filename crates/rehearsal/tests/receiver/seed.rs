//! A run comes again with its seed, and other seeds try the same cases.

use std::collections::BTreeSet;

use rehearsal::RehearsalError;
use rehearsal::receiver::{CASES, Generator, PayloadName, Transport};

use crate::kit::{ALL, plan, settings};

#[test]
fn the_same_seed_gives_the_same_bytes_and_another_the_same_cases() {
    let (first, again, other) = (
        &*ALL,
        plan(settings(1), "all", &[]),
        plan(settings(2), "all", &[]),
    );
    assert_eq!(first.messages, again.messages);
    assert_eq!(first.left_out, again.left_out);
    assert_eq!(first.messages.len(), other.messages.len());
    for (one, two) in first.messages.iter().zip(&other.messages) {
        assert_eq!(
            (one.case, one.payload, one.what, one.after, one.expected),
            (two.case, two.payload, two.what, two.after, two.expected)
        );
        if one.header_id.is_some() {
            assert_ne!(one.header_id, two.header_id, "{one:?}");
        }
    }
    let ids: BTreeSet<_> = first
        .messages
        .iter()
        .filter_map(|it| it.header_id.as_ref())
        .collect();
    let repeated = first
        .messages
        .iter()
        .filter(|it| it.what == "the same message again")
        .count();
    let unreadable = first
        .messages
        .iter()
        .filter(|it| it.header_id.is_none())
        .count();
    assert_eq!(ids.len() + repeated + unreadable, first.messages.len());
    assert_eq!((repeated, unreadable), (4, 8));
}

#[test]
fn a_case_alone_has_the_messages_of_the_whole_run() {
    let whole = &*ALL;
    for only in ["RX-N12", "rx-n16", "RX-P14"] {
        let alone = plan(settings(1), "all", &[only]);
        let bytes = |it: &rehearsal::receiver::Planned| it.bytes.clone();
        let of_whole = whole
            .messages
            .iter()
            .filter(|it| it.case.id.eq_ignore_ascii_case(only));
        let alone: Vec<_> = alone.messages.iter().map(bytes).collect();
        assert!(!alone.is_empty());
        assert_eq!(alone, of_whole.map(bytes).collect::<Vec<_>>(), "{only}");
    }
}

#[test]
fn what_a_case_replaces_is_sent_before_it() {
    let plan = plan(settings(1), "all", &["RX-P12", "RX-P17"]);
    let sent: Vec<_> = plan
        .messages
        .iter()
        .map(|it| (it.case.id, it.payload.as_str(), it.after))
        .collect();
    assert_eq!(
        sent,
        [
            ("RX-P01", "send-document-2.0", None),
            ("RX-P02", "send-document-1.3", None),
            ("RX-P11", "send-document-1.3", Some(2)),
            ("RX-P11", "send-document-2.0", Some(1)),
            ("RX-P12", "send-document-1.3", Some(3)),
            ("RX-P12", "send-document-2.0", Some(4)),
            ("RX-P16", "transfer-of-care", None),
            ("RX-P17", "transfer-of-care", Some(7)),
        ]
    );
    let reference = |number: usize| plan.messages[number - 1].sender_reference.clone();
    assert_eq!(reference(1), reference(4));
    assert_eq!(reference(1), reference(6));
    assert_eq!(reference(7), reference(8));
    let patient = |number: usize| plan.messages[number - 1].to_dts.clone();
    assert_eq!(patient(2), patient(5));
    let before = itk3_document(&plan.messages[3].bytes);
    assert!(text(&plan.messages[5].bytes).contains(&format!(
        "<code value=\"replaces\"/><targetIdentifier><system value=\"https://tools.ietf.org/html/rfc4122\"/><value \
         value=\"{before}\"/>"
    )));
}

fn itk3_document(bytes: &[u8]) -> String {
    let read = message_check::read(bytes).unwrap();
    let message = itk3::Message::of(&read.root).unwrap();
    message.payload_identifier().unwrap().to_owned()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

#[test]
fn every_case_has_a_message_or_a_reason() {
    let mut settings = settings(1);
    (settings.approved_unshown, settings.limit) = (None, None);
    let with_reasons = plan(settings.clone(), "all", &[]);
    settings.update_record_on = false;
    let switched_off = plan(settings, "update-record", &[]);
    for (plan, payloads) in [(&with_reasons, "all"), (&switched_off, "update-record")] {
        for case in CASES.iter().filter(|case| !case.is_over_all()) {
            for payload in PayloadName::chosen(payloads).unwrap() {
                let is =
                    |it: &&rehearsal::receiver::Planned| (it.case, it.payload) == (case, *payload);
                let made = plan.messages.iter().filter(is).count();
                let left = plan
                    .left_out
                    .iter()
                    .filter(|it| (it.case, it.payload) == (case, *payload));
                let is_once = case.id == "RX-D01"
                    && Some(payload) != PayloadName::chosen(payloads).unwrap().first();
                let is_anothers = !case.payloads.contains(payload) && payloads == "all";
                let has_one = (made > 0) != (left.count() == 1);
                assert!(has_one || is_once || is_anothers, "{} {payload}", case.id);
            }
        }
    }
    let sent: Vec<_> = switched_off.messages.iter().map(|it| it.case.id).collect();
    assert_eq!(sent, ["RX-N21", "RX-D01", "RX-D01"]);
    let refused = with_reasons
        .left_out
        .iter()
        .find(|it| it.case.id == "RX-N23")
        .unwrap();
    assert_eq!(refused.reason, "the product's limit was not named");
}

#[test]
fn what_is_expected_is_what_the_table_says() {
    for planned in &ALL.messages {
        let (case, expected) = (planned.case, planned.expected);
        if planned.what == "good message, to be repeated" {
            continue;
        }
        let business = expected.business.to_string();
        let business = business.split(' ').next().unwrap();
        assert!(case.business.contains(business), "{planned:?}");
        let told = format!("{} {}", case.infrastructure, case.note);
        let wanted = expected.infrastructure.to_string();
        let wanted = wanted.split(" (").next().unwrap();
        assert!(told.contains(wanted), "{planned:?}: {wanted}");
    }
}

#[test]
fn messages_are_as_long_and_travel_as_their_cases_say() {
    let plan = &*ALL;
    let of = |id: &str| {
        plan.messages
            .iter()
            .filter(|it| it.case.id == id)
            .collect::<Vec<_>>()
    };
    assert!(
        of("RX-P10")
            .iter()
            .all(|it| (4_880_000..4_910_000).contains(&it.bytes.len()))
    );
    assert!(
        of("RX-N23")
            .iter()
            .all(|it| (50_001..90_000).contains(&it.bytes.len()))
    );
    let ways: BTreeSet<_> = of("RX-P09")
        .iter()
        .map(|it| format!("{:?}", it.transport))
        .collect();
    assert_eq!(ways.into_iter().collect::<Vec<_>>(), ["Chunked", "Gzip"]);
    let others = plan.messages.iter().filter(|it| it.case.id != "RX-P09");
    assert!(
        others
            .into_iter()
            .all(|it| it.transport == Transport::Plain)
    );
    assert!(of("RX-D01").iter().all(|it| it.to_dts == "A20047OT001"));
    let rest = plan.messages.iter().filter(|it| it.case.id != "RX-D01");
    for planned in rest {
        assert!(planned.to_dts.starts_with("GPPROVIDER_9"), "{planned:?}");
        assert_eq!(planned.workflow.as_str(), planned.payload.workflow());
    }
}

#[test]
fn a_case_that_nobody_knows_is_refused() {
    let refused = Generator::new(settings(1)).plan(&PayloadName::ALL, &["RX-P99"]);
    assert!(matches!(refused, Err(RehearsalError::NoCase)));
}

#[test]
fn a_seed_gives_the_same_ids_and_defects_at_another_time() {
    let mut later = settings(1);
    later.started += jiff::SignedDuration::from_hours(24);
    let (first, later) = (&*ALL, plan(later, "all", &[]));
    assert_eq!(first.messages.len(), later.messages.len());
    for (one, two) in first.messages.iter().zip(&later.messages) {
        assert_eq!(
            (one.case, one.what, &one.header_id, &one.sender_reference),
            (two.case, two.what, &two.header_id, &two.sender_reference)
        );
        // what is no message has no time
        if one.case.id != "RX-N01" {
            assert_ne!(one.bytes, two.bytes, "{one:?}");
        }
    }
}

#[test]
fn a_type_that_the_attachment_has_already_is_sent_as_it_is() {
    for name in ["image/tiff", "application/pdf"] {
        let mut settings = settings(1);
        settings.approved_unshown = Some(name.to_owned());
        let plan = plan(settings, "all", &["RX-N13"]);
        assert_eq!(plan.messages.len(), 2);
        for planned in &plan.messages {
            let types = format!("<contentType value=\"{name}\"/>");
            assert!(text(&planned.bytes).contains(&types), "{name}: {planned:?}");
        }
    }
}
