//! Each rule is broken alone, and found by its id with its response code.

use crate::sample;
use fhir::{FhirError, Limits, Severity, xml};
use itk3::payload::HeaderReceiver;
use itk3::{Asked, Finding, Kind, Message, ResponseCode, Rules, check};
use test_kit::shared_files as published;

fn found(text: &str) -> Vec<Finding> {
    let document = xml::read(text.as_bytes(), &Limits::default()).unwrap();
    let mut findings = check::message(&document.root, &sample::rules());
    findings.extend(check::base(&document.root, &document.findings));
    findings
}

/// The message with one place changed.
fn spoilt(from: &str, to: &str) -> Vec<Finding> {
    let text = sample::text();
    assert_eq!(text.matches(from).count(), 1, "{from}");
    found(&text.replace(from, to))
}

/// The one code that answers the message, and the rule it is for.
fn answer(findings: &[Finding]) -> (&'static str, &'static str) {
    let answer = check::answer(findings).expect("a finding that is answered");
    (answer.response.unwrap().code(), answer.id)
}

#[test]
fn a_message_of_ours_breaks_no_rule() {
    assert_eq!(found(&sample::text()), []);
    assert_eq!(check::answer(&[]), None);
}

#[test]
fn a_message_of_ours_is_read_as_it_was_built() {
    let root = xml::read(sample::text().as_bytes(), &Limits::default())
        .unwrap()
        .root;
    let message = Message::of(&root).unwrap();
    assert_eq!(message.id(), Some(sample::MESSAGE_ID));
    assert_eq!(message.event(), Some("ITK007C"));
    assert_eq!(message.endpoint(), Some("A81001OT001"));
    assert_eq!(message.sender_ods_code().unwrap().as_str(), "A81001");
    assert_eq!(
        message.payload_identifier(),
        sample::payload().value_at("identifier.value")
    );
    assert_ne!(message.payload_identifier(), message.identifier());
    assert!(!message.is_acknowledgement());
    let asked = Asked {
        infrastructure: Some(true),
        business: Some(true),
    };
    assert_eq!(Asked::of(&message.handling()), asked);
}

const HANDLING: &str = "<extension url=\"https://fhir.nhs.uk/STU3/StructureDefinition/Extension-ITK-MessageHandling-2\">";
const INF: &str = "<extension url=\"InfAckRequested\"><valueBoolean value=\"true\"/></extension>";
const BUS: &str = "<extension url=\"BusAckRequested\"><valueBoolean value=\"true\"/></extension>";

#[test]
fn code_10001_handling_extension_missing() {
    let findings = spoilt(HANDLING, "<extension url=\"urn:other\">");
    assert_eq!(answer(&findings), ("10001", "itk3-handling"));
}

#[test]
fn code_10001_handling_part_twice() {
    assert_eq!(
        answer(&spoilt(INF, &INF.repeat(2))),
        ("10001", "itk3-handling-key-once")
    );
}

#[test]
fn code_10002_infrastructure_flag_unreadable() {
    let findings = spoilt(INF, &INF.replace("true", "yes"));
    assert_eq!(answer(&findings), ("10002", "itk3-inf-ack-requested"));
}

#[test]
fn code_10003_business_flag_unreadable() {
    let findings = spoilt(BUS, &BUS.replace("true", "ja"));
    assert_eq!(answer(&findings), ("10003", "itk3-bus-ack-requested"));
}

#[test]
fn code_10004_message_definition_unknown() {
    let findings = spoilt(
        "ITK-GPConnectSendDocument-MessageDefinition-1",
        "ITK-OPL-MessageDefinition-4",
    );
    assert_eq!(answer(&findings), ("10004", "itk3-message-definition"));
    let findings = spoilt(
        "<valueReference><reference value=\"https://fhir.nhs.uk/STU3/MessageDefinition/ITK-GPConnectSendDocument-MessageDefinition-1\"/></valueReference>",
        "<valueReference><display value=\"x\"/></valueReference>",
    );
    assert_eq!(answer(&findings), ("10004", "itk3-message-definition"));
}

#[test]
fn code_10005_message_definition_version_unknown() {
    let findings = spoilt(
        "SendDocument-MessageDefinition-1",
        "SendDocument-MessageDefinition-9",
    );
    assert_eq!(answer(&findings), ("10005", "itk3-message-definition"));
}

