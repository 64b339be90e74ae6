//! Between a consultation and the fields of its form.

use std::collections::HashMap;

use jiff::civil::DateTime;
use nhs::{DateOfBirth, FamilyName, NhsNumber};
use pages::components::Errors;
use send_document::{
    Address, Consultation, Encounter, NumberStatus, Patient, Practice, Practitioner,
    SendDocumentError,
};
use uuid::Uuid;

use super::notes;
use crate::{ListedPatient, PracticeConfig};

/// The form as it was filled in, by field. Holds patient data and has no `Debug`.
#[derive(Clone, Default)]
pub(super) struct Fields(HashMap<String, String>);

/// The fields of one line or several, as the paths of a consultation's own check name them.
const CHECKED: [(&str, &str, &str); 10] = [
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

impl From<Vec<(String, String)>> for Fields {
    fn from(pairs: Vec<(String, String)>) -> Self {
        Self(pairs.into_iter().collect())
    }
}

impl Fields {
    /// An empty form with what the practice knows of itself.
    pub(super) fn of_practice(config: &PracticeConfig) -> Self {
        let mut fields = Self::default();
        fields.set("practice_phone", &config.phone);
        fields.set("practice_address", &config.address.join("\n"));
        notes::offer(&mut fields);
        fields
    }

    /// The same with a patient of the practice's own list.
    pub(super) fn of_patient(config: &PracticeConfig, patient: &ListedPatient) -> Self {
        let mut fields = Self::of_practice(config);
        fields.set("nhs_number", &patient.nhs_number.spaced());
        fields.set("family_name", &patient.family_name);
        fields.set("given_names", &patient.given_names);
        fields.set("birth_date", &patient.birth_date.iso());
        fields
    }

    /// A consultation as it was entered.
    pub(super) fn of_consultation(consultation: &Consultation) -> Self {
        let mut fields = Self::default();
        let Consultation {
            patient,
            practitioner,
            practice,
            ..
        } = consultation;
        let address: Vec<&str> = practice
            .address
            .lines
            .iter()
            .chain(&practice.address.postcode)
            .map(String::as_str)
            .collect();
        let date = consultation.encounter.date.strftime("%Y-%m-%dT%H:%M");
        for (name, value) in [
            ("nhs_number", patient.nhs_number.spaced()),
            ("family_name", patient.family_name.as_str().to_owned()),
            ("given_names", patient.given_names.join(" ")),
            ("title", patient.title.clone().unwrap_or_default()),
            ("birth_date", patient.birth_date.iso()),
            (
                "receiving_practice",
                consultation.receiving_practice.clone(),
            ),
            ("date", date.to_string()),
            ("clinician_id", practitioner.sds_user_id.clone()),
            ("clinician_family_name", practitioner.family_name.clone()),
            ("clinician_given_names", practitioner.given_names.join(" ")),
            ("clinician_role", practitioner.role.clone()),
            ("practice_phone", practice.phone.clone()),
            ("practice_address", address.join("\n")),
        ] {
            fields.set(name, &value);
        }
        if consultation.confidential {
            fields.set("confidential", "yes");
        }
        notes::fill(&mut fields, consultation);
        fields
    }

    pub(super) fn get(&self, name: &str) -> &str {
        self.0.get(name).map_or("", |value| value.trim())
    }

    pub(super) fn set(&mut self, name: &str, value: &str) {
        self.0.insert(name.to_owned(), value.to_owned());
    }

    fn optional(&self, name: &str) -> Option<String> {
        Some(self.get(name).to_owned()).filter(|text| !text.is_empty())
    }

    fn words(&self, name: &str) -> Vec<String> {
        self.get(name)
            .split_whitespace()
            .map(str::to_owned)
            .collect()
    }

    /// The consultation, or what to correct in which field.
    pub(super) fn consultation(
        &self,
        config: &PracticeConfig,
        base: Option<&Consultation>,
        encounter: Uuid,
    ) -> Result<Consultation, Errors> {
        let mut errors = Errors::new();
        let number = NhsNumber::parse(self.get("nhs_number")).ok();
        let family_name = FamilyName::parse(self.get("family_name")).ok();
        let birth_date = DateOfBirth::parse_iso(self.get("birth_date")).ok();
        let date = self.get("date").parse::<DateTime>().ok();
        let is_empty = |name| self.get(name).is_empty();
        for (is_wrong, field, words) in [
            (
                number.is_none(),
                "nhs_number",
                "Enter the NHS number: ten digits, the last a check digit",
            ),
            (
                family_name.is_none(),
                "family_name",
                "Enter the patient's family name",
            ),
            (
                birth_date.is_none(),
                "birth_date",
                "Enter the date of birth in full",
            ),
            (
                is_empty("receiving_practice"),
                "receiving_practice",
                "Enter the practice where the patient is registered",
            ),
            (
                date.is_none(),
                "date",
                "Enter when the patient was seen, date and time",
            ),
            (
                is_empty("clinician_id"),
                "clinician_id",
                "Enter the clinician's SDS user id",
            ),
            (
                is_empty("clinician_family_name"),
                "clinician_family_name",
                "Enter the clinician's family name",
            ),
            (
                is_empty("clinician_role"),
                "clinician_role",
                "Enter the clinician's role",
            ),
            (
                is_empty("practice_phone"),
                "practice_phone",
                "Enter the telephone number of this practice",
            ),
            (
                is_empty("practice_address"),
                "practice_address",
                "Enter the address of this practice",
            ),
        ] {
            if is_wrong {
                errors.add(field, words);
            }
        }
        let confidential = self.get("confidential") == "yes";
        let (sections, follow_up_actions) = notes::read(self, &mut errors);
        if sections.is_empty() && !confidential && errors.is_empty() {
            errors.add("text_0", "Enter the clinical notes");
        }
        let parsed = number.zip(family_name).zip(birth_date.zip(date));
        let Some(((nhs_number, family_name), (birth_date, date))) = parsed else {
            return Err(errors);
        };
        let before = base.map(|base| base.patient.clone());
        let patient = Patient {
            nhs_number,
            nhs_number_status: before
                .as_ref()
                .map_or(NumberStatus::Verified, |before| before.nhs_number_status),
            family_name,
            given_names: self.words("given_names"),
            title: self.optional("title"),
            birth_date,
            home_address: before
                .as_ref()
                .and_then(|before| before.home_address.clone()),
            home_phone: before.as_ref().and_then(|before| before.home_phone.clone()),
            mobile_phone: before
                .as_ref()
                .and_then(|before| before.mobile_phone.clone()),
            current_address: before
                .as_ref()
                .and_then(|before| before.current_address.clone()),
            current_phone: before.and_then(|before| before.current_phone),
        };
        let consultation = Consultation {
            patient,
            encounter: Encounter {
                id: base.map_or(encounter, |base| base.encounter.id),
                date,
            },
            practitioner: self.practitioner(base),
            practice: self.practice(config, base),
            receiving_practice: self.get("receiving_practice").to_owned(),
            sections,
            follow_up_actions,
            attachments: base.map_or_else(Vec::new, |base| base.attachments.clone()),
            confidential,
        };
        if let Err(error) = consultation.validate() {
            told(&error, &mut errors);
        }
        if errors.is_empty() {
            Ok(consultation)
        } else {
            Err(errors)
        }
    }

    fn practitioner(&self, base: Option<&Consultation>) -> Practitioner {
        let before = base.map(|base| &base.practitioner);
        Practitioner {
            sds_user_id: self.get("clinician_id").to_owned(),
            family_name: self.get("clinician_family_name").to_owned(),
            given_names: self.words("clinician_given_names"),
            title: before.and_then(|before| before.title.clone()),
            role: self.get("clinician_role").to_owned(),
            phone: before.and_then(|before| before.phone.clone()),
        }
    }

    fn practice(&self, config: &PracticeConfig, base: Option<&Consultation>) -> Practice {
        let before = base.map(|base| &base.practice);
        let lines: Vec<String> = self
            .get("practice_address")
            .lines()
            .map(|line| line.trim().to_owned())
            .filter(|line| !line.is_empty())
            .collect();
        Practice {
            ods_code: config.ods.clone(),
            name: config.name.clone(),
            phone: self.get("practice_phone").to_owned(),
            email: before.and_then(|before| before.email.clone()),
            branch: before.and_then(|before| before.branch.clone()),
            address: Address {
                lines,
                postcode: None,
            },
        }
    }
}

/// What the consultation's own check finds, at the fields of the form.
fn told(error: &SendDocumentError, errors: &mut Errors) {
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
