//! Messages as they are built: without a breach, the same for the same input.

use crate::common::{
    Counted, PREVIOUS, built, checked, consultation, ids, params, parse, report, second_version,
    transport,
};
use nhs::DateOrder;
use send_document::{
    BuildParams, Ruleset, SendDocumentError, Stage, TransportMetadata, build, check,
};

#[test]
fn a_built_message_breaks_no_rule_of_either_release() {
    for ruleset in [Ruleset::V1_3, Ruleset::V2_0] {
        for message in [
            built(&consultation(), ruleset),
            second_version(&consultation(), ruleset),
        ] {
            let document = parse(&message.message);
            let found = check(&document, Some(&transport(&message)), ruleset);
            assert_eq!(found, [], "{ruleset:?}");
        }
    }
}

#[test]
fn a_received_copy_with_the_mailbox_as_address_breaks_no_rule() {
    let message = built(&consultation(), Ruleset::V1_3);
    let received = TransportMetadata {
        to: "A20047OT001",
        stage: Stage::Received,
        ..transport(&message)
    };
    assert_eq!(
        check(&parse(&message.message), Some(&received), Ruleset::V1_3),
        []
    );
}

#[test]
fn a_confidential_message_breaks_no_rule() {
    let mut consultation = consultation();
    consultation.confidential = true;
    let message = built(&consultation, Ruleset::V1_3);
    let found = check(
        &parse(&message.message),
        Some(&transport(&message)),
        Ruleset::V1_3,
    );
    assert_eq!(found, []);
}

#[test]
fn the_same_input_gives_the_same_bytes() {
    let (first, second) = (
        built(&consultation(), Ruleset::V1_3),
        built(&consultation(), Ruleset::V1_3),
    );
    assert!(first == second);
    let randomness = Counted::default();
    let later = BuildParams {
        now: "2026-03-02T12:30:01Z".parse().unwrap(),
        ..params(Ruleset::V1_3, &randomness)
    };
    assert!(
        build(&checked(&consultation()), Ruleset::V1_3, &later)
            .is_ok_and(|later| later.built.message != first.message)
    );
}

#[test]
fn the_message_is_written_in_stu3_order() {
    for ruleset in [Ruleset::V1_3, Ruleset::V2_0] {
        assert_eq!(parse(&built(&consultation(), ruleset).message).findings, []);
    }
}

#[test]
fn gpcm_sd_060_the_address_has_both_date_orders() {
    let randomness = Counted::default();
    let message = built(&consultation(), Ruleset::V1_3);
    assert_eq!(message.to, "GPPROVIDER_9693632109_23061946_GARTON");
    let params = BuildParams {
        date_order: DateOrder::YearMonthDay,
        ..params(Ruleset::V2_0, &randomness)
    };
    let built = build(&checked(&consultation()), Ruleset::V2_0, &params);
    let message = built.unwrap().built;
    assert_eq!(message.to, "GPPROVIDER_9693632109_19460623_GARTON");
}

#[test]
fn gpcm_sd_061_the_subject_is_the_narrative_of_its_release() {
    let message = built(&consultation(), Ruleset::V1_3);
    assert_eq!(
        message.subject,
        "Consultation report for Mr Bill GARTON, NHS Number 9693632109, seen at Cumbria Starling \
         Medical Centre, ODS Code A81001, Version 1"
    );
    let message = second_version(&consultation(), Ruleset::V2_0);
    assert_eq!(
        message.subject,
        "Consultation report for Mr Bill GARTON, NHS Number: 9693632109, seen at Cumbria Starling \
         Medical Centre, A81001, Version: 2"
    );
    assert_eq!(message.workflow.as_str(), "GPCONNECT_SEND_DOCUMENT");
}

