//! Finding patients by name or number.

use std::sync::Arc;

use itk3::listed_name;
use jiff::civil::Date;
use nhs::{DateOfBirth, NhsNumber, OdsCode};

use super::list::{Entry, PatientList, RegistrationStatus};

/// A patient of the practice's own list. Has no `Debug`.
#[derive(Clone, PartialEq, Eq)]
pub struct ListedPatient {
    /// The NHS number.
    pub nhs_number: NhsNumber,
    /// As listed.
    pub family_name: String,
    /// As listed.
    pub given_names: String,
    /// The date of birth.
    pub birth_date: DateOfBirth,
    /// Whether the patient is registered here, so that no report is sent.
    pub is_registered_here: bool,
    /// The practice that the list has the patient registered with. PDS may know another.
    pub registered_with: Option<OdsCode>,
    /// That practice's name, where the list has it.
    pub practice_name: Option<Arc<str>>,
}

impl ListedPatient {
    /// `GARTON, Bill`.
    pub fn listed_name(&self) -> String {
        listed_name(&self.family_name, &self.given_names)
    }

    /// The practice that the list has the patient registered with: `Osprey Medical Centre (A20047)`, or its code
    /// alone.
    pub fn listed_practice(&self) -> Option<String> {
        let code = self.registered_with.as_ref()?;
        Some(match &self.practice_name {
            Some(name) => format!("{name} ({code})"),
            None => code.to_string(),
        })
    }
}

/// The longest answer to a search for patients.
const MOST_FOUND: usize = 20;

impl PatientList {
    /// The patients whose names have words beginning with each word of `text`, or whose NHS number
    /// begins with its digits; at most twenty, by name.
    pub(crate) fn search(&self, text: &str, practice: &OdsCode, today: Date) -> Vec<ListedPatient> {
        let digits: String = text.chars().filter(|c| !c.is_whitespace()).collect();
        let is_number = digits.len() >= 4 && digits.bytes().all(|byte| byte.is_ascii_digit());
        let words: Vec<String> = words(text).collect();
        if words.is_empty() {
            return Vec::new();
        }
        let mut found: Vec<ListedPatient> = self
            .0
            .iter()
            .filter(|(number, entry)| {
                if is_number {
                    number.digits().starts_with(&digits)
                } else {
                    entry.is_named(&words)
                }
            })
            .map(|(number, entry)| entry.listed(*number, practice, today))
            .collect();
        found.sort_by(|a, b| {
            (&a.family_name, &a.given_names).cmp(&(&b.family_name, &b.given_names))
        });
        found.truncate(MOST_FOUND);
        found
    }

    /// The patient with this NHS number.
    pub(crate) fn find(
        &self,
        number: NhsNumber,
        practice: &OdsCode,
        today: Date,
    ) -> Option<ListedPatient> {
        let entry = self.0.get(&number)?;
        Some(entry.listed(number, practice, today))
    }
}

fn words(text: &str) -> impl Iterator<Item = String> {
    text.split(|c: char| !c.is_alphanumeric())
        .filter(|word| !word.is_empty())
        .map(str::to_lowercase)
}

impl Entry {
    fn is_named(&self, words: &[String]) -> bool {
        let names: Vec<String> = self::words(&self.family_name)
            .chain(self::words(&self.given_names))
            .collect();
        words
            .iter()
            .all(|word| names.iter().any(|name| name.starts_with(word)))
    }

    fn listed(&self, nhs_number: NhsNumber, practice: &OdsCode, today: Date) -> ListedPatient {
        ListedPatient {
            nhs_number,
            family_name: self.family_name.clone(),
            given_names: self.given_names.clone(),
            birth_date: self.born,
            is_registered_here: self.registration(practice, today) == RegistrationStatus::Known,
            registered_with: self.registered_with(today).cloned(),
            practice_name: self
                .registered_with(today)
                .and_then(|_| self.practice_name.clone()),
        }
    }
}
