//! Patient, practitioner, pharmacy, role, and the encounter.

use super::{Case, error, warning};
use crate::kit::{CLINICIAN, ENCOUNTER, ID, PATIENT, PHARMACY, ROLE};

pub fn cases() -> Vec<Case> {
    let mut all = people();
    all.extend(encounter());
    all
}

fn people() -> Vec<Case> {
    let registration = "<identifier><system value=\"https://fhir.hl7.org.uk/Id/gphc-number\"/>\
                        <value value=\"2000001\"/></identifier>";
    vec![
        error("UR-P01", PATIENT, "9691375087", "9691375088"),
        error(
            "UR-P01",
            PATIENT,
            "NHSNumberVerificationStatus-1\">",
            "Other-1\">",
        ),
        error(
            "UR-P02",
            PATIENT,
            "<use value=\"official\"/>",
            "<use value=\"usual\"/>",
        ),
        error("UR-P03", PATIENT, "1984-05-06", "1984-05"),
        warning("UR-P04", PATIENT, "<gender value=\"female\"/>", ""),
        error(
            "UR-P04",
            PATIENT,
            "<gender value=\"female\"/>",
            "<gender value=\"woman\"/>",
        ),
        error("UR-P05", CLINICIAN, "<family value=\"Example\"/>", ""),
        warning("UR-P05", CLINICIAN, registration, ""),
        error("UR-P06", PHARMACY, "<name value=\"Corner Pharmacy\"/>", ""),
        error("UR-P06", PHARMACY, "ods-organization-code", "other"),
        warning(
            "UR-P06",
            PHARMACY,
            "<value value=\"FA001\"/>",
            "<value value=\"A(*)\"/>",
        ),
        warning("UR-P07", ROLE, "<display value=\"Pharmacist\"/>", ""),
    ]
}

fn encounter() -> Vec<Case> {
    let individual =
        format!("<individual><reference value=\"urn:uuid:{ID}{CLINICIAN}\"/></individual>");
    let provider = format!(
        "<serviceProvider><reference value=\"urn:uuid:{ID}{PHARMACY}\"/></serviceProvider>"
    );
    let profile = "CareConnect-GPC-Encounter-1\"/>";
    let label = "<security><system value=\"http://hl7.org/fhir/v3/ActCode\"/>\
                 <code value=\"NOPAT\"/></security>";
    vec![
        error("UR-E01", ENCOUNTER, "<start ", "<end "),
        error(
            "UR-E01",
            ENCOUNTER,
            "<display value=\"Seen in primary care establishment\"/>",
            "",
        ),
        error("UR-E02", ENCOUNTER, &individual, ""),
        warning(
            "UR-E02",
            ENCOUNTER,
            "<code value=\"REC\"/>",
            "<code value=\"PART\"/>",
        ),
        warning("UR-E03", ENCOUNTER, &provider, ""),
        warning("UR-E04", ENCOUNTER, profile, &format!("{profile}{label}")),
    ]
}
