//! The general layer: what holds for any payload, each rule broken alone, and every published message
//! judged as the sheets say.

use std::collections::BTreeSet;

use crate::sample::{self, Counting};
use fhir::{Budget, Document, Element, Limits, Severity, xml};
use itk3::payload::{General, Served};
use itk3::{
    Checking, Event, Family, Finding, Handling, Header, Kind, Payload, Receiver, RecipientType,
    Stage, TransportMetadata, View, message, names, payload,
};
use nhs::{MailboxId, OdsCode, WorkflowId};
use test_kit::shared_files as published;
use uuid::Uuid;

const PATIENT: &str = "urn:uuid:0b9a4b36-1d6a-4a1f-9e4f-2b8a5a5f0a11";
const WORKFLOW: &str = "TOC_FHIR_OP_ATTEN";

/// An outpatient letter with a section of text and an attachment.
fn letter() -> Element {
    let composition = "<Composition xmlns=\"http://hl7.org/fhir\"><id value=\"c\"/><identifier>\
        <value value=\"letter-1\"/></identifier><status value=\"final\"/><type><text \
        value=\"Outpatient letter\"/></type><subject><reference value=\"PATIENT\"/></subject><date \
        value=\"2026-01-14\"/><author><display value=\"a clinic\"/></author><title value=\"Letter\"/>\
        <section><title value=\"Diagnoses\"/><code><coding><system value=\"http://snomed.info/sct\"/>\
        <code value=\"887161000000102\"/></coding></code><text><status value=\"generated\"/><div \
        xmlns=\"http://www.w3.org/1999/xhtml\"><p>Asthma</p></div></text><section><title \
        value=\"Severity\"/><text><status value=\"generated\"/><div \
        xmlns=\"http://www.w3.org/1999/xhtml\">mild</div></text></section></section></Composition>"
        .replace("PATIENT", PATIENT);
    let patient = format!(
        "<Patient xmlns=\"http://hl7.org/fhir\"><id value=\"{}\"/><identifier><system value=\"{}\"/>\
         <value value=\"969 363 2109\"/></identifier><name><family value=\"Garton\"/><given \
         value=\"Bill\"/></name><birthDate value=\"1946-06-23\"/></Patient>",
        PATIENT.trim_start_matches("urn:uuid:"),
        names::NHS_NUMBER,
    );
    let binary = "<Binary xmlns=\"http://hl7.org/fhir\"><id value=\"b\"/><contentType \
        value=\"image/jpg\"/><content value=\"AAAA\"/></Binary>";
    let resource = |text: &str| {
        let read = xml::read(text.as_bytes(), &Limits::default()).unwrap();
        message::entry(read.root)
    };
    let kind = names::DOCUMENT_BUNDLE;
    message::bundle(Uuid::from_u128(1), Uuid::from_u128(2), "document", kind)
        .with(resource(&composition))
        .with(resource(&patient))
        .with(resource(binary))
}

fn header(receiver: Option<Receiver>) -> Header {
    Header {
        event: Event::OUTPATIENT_LETTER,
        receiver,
        handling: Handling {
            business_acknowledgement: true,
            infrastructure_acknowledgement: false,
            recipient_type: RecipientType::ForAction,
            message_definition: Kind::OUTPATIENT_LETTER.definitions.current[0].to_owned(),
            sender_reference: "x".to_owned(),
            local_extension: names::NONE.to_owned(),
        },
        ..sample::header()
    }
}

fn osprey() -> OdsCode {
    OdsCode::parse("A20047").unwrap()
}

fn text() -> String {
    let receiver = Some(Receiver::Organization(osprey()));
    let sender = OdsCode::parse("RX1").unwrap();
    let root = message::build(&header(receiver), &sender, letter(), &Counting::default());
    String::from_utf8(xml::write(&root)).unwrap()
}

fn parse(text: &str) -> Document {
    fhir::read(text.as_bytes(), &Limits::default()).unwrap()
}

