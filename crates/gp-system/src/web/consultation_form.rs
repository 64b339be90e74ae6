use jiff::civil::DateTime;
use nhs::{DateOfBirth, FamilyName, NhsNumber};
use send_document::{
    Address, Consultation, Encounter, Item, NumberStatus, Patient, Practice, Practitioner, Section,
};
use serde::Deserialize;
use uuid::Uuid;

use crate::PracticeConfig;

/// The new consultation form as it was filled in. Holds patient data and has no `Debug`.
#[derive(Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct ConsultationForm {
    pub(super) nhs_number: String,
    pub(super) family_name: String,
    pub(super) given_names: String,
    pub(super) title: String,
    pub(super) birth_date: String,
    pub(super) date: String,
    pub(super) receiving_practice: String,
    pub(super) clinician_id: String,
    pub(super) clinician_family_name: String,
    pub(super) clinician_given_names: String,
    pub(super) clinician_role: String,
    pub(super) practice_phone: String,
    pub(super) practice_address: String,
    pub(super) history: String,
    pub(super) examination: String,
    pub(super) plan: String,
    pub(super) follow_up: String,
    pub(super) confidential: Option<String>,
}

impl ConsultationForm {
    /// An empty form with what the practice knows of itself.
    pub(super) fn of(config: &PracticeConfig) -> Self {
        Self {
            practice_phone: config.phone.clone(),
            practice_address: config.address.join("\n"),
            ..Self::default()
        }
    }

    /// The consultation, or what to correct: one sentence for each field that cannot be read.
    pub(super) fn consultation(
        &self,
        config: &PracticeConfig,
        encounter: Uuid,
    ) -> Result<Consultation, Vec<&'static str>> {
        let number = NhsNumber::parse(&self.nhs_number).ok();
        let family_name = FamilyName::parse(&self.family_name).ok();
        let birth_date = DateOfBirth::parse_iso(self.birth_date.trim()).ok();
        let date = self.date.trim().parse::<DateTime>().ok();
        let (Some(nhs_number), Some(family_name), Some(birth_date), Some(date)) =
            (number, family_name.clone(), birth_date, date)
        else {
            let wrong = [
                (
                    number.is_none(),
                    "Enter the NHS number: ten digits, the last a check digit.",
                ),
                (family_name.is_none(), "Enter the patient's family name."),
                (birth_date.is_none(), "Enter the date of birth in full."),
                (
                    date.is_none(),
                    "Enter when the patient was seen, date and time.",
                ),
            ];
            return Err(wrong
                .into_iter()
                .filter(|(is, _)| *is)
                .map(|(_, what)| what)
                .collect());
        };
        Ok(Consultation {
            patient: Patient {
                nhs_number,
                nhs_number_status: NumberStatus::Verified,
                family_name,
                given_names: words(&self.given_names),
                title: some(&self.title),
                birth_date,
                home_address: None,
                home_phone: None,
                mobile_phone: None,
                current_address: None,
                current_phone: None,
            },
            encounter: Encounter {
                id: encounter,
                date,
            },
            practitioner: self.practitioner(),
            practice: self.practice(config),
            receiving_practice: self.receiving_practice.trim().to_owned(),
            sections: self.sections(),
            follow_up_actions: item(&self.follow_up).into_iter().collect(),
            attachments: Vec::new(),
            confidential: self.confidential.is_some(),
        })
    }

    fn practitioner(&self) -> Practitioner {
        Practitioner {
            sds_user_id: self.clinician_id.trim().to_owned(),
            family_name: self.clinician_family_name.trim().to_owned(),
            given_names: words(&self.clinician_given_names),
            title: None,
            role: self.clinician_role.trim().to_owned(),
            phone: None,
        }
    }

    fn practice(&self, config: &PracticeConfig) -> Practice {
        let lines = self.practice_address.lines().map(str::trim);
        Practice {
            ods_code: config.ods.clone(),
            name: config.name.clone(),
            phone: self.practice_phone.trim().to_owned(),
            email: None,
            branch: None,
            address: Address {
                lines: lines
                    .filter(|line| !line.is_empty())
                    .map(str::to_owned)
                    .collect(),
                postcode: None,
            },
        }
    }

    fn sections(&self) -> Vec<Section> {
        [
            ("History", &self.history),
            ("Examination", &self.examination),
            ("Plan", &self.plan),
        ]
        .into_iter()
        .filter_map(|(title, text)| {
            Some(Section {
                title: title.to_owned(),
                items: vec![item(text)?],
            })
        })
        .collect()
    }
}

fn some(text: &str) -> Option<String> {
    let text = text.trim();
    (!text.is_empty()).then(|| text.to_owned())
}

/// Browsers send line ends as CR LF.
fn item(text: &str) -> Option<Item> {
    let text = some(&text.replace("\r\n", "\n"))?;
    Some(Item {
        code: None,
        text: Some(text),
        confidential: false,
    })
}

fn words(text: &str) -> Vec<String> {
    text.split_whitespace().map(str::to_owned).collect()
}
