//! The bundle inside and its composition.

use super::{Case, error, refused, told, warning};
use crate::kit::{
    ADVICE, CLINICIAN, COMPLAINT, COMPOSITION, DOCUMENT, ENCOUNTER, GOOD, ID, PATIENT, PHARMACY,
    PRESSURE, PULSE, ROLE, SUMMARY, changed, with_entry, without,
};

pub fn cases() -> Vec<Case> {
    let mut all = bundle();
    all.extend(resources());
    all.extend(every_resource());
    all.extend(composition());
    all
}

fn bundle() -> Vec<Case> {
    let identifier = format!("<value value=\"{ID}{DOCUMENT}\"/>");
    vec![
        error(
            "UR-D01",
            DOCUMENT,
            "<system value=\"https://pharmacy.example/document\"/>",
            "",
        ),
        error(
            "UR-D01",
            DOCUMENT,
            "<type value=\"document\"/>",
            "<type value=\"collection\"/>",
        ),
        warning(
            "UR-D01",
            DOCUMENT,
            &identifier,
            &format!("<value value=\"{ID}99\"/>"),
        ),
        warning(
            "UR-D02",
            DOCUMENT,
            "<lastUpdated value=\"2026-03-02T10:25:00+00:00\"/>",
            "",
        ),
    ]
}

/// The text of a resource of the good message under another id.
fn copy(resource: &str, kind: &str) -> String {
    let start = format!("<{kind}>\n        <id value=\"{ID}{resource}\"/>");
    let place = GOOD.find(&start).unwrap();
    let end = format!("</{kind}>");
    let length = GOOD[place..].find(&end).unwrap() + end.len();
    GOOD[place..place + length].replacen(&format!("{ID}{resource}"), &format!("{ID}31"), 1)
}

fn resources() -> Vec<Case> {
    let more = |resource, kind| with_entry(GOOD, "31", &copy(resource, kind));
    let subject = format!("<reference value=\"urn:uuid:{ID}{PATIENT}\"/>");
    let of_other_kind = |resource: String| with_entry(GOOD, "32", &resource);
    let id = format!("<id value=\"{ID}32\"/>");
    let no_place = without(&without(GOOD, PHARMACY), ROLE);
    let provider = format!(
        "<serviceProvider><reference value=\"urn:uuid:{ID}{PHARMACY}\"/></serviceProvider>"
    );
    let no_people = without(&without(GOOD, CLINICIAN), ROLE);
    let (person, place) = (
        format!("urn:uuid:{ID}{CLINICIAN}"),
        format!("urn:uuid:{ID}{PHARMACY}"),
    );
    vec![
        refused("UR-D03", more(COMPOSITION, "Composition")),
        refused("UR-D04", more(PATIENT, "Patient")),
        refused("UR-D05", changed(&no_place, ENCOUNTER, &provider, "")),
        told("UR-D05", more(PHARMACY, "Organization")),
        refused("UR-D06", no_people.replace(&person, &place)),
        refused("UR-D08", more(ENCOUNTER, "Encounter")),
        refused("UR-D09", without(&without(GOOD, SUMMARY), ADVICE)),
        refused(
            "UR-D11",
            of_other_kind(format!(
                "<Flag>{id}<status value=\"active\"/><code><text value=\"x\"/></code>\
                 <subject>{subject}</subject></Flag>"
            )),
        ),
        refused(
            "UR-D12",
            of_other_kind(format!(
                "<RelatedPerson>{id}<patient>{subject}</patient></RelatedPerson>"
            )),
        ),
        refused(
            "UR-D12",
            of_other_kind(format!(
                "<Binary>{id}<contentType value=\"application/pdf\"/><content value=\"JVBERi0xLjQK\"/></Binary>"
            )),
        ),
    ]
}