fn metadata() -> TransportMetadata<'static> {
    TransportMetadata {
        from: "A81001OT001",
        to: "GPPROVIDER_9693632109_19460623_GARTON",
        subject: "Letter",
        workflow: WORKFLOW,
        local_id: "RX1",
        stage: Stage::Sent,
    }
}

fn check(text: &str, transport: Option<&TransportMetadata<'_>>) -> Vec<Finding> {
    let organisations = [osprey()];
    let people = ["100000000001".to_owned()];
    let served = Served {
        organisations: &organisations,
        practitioners: Some(&people),
    };
    let checking = Checking {
        transport,
        view: View::Receiver,
        served: Some(&served),
        budget: &Budget::unlimited(),
    };
    General.check(&parse(text), &checking)
}

/// The message with one place changed, and the transport with another: one rule and its answer.
fn only(from: &str, to: &str, id: &str, code: Option<&str>) {
    let text = text();
    assert_eq!(text.matches(from).count(), 1, "{from}");
    let found = check(&text.replace(from, to), Some(&metadata()));
    is_only(&found, id, code);
}

fn is_only(found: &[Finding], id: &str, code: Option<&str>) {
    let ids: Vec<_> = found.iter().map(|finding| finding.id).collect();
    assert_eq!(ids, [id], "{found:#?}");
    assert_eq!(
        found[0].response.map(itk3::ResponseCode::code),
        code,
        "{id}"
    );
    for secret in ["Garton", "GARTON", "9693632109", "1946"] {
        assert!(!format!("{found:?}").contains(secret), "{secret}");
    }
}

/// More sections than are read are refused, never cut.
#[test]
fn more_than_two_hundred_sections_are_refused() {
    let section = "<section><title value=\"More\"/><text><status value=\"generated\"/><div \
        xmlns=\"http://www.w3.org/1999/xhtml\">x</div></text></section>";
    let with = |count: usize| {
        let more = format!("{}</Composition>", section.repeat(count));
        check(&text().replace("</Composition>", &more), Some(&metadata()))
    };
    // Two are there.
    assert_eq!(with(198), []);
    is_only(&with(199), "itk3-section-count", Some("20009"));
}

#[test]
fn a_message_larger_than_is_advised_is_warned_of() {
    assert_eq!(itk3::check::size(5 * 1024 * 1024), []);
    is_only(&itk3::check::size(5 * 1024 * 1024 + 1), "itk3-size", None);
}

#[test]
fn a_letter_of_another_payload_breaks_no_rule_and_is_read_with_its_sections() {
    assert_eq!(check(&text(), Some(&metadata())), []);
    let read = General.read(&parse(&text())).unwrap();
    assert_eq!(read.event, Some(Event::OUTPATIENT_LETTER));
    assert_eq!(read.title, "Letter");
    assert_eq!(read.composition_identifier.as_deref(), Some("letter-1"));
    assert_eq!(read.patient.nhs_number.unwrap().digits(), "9693632109");
    assert_eq!(read.given_names, ["Bill"]);
    assert_eq!(read.sections[0].code.as_deref(), Some("887161000000102"));
    assert_eq!(read.plain_text(), "Diagnoses\nAsthma\n\nSeverity\nmild");
    assert_eq!(read.attachments[0].content_type, "image/jpeg");
    assert_eq!(General.listed_kind(&read), "Outpatient letter");
    let build = payload::BuildParams {
        sender_mailbox: MailboxId::parse("A81001OT001").unwrap(),
        version: 1,
        replaces: None,
        date_order: nhs::DateOrder::YearMonthDay,
        now: "2026-01-14T09:30:12Z".parse().unwrap(),
        randomness: &Counting::default(),
    };
    let error = General.build(b"{}", &build).unwrap_err();
    assert_eq!(error.code(), "payload-not-built");
}

#[test]
fn code_10004_an_event_that_nobody_knows() {
    only("ITK006D", "ITK999X", "itk3-event-unknown", Some("10004"));
}

