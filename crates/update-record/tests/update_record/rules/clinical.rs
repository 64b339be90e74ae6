//! Texts, observations, supplies and complaints.

use super::{Case, error, refused, told, warning};
use crate::kit::{
    ADVICE, COMPLAINT, GOOD, ID, PATIENT, PREGNANCY, PRESSURE, PULSE, REPORT, SUMMARY, SUPPLY,
    TEMPERATURE, changed,
};

pub fn cases() -> Vec<Case> {
    let mut all = impressions();
    all.extend(observations());
    all.extend(special_observations());
    all.extend(supplies());
    all.extend(complaints());
    all
}

fn impressions() -> Vec<Case> {
    vec![
        error(
            "UR-I01",
            ADVICE,
            "<summary value=\"Keep the area clean.\"/>",
            "",
        ),
        error(
            "UR-I02",
            SUMMARY,
            "<code value=\"clinical-summary\"/>",
            "<code value=\"history\"/>",
        ),
        warning(
            "UR-I03",
            ADVICE,
            "information-and-advice-given",
            "safeguarding",
        ),
    ]
}

/// A part of the blood pressure of the good message, from its code on.
fn part(code: &str) -> String {
    let place = GOOD.find(&format!("<component><code><coding><system value=\"http://snomed.info/sct\"/><code value=\"{code}\"")).unwrap();
    let end = GOOD[place..].find("</component>").unwrap() + "</component>".len();
    GOOD[place..place + end].to_owned()
}

fn observations() -> Vec<Case> {
    let value = "<valueQuantity><value value=\"76\"/><unit value=\"beats per minute\"/>\
                 <system value=\"http://unitsofmeasure.org\"/><code value=\"{beats}/min\"/></valueQuantity>";
    let diastolic = part("407555005");
    let day = diastolic.replace("407555005", "2181401000000109");
    vec![
        error(
            "UR-O01",
            PULSE,
            "<issued value=\"2026-03-02T10:20:00+00:00\"/>",
            "",
        ),
        error("UR-O01", PULSE, "<display value=\"Pulse rate\"/>", ""),
        warning(
            "UR-O02",
            PULSE,
            "<code value=\"vital-signs\"/>",
            "<code value=\"laboratory\"/>",
        ),
        error("UR-O03", PULSE, value, ""),
        warning(
            "UR-O03",
            PULSE,
            "<code value=\"{beats}/min\"/>",
            "<code value=\"/min\"/>",
        ),
        error("UR-O04", PRESSURE, &diastolic, ""),
        error(
            "UR-O04",
            PRESSURE,
            "<code value=\"mm[Hg]\"/>",
            "<code value=\"kPa\"/>",
        ),
        warning("UR-O04", PRESSURE, "407554009", "407556006"),
        warning(
            "UR-O04",
            PRESSURE,
            &diastolic,
            &format!("{diastolic}{diastolic}"),
        ),
        warning("UR-O10", PRESSURE, &diastolic, &format!("{diastolic}{day}")),
    ]
}

fn special_observations() -> Vec<Case> {
    let text = "</performer>";
    let contradiction = || changed(GOOD, PREGNANCY, "60001007", "77386006");
    let called = |name: &str| {
        changed(
            GOOD,
            TEMPERATURE,
            "<display value=\"Temperature\"/>",
            &format!("<display value=\"{name}\"/>"),
        )
    };
    vec![
        told("UR-O05", called("Respiratory rate")),
        warning(
            "UR-O06",
            PREGNANCY,
            text,
            &format!("{text}<valueString value=\"x\"/>"),
        ),
        warning(
            "UR-O09",
            REPORT,
            "<title value=\"Ambulatory blood pressure report\"/>",
            "",
        ),
        error("UR-O09", REPORT, "JVBERi0xLjQK", "not base64"),
        error(
            "UR-O09",
            REPORT,
            "<code value=\"725956001\"/>",
            "<code value=\"60621009\"/>",
        ),
        told("UR-O11", contradiction()),
        refused("UR-O11", contradiction()).sent(),
        warning(
            "UR-O12",
            PATIENT,
            "<gender value=\"female\"/>",
            "<gender value=\"male\"/>",
        ),
        told("UR-O13", called("Expected delivery date")),
        told("UR-O14", called("Uses contraceptive sponge")),
    ]
}

fn supplies() -> Vec<Case> {
    let medicine = "<medicationCodeableConcept><coding><system value=\"https://dmd.nhs.uk\"/>\
                    <code value=\"289411000001107\"/><display value=\"Flucloxacillin 500mg capsules\"/></coding>\
                    <text value=\"Flucloxacillin 500mg capsules\"/></medicationCodeableConcept>";
    let reference = format!(
        "<medicationReference><reference value=\"urn:uuid:{ID}{PATIENT}\"/></medicationReference>"
    );
    let performer =
        format!("<performer><actor><reference value=\"urn:uuid:{ID}07\"/></actor></performer>");
    vec![
        error("UR-T01", SUPPLY, medicine, &reference),
        warning(
            "UR-T02",
            SUPPLY,
            "https://dmd.nhs.uk",
            "http://snomed.info/sct",
        ),
        error(
            "UR-T02",
            SUPPLY,
            "https://dmd.nhs.uk",
            "https://other.example/codes",
        ),
        warning(
            "UR-T03",
            SUPPLY,
            "<status value=\"completed\"/>",
            "<status value=\"on-hold\"/>",
        ),
        error("UR-T04", SUPPLY, "<code value=\"428641000\"/>", ""),
        error(
            "UR-T04",
            SUPPLY,
            &performer,
            &format!("{performer}{performer}"),
        ),
        error(
            "UR-T05",
            SUPPLY,
            "<text value=\"One capsule four times a day\"/>",
            "",
        ),
        warning(
            "UR-T05",
            SUPPLY,
            "<patientInstruction value=\"Take one capsule four times a day\"/>",
            "",
        ),
        warning(
            "UR-T07",
            SUPPLY,
            "<whenHandedOver value=\"2026-03-02\"/>",
            "",
        ),
    ]
}

fn complaints() -> Vec<Case> {
    vec![
        error(
            "UR-N01",
            COMPLAINT,
            "<assertedDate value=\"2026-03-02\"/>",
            "",
        ),
        error(
            "UR-N01",
            COMPLAINT,
            "<display value=\"Insect bite - wound\"/>",
            "",
        ),
        warning(
            "UR-N02",
            COMPLAINT,
            "value=\"active\"",
            "value=\"recurrence\"",
        ),
        warning(
            "UR-N02",
            COMPLAINT,
            "presenting-complaints-or-issues",
            "history",
        ),
    ]
}
