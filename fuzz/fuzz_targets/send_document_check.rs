//! Any bytes through every rule of Send Document: what cannot be read is answered with 10009 (20015
//! when too large), whatever has an error to be answered is answered, and reading takes what is there.
#![no_main]

use fhir::{FhirError, Severity, xml};
use itk3::ResponseCode;
use libfuzzer_sys::fuzz_target;
use send_document::{Ruleset, Stage, TransportMetadata, check, read, response_for, unreadable};

mod limits;
use limits::limits;

fuzz_target!(|bytes: &[u8]| {
    let document = match xml::read(bytes, &limits()) {
        Ok(document) => document,
        Err(error) => {
            let expected = match error {
                FhirError::TooLarge { .. } => ResponseCode::TooLarge,
                _ => ResponseCode::UnreadableMessage,
            };
            let rejection = response_for(&[unreadable(&error)]).expect("an answer");
            assert_eq!(rejection.code, expected);
            return;
        }
    };
    let transport = |stage, to| TransportMetadata {
        from: "A81001OT001",
        to,
        subject: "Consultation",
        workflow: "GPFED_CONSULT_REPORT",
        local_id: "A81001",
        stage,
    };
    let sent = transport(Stage::Sent, "GPPROVIDER_9693632109_23061946_GARTON");
    let received = transport(Stage::Received, "A20047OT001");
    for ruleset in [Ruleset::V1_3, Ruleset::V2_0] {
        for transport in [None, Some(&sent), Some(&received)] {
            let findings = check(&document, transport, ruleset);
            let answerable = findings.iter().any(|f| f.response.is_some());
            let rejection = response_for(&findings);
            assert_eq!(rejection.is_some(), answerable, "{findings:?}");
            for finding in &findings {
                assert!(finding.severity == Severity::Error || finding.response.is_none());
            }
        }
    }
    if let Ok(received) = read(&document) {
        assert!(!format!("{received:?}").is_empty());
    }
});