#[test]
fn code_10004_and_10008_a_message_of_another_payload_on_a_workflow() {
    for (workflow, code) in [
        ("GPCONNECT_SEND_DOCUMENT", Some("10008")),
        ("GPCONNECT_UPDATE_RECORD", Some("10008")),
        ("DIGMED_FLU_VAC", Some("10004")),
        ("TOC_FHIR_IP_DISCH", None),
        ("SOMETHING_ELSE", None),
    ] {
        let transport = TransportMetadata {
            workflow,
            ..metadata()
        };
        is_only(&check(&text(), Some(&transport)), "itk3-workflow", code);
    }
}

#[test]
fn what_a_message_travels_with_agrees_with_it() {
    let changed = |change: &dyn Fn(&mut TransportMetadata<'_>)| {
        let mut transport = metadata();
        change(&mut transport);
        check(&text(), Some(&transport))
    };
    let from = changed(&|transport| transport.from = "X26OT001");
    is_only(&from, "itk3-from", None);
    let day_first = "GPPROVIDER_9693632109_23061946_GARTON";
    let found = changed(&|transport| transport.to = day_first);
    is_only(&found, "itk3-address-date", None);
    for to in [
        "GPPROVIDER_9693632109_GARTON",
        "GPPROVIDER_9000000009_19460623_GARTON",
        "GPPROVIDER_9693632109_19460624_GARTON",
        "GPPROVIDER_9693632109_19460623_GARDEN",
    ] {
        let found = changed(&|transport| transport.to = to);
        is_only(&found, "itk3-address", None);
        assert_eq!(found[0].severity, Severity::Error);
        let received = changed(&|transport| {
            transport.to = to;
            transport.stage = Stage::Received;
        });
        assert_eq!(received, []);
    }
}

#[test]
fn code_20009_what_every_document_has() {
    let patient = format!("<subject><reference value=\"{PATIENT}\"/></subject>");
    for (from, to, id) in [
        (
            "<type value=\"document\"/>",
            "<type value=\"collection\"/>",
            "itk3-payload-type",
        ),
        (
            "<identifier><value value=\"letter-1\"/></identifier>",
            "",
            "itk3-composition-identifier",
        ),
        (
            patient.as_str(),
            "<subject><display value=\"x\"/></subject>",
            "itk3-patient",
        ),
        ("969 363 2109", "9693632108", "itk3-patient-number"),
        (
            "<family value=\"Garton\"/>",
            "<text value=\"x\"/>",
            "itk3-patient-name",
        ),
        ("1946-06-23", "1946-06", "itk3-patient-born"),
    ] {
        only(from, to, id, Some("20009"));
    }
    // Found beside what FHIR itself says.
    let all = text();
    let other = all
        .replace("<Composition>", "<Basic>")
        .replace("</Composition>", "</Basic>");
    let second = "<contained><Patient><id value=\"p\"/></Patient></contained><contentType";
    for (changed, id) in [
        (other, "itk3-composition"),
        (all.replace("<contentType", second), "itk3-patient-second"),
    ] {
        let found = check(&changed, None);
        assert!(found.iter().any(|it| it.id == id), "{id}: {found:#?}");
    }
    let identifier = all
        .rfind("<identifier><system value=\"https://tools")
        .unwrap();
    let end = all[identifier..].find("</identifier>").unwrap() + "</identifier>".len();
    let mut without = all.clone();
    without.replace_range(identifier..identifier + end, "");
    let found = check(&without, None);
    assert!(
        found.iter().any(|it| it.id == "itk3-payload-identifier"),
        "{found:#?}"
    );
}

