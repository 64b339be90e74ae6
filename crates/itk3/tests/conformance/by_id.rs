//! Rules that no code-by-code test breaks: each is broken alone and found by its id, in a message
//! or in an acknowledgement.

use std::cell::Cell;

use fhir::{Budget, Limits, Severity, xml};
use itk3::acknowledgement::{Reply, build};
use itk3::payload::HeaderReceiver;
use itk3::{Finding, Kind, ResponseCode, Rules, View, check};

use crate::sample;

/// `text` with the first `from` replaced.
fn changed(text: &str, from: &str, to: &str) -> fhir::Element {
    assert!(text.contains(from), "{from}");
    let text = text.replacen(from, to, 1);
    xml::read(text.as_bytes(), &Limits::default()).unwrap().root
}

fn is_found(findings: &[Finding], id: &str, severity: Severity) {
    let found = findings.iter().find(|finding| finding.id == id);
    assert_eq!(
        found.map(|finding| finding.severity),
        Some(severity),
        "{id}: {findings:?}"
    );
}

const ORGANISATION: &str =
    "https://fhir.nhs.uk/STU3/StructureDefinition/CareConnect-ITK-Header-Organization-1";
const DISPLAY: &str = "<display value=\"x\"/>";

/// The same elements in one's own message are errors: some receivers refuse them.
#[test]
fn what_the_profile_forbids_is_an_error_to_its_sender() {
    for (from, to, id) in [
        (
            "<code value=\"ITK007C\"/>",
            "<version value=\"1\"/><code value=\"ITK007C\"/>",
            "itk3-event-forbidden",
        ),
        (
            "<endpoint value=\"A81001OT001\"/>",
            "<name value=\"x\"/><endpoint value=\"A81001OT001\"/>",
            "itk3-source-forbidden",
        ),
        (
            "</Organization>",
            "<name value=\"x\"/></Organization>",
            "itk3-sender-forbidden",
        ),
    ] {
        let root = changed(&sample::text(), from, to);
        let rules = Rules {
            view: View::Sender,
            ..sample::rules()
        };
        is_found(&check::message(&root, &rules), id, Severity::Error);
    }
}

#[test]
fn a_check_ends_when_its_time_is_up() {
    let entry = "<entry><resource><Basic/></resource></entry>".repeat(20_000);
    let mut text = sample::text();
    text.insert_str(text.rfind("</Bundle>").unwrap(), &entry);
    let root = xml::read(text.as_bytes(), &Limits::default()).unwrap().root;
    let all = check::message(&root, &sample::rules());
    let asked = Cell::new(0);
    let may_go_on = || asked.replace(asked.get() + 1) < 2;
    let budget = Budget::of(&may_go_on);
    let found = check::message_within(&root, &sample::rules(), &budget);
    assert!(budget.is_spent());
    assert_ne!(found, all);
    assert_eq!(asked.get(), 3);
    let finding = check::out_of_time();
    assert_eq!(
        (finding.id, finding.severity),
        ("itk3-out-of-time", Severity::Error)
    );
    assert_eq!(finding.response, Some(ResponseCode::TooLarge));
}

#[test]
fn warnings_on_a_message_are_found_by_their_ids() {
    let bundle = "https://fhir.nhs.uk/STU3/StructureDefinition/ITK-Message-Bundle-1";
    let header = "https://fhir.nhs.uk/STU3/StructureDefinition/ITK-MessageHeader-2";
    let url = format!("<fullUrl value=\"urn:uuid:{}\"/>", sample::MESSAGE_ID);
    let another = "<extension url=\"Another\"><valueString value=\"x\"/></extension>";
    let reference = "<extension url=\"SenderReference\">";
    let with_another = format!("{another}{reference}");
    let local = "url=\"LocalExtension\"";
    let ods = "https://fhir.nhs.uk/Id/ods-organization-code";
    for (from, to, id) in [
        (bundle, "urn:x", "itk3-bundle-profile"),
        (header, "urn:x", "itk3-header-profile"),
        (url.as_str(), "", "itk3-entry-full-url"),
        (
            "<code value=\"ITK007C\"/>",
            "<version value=\"1\"/><code value=\"ITK007C\"/>",
            "itk3-event-forbidden",
        ),
        (
            "<endpoint value=\"A81001OT001\"/>",
            "<name value=\"x\"/><endpoint value=\"A81001OT001\"/>",
            "itk3-source-forbidden",
        ),
        (reference, with_another.as_str(), "itk3-handling-unknown"),
        (local, "url=\"Local\"", "itk3-local-extension"),
        (ORGANISATION, "urn:x", "itk3-sender-profile"),
        (ods, "urn:x", "itk3-sender-ods-code"),
        (
            "</Organization>",
            "<name value=\"x\"/></Organization>",
            "itk3-sender-forbidden",
        ),
    ] {
        let root = changed(&sample::text(), from, to);
        let findings = check::message(&root, &sample::rules());
        is_found(&findings, id, Severity::Warning);
    }
}