#[test]
fn gpcm_sd_098_versions_and_replacements_go_together() {
    let randomness = Counted::default();
    for (version, replaces) in [
        (0, None),
        (0, Some(PREVIOUS)),
        (1, Some(PREVIOUS)),
        (2, None),
    ] {
        let params = BuildParams {
            version,
            replaces,
            ..params(Ruleset::V1_3, &randomness)
        };
        let refused = build(&checked(&consultation()), Ruleset::V1_3, &params);
        let expected = SendDocumentError::Version {
            version,
            replaces: replaces.is_some(),
        };
        assert_eq!(refused, Err(expected));
    }
}

#[test]
fn gpcm_sd_123_a_later_version_names_the_document_it_replaces() {
    let message = second_version(&consultation(), Ruleset::V1_3);
    let read = send_document::read(&parse(&message.message)).unwrap();
    assert_eq!(read.replaces, Some(PREVIOUS.to_string()));
    assert_eq!(read.version, Some(2));
}

#[test]
fn no_two_bundles_share_an_identifier() {
    let message = built(&consultation(), Ruleset::V1_3);
    let read = send_document::read(&parse(&message.message)).unwrap();
    assert_ne!(read.message_identifier, Some(read.document_id.clone()));
    assert_eq!(read.document_id, message.document_id.to_string());
    assert_eq!(read.message_header_id, Some(message.message_id.to_string()));
}

#[test]
fn a_confidential_consultation_is_not_sent_under_2_0() {
    let mut consultation = consultation();
    consultation.confidential = true;
    let randomness = Counted::default();
    let params = params(Ruleset::V2_0, &randomness);
    let refused = build(&checked(&consultation), Ruleset::V2_0, &params);
    assert_eq!(refused, Err(SendDocumentError::ConfidentialNotSent));
}

#[test]
fn what_is_built_is_read_back() {
    let consultation = consultation();
    let report = report(&consultation, Ruleset::V1_3);
    let message = &report.built;
    let read = send_document::read(&parse(&message.message)).unwrap();
    assert_eq!(
        read.patient.nhs_number,
        Some(consultation.patient.nhs_number)
    );
    assert_eq!(
        read.patient.family_name,
        Some(consultation.patient.family_name.clone())
    );
    assert_eq!(read.patient.given_names, ["Bill"]);
    assert_eq!(
        read.patient.birth_date,
        Some(consultation.patient.birth_date)
    );
    assert_eq!(read.sender_mailbox.as_deref(), Some("A81001OT001"));
    assert_eq!(read.sender_ods.as_deref(), Some("A81001"));
    assert_eq!(
        read.custodian_name.as_deref(),
        Some("Cumbria Starling Medical Centre")
    );
    assert_eq!(read.practitioner_name.as_deref(), Some("Dr Helen Marsh"));
    assert_eq!(
        read.sender_reference,
        Some(consultation.encounter.id.to_string())
    );
    assert_eq!(read.text, message.subject);
    assert_eq!(
        (read.version, read.confidential, read.for_action),
        (Some(1), false, true)
    );
    assert_eq!(read.report().unwrap().content, report.pdf);
    assert_eq!(read.attachments.len(), 2);
    assert_eq!(read.attachments[1].title, "Throat swab request.txt");
    assert_eq!(
        read.attachments[1].content,
        consultation.attachments[0].content
    );
}

#[test]
fn xml_and_json_of_a_message_are_the_same_document() {
    let message = built(&consultation(), Ruleset::V1_3);
    let document = parse(&message.message);
    let json = fhir::json::write(&document.root).unwrap();
    let again = fhir::json::read(&json, &fhir::Limits::default()).unwrap();
    assert!(again.root == document.root);
    assert_eq!(ids(&check(&again, None, Ruleset::V1_3)), [""; 0]);
}

#[test]
fn debug_shows_no_patient_data() {
    let consultation = consultation();
    let message = built(&consultation, Ruleset::V1_3);
    let read = send_document::read(&parse(&message.message)).unwrap();
    let shown = format!(
        "{consultation:?} {message:?} {read:?} {:?}",
        transport(&message)
    );
    for part in ["GARTON", "Bill", "9693632109", "1946", "Marsh", "throat"] {
        assert!(!shown.contains(part), "{part}");
    }
}