#[test]
fn code_20009_a_focus_that_is_no_bundle() {
    let all = text();
    let sender = all.split("<sender><reference value=\"").nth(1).unwrap();
    let sender = sender.split('"').next().unwrap();
    let focus = all.split("<focus><reference value=\"").nth(1).unwrap();
    let focus = focus.split('"').next().unwrap();
    let changed = all.replace(
        &format!("<focus><reference value=\"{focus}\""),
        &format!("<focus><reference value=\"{sender}\""),
    );
    is_only(&check(&changed, None), "itk3-payload", Some("20009"));
}

#[test]
fn code_20005_an_attachment_nobody_can_open() {
    only(
        "image/jpg",
        "application/x-msdownload",
        "itk3-attachment-type",
        Some("20005"),
    );
}

#[test]
fn code_20001_and_20002_a_receiver_who_is_not_served() {
    let receiver = "<value value=\"A20047\"/>";
    only(
        receiver,
        "<value value=\"A81001\"/>",
        "itk3-receiver-organisation",
        Some("20002"),
    );
    // Who does not know the patient's practice writes this.
    let unknown = text().replace(receiver, "<value value=\"V81999\"/>");
    assert_eq!(check(&unknown, None), []);
    only(receiver, "", "itk3-receiver-identifier", None);

    let practitioner = |user_id: &str, event| {
        let header = Header {
            event,
            ..header(Some(Receiver::Practitioner {
                user_id: user_id.to_owned(),
                family_name: "Who".to_owned(),
            }))
        };
        let sender = OdsCode::parse("RX1").unwrap();
        let root = message::build(&header, &sender, letter(), &Counting::default());
        let text = String::from_utf8(xml::write(&root)).unwrap();
        check(
            &text.replace("ITK-OPL-MessageDefinition-4", definition_of(event)),
            None,
        )
    };
    let supply = Event::EMERGENCY_SUPPLY;
    assert_eq!(practitioner("100000000001", supply), []);
    is_only(
        &practitioner("100000000002", supply),
        "itk3-receiver-practitioner",
        Some("20001"),
    );
    is_only(
        &practitioner("100000000001", Event::OUTPATIENT_LETTER),
        "itk3-receiver-type",
        Some("20006"),
    );
}

fn definition_of(event: Event) -> &'static str {
    let url = Kind::of_event(event).unwrap().definitions.current[0];
    url.rsplit('/').next().unwrap()
}

/// Retired spellings and other versions can be read; another payload's definition is refused.
#[test]
fn code_10004_definitions_of_a_family_are_read_and_others_refused() {
    let own = "ITK-OPL-MessageDefinition-4";
    for (other, code) in [
        ("ITK-OPL-MessageDefinition-Instance-1", None),
        ("ITK-EDIS-MessageDefinition-1", None),
        ("ITK-OPL-MessageDefinition-3", None),
        ("ITK-DM-Immunization-MessageDefinition-1", Some("10004")),
    ] {
        only(own, other, "itk3-message-definition", code);
    }
}

/// As the harness's own samples of 2018 write them.
#[test]
fn the_handling_keys_of_2018_are_taken_where_the_payload_has_them() {
    let reference = "<extension url=\"SenderReference\"><valueString value=\"x\"/></extension>";
    let local = "<extension url=\"LocalExtension\"><valueString value=\"None\"/></extension>";
    let priority = "<extension url=\"Priority\"><valueString value=\"routine\"/></extension>";
    only(reference, priority, "itk3-handling-key", None);
    only(local, "", "itk3-local-extension", None);
}

#[test]
fn references_of_the_header_without_their_scheme_are_followed() {
    let text = text();
    let focus = text.split("<focus><reference value=\"").nth(1).unwrap();
    let focus = focus.split('"').next().unwrap();
    let bare = focus.trim_start_matches("urn:uuid:");
    let changed = text.replace(
        &format!("<focus><reference value=\"{focus}\""),
        &format!("<focus><reference value=\"{bare}\""),
    );
    is_only(&check(&changed, None), "reference", None);
    assert_eq!(General.read(&parse(&changed)).unwrap().title, "Letter");
}

