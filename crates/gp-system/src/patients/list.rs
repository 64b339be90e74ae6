//! The list of patients, and how whoever a document is about stands to the practice.

use std::collections::{HashMap, HashSet};
use std::io::Read;
use std::path::Path;
use std::sync::Arc;

use itk3::ResponseCode;
use jiff::Span;
use jiff::civil::Date;
use nhs::{DateOfBirth, FamilyName, NhsNumber, OdsCode};
use serde::Deserialize;

use crate::PracticeError;

/// So many of the rows that were left out are named.
const NAMED: usize = 20;

/// How a patient named in a document stands to this practice; each is one business response code
/// of ITK3.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum RegistrationStatus {
    /// Registered here.
    Known,
    /// No record here, or one with another date of birth.
    NotKnown,
    /// The number and date of birth of somebody here who has, and had, another family name.
    NameDiffers,
    /// Once registered here, or dead for more than six months.
    NoLongerHere,
    /// Registered here when they died, less than six months ago.
    RecentlyDeceased,
}

impl RegistrationStatus {
    /// The business answer it stands for.
    pub(crate) fn response(self) -> ResponseCode {
        match self {
            Self::Known => ResponseCode::PatientKnown,
            Self::NotKnown | Self::NameDiffers => ResponseCode::PatientUnknown,
            Self::NoLongerHere => ResponseCode::PatientLeft,
            Self::RecentlyDeceased => ResponseCode::PatientRecentlyDeceased,
        }
    }
}

/// The practice's own list of patients, by NHS number.
#[derive(Default)]
pub(crate) struct PatientList(pub(super) HashMap<NhsNumber, Entry>, Vec<u64>);

pub(super) struct Entry {
    pub(super) family_name: String,
    /// The family name and previous ones: by each of them the patient is known.
    names: Vec<FamilyName>,
    pub(super) given_names: String,
    pub(super) born: DateOfBirth,
    practice: Option<OdsCode>,
    /// The practice's name; one text for all its patients.
    pub(super) practice_name: Option<Arc<str>>,
    left: Option<Date>,
    died: Option<Date>,
    superseded_by: Option<NhsNumber>,
}

#[derive(Deserialize)]
struct Row {
    nhs_number: String,
    family_name: String,
    #[serde(default)]
    given_names: String,
    date_of_birth: String,
    #[serde(default)]
    gp_ods_code: String,
    #[serde(default)]
    gp_end_date: String,
    #[serde(default)]
    date_of_death: String,
    #[serde(default)]
    superseded_by: String,
    /// Previous family names, `|` between them.
    #[serde(default)]
    other_family_names: String,
    /// The name of the practice of `gp_ods_code`.
    #[serde(default)]
    gp_name: String,
}

/// Whom a document is about, as it says.
pub(crate) struct Identity<'a> {
    pub(crate) number: NhsNumber,
    pub(crate) born: DateOfBirth,
    pub(crate) family_name: &'a FamilyName,
}

impl PatientList {
    pub(crate) fn open(path: &Path) -> Result<Self, PracticeError> {
        let file = std::fs::File::open(path).map_err(|source| PracticeError::File {
            doing: "reading the patient list",
            directory: path.parent().unwrap_or(path).to_owned(),
            source,
        })?;
        Self::read(file)
    }

    /// Reads the CSV columns named in [`crate::PracticeConfig::patients`]; further columns are
    /// ignored. A row without a full date of birth can never be matched and is left out, and named by
    /// [`PatientList::left_out`]; one without a family name matches no document.
    pub(crate) fn read(source: impl Read) -> Result<Self, PracticeError> {
        let mut rows = csv::ReaderBuilder::new()
            .flexible(true)
            .from_reader(text_input::Decoded::new(source));
        let headers = rows
            .headers()
            .cloned()
            .map_err(|_| expected(1, "a header in UTF-8"))?;
        let (mut list, mut left_out) = (HashMap::new(), Vec::new());
        let mut names = HashSet::new();
        for (line, record) in (2u64..).zip(rows.records()) {
            let record = record.map_err(|_| expected(line, "a row in UTF-8"))?;
            let row: Row = record.deserialize(Some(&headers)).map_err(|_| {
                expected(
                    line,
                    "the columns nhs_number, family_name and date_of_birth",
                )
            })?;
            if let Some(born) = nhs::written_date(&row.date_of_birth).map(DateOfBirth::from) {
                let number = NhsNumber::parse(&row.nhs_number)
                    .map_err(|_| expected(line, "an NHS number in column nhs_number"))?;
                list.insert(number, row.entry(born, line, &mut names)?);
            } else {
                left_out.push(line);
            }
        }
        Ok(Self(list, left_out))
    }

    /// Patients.
    pub(crate) fn len(&self) -> usize {
        self.0.len()
    }

    /// How many rows were left out, and the lines of the first of them.
    pub(crate) fn lines_left_out(&self) -> (usize, Vec<u64>) {
        let lines = self.1.iter().take(NAMED).copied();
        (self.1.len(), lines.collect())
    }