#[test]
fn code_10007_sender_reference_unusable() {
    let long = "x".repeat(256);
    for reference in [" ", &long] {
        let findings = spoilt("846ebe66-5ff8-4499-bc57-a112d3d0daa3", reference);
        assert_eq!(answer(&findings), ("10007", "itk3-sender-reference-value"));
    }
}

#[test]
fn code_10008_mandatory_part_missing() {
    assert_eq!(answer(&spoilt(INF, "")), ("10008", "itk3-handling-key"));
    assert_eq!(answer(&spoilt(BUS, "")), ("10008", "itk3-handling-key"));
}

#[test]
fn code_10008_mandatory_flag_false() {
    let findings = spoilt(INF, &INF.replace("true", "false"));
    assert_eq!(answer(&findings), ("10008", "itk3-inf-ack-requested"));
    let findings = spoilt(BUS, &BUS.replace("true", "false"));
    assert_eq!(answer(&findings), ("10008", "itk3-bus-ack-requested"));
}

#[test]
fn code_10008_another_event() {
    assert_eq!(
        answer(&spoilt("ITK007C", "ITK014M")),
        ("10008", "itk3-event")
    );
}

#[test]
fn code_10009_unreadable_and_20015_too_large() {
    let broken = xml::read(b"<Bundle", &Limits::default()).unwrap_err();
    assert_eq!(
        answer(&[check::unreadable(&broken)]),
        ("10009", "itk3-unreadable")
    );
    let large = FhirError::TooLarge { limit: 1, found: 2 };
    assert_eq!(
        answer(&[check::unreadable(&large)]),
        ("20015", "itk3-too-large")
    );
    let patient = "<Patient xmlns=\"http://hl7.org/fhir\"><active value=\"true\"/></Patient>";
    assert_eq!(answer(&found(patient)), ("10009", "itk3-bundle"));
}

#[test]
fn code_10010_recipient_type() {
    assert_eq!(
        answer(&spoilt("\"FA\"", "\"XX\"")),
        ("10010", "itk3-recipient-type")
    );
    assert_eq!(
        answer(&spoilt("\"FA\"", "\"FI\"")),
        ("10010", "itk3-recipient-type")
    );
    let text = sample::text().replace("\"FA\"", "\"FI\"");
    let root = xml::read(text.as_bytes(), &Limits::default()).unwrap().root;
    let rules = Rules {
        kind: Kind::SEND_DOCUMENT,
        ..sample::rules()
    };
    assert_eq!(check::message(&root, &rules), []);
}

#[test]
fn code_20006_header_and_bundle() {
    let receiver = "<receiver><display value=\"x\"/></receiver><sender>";
    let destination = "<destination><endpoint value=\"x\"/></destination><sender>";
    let message_id = format!("<id value=\"{}\"/>", sample::MESSAGE_ID);
    for (from, to, id) in [
        (
            "<type value=\"message\"/>",
            "<type value=\"collection\"/>",
            "itk3-bundle-type",
        ),
        ("<sender>", receiver, "itk3-receiver"),
        ("<sender>", destination, "itk3-header-forbidden"),
        (
            "<event><system value=\"https://fhir.nhs.uk",
            "<event><system value=\"urn:x",
            "itk3-event-system",
        ),
        ("<code value=\"ITK007C\"/>", "", "itk3-event-code"),
        (
            "<timestamp value=\"2026-01-14T09:30:12Z\"/>",
            "",
            "itk3-timestamp",
        ),
        (
            "2026-01-14T09:30:12Z",
            "2026-01-14T09:30:12",
            "itk3-timestamp",
        ),
        (
            "<endpoint value=\"A81001OT001\"/>",
            "<name value=\"x\"/>",
            "itk3-endpoint",
        ),
        (&message_id, "", "itk3-header-id"),
        (
            "</source>",
            "</source><author><display value=\"x\"/></author>",
            "itk3-header-forbidden",
        ),
        (
            "</focus>",
            "</focus><focus><display value=\"x\"/></focus>",
            "itk3-focus",
        ),
    ] {
        let findings = spoilt(from, to);
        let answer = check::answer(&findings).unwrap();
        assert_eq!(answer.response, Some(ResponseCode::HeaderInvalid), "{id}");
        assert!(
            findings.iter().any(|finding| finding.id == id),
            "{id}: {findings:?}"
        );
        let allowed = ResponseCode::HeaderInvalid.issue_types();
        assert!(
            findings
                .iter()
                .filter_map(|f| f.issue)
                .all(|issue| allowed.contains(&issue))
        );
    }
}