#[test]
fn every_event_has_one_row_and_no_workflow_carries_two_payloads() {
    for event in Event::ALL {
        let rows = Kind::ALL.iter().filter(|kind| kind.event == event).count();
        assert_eq!(rows, 1, "{}", event.code());
    }
    for kind in Kind::ALL {
        for workflow in kind.workflows {
            let families: Vec<_> = Kind::of_workflow(workflow).map(|it| it.family).collect();
            assert!(families.iter().all(|it| *it == kind.family), "{workflow}");
            assert!(General.takes(&WorkflowId::parse(workflow).unwrap()));
        }
    }
    for family in Family::ALL {
        assert_eq!(family.as_str().parse(), Ok(family));
    }
}

/// What the published messages of other payloads are refused for: their placeholders fail Modulus 11
/// ("number"), and some of the harness's own name another payload's definition, have a sender that is not
/// in them, or text where FHIR has none.
const FAULTS: [(&str, &[&str]); 8] = [
    ("vaccination--digimeds--covid-19", &[]),
    (
        "FHIR_MESH-ITK009D_ITK_Immunization_Document",
        &["ele-1", "text"],
    ),
    (
        "vaccination--digimeds--seasonal-influenza",
        &["ele-1", NUMBER, "text"],
    ),
    ("ITK-EDIS-Example-1", &["itk3-message-definition", NUMBER]),
    (
        "ITK010D_ITK_EmergencySupply",
        &["itk3-message-definition", NUMBER],
    ),
    ("ITK-EMS-PDSBirthNotification", &["itk3-sender-reference"]),
    // Blanks before the URL of a profile.
    ("blood-pressure-check-service--example-1", &[NUMBER, "type"]),
    // Its payload was taken out.
    (
        "ITK-SendPayload-Payload-Removed",
        &[
            "ele-1",
            "itk3-composition",
            "itk3-payload-identifier",
            "itk3-payload-type",
            "required",
        ],
    ),
];
const NUMBER: &str = "itk3-patient-number";

#[test]
fn published_messages_of_other_payloads_are_judged_as_the_sheets_say() {
    for folder in [
        "itk3-payloads/messages",
        "itk3/messages-other-itk3",
        "update-record/examples",
    ] {
        for (name, bytes) in published(folder, "xml") {
            let message = fhir::read(&bytes, &Limits::default()).unwrap();
            let checking = Checking {
                transport: None,
                view: View::Receiver,
                served: None,
                budget: &Budget::unlimited(),
            };
            let found = General.check(&message, &checking);
            let errors = found.iter().filter(|it| it.severity == Severity::Error);
            let ids: BTreeSet<_> = errors.map(|it| it.id).collect();
            let mut known = FAULTS.iter();
            let faults = known.find(|(file, _)| name.starts_with(file));
            let expected = faults.map_or(&[NUMBER][..], |(_, faults)| *faults);
            assert!(ids.iter().eq(expected), "{name}: {found:#?}");
        }
    }
}

/// Bare documents, wrapped: every section is read, with its title.
#[test]
fn published_documents_of_hospitals_are_read_with_every_section() {
    for (name, bytes) in published("itk3-payloads/documents", "xml") {
        let document = fhir::read(&bytes, &Limits::default()).unwrap().root;
        let bundle = fhir::Bundle::of(&document).unwrap();
        let sections = bundle.first().unwrap().all("section").count();
        assert!(sections > 5, "{name}");
        let header = Header {
            event: Event::parse(&name[..7]).unwrap(),
            ..header(None)
        };
        let sender = OdsCode::parse("RX1").unwrap();
        let root = message::build(&header, &sender, document, &Counting::default());
        let message = parse(&String::from_utf8(xml::write(&root)).unwrap());
        let read = General.read(&message).unwrap();
        assert_eq!(read.sections.len(), sections, "{name}");
        assert!(
            read.sections.iter().all(|it| !it.title.is_empty()),
            "{name}"
        );
    }
}
