//! Update Record: a pharmacy's consultation, in the six shapes of the guide's examples.

use serde_json::{Value, json};
use update_record::CheckedConsultation;

use super::{Content, Draft, Making, NotMade, files, report};
use crate::receiver::payload::PayloadName;

/// How many shapes there are.
pub(in crate::receiver) const SHAPES: usize = 6;

pub(super) fn build(making: &Making<'_>) -> Result<Draft, NotMade> {
    let record = record(making).to_string();
    let consultation =
        CheckedConsultation::from_json(record.as_bytes()).map_err(|error| error.to_string())?;
    let built = update_record::build(&consultation, &making.params(PayloadName::UpdateRecord));
    Draft::of(&built.map_err(|error| error.to_string())?)
}

fn record(making: &Making<'_>) -> Value {
    let (sender, patient, clinician) =
        (&making.settings.sender, making.patient, making.clinician());
    let mut record = json!({
        "id": making.activity,
        "start": making.now().to_string(),
        "pharmacy": { "ods": sender.ods.as_str(), "name": sender.name },
        "clinician": {
            "family": clinician.family, "given": clinician.given, "prefix": clinician.title, "gphc": clinician.gphc,
            "role": { "code": "R1290", "display": "Pharmacist" },
        },
        "patient": {
            "nhs_number": patient.number.digits(), "family": patient.family.as_str(), "given": making.given(),
            "birth_date": making.born.iso(),
        },
        "recipient_type": "FI",
    });
    let shape = match making.content {
        Content::Shape(number) => shape(number),
        _ => shape(0),
    };
    if let (Some(record), Value::Object(shape)) = (record.as_object_mut(), shape) {
        record.extend(shape);
        if making.content == Content::Attached {
            let content = files::pdf(&report::lines(making));
            let report = json!({ "title": "24 hour blood pressure report", "content": fhir::encode_base64(&content).as_str() });
            record.insert("abpm".to_owned(), json!({ "report": report }));
        }
    }
    record
}

/// By their numbers from 0: blood pressure checked, blood pressure by ambulatory monitoring, contraceptive supplied,
/// contraceptive not supplied, minor illness with a bite, minor illness of the bladder.
fn shape(number: usize) -> Value {
    match number {
        0 => json!({
            "service": "blood-pressure",
            "clinical_summary": "Walked in for a blood pressure check. Reading within the usual range.",
            "history": ["A parent has high blood pressure."],
            "advice": ["Next check within five years."],
            "observations": [
                { "kind": "blood-pressure", "systolic": 124, "diastolic": 82,
                  "site": { "code": "368209003", "display": "Right upper arm structure" } },
                pulse(74),
            ],
        }),
        1 => json!({
            "service": "blood-pressure",
            "clinical_summary": "Average of ambulatory monitoring above the range; appointment with the practice advised.",
            "advice": ["To be seen at the practice within seven days."],
            "observations": [pressure("average-ambulatory", 156, 101)],
            "pregnancy": "not-pregnant",
        }),
        2 => json!({
            "service": "contraception",
            "clinical_summary": "Contraceptive pill continued; no problems with it.",
            "observations": [
                pressure("standing", 118, 76), measure("height", 163, "cm"), measure("weight", 62, "kg"),
                measure("bmi", 23, "kg/m2"),
            ],
            "pregnancy": "not-pregnant",
            "supplies": [supply("17346711000001106", "Rigevidon tablets (Gedeon Richter (UK) Ltd)", 84, 84)],
        }),
        3 => json!({
            "service": "contraception",
            "clinical_summary": "Blood pressure too high for the pill: nothing supplied, appointment with the practice advised.",
            "advice": ["To be seen at the practice within seven days."],
            "observations": [
                pressure("on-examination", 144, 92), measure("height", 158, "cm"), measure("weight", 70, "kg"),
                measure("bmi", 28, "kg/m2"),
            ],
            "pregnancy": "not-pregnant",
        }),
        4 => json!({
            "service": "minor-illness",
            "clinical_summary": "Red and tender skin around an insect bite of two days ago; no fever.",
            "history": ["No allergy to penicillin known."],
            "advice": ["Keep it clean; call 111 if it spreads."],
            "presenting_complaint": [{ "code": "276433004", "display": "Insect bite - wound" }],
            "observations": [measure("temperature", 37, "Cel"), pressure("lying", 119, 74), pulse(80)],
            "supplies": [supply("289411000001107", "Flucloxacillin 500mg capsules (A A H Pharmaceuticals Ltd)", 20, 5)],
        }),
        _ => json!({
            "service": "minor-illness",
            "clinical_summary": "Burning when passing urine for a day, no fever; nitrite positive.",
            "history": ["Has not had the medicine in the last three months."],
            "advice": ["Call 111 if it is no better in two days."],
            "presenting_complaint": [{ "code": "68566005", "display": "Urinary tract infectious disease" }],
            "observations": [measure("temperature", 37, "Cel")],
            "supplies": [supply("24549911000001107", "Nitrofurantoin 50mg capsules (A A H Pharmaceuticals Ltd)", 12, 3)],
        }),
    }
}

fn pressure(position: &str, systolic: u16, diastolic: u16) -> Value {
    json!({ "kind": "blood-pressure", "position": position, "systolic": systolic, "diastolic": diastolic })
}

fn measure(kind: &str, value: u16, unit: &str) -> Value {
    json!({ "kind": kind, "value": value, "unit": unit })
}

fn pulse(rate: u16) -> Value {
    measure("pulse", rate, "{beats}/min")
}

fn supply(amp: &str, name: &str, amount: u16, days: u16) -> Value {
    json!({
        "amp": amp,
        "name": name,
        "quantity": { "value": amount, "unit": "Capsule", "system": "http://snomed.info/sct", "code": "428641000" },
        "days": days,
        "dose_text": "As directed on the label",
        "patient_instruction": "Take as the label says",
        "supply_type": "patient-group-direction",
    })
}