    /// Says which rows were left out, for whoever keeps the list; `None` when none was.
    pub(crate) fn left_out(&self) -> Option<String> {
        let Self(_, lines) = self;
        let first: Vec<String> = lines.iter().take(NAMED).map(u64::to_string).collect();
        (!lines.is_empty()).then(|| {
            format!(
                "{} rows of the list of patients have no date of birth that can be read for certain, so that \
                 documents about these patients are answered with 30002 (not known here): line {}{}. Write dates \
                 as YYYY-MM-DD, DD/MM/YYYY or DD-Mon-YYYY.",
                lines.len(),
                first.join(", "),
                if lines.len() > NAMED { " and more" } else { "" }
            )
        })
    }

    /// Looks a patient up by NHS number, date of birth and family name, following one replaced
    /// number. Nobody else need have compared the name: a message sent to the mailbox itself was
    /// never traced.
    pub(crate) fn registration(
        &self,
        who: &Identity<'_>,
        practice: &OdsCode,
        today: Date,
    ) -> RegistrationStatus {
        match self.entry(who.number, who.born) {
            Some(entry) if entry.has_name(who.family_name) => entry.registration(practice, today),
            Some(_) => RegistrationStatus::NameDiffers,
            None => RegistrationStatus::NotKnown,
        }
    }

    fn entry(&self, number: NhsNumber, born: DateOfBirth) -> Option<&Entry> {
        let (_, entry) = self.successor(number)?;
        Some(entry).filter(|entry| entry.born == born)
    }

    /// Whoever has this number now: one replaced number is followed.
    pub(super) fn successor(&self, number: NhsNumber) -> Option<(NhsNumber, &Entry)> {
        let listed = self.0.get(&number)?;
        let followed = listed.superseded_by.and_then(|successor| {
            let entry = self.0.get(&successor)?;
            Some((successor, entry))
        });
        Some(followed.unwrap_or((number, listed)))
    }
}

impl PatientList {
    /// Whether the patient is registered here, by number and date of birth alone: a practice sends
    /// no report to itself, whatever the name entered.
    pub(crate) fn is_registered_here(
        &self,
        number: NhsNumber,
        born: DateOfBirth,
        practice: &OdsCode,
        today: Date,
    ) -> bool {
        self.entry(number, born)
            .is_some_and(|entry| entry.registration(practice, today) == RegistrationStatus::Known)
    }
}

impl Row {
    fn entry(
        &self,
        born: DateOfBirth,
        line: u64,
        practices: &mut HashSet<Arc<str>>,
    ) -> Result<Entry, PracticeError> {
        let practice = match self.gp_ods_code.trim() {
            "" => None,
            code => {
                let parsed = OdsCode::parse(code);
                Some(parsed.map_err(|_| expected(line, "an ODS code in column gp_ods_code"))?)
            }
        };
        let superseded_by = match self.superseded_by.trim() {
            "" => None,
            number => Some(
                NhsNumber::parse(number)
                    .map_err(|_| expected(line, "an NHS number in column superseded_by"))?,
            ),
        };
        let names = [self.family_name.as_str()].into_iter();
        let names = names.chain(self.other_family_names.split('|'));
        Ok(Entry {
            family_name: self.family_name.trim().to_owned(),
            names: names
                .filter_map(|name| FamilyName::parse(name).ok())
                .collect(),
            given_names: self.given_names.trim().to_owned(),
            born,
            practice,
            practice_name: shared(self.gp_name.trim(), practices),
            left: date(
                &self.gp_end_date,
                line,
                "a date YYYY-MM-DD in column gp_end_date",
            )?,
            died: date(
                &self.date_of_death,
                line,
                "a date YYYY-MM-DD in column date_of_death",
            )?,
            superseded_by,
        })
    }
}

/// The text as all rows that have it share it; none where it is empty.
fn shared(text: &str, texts: &mut HashSet<Arc<str>>) -> Option<Arc<str>> {
    if text.is_empty() {
        return None;
    }
    let known = texts.get(text).cloned();
    Some(known.unwrap_or_else(|| {
        let text: Arc<str> = Arc::from(text);
        texts.insert(Arc::clone(&text));
        text
    }))
}

impl Entry {
    pub(super) fn has_name(&self, name: &FamilyName) -> bool {
        self.names.iter().any(|known| known.matches(name))
    }

    /// The practice whose patient this is on a day.
    pub(super) fn registered_with(&self, today: Date) -> Option<&OdsCode> {
        let has_left = self.left.is_some_and(|left| left <= today);
        self.practice.as_ref().filter(|_| !has_left)
    }

    pub(super) fn registration(&self, practice: &OdsCode, today: Date) -> RegistrationStatus {
        let here = self.practice.as_ref().is_some_and(|code| code == practice);
        if let Some(died) = self.died {
            let six_months_on = died.saturating_add(Span::new().months(6));
            return if here && today < six_months_on {
                RegistrationStatus::RecentlyDeceased
            } else {
                RegistrationStatus::NoLongerHere
            };
        }
        if here && self.left.is_none_or(|left| today < left) {
            RegistrationStatus::Known
        } else {
            RegistrationStatus::NoLongerHere
        }
    }
}