/// Removes what lies between two texts, both included.
fn cut(start: &str, end: &str) -> Vec<Finding> {
    let text = sample::text();
    let from = text.find(start).unwrap();
    let to = from + text[from..].find(end).unwrap() + end.len();
    found(&format!("{}{}", &text[..from], &text[to..]))
}

#[test]
fn code_20006_what_is_missing() {
    for (start, end, id) in [
        ("<sender>", "</sender>", "itk3-sender"),
        ("<focus>", "</focus>", "itk3-focus"),
        ("<identifier>", "</identifier>", "itk3-bundle-identifier"),
        (
            "<resource><MessageHeader>",
            "</resource>",
            "itk3-header-first",
        ),
        (
            "<fullUrl value=\"urn:uuid:00000000-0000-4000-8000-000000000001\"/>",
            "</resource>",
            "itk3-sender-reference",
        ),
    ] {
        let findings = cut(start, end);
        let broken = findings.iter().find(|finding| finding.id == id);
        assert_eq!(
            broken.map(|f| f.response),
            Some(Some(ResponseCode::HeaderInvalid)),
            "{id}"
        );
    }
}

#[test]
fn code_20006_a_second_header() {
    let text = sample::text();
    let (from, to) = ("<entry>", "</entry>");
    let first = text.find(from).unwrap();
    let entry = &text[first..first + text[first..].find(to).unwrap() + to.len()];
    let second = entry.replace(sample::MESSAGE_ID, "00000000-0000-4000-8000-0000000000ff");
    let findings = found(&text.replace(
        "</Bundle></resource></entry></Bundle>",
        &format!("</Bundle></resource></entry>{second}</Bundle>"),
    ));
    assert_eq!(answer(&findings), ("20006", "itk3-header-second"));
}

#[test]
fn code_20009_fhir_rules_inside_the_payload_only() {
    let findings = spoilt("<status value=\"final\"/>", "<status value=\"finished\"/>");
    assert_eq!(answer(&findings), ("20009", "binding"));
    let findings = spoilt("<title value=\"Consultation report\"/>", "");
    assert_eq!(answer(&findings), ("20009", "required"));
    let findings = spoilt("<sender>", "<unheard value=\"x\"/><sender>");
    assert_eq!(answer(&findings), ("20006", "unknown-element"));
}

#[test]
fn the_answer_is_that_of_the_first_step_that_fails() {
    let text = sample::text()
        .replace("<status value=\"final\"/>", "")
        .replace(INF, &INF.replace("true", "yes"));
    assert_eq!(answer(&found(&text)).0, "10002");
    assert_eq!(
        answer(&found(&text.replace(
            "<sender>",
            "<author><display value=\"x\"/></author><sender>"
        )))
        .0,
        "20006"
    );
}

#[test]
fn warnings_are_not_answered() {
    let findings = spoilt("<display value=\"ITK GP Connect Send Document\"/>", "");
    assert_eq!(
        findings.iter().map(|f| f.id).collect::<Vec<_>>(),
        ["itk3-event-display"]
    );
    assert_eq!(check::answer(&findings), None);
}

/// The published Send Document messages pass, but for what the sheets say of them.
#[test]
fn published_send_document_messages_are_answered_as_the_sheets_say() {
    let rules = Rules {
        kind: Kind {
            receiver: HeaderReceiver::Anybody,
            ..Kind::SEND_DOCUMENT
        },
        ..sample::rules()
    };
    for folder in ["itk3/messages-send-document", "send-document/examples"] {
        for (name, bytes) in published(folder, "xml") {
            let document = xml::read(&bytes, &Limits::default()).unwrap();
            let mut findings = check::message(&document.root, &rules);
            findings.extend(check::base(&document.root, &document.findings));
            let code = check::answer(&findings).and_then(|finding| finding.response);
            // The example of 2.0.1 has the event of another message.
            let expected = name
                .contains("as-at-2.0.1")
                .then_some(ResponseCode::HandlingBusinessRule);
            assert_eq!(code, expected, "{name}");
            assert!(
                findings
                    .iter()
                    .all(|f| f.severity == Severity::Warning || f.response.is_some())
            );
        }
    }
}
