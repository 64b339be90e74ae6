//! Which tests prove which requirement: those named after it, and those listed here.

use send_document::{Enforced, Requirement};

use super::sources::{Sources, Test, named_after};

/// How the place of a requirement that people fulfil begins.
pub const PEOPLE: &str = "people: ";

/// Tests that prove a requirement without being named after it.
const FURTHER: &[(&str, &[&str])] = &[
    (
        "GPCM-C-01",
        &["the_demo_brings_both_acknowledgements_home_and_leaves_the_documented_files"],
    ),
    ("GPCM-SD-052", &["every_code_comes_back_from_xml_and_json"]),
    ("GPCM-SD-053", &["every_code_comes_back_from_xml_and_json"]),
    (
        "GPCM-SD-054",
        &["what_we_build_breaks_no_rule_of_fhir_or_itk3"],
    ),
    ("GPCM-SD-055", &["every_code_comes_back_from_xml_and_json"]),
    (
        "GPCM-SD-058",
        &["a_consultation_is_delivered_and_both_acknowledgements_come_home"],
    ),
    (
        "GPCM-SD-065",
        &["gpcm_sd_066_a_payload_that_breaks_a_rule_is_answered_20009_and_raises_no_task"],
    ),
    (
        "GPCM-SD-077",
        &["the_form_shows_the_report_before_it_sends_it_and_its_page_tells_its_way"],
    ),
    (
        "GPCM-SD-084",
        &["a_patient_address_reaches_the_practices_mailbox_with_restarts_between_all_steps"],
    ),
    (
        "GPCM-SD-086",
        &["two_hundred_sections_are_all_there_in_order_and_every_page_has_its_head"],
    ),
    (
        "GPCM-SD-088",
        &["gpcm_sd_tst_13_every_additional_document_has_its_section_and_binary"],
    ),
    (
        "GPCM-SD-094",
        &[
            "gpcm_sd_tst_04_each_negative_answer_is_told_to_a_person",
            "gpcm_sd_075_each_report_of_a_failure_says_why_and_what_to_do",
        ],
    ),
    (
        "GPCM-SD-095",
        &["gpcm_sd_tst_05_no_answer_is_told_to_a_person_in_time"],
    ),
    (
        "GPCM-SD-125",
        &["gpcm_sd_092_and_093_the_inbox_shows_the_subject_and_opens_the_document"],
    ),
    (
        "GPCM-SD-129",
        &["gpcm_sd_tst_08_and_09_each_change_is_a_version_that_replaces_the_one_before"],
    ),
    (
        "GPCM-SD-134",
        &["gpcm_sd_133_a_confidential_item_leaves_its_mark_and_nothing_else"],
    ),
];

/// Requirements on the report's look that no test sees.
const BY_EYE: &[&str] = &["GPCM-SD-087"];

/// The tests of a requirement, or, where it is the same check as another's, of that one.
pub fn tests<'s>(sources: &'s Sources, row: &Requirement) -> Vec<&'s Test> {
    let id = match row.enforced {
        Enforced::With(other) => other,
        _ => row.id,
    };
    let named = sources
        .tests
        .iter()
        .filter(|test| named_after(&test.name).iter().any(|named| named == id));
    let further = FURTHER.iter().filter(|(of, _)| *of == id);
    let further = further.flat_map(|(_, names)| names.iter().map(|name| sources.test(name)));
    named.chain(further).collect()
}

/// Why a requirement has no test.
pub fn untested(row: &Requirement) -> Option<&'static str> {
    match row.enforced {
        Enforced::Elsewhere(place) if place.starts_with(PEOPLE) => Some("none: it binds people"),
        _ if BY_EYE.contains(&row.id) => Some("none: pages compared with the template by eye"),
        _ => None,
    }
}