fn every_resource() -> Vec<Case> {
    let profile = "<profile value=\"https://fhir.nhs.uk/STU3/StructureDefinition/\
                   CareConnect-GPC-ClinicalImpression-1\"/>";
    let patient = format!("urn:uuid:{ID}{PATIENT}");
    let person = format!("urn:uuid:{ID}{CLINICIAN}");
    let context = format!("<context><reference value=\"urn:uuid:{ID}{ENCOUNTER}\"/></context>");
    // Nothing but the section refers to it, which lists it no more.
    let advice = format!("urn:uuid:{ID}{ADVICE}");
    let nameless = GOOD.replace(&advice, &format!("ClinicalImpression/{ID}{ADVICE}"));
    let wrong_digit = || changed(GOOD, COMPLAINT, "276433004", "276433005");
    vec![
        warning("UR-D14", ADVICE, profile, ""),
        error(
            "UR-D14",
            ADVICE,
            "CareConnect-GPC-ClinicalImpression-1",
            "CareConnect-Other-1",
        ),
        error(
            "UR-D15",
            SUMMARY,
            &patient,
            &format!("Patient/{ID}{PATIENT}"),
        ),
        refused("UR-D15", nameless),
        error("UR-D16", PRESSURE, &person, &format!("urn:uuid:{ID}98")),
        error("UR-D17", PULSE, &patient, &person),
        error(
            "UR-D17",
            PULSE,
            &format!("urn:uuid:{ID}{ENCOUNTER}"),
            &person,
        ),
        warning("UR-D17", PULSE, &context, ""),
        told("UR-D18", wrong_digit()),
        refused("UR-D18", wrong_digit()).sent(),
        error(
            "UR-D18",
            ENCOUNTER,
            "<display value=\"Community Pharmacist Consultation Service for minor illness\"/>",
            "",
        ),
        warning(
            "UR-D18",
            COMPOSITION,
            "<display value=\"Community Pharmacist Consultation Service for minor illness\"/>",
            "",
        ),
    ]
}

fn composition() -> Vec<Case> {
    let listed =
        |resource| format!("<entry><reference value=\"urn:uuid:{ID}{resource}\"/></entry>");
    let text = "<section><text><status value=\"generated\"/>\
                <div xmlns=\"http://www.w3.org/1999/xhtml\">x</div></text>";
    let relation = "<relatesTo><code value=\"replaces\"/></relatesTo><section>";
    let target = "<relatesTo><code value=\"replaces\"/><targetIdentifier><value value=\"x\"/>\
                  </targetIdentifier></relatesTo><section>";
    let replacing = changed(GOOD, COMPOSITION, "<section>", target);
    let (service, other) = ("1577041000000109", "1659111000000107");
    vec![
        error(
            "UR-C01",
            COMPOSITION,
            "<status value=\"final\"/>",
            "<status value=\"preliminary\"/>",
        ),
        warning(
            "UR-C01",
            COMPOSITION,
            "<status value=\"final\"/>",
            "<status value=\"amended\"/>",
        ),
        error("UR-C02", COMPOSITION, service, "163020007"),
        told("UR-C02", GOOD.replace(service, "1577321000000100")),
        error(
            "UR-C03",
            COMPOSITION,
            "<title value=\"Corner Pharmacy - minor illness\"/>",
            "",
        ),
        warning(
            "UR-C03",
            COMPOSITION,
            &format!("<encounter><reference value=\"urn:uuid:{ID}{ENCOUNTER}\"/></encounter>"),
            "",
        ),
        error("UR-C04", COMPOSITION, &listed(ENCOUNTER), ""),
        warning("UR-C05", COMPOSITION, &listed(ADVICE), ""),
        error("UR-C06", COMPOSITION, "<section>", text),
        error("UR-C07", COMPOSITION, "<section>", relation),
        told(
            "UR-C08",
            changed(&replacing, COMPOSITION, "<versionId value=\"1\"/>", ""),
        ),
        warning("UR-C09", ENCOUNTER, service, other),
    ]
}
