//! Acknowledgements: built, read back, and the published ones.

use crate::sample::Counting;
use fhir::{Element, Limits, Severity, json, validate, xml};
use itk3::{IssueType, Itk3Error, Message, Reply, ResponseCode, acknowledgement, check, names};
use nhs::{MailboxId, OdsCode};
use proptest::prelude::*;
use test_kit::shared_files as published;

const REQUEST: &str = "efaf5984-3473-48a7-ae41-bbbb7314fbde";

fn reply(code: ResponseCode) -> Reply {
    Reply {
        in_response_to: Some(REQUEST.into()),
        sender_reference: Some("846ebe66-5ff8-4499-bc57-a112d3d0daa3".into()),
        code,
        issue: None,
        diagnostics: None,
        organisation: OdsCode::parse("A20047").unwrap(),
        endpoint: MailboxId::parse("A20047OT001").unwrap(),
        timestamp: "2026-01-14T09:30:12Z".parse().unwrap(),
    }
}

fn built(reply: &Reply) -> Element {
    acknowledgement::build(reply, &Counting::default())
}

#[test]
fn every_code_comes_back_from_xml_and_json() {
    for code in ResponseCode::ALL {
        let root = built(&reply(*code));
        let bytes = xml::write(&root);
        let document = xml::read(&bytes, &Limits::default()).unwrap();
        assert_eq!(document.findings, [], "{code}");
        let from_json = json::write(&root).unwrap();
        let from_json = json::read(&from_json, &Limits::default()).unwrap().root;
        assert_eq!(xml::write(&from_json), bytes);
        for read in [document.root, from_json] {
            let read = acknowledgement::read(&read).unwrap();
            assert_eq!(read.code.meaning(), Some(*code));
            assert_eq!(read.in_response_to.as_deref(), Some(REQUEST));
            assert_eq!(read.organisation.unwrap().as_str(), "A20047");
            assert_eq!(read.endpoint.as_deref(), Some("A20047OT001"));
            assert_eq!(read.timestamp.as_deref(), Some("2026-01-14T09:30:12Z"));
            assert_eq!(
                read.sender_reference.as_deref(),
                Some("846ebe66-5ff8-4499-bc57-a112d3d0daa3")
            );
        }
    }
}

#[test]
fn what_we_build_breaks_no_rule_of_fhir_or_itk3() {
    for code in ResponseCode::ALL {
        let bytes = xml::write(&built(&reply(*code)));
        let root = xml::read(&bytes, &Limits::default()).unwrap().root;
        assert_eq!(validate::base(&root), [], "{code}");
        assert_eq!(check::acknowledgement(&root), [], "{code}");
    }
}

#[test]
fn gpcm_sd_050_051_an_acknowledgement_asks_for_none() {
    let root = built(&reply(ResponseCode::Success));
    let message = Message::of(&root).unwrap();
    assert_eq!(
        message.handling().business_acknowledgement.asked(),
        Some(false)
    );
    assert_eq!(
        message.handling().infrastructure_acknowledgement.asked(),
        Some(false)
    );
    assert!(itk3::is_acknowledgement(&root));
    assert!(message.header().at("focus").is_none());
}

#[test]
fn gpcm_sd_074_negative_codes_have_diagnostics_and_positive_ones_need_none() {
    for code in ResponseCode::ALL {
        let read = acknowledgement::read(&built(&reply(*code))).unwrap();
        assert_eq!(read.diagnostics.is_some(), !code.is_positive(), "{code}");
    }
    let told = Reply {
        diagnostics: Some("Patient.birthDate: expected a full date (GPCM-SD-037)".into()),
        issue: Some(IssueType::Value),
        ..reply(ResponseCode::PayloadInvalid)
    };
    let root = built(&told);
    assert_eq!(
        acknowledgement::read(&root).unwrap().diagnostics,
        told.diagnostics
    );
    let outcome = root.all("entry").last().unwrap().resource().unwrap();
    assert_eq!(outcome.value_at("issue.code"), Some("value"));
}

#[test]
fn an_id_that_cannot_be_read_is_answered_with_the_fixed_text() {
    for id in [
        None,
        Some(String::new()),
        Some("no id at all".into()),
        Some("é".into()),
    ] {
        let root = built(&Reply {
            in_response_to: id,
            ..reply(ResponseCode::UnreadableMessage)
        });
        let header = Message::of(&root).unwrap().header();
        assert_eq!(
            header.value_at("response.identifier"),
            Some(names::UNREADABLE_ID)
        );
        assert_eq!(acknowledgement::read(&root).unwrap().in_response_to, None);
    }
    let urn = Some(format!("urn:uuid:{REQUEST}"));
    let root = built(&Reply {
        in_response_to: urn,
        ..reply(ResponseCode::Success)
    });
    assert_eq!(
        acknowledgement::read(&root)
            .unwrap()
            .in_response_to
            .as_deref(),
        Some(REQUEST)
    );
}

