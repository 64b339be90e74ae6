//! The patients of a run: invented ones, or the test patients that the supplier's system has already.

use std::fmt::Write;

use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{Span, Timestamp};
use nhs::{DateOfBirth, DateOrder, FamilyName, NhsNumber, OdsCode, PatientAddress};

use crate::RehearsalError;
use crate::sender::patients::{is_test_number, parsed, quoted};

/// Rows of a list of patients at most.
const MOST: usize = 10_000;

/// How a patient stands to the practice on trial.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Standing {
    /// Registered there.
    Registered,
    /// Was registered, and left.
    Left,
    /// Died under six months ago, registered there.
    DiedRecently,
    /// Died longer ago.
    DiedLongAgo,
    /// Never registered there: the practice's list does not have them.
    NeverRegistered,
}

/// A test patient. Has no `Debug` that shows who.
#[derive(Clone, PartialEq, Eq)]
pub struct Patient {
    /// The number.
    pub number: NhsNumber,
    /// The family name.
    pub family: FamilyName,
    /// The given names.
    pub given: String,
    /// The date of birth.
    pub born: DateOfBirth,
    /// How they stand to the practice.
    pub standing: Standing,
    /// When they left or died.
    pub since: Option<Date>,
    /// Whether the details are ours.
    pub invented: bool,
}

/// The patients of a run.
#[derive(Clone, PartialEq, Eq)]
pub struct Patients(Vec<Patient>);

/// Number, family name, given names, date of birth, standing, days since they left or died.
const INVENTED: [(&str, &str, &str, &str, Standing, i64); 9] = [
    (
        "9990025002",
        "REHEARSAL",
        "Ann",
        "1951-03-14",
        Standing::Registered,
        0,
    ),
    (
        "9990025010",
        "O'REHEARSAL",
        "Brian",
        "1968-11-02",
        Standing::Registered,
        0,
    ),
    (
        "9990025029",
        "REHEARSAL-TEST",
        "Carol Jane",
        "1984-02-29",
        Standing::Registered,
        0,
    ),
    (
        "9990025037",
        "VAN TESTING",
        "Daniel",
        "1999-12-31",
        Standing::Registered,
        0,
    ),
    (
        "9990025045",
        "PROOFREAD",
        "Eve",
        "2015-07-08",
        Standing::Registered,
        0,
    ),
    (
        "9990025053",
        "MOVEDAWAY",
        "Frank",
        "1977-06-21",
        Standing::Left,
        200,
    ),
    (
        "9990025061",
        "LATELY",
        "Grace",
        "1934-01-09",
        Standing::DiedRecently,
        60,
    ),
    (
        "9990025088",
        "LONGAGO",
        "Henry",
        "1929-10-30",
        Standing::DiedLongAgo,
        400,
    ),
    (
        "9990025096",
        "STRANGER",
        "Iris",
        "1990-05-17",
        Standing::NeverRegistered,
        0,
    ),
];

impl Standing {
    /// As it stands in the list: `registered`, `left`, `died`, `never`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Registered => "registered",
            Self::Left => "left",
            Self::DiedRecently | Self::DiedLongAgo => "died",
            Self::NeverRegistered => "never",
        }
    }
}

impl Patients {
    /// Nine, five of them registered. Dates of leaving and death are counted back from the day of the run.
    ///
    /// # Errors
    /// Never but by a mistake in the table.
    pub fn invented(started: Timestamp) -> Result<Self, RehearsalError> {
        let today = day(started);
        let made = INVENTED.iter().map(|row| {
            let (number, family, given, born, standing, days) = *row;
            let since = (days > 0).then(|| today.saturating_sub(Span::new().days(days)));
            Ok(Patient {
                number: parsed(number, 0)?,
                family: family_name(family, 0)?,
                given: given.to_owned(),
                born: birth_date(born, 0)?,
                standing,
                since,
                invented: true,
            })
        });
        made.collect::<Result<_, _>>().map(Self)
    }

    /// The supplier's own. Columns `nhs_number`, `family_name`, `given_names`, `date_of_birth` and `standing` (`registered`,
    /// `left`, `died`, `never`), with `since` (a date) for who left or died; others are not looked at. At least one must be registered.
    ///
    /// # Errors
    /// [`RehearsalError::Patients`] names the line, never what stands in it; numbers outside the test ranges are refused
    /// unless `any_number`.
    pub fn from_csv(
        csv: &[u8],
        started: Timestamp,
        any_number: bool,
    ) -> Result<Self, RehearsalError> {
        let mut reader = csv::ReaderBuilder::new()
            .trim(csv::Trim::All)
            .flexible(true)
            .from_reader(csv);
        let head = reader
            .headers()
            .map_err(|_| wrong(1, "a head of columns"))?;
        let column = |name: &str| {
            head.iter()
                .position(|it| it.trim_start_matches('\u{feff}').eq_ignore_ascii_case(name))
        };
        let needed = [
            "nhs_number",
            "family_name",
            "given_names",
            "date_of_birth",
            "standing",
        ];
        let [
            Some(number),
            Some(family),
            Some(given),
            Some(born),
            Some(standing),
        ] = needed.map(column)
        else {
            return Err(wrong(
                1,
                "the columns nhs_number, family_name, given_names, date_of_birth and standing",
            ));
        };
        let since = column("since");
        let mut patients: Vec<Patient> = Vec::new();
        for (index, record) in reader.records().enumerate() {
            let line = index + 2;
            if index >= MOST {
                return Err(wrong(line, "at most 10,000 patients"));
            }
            let record = record.map_err(|_| wrong(line, "a row of CSV in UTF-8"))?;
            let cell = |at: usize| record.get(at).unwrap_or_default();
            let since = since_date(since.map(cell).unwrap_or_default(), line)?;
            let patient = Patient {
                number: parsed(cell(number), line)?,
                family: family_name(cell(family), line)?,
                given: cell(given).to_owned(),
                born: birth_date(cell(born), line)?,
                standing: stated(cell(standing), since, day(started), line)?,
                since,
                invented: false,
            };
            if !any_number && !patient.is_test() {
                return Err(RehearsalError::NotATestNumber { line });
            }
            if patients.iter().any(|it| it.number == patient.number) {
                return Err(wrong(line, "a patient who is not listed before"));
            }
            patients.push(patient);
        }
        if !patients
            .iter()
            .any(|it| it.standing == Standing::Registered)
        {
            return Err(wrong(
                1,
                "at least one patient whose standing is registered",
            ));
        }
        Ok(Self(patients))
    }

