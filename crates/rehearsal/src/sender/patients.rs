//! The patients of a rehearsal: invented ones under the numbers of the scripts, or the supplier's own test patients.

use std::fmt::Write;

use nhs::{DateOfBirth, FamilyName, NhsNumber, OdsCode};

use super::scripts::{OWN_PATIENT, SCRIPTS};
use crate::RehearsalError;

/// Rows of a list of patients at most.
const MOST: usize = 10_000;

/// A row of the registry.
#[derive(Clone)]
pub struct TestPatient {
    /// The number.
    pub number: NhsNumber,
    /// The family name.
    pub family: String,
    /// The given names.
    pub given: String,
    /// The date of birth, `1970-01-01`.
    pub born: String,
    /// Whether the details are ours.
    pub invented: bool,
}

/// Whether a number is of the range that is given to no person (900 000 0000 and above).
pub fn is_test_number(number: u64) -> bool {
    number >= 9_000_000_000
}

/// Whose a message may be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Whose {
    /// A test patient's: every number in it is given to no person.
    Test,
    /// Nobody can say: there is no number, or none that can be read.
    Unknown,
    /// A number in it may be a person's.
    Person,
}

impl Whose {
    /// By the patient of the message and by whom it was sent to.
    pub fn of(patient: Option<NhsNumber>, to: &str) -> Self {
        let patient = match patient {
            Some(number) if is_test_number(number.value()) => Self::Test,
            Some(_) => Self::Person,
            None => Self::Unknown,
        };
        match (patient, Self::addressed(to)) {
            (Self::Person, _) | (_, Self::Person) => Self::Person,
            (Self::Test, Self::Test) => Self::Test,
            _ => Self::Unknown,
        }
    }

    /// An address without a number is nobody's; one that begins as a patient's and has no number may be anybody's.
    fn addressed(to: &str) -> Self {
        // as somebody may write it: 401 023 2137
        let to: String = to.chars().filter(|c| !matches!(c, ' ' | '-')).collect();
        let mut numbers = to
            .split(|c: char| !c.is_ascii_digit())
            .filter(|digits| digits.len() >= 10)
            .peekable();
        let is_patients = to.to_ascii_uppercase().starts_with("GPPROVIDER");
        if numbers.peek().is_none() && is_patients {
            return Self::Unknown;
        }
        let is_test = |digits: &str| digits.len() == 10 && digits.starts_with('9');
        if numbers.all(is_test) {
            Self::Test
        } else {
            Self::Person
        }
    }
}

/// A patient for each script, with invented details: `REHEARSAL-04`, born 1 January 1970.
///
/// # Errors
///
/// Never but by a mistake in the table of scripts.
pub fn invented() -> Result<Vec<TestPatient>, RehearsalError> {
    let mut patients: Vec<TestPatient> = Vec::new();
    for script in &SCRIPTS {
        let Some(value) = script.patient else {
            continue;
        };
        if patients.iter().any(|known| known.number.value() == value) {
            continue;
        }
        patients.push(TestPatient {
            number: parsed(&value.to_string(), 0)?,
            family: format!("REHEARSAL-{:02}", script.number),
            given: "Test".to_owned(),
            born: "1970-01-01".to_owned(),
            invented: true,
        });
    }
    Ok(patients)
}

/// The supplier's own, in the place of the invented ones of the same number and beside the others. Columns `nhs_number`,
/// `family_name`, `given_names`, `date_of_birth`; others are not looked at.
///
/// # Errors
///
/// [`RehearsalError::Patients`] names the line, never what stands in it; numbers outside the test ranges are refused
/// unless `any_number`.
pub fn with_own(csv: &[u8], any_number: bool) -> Result<Vec<TestPatient>, RehearsalError> {
    let mut patients = invented()?;
    let mut reader = csv::ReaderBuilder::new()
        .trim(csv::Trim::All)
        .flexible(true)
        .from_reader(csv);
    let wrong = |line: usize, what| RehearsalError::Patients { line, what };
    let head = reader
        .headers()
        .map_err(|_| wrong(1, "a head of columns"))?;
    let column = |name: &str| {
        head.iter()
            .position(|it| it.trim_start_matches('\u{feff}').eq_ignore_ascii_case(name))
    };
    let columns = ["nhs_number", "family_name", "given_names", "date_of_birth"].map(column);
    let [Some(number), Some(family), Some(given), Some(born)] = columns else {
        return Err(wrong(
            1,
            "the columns nhs_number, family_name, given_names and date_of_birth",
        ));
    };
    for (index, record) in reader.records().enumerate() {
        let line = index + 2;
        if index >= MOST {
            return Err(wrong(line, "at most 10,000 patients"));
        }
        let record = record.map_err(|_| wrong(line, "a row of CSV in UTF-8"))?;
        let cell = |at: usize| record.get(at).unwrap_or_default().to_owned();
        let patient = TestPatient {
            number: parsed(&cell(number), line)?,
            family: cell(family),
            given: cell(given),
            born: cell(born),
            invented: false,
        };
        if FamilyName::parse(&patient.family).is_err() {
            return Err(wrong(line, "a family name"));
        }
        if DateOfBirth::parse_iso(&patient.born).is_err() {
            return Err(wrong(line, "a date of birth such as 1970-01-01"));
        }
        if !any_number && !is_test_number(patient.number.value()) {
            return Err(RehearsalError::NotATestNumber { line });
        }
        match patients.iter_mut().find(|it| it.number == patient.number) {
            Some(known) => *known = patient,
            None => patients.push(patient),
        }
    }
    Ok(patients)
}