#[test]
fn errors_in_a_message_are_found_by_their_ids_and_answered_20006() {
    let total = "<type value=\"message\"/><total value=\"1\"/>";
    let nowhere = "<focus><reference value=\"urn:uuid:00000000-0000-4000-8000-0000000000ff\"/>";
    let focus = format!("{nowhere}</focus>");
    let text = sample::text();
    let after_focus = text.split("<focus>").nth(1).unwrap();
    let whole = format!(
        "<focus>{}</focus>",
        after_focus.split("</focus>").next().unwrap()
    );
    let response = "<response><identifier value=\"x\"/><code value=\"ok\"/></response><focus>";
    let practitioner = [
        ("<Organization>", "<Patient>"),
        ("</Organization>", "</Patient>"),
    ];
    for (from, to, id) in [
        ("<type value=\"message\"/>", total, "itk3-bundle-forbidden"),
        (
            "</resource></entry>",
            "</resource><search><mode value=\"match\"/></search></entry>",
            "itk3-entry-forbidden",
        ),
        (
            "<entry>",
            "<entry><fullUrl value=\"urn:uuid:00000000-0000-4000-8000-0000000000fe\"/></entry><entry>",
            "itk3-entry-resource",
        ),
        (whole.as_str(), focus.as_str(), "itk3-focus-reference"),
        ("<focus>", response, "itk3-header-response"),
    ] {
        let findings = check::message(&changed(&text, from, to), &sample::rules());
        is_found(&findings, id, Severity::Error);
        let answer = check::answer(&findings).unwrap();
        assert_eq!(answer.response, Some(ResponseCode::HeaderInvalid), "{id}");
    }
    let other = practitioner
        .iter()
        .fold(text.clone(), |text, (from, to)| text.replacen(from, to, 1));
    let root = xml::read(other.as_bytes(), &Limits::default())
        .unwrap()
        .root;
    let findings = check::message(&root, &sample::rules());
    is_found(&findings, "itk3-sender-type", Severity::Error);
}

#[test]
fn a_receiver_that_is_allowed_must_be_in_the_message() {
    let rules = Rules {
        kind: Kind {
            receiver: HeaderReceiver::Organization,
            ..sample::KIND
        },
        ..sample::rules()
    };
    let receiver = format!("<receiver>{DISPLAY}</receiver><sender>");
    let root = changed(&sample::text(), "<sender>", &receiver);
    let findings = check::message(&root, &rules);
    is_found(&findings, "itk3-receiver-reference", Severity::Error);
}

fn acknowledgement(code: ResponseCode) -> String {
    let reply = Reply {
        in_response_to: Some(sample::MESSAGE_ID.to_owned()),
        sender_reference: None,
        code,
        issue: None,
        diagnostics: Some("the place and the rule".to_owned()),
        organisation: nhs::OdsCode::parse("A20047").unwrap(),
        endpoint: nhs::MailboxId::parse("A20047OT001").unwrap(),
        timestamp: "2026-01-14T09:30:12Z".parse().unwrap(),
    };
    let root = build(&reply, &sample::Counting::default());
    String::from_utf8(xml::write(&root)).unwrap()
}

#[test]
fn faults_of_an_acknowledgement_are_found_by_their_ids_and_never_answered() {
    let good = acknowledgement(ResponseCode::PayloadInvalid);
    let response = good.split("<response>").nth(1).unwrap();
    let response = response.split("</response>").next().unwrap();
    let whole = format!("<response>{response}</response>");
    let details = response.split("<details>").nth(1).unwrap();
    let details = format!("<details>{}", details.split("</details>").next().unwrap());
    let identifier = format!("<identifier value=\"{}\"/>", sample::MESSAGE_ID);
    let system = "https://fhir.nhs.uk/STU3/CodeSystem/ITK-ResponseCodes-1";
    let diagnostics = "<diagnostics value=\"the place and the rule\"/>";
    let code = "<code value=\"20009\"/>";
    let (error, warning) = (Severity::Error, Severity::Warning);
    for (from, to, id, severity) in [
        ("\"ITK008M\"", "\"ITK007C\"", "itk3-ack-event", error),
        (whole.as_str(), "", "itk3-ack-response", error),
        (identifier.as_str(), "", "itk3-ack-identifier", error),
        (
            details.as_str(),
            "<details><display value=\"x\"/>",
            "itk3-ack-details",
            error,
        ),
        (code, "<code value=\"99999\"/>", "itk3-ack-code", error),
        (
            "<valueBoolean value=\"false\"/>",
            "<valueBoolean value=\"true\"/>",
            "itk3-ack-flags",
            warning,
        ),
        (system, "urn:x", "itk3-ack-code-system", warning),
        (diagnostics, "", "itk3-ack-diagnostics", warning),
    ] {
        let findings = check::acknowledgement(&changed(&good, from, to));
        is_found(&findings, id, severity);
        assert!(findings.iter().all(|finding| finding.response.is_none()));
    }
}