fn date(text: &str, line: u64, what: &'static str) -> Result<Option<Date>, PracticeError> {
    match text.trim() {
        "" => Ok(None),
        text => nhs::written_date(text)
            .map(Some)
            .ok_or_else(|| expected(line, what)),
    }
}

fn expected(line: u64, expected: &'static str) -> PracticeError {
    PracticeError::PatientList { line, expected }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIST: &str = "\
nhs_number,family_name,given_names,date_of_birth,gp_ods_code,gp_start_date,gp_end_date,date_of_death,sensitivity,superseded_by,other_family_names
9693632109,GARTON,Bill,1946-06-23,A20047,2005-03-05,,,U,,
9657702402,LEFT,Lee,1950-01-01,A20047,,2020-01-01,,U,,
9657702445,DEAD,Dee,1950-01-02,A20047,,,2026-09-01T00:00:00+00:00,U,,
9657702178,ELSE,Ella,1950-01-03,B12345,,,,U,,
9657702003,OLD,Olga,1950-01-04,,,,,U,9686477462,
9686477462,NEW,Olga,1950-01-04,A20047,,,,U,,YOUNGER|BORN
";

    fn registration_on(number: &str, born: &str, name: &str, day: &str) -> RegistrationStatus {
        let list = PatientList::read(LIST.as_bytes()).unwrap();
        let who = Identity {
            number: NhsNumber::parse(number).unwrap(),
            born: DateOfBirth::parse_iso(born).unwrap(),
            family_name: &FamilyName::parse(name).unwrap(),
        };
        let practice = OdsCode::parse("A20047").unwrap();
        list.registration(&who, &practice, day.parse().unwrap())
    }

    fn registration(number: &str, born: &str, name: &str) -> RegistrationStatus {
        registration_on(number, born, name, "2026-11-22")
    }

    #[test]
    fn each_registration_has_its_response_code() {
        assert_eq!(
            registration("9693632109", "1946-06-23", "garton")
                .response()
                .code(),
            "30001"
        );
        assert_eq!(
            registration("9693632109", "1946-06-24", "GARTON")
                .response()
                .code(),
            "30002"
        );
        assert_eq!(
            registration("9000000009", "1946-06-23", "GARTON")
                .response()
                .code(),
            "30002"
        );
        assert_eq!(
            registration("9657702402", "1950-01-01", "LEFT")
                .response()
                .code(),
            "30003"
        );
        assert_eq!(
            registration("9657702178", "1950-01-03", "ELSE")
                .response()
                .code(),
            "30003"
        );
        assert_eq!(
            registration("9657702445", "1950-01-02", "DEAD")
                .response()
                .code(),
            "30004"
        );
    }

    #[test]
    fn a_replaced_number_is_followed_to_its_successor() {
        assert_eq!(
            registration("9657702003", "1950-01-04", "NEW"),
            RegistrationStatus::Known
        );
    }

    #[test]
    fn a_previous_name_is_a_name_and_any_other_is_told_apart() {
        assert_eq!(
            registration("9686477462", "1950-01-04", "Younger"),
            RegistrationStatus::Known
        );
        let other = registration("9686477462", "1950-01-04", "KILLEN");
        assert_eq!(other, RegistrationStatus::NameDiffers);
        assert_eq!(other.response().code(), "30002");
    }

    #[test]
    fn six_months_after_death_the_patient_is_no_longer_here() {
        let on = |day: &str| registration_on("9657702445", "1950-01-02", "DEAD", day);
        assert_eq!(on("2027-02-28"), RegistrationStatus::RecentlyDeceased);
        assert_eq!(on("2027-03-01"), RegistrationStatus::NoLongerHere);
    }

    #[test]
    fn dates_are_read_as_spreadsheets_write_them_and_a_row_without_one_is_named() {
        for born in [
            "29/02/1980",
            "29-Feb-1980",
            "1980-02-29 00:00:00",
            "29021980",
        ] {
            let text = format!("nhs_number,family_name,date_of_birth\n9693632109,GARTON,{born}\n");
            let list = PatientList::read(text.as_bytes()).unwrap();
            let born = DateOfBirth::parse_iso("1980-02-29").unwrap();
            let number = NhsNumber::parse("9693632109").unwrap();
            assert!(list.entry(number, born).is_some());
            assert_eq!(list.left_out(), None);
        }
        let text = "nhs_number,family_name,date_of_birth\n\
                    9693632109,GARTON,02/29/1980\n9657702402,LEFT,1950-01-01\n9657702445,DEAD,1950\n";
        let list = PatientList::read(text.as_bytes()).unwrap();
        let told = list.left_out().unwrap();
        assert!(told.contains("line 2, 4."), "{told}");
        assert!(!told.contains("969363"), "{told}");
    }

    #[test]
    fn a_bad_row_is_named_by_its_line_and_not_by_its_content() {
        let text = "nhs_number,family_name,date_of_birth\n9693632108,GARTON,1946-06-23\n";
        let error = PatientList::read(text.as_bytes())
            .err()
            .unwrap()
            .to_string();
        assert!(error.contains("line 2"), "{error}");
        assert!(!error.contains("969363"), "{error}");
    }
}