#[test]
fn a_sender_reference_that_cannot_be_repeated_becomes_none() {
    for reference in [None, Some(" ".into()), Some("x".repeat(256))] {
        let root = built(&Reply {
            sender_reference: reference,
            ..reply(ResponseCode::Success)
        });
        assert_eq!(
            Message::of(&root).unwrap().handling().sender_reference,
            Some("None")
        );
        assert_eq!(acknowledgement::read(&root).unwrap().sender_reference, None);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn any_words_and_any_id_make_a_legal_acknowledgement(
        id in prop_oneof!["[A-Za-z0-9.-]{1,64}", "\\PC{0,80}"], words in "\\PC{0,80}",
    ) {
        let root = built(&Reply {
            in_response_to: Some(id.clone()),
            diagnostics: Some(words.clone()),
            ..reply(ResponseCode::PayloadInvalid)
        });
        let bytes = xml::write(&root);
        let root = xml::read(&bytes, &Limits::default()).unwrap().root;
        prop_assert_eq!(validate::base(&root), []);
        let read = acknowledgement::read(&root).unwrap();
        if let Some(answered) = read.in_response_to {
            prop_assert!(itk3::same_id(&answered, &id));
        }
        let told = words.trim();
        prop_assert!(told.is_empty() || read.diagnostics.as_deref() == Some(told));
    }
}

#[test]
fn what_is_no_acknowledgement_is_refused() {
    assert_eq!(
        acknowledgement::read(&Element::new("Patient")),
        Err(Itk3Error::NotAMessage)
    );
    let spoilt = |from: &str, to: &str| {
        let text = String::from_utf8(xml::write(&built(&reply(ResponseCode::Success)))).unwrap();
        assert!(text.contains(from), "{from}");
        let text = text.replace(from, to);
        acknowledgement::read(&xml::read(text.as_bytes(), &Limits::default()).unwrap().root)
    };
    assert_eq!(
        spoilt("response>", "reason>").map(|_| ()),
        Err(Itk3Error::NoResponse)
    );
    assert_eq!(
        spoilt("OperationOutcome>", "Basic>").map(|_| ()),
        Err(Itk3Error::NoCode)
    );
    assert_eq!(
        spoilt("<code value=\"20013\"/>", "").map(|_| ()),
        Err(Itk3Error::NoCode)
    );
}

#[test]
fn debug_shows_the_code_and_nothing_of_the_sender() {
    let read = acknowledgement::read(&built(&Reply {
        diagnostics: Some("GARTON".into()),
        ..reply(ResponseCode::PayloadInvalid)
    }));
    let shown = format!("{:?} {:?}", read.unwrap(), reply(ResponseCode::Success));
    assert!(
        !shown.contains("GARTON") && !shown.contains("846ebe66"),
        "{shown}"
    );
}

/// The published ones: each file is named after its code, and is read with just that code.
#[test]
fn published_acknowledgements_are_read_as_their_names_say() {
    for (name, bytes) in published("itk3/acks", "xml") {
        let root = xml::read(&bytes, &Limits::default()).unwrap().root;
        assert!(itk3::is_acknowledgement(&root), "{name}");
        let read = acknowledgement::read(&root).unwrap_or_else(|e| panic!("{name}: {e}"));
        let code = read.code.meaning().unwrap();
        let expected = name.split(['-', '.']).find_map(ResponseCode::parse);
        assert_eq!(
            code,
            expected.unwrap_or(ResponseCode::PatientKnown),
            "{name}"
        );
        let unreadable = matches!(
            code,
            ResponseCode::UnreadableMessage | ResponseCode::RecipientTypeUnreadable
        );
        assert!(read.in_response_to.is_some() || unreadable, "{name}");
        let errors: Vec<_> = check::acknowledgement(&root)
            .into_iter()
            .filter(|finding| finding.severity == Severity::Error)
            .map(|finding| (finding.id, finding.path))
            .collect();
        assert_eq!(errors, [], "{name}");
        assert!(
            check::acknowledgement(&root)
                .iter()
                .all(|finding| finding.response.is_none())
        );
    }
}

/// NHS samples of 20014 and 20015 say `ok` beside a negative code: told, and not believed.
#[test]
fn a_negative_code_beside_ok_is_still_negative() {
    for (name, bytes) in published("itk3/acks", "xml") {
        if !name.contains("20014") && !name.contains("20015") {
            continue;
        }
        let root = xml::read(&bytes, &Limits::default()).unwrap().root;
        assert!(
            !acknowledgement::read(&root).unwrap().code.is_positive(),
            "{name}"
        );
        let findings = check::acknowledgement(&root);
        let said_ok = Message::of(&root)
            .unwrap()
            .header()
            .value_at("response.code")
            == Some("ok");
        let told = findings
            .iter()
            .any(|finding| finding.id == "itk3-ack-mapping");
        assert!(told || !said_ok, "{name}");
    }
}
