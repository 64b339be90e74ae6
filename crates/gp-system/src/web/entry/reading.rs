//! Reading a consultation out of the form.

use jiff::civil::Date;
use nhs::{DateOfBirth, FamilyName, NhsNumber};
use pages::components::Errors;
use send_document::{
    Address, CheckedConsultation, Consultation, Encounter, NumberStatus, Patient, Practice,
    Practitioner, SendDocumentError,
};
use uuid::Uuid;

use super::fields::Fields;
use super::moment::{BORN, SEEN_AT, SEEN_ON};
use super::{clinician, notes};
use crate::PracticeConfig;

/// The fields of one line or several, as the paths of a consultation's own check name them.
const CHECKED: [(&str, &str, &str); 12] = [
    ("patient.given_names", "given_names", "the given names"),
    ("patient.title", "title", "the title"),
    (
        "practitioner.sds_user_id",
        "clinician_id",
        "the clinician's SDS user id",
    ),
    (
        "practitioner.family_name",
        "clinician_family_name",
        "the clinician's family name",
    ),
    (
        "practitioner.given_names",
        "clinician_given_names",
        "the clinician's given names",
    ),
    (
        "practitioner.role",
        "clinician_role",
        "the clinician's role",
    ),
    (
        "practitioner.title",
        "clinician_title",
        "the clinician's title",
    ),
    (
        "practitioner.phone",
        "clinician_phone",
        "the clinician's telephone number",
    ),
    (
        "practice.phone",
        "practice_phone",
        "this practice's telephone number",
    ),
    (
        "practice.address",
        "practice_address",
        "this practice's address",
    ),
    (
        "receiving_practice",
        "receiving_practice",
        "the practice the patient is registered with",
    ),
    ("sections", "text_0", "the clinical notes"),
];

/// Texts that must not be empty, with what to do where one is.
const REQUIRED: [(&str, &str); 3] = [
    (
        "receiving_practice",
        "Enter the practice where the patient is registered",
    ),
    (
        "practice_phone",
        "Enter the telephone number of this practice",
    ),
    ("practice_address", "Enter the address of this practice"),
];

/// What a form is read with beside itself.
pub(super) struct Around<'a> {
    pub(super) config: &'a PracticeConfig,
    /// The clinicians remembered for the user.
    pub(super) known: &'a [Practitioner],
    pub(super) today: Date,
    /// The id of a new consultation.
    pub(super) encounter: Uuid,
}

/// The consultation, or what to correct in which field. What is not on the form is taken from
/// `base`: addresses, telephone numbers, attachments.
pub(super) fn consultation(
    fields: &Fields,
    around: &Around<'_>,
    base: Option<&Consultation>,
) -> Result<CheckedConsultation, Errors> {
    let mut errors = Errors::new();
    let patient = patient(fields, around.today, base, &mut errors);
    let day = SEEN_ON.date(fields, around.today, &mut errors);
    let time = SEEN_AT.time(fields, &mut errors);
    let practitioner = clinician::read(fields, around.known, &mut errors);
    for (field, words) in REQUIRED {
        if fields.get(field).is_empty() {
            errors.add(field, words);
        }
    }
    let confidential = fields.get("confidential") == "yes";
    let (sections, follow_up_actions) = notes::read(fields, &mut errors);
    if sections.is_empty() && !confidential && errors.is_empty() {
        errors.add("text_0", "Enter the clinical notes");
    }
    let date = day.zip(time).map(|(day, time)| day.to_datetime(time));
    let Some((patient, date)) = patient.zip(date) else {
        return Err(errors);
    };
    let checked = Consultation {
        patient,
        encounter: Encounter {
            id: base.map_or(around.encounter, |base| base.encounter.id),
            date,
        },
        practitioner,
        practice: practice(fields, around.config, base),
        receiving_practice: fields.get("receiving_practice").to_owned(),
        sections,
        follow_up_actions,
        attachments: base.map_or_else(Vec::new, |base| base.attachments.clone()),
        confidential,
    }
    .check();
    match checked {
        Ok(consultation) if errors.is_empty() => Ok(consultation),
        Ok(_) => Err(errors),
        Err(error) => {
            show_faults(&error, &mut errors);
            Err(errors)
        }
    }
}

/// The value of a field, or `words` at the field where it is none.
fn parsed<T, E>(
    fields: &Fields,
    name: &str,
    words: &str,
    errors: &mut Errors,
    parse: impl FnOnce(&str) -> Result<T, E>,
) -> Option<T> {
    let value = parse(fields.get(name)).ok();
    if value.is_none() {
        errors.add(name, words);
    }
    value
}

fn patient(
    fields: &Fields,
    today: Date,
    base: Option<&Consultation>,
    errors: &mut Errors,
) -> Option<Patient> {
    let words = "Enter the NHS number: ten digits, the last a check digit";
    let number = parsed(fields, "nhs_number", words, errors, NhsNumber::parse);
    let words = "Enter the patient's family name";
    let family_name = parsed(fields, "family_name", words, errors, FamilyName::parse);
    let birth_date = BORN.date(fields, today, errors).map(DateOfBirth::from);
    let before = base.map(|base| base.patient.clone());
    let (home_address, home_phone, mobile_phone, current_address, current_phone) =
        before.as_ref().map_or_else(Default::default, |before| {
            let before = before.clone();
            (
                before.home_address,
                before.home_phone,
                before.mobile_phone,
                before.current_address,
                before.current_phone,
            )
        });
    Some(Patient {
        nhs_number: number?,
        nhs_number_status: before.map_or(NumberStatus::Verified, |before| before.nhs_number_status),
        family_name: family_name?,
        given_names: fields.words("given_names"),
        title: fields.optional("title"),
        birth_date: birth_date?,
        home_address,
        home_phone,
        mobile_phone,
        current_address,
        current_phone,
    })
}

fn practice(fields: &Fields, config: &PracticeConfig, base: Option<&Consultation>) -> Practice {
    let before = base.map(|base| &base.practice);
    let lines: Vec<String> = fields
        .get("practice_address")
        .lines()
        .map(|line| line.trim().to_owned())
        .filter(|line| !line.is_empty())
        .collect();
    Practice {
        ods_code: config.ods.clone(),
        name: config.name.clone(),
        phone: fields.get("practice_phone").to_owned(),
        email: before.and_then(|before| before.email.clone()),
        branch: before.and_then(|before| before.branch.clone()),
        address: Address {
            lines,
            postcode: None,
        },
    }
}

/// What the consultation's own check finds, at the fields of the form.
fn show_faults(error: &SendDocumentError, errors: &mut Errors) {
    let SendDocumentError::InvalidConsultation(found) = error else {
        errors.add("", error.to_string());
        return;
    };
    for wrong in found {
        let place = CHECKED
            .iter()
            .find(|(path, ..)| wrong.path.starts_with(path));
        match place {
            Some((_, field, words)) if errors.of(field).is_none() => {
                errors.add(*field, format!("Correct {words}: {}", wrong.expected));
            }
            Some(_) => {}
            None => errors.add("", wrong.to_string()),
        }
    }
}