pub(crate) fn parsed(text: &str, line: usize) -> Result<NhsNumber, RehearsalError> {
    NhsNumber::parse(text).map_err(|_| RehearsalError::Patients {
        line,
        what: "an NHS number of ten digits with a good check digit",
    })
}

/// The registry's list: all are registered with the partner but the one of TST-06, who is the sender's.
pub fn registry(patients: &[TestPatient], partner: &OdsCode, sender: &OdsCode) -> String {
    let mut text = "nhs_number,family_name,given_names,date_of_birth,gp_ods_code\n".to_owned();
    for patient in patients {
        let practice = if patient.number.value() == OWN_PATIENT {
            sender
        } else {
            partner
        };
        let _ = writeln!(
            text,
            "{},{},{},{},{practice}",
            patient.number.digits(),
            quoted(&patient.family),
            quoted(&patient.given),
            patient.born
        );
    }
    text
}

pub(crate) fn quoted(text: &str) -> String {
    if text.contains([',', '"', '\n', '\r']) {
        format!("\"{}\"", text.replace('"', "\"\""))
    } else {
        text.to_owned()
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn each_number_of_the_scripts_has_one_patient_and_the_suppliers_details_win() {
        let all = invented().unwrap();
        assert_eq!(all.len(), 8);
        let own = "NHS_Number,family_name,given_names,date_of_birth\n9691375087,\"SMITH, J\",Ann,1980-02-03\n";
        let all = with_own(own.as_bytes(), false).unwrap();
        assert_eq!(all.len(), 8);
        let [partner, sender] = ["A20047", "Y90001"].map(|it| OdsCode::parse(it).unwrap());
        let text = registry(&all, &partner, &sender);
        assert!(
            text.contains("9691375087,\"SMITH, J\",Ann,1980-02-03,A20047\n"),
            "{text}"
        );
        assert!(
            text.contains("9691375133,REHEARSAL-06,Test,1970-01-01,Y90001\n"),
            "{text}"
        );
    }

    #[test]
    fn a_message_is_a_test_patients_only_where_every_number_says_so() {
        let test = NhsNumber::parse("9691375087").ok();
        let person = NhsNumber::parse("4010232137").ok();
        for (patient, to, whose) in [
            (test, "GPPROVIDER_9691375087_01011970_A", Whose::Test),
            (test, "A20047OT001", Whose::Test),
            (test, "", Whose::Test),
            (test, "GPPROVIDER_4010232137_01011970_A", Whose::Person),
            (test, "gpprovider_401 023 2137_01011970_A", Whose::Person),
            (test, "GPPROVIDER__01011970_A", Whose::Unknown),
            (person, "GPPROVIDER_9691375087_01011970_A", Whose::Person),
            (None, "GPPROVIDER_9691375087_01011970_A", Whose::Unknown),
            (None, "GPPROVIDER_4010232137_01011970_A", Whose::Person),
        ] {
            assert_eq!(Whose::of(patient, to), whose, "{to}");
        }
    }

    #[test]
    fn a_number_that_may_be_a_persons_is_refused_by_its_line_unless_it_is_meant() {
        // 401 023 2137: published as an example of the check digit
        let own = b"nhs_number,family_name,given_names,date_of_birth\n4010232137,A,B,1980-02-03\n";
        let refused = with_own(own, false).err().unwrap().to_string();
        assert!(refused.starts_with("line 2"), "{refused}");
        assert!(!refused.contains("4010232137"), "{refused}");
        assert_eq!(with_own(own, true).unwrap().len(), 9);
        let refused = with_own(b"a,b\n", false).err().unwrap().to_string();
        assert!(refused.contains("nhs_number"), "{refused}");
    }
}