    /// All.
    pub fn all(&self) -> &[Patient] {
        &self.0
    }

    /// Those who stand so.
    pub fn who(&self, standing: Standing) -> impl Iterator<Item = &Patient> {
        self.0.iter().filter(move |it| it.standing == standing)
    }

    /// The list to load into the system on trial, in the columns of our own practice's list: without those who were never
    /// registered.
    pub fn practice_list(&self, practice: &OdsCode) -> String {
        let listed = self
            .0
            .iter()
            .filter(|it| it.standing != Standing::NeverRegistered);
        list(listed, practice, true)
    }

    /// The registry's list, by which messages find the practice: all are registered there, for a message about
    /// somebody who left has to arrive.
    pub fn registry(&self, practice: &OdsCode) -> String {
        list(self.0.iter(), practice, false)
    }
}

impl Patient {
    /// Whether the number is of the range that is given to no person.
    pub fn is_test(&self) -> bool {
        is_test_number(self.number.value())
    }

    /// The address that names them.
    pub fn address(&self, order: DateOrder) -> String {
        let address = PatientAddress {
            nhs_number: self.number,
            date_of_birth: self.born,
            family_name: self.family.clone(),
        };
        address.format(order)
    }
}

const COLUMNS: &str = "nhs_number,family_name,given_names,date_of_birth,gp_ods_code,gp_end_date,date_of_death,standing,since\n";

fn list<'a>(
    patients: impl Iterator<Item = &'a Patient>,
    practice: &OdsCode,
    as_they_stand: bool,
) -> String {
    let mut text = COLUMNS.to_owned();
    for patient in patients {
        let since = patient
            .since
            .map(|date| date.to_string())
            .unwrap_or_default();
        let (left, died) = match patient.standing {
            _ if !as_they_stand => ("", ""),
            Standing::Left => (since.as_str(), ""),
            Standing::DiedRecently | Standing::DiedLongAgo => ("", since.as_str()),
            Standing::Registered | Standing::NeverRegistered => ("", ""),
        };
        let _ = writeln!(
            text,
            "{},{},{},{},{practice},{left},{died},{},{since}",
            patient.number.digits(),
            quoted(patient.family.as_str()),
            quoted(&patient.given),
            patient.born.iso(),
            patient.standing.as_str(),
        );
    }
    text
}

pub(super) fn day(moment: Timestamp) -> Date {
    moment.to_zoned(TimeZone::UTC).date()
}

fn stated(
    text: &str,
    since: Option<Date>,
    today: Date,
    line: usize,
) -> Result<Standing, RehearsalError> {
    match (text.to_ascii_lowercase().as_str(), since) {
        ("registered", _) => Ok(Standing::Registered),
        ("left", Some(_)) => Ok(Standing::Left),
        ("left", None) => Err(wrong(line, "the date of leaving in the column since")),
        ("never", _) => Ok(Standing::NeverRegistered),
        ("died", Some(died)) if today < died.saturating_add(Span::new().months(6)) => {
            Ok(Standing::DiedRecently)
        }
        ("died", Some(_)) => Ok(Standing::DiedLongAgo),
        ("died", None) => Err(wrong(line, "the date of death in the column since")),
        _ => Err(wrong(
            line,
            "registered, left, died or never in the column standing",
        )),
    }
}

fn since_date(text: &str, line: usize) -> Result<Option<Date>, RehearsalError> {
    match text {
        "" => Ok(None),
        text => text
            .parse()
            .map(Some)
            .map_err(|_| wrong(line, "a date such as 2026-05-01 in the column since")),
    }
}

fn family_name(text: &str, line: usize) -> Result<FamilyName, RehearsalError> {
    FamilyName::parse(text).map_err(|_| wrong(line, "a family name"))
}

fn birth_date(text: &str, line: usize) -> Result<DateOfBirth, RehearsalError> {
    DateOfBirth::parse_iso(text).map_err(|_| wrong(line, "a date of birth such as 1970-01-01"))
}

fn wrong(line: usize, what: &'static str) -> RehearsalError {
    RehearsalError::Patients { line, what }
}

impl std::fmt::Debug for Patient {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Patient({:?}, redacted)", self.standing)
    }
}

impl std::fmt::Debug for Patients {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_list().entries(&self.0).finish()
    }
}
