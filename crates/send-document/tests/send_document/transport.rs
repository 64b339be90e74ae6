//! The message against its control file or headers: for every rule, metadata that breaks only it.

use crate::common::{example, ids, parse, transport};
use send_document::{Finding, Ruleset, Severity, Stage, TransportMetadata, check, response_for};

type Change<'a> = &'a dyn Fn(&mut TransportMetadata<'_>);

fn found(change: Change<'_>) -> Vec<Finding> {
    let message = example();
    let mut metadata = transport(message);
    change(&mut metadata);
    check(&parse(&message.message), Some(&metadata), Ruleset::V1_3)
}

/// Found when sent; when received, told at most as a warning and never answered.
fn only(id: &str, change: Change<'_>) {
    let sent = found(change);
    assert_eq!(ids(&sent), [id], "{sent:#?}");
    assert_eq!(sent[0].severity, Severity::Error);
    let received = found(&|metadata| {
        change(metadata);
        metadata.stage = Stage::Received;
    });
    assert!(
        received
            .iter()
            .all(|finding| finding.severity == Severity::Warning)
    );
    assert_eq!(response_for(&received), None);
    for secret in ["GARTON", "9693632109", "9000000009", "1946"] {
        assert!(!format!("{sent:?}").contains(secret), "{secret}");
    }
}

#[test]
fn gpcm_sd_038_the_address_is_the_patients() {
    for to in [
        "GPPROVIDER_9000000009_23061946_GARTON",
        "GPPROVIDER_9693632109_24061946_GARTON",
        "GPPROVIDER_9693632109_23061946_GARDEN",
    ] {
        only("GPCM-SD-038", &|metadata| metadata.to = to);
    }
    // Both date orders, and names as the exchange compares them.
    for to in [
        "GPPROVIDER_9693632109_19460623_Garton",
        "GPPROVIDER_9693632109_23061946_gartón",
    ] {
        assert_eq!(found(&|metadata| metadata.to = to), []);
    }
}

#[test]
fn gpcm_sd_056_the_message_is_addressed_by_patient() {
    only("GPCM-SD-056", &|metadata| metadata.to = "A20047OT001");
    only("GPCM-SD-056", &|metadata| {
        metadata.to = "gpprovider_9693632109_23061946_GARTON"
    });
}

#[test]
fn gpcm_sd_057_the_workflow_is_that_of_the_release() {
    only("GPCM-SD-057", &|metadata| {
        metadata.workflow = "GPCONNECT_SEND_DOCUMENT"
    });
}

#[test]
fn gpcm_sd_059_the_message_comes_from_the_mailbox_it_names() {
    only("GPCM-SD-059", &|metadata| metadata.from = "A81001OT002");
    assert_eq!(found(&|metadata| metadata.from = "a81001ot001"), []);
}

#[test]
fn gpcm_sd_060_the_address_has_its_four_parts() {
    for to in [
        "GPPROVIDER",
        "GPPROVIDER_9693632109_23061946",
        "GPPROVIDER_9693632109_23061946_",
        "GPPROVIDER_9693632109_1946-06-23_GARTON",
        "GPPROVIDER_9693632108_23061946_GARTON",
    ] {
        only("GPCM-SD-060", &|metadata| metadata.to = to);
    }
}

#[test]
fn gpcm_sd_060_a_birth_date_written_day_first_is_a_warning_under_2_0_only() {
    let message = example();
    for (to, ruleset, warned) in [
        (
            "GPPROVIDER_9693632109_23061946_GARTON",
            Ruleset::V1_3,
            false,
        ),
        ("GPPROVIDER_9693632109_23061946_GARTON", Ruleset::V2_0, true),
        (
            "GPPROVIDER_9693632109_19460623_GARTON",
            Ruleset::V2_0,
            false,
        ),
    ] {
        let mut metadata = transport(message);
        metadata.to = to;
        let all = check(&parse(&message.message), Some(&metadata), ruleset);
        let found: Vec<_> = all.iter().filter(|it| it.id == "GPCM-SD-060").collect();
        assert_eq!(
            found.len(),
            usize::from(warned),
            "{to} {ruleset:?}: {all:#?}"
        );
        for finding in found {
            assert_eq!(finding.severity, Severity::Warning);
            assert!(finding.what.contains("YYYYMMDD") && finding.remedy.contains("YYYYMMDD"));
        }
    }
}

#[test]
fn gpcm_sd_061_the_subject_is_the_narrative() {
    only("GPCM-SD-061", &|metadata| {
        metadata.subject = "Consultation report"
    });
    only("GPCM-SD-061", &|metadata| {
        metadata.subject = "Consultation report for Mr Bill GARTON, NHS Number 9693632109, seen \
                            at Osprey Medical Centre, ODS Code A81001, Version 1";
    });
}

#[test]
fn gpcm_sd_091_the_version_is_the_same_everywhere() {
    only("GPCM-SD-091", &|metadata| {
        metadata.subject = "Consultation report for Mr Bill GARTON, NHS Number 9693632109, seen \
                            at Cumbria Starling Medical Centre, ODS Code A81001, Version 2";
    });
}

#[test]
fn gpcm_sd_145_the_local_id_is_the_senders_ods_code() {
    only("GPCM-SD-145", &|metadata| metadata.local_id = "A20047");
}
