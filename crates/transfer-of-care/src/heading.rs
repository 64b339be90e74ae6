//! The headings a letter may have: title, SNOMED CT code, and which of the four letters knows it.

use itk3::Event;

/// A heading of the Professional Record Standards Body.
#[derive(Debug, PartialEq, Eq)]
pub struct Heading {
    /// Its SNOMED CT code.
    pub code: &'static str,
    /// The title that goes with the code.
    pub title: &'static str,
    /// A code it had before, in letters of 2018.
    pub older_code: Option<&'static str>,
    letters: &'static [Event],
    /// Letters that must have it, by the guide; the profiles ask for less.
    expected: &'static [Event],
    /// Every letter must have it, by the profiles too.
    mandatory: bool,
}

const INPATIENT: Event = Event::INPATIENT_DISCHARGE;
const MENTAL: Event = Event::MENTAL_HEALTH_DISCHARGE;
const EMERGENCY: Event = Event::EMERGENCY_CARE;
const OUTPATIENT: Event = Event::OUTPATIENT_LETTER;

const ALL: &[Event] = &[INPATIENT, MENTAL, EMERGENCY, OUTPATIENT];
const NOT_EMERGENCY: &[Event] = &[INPATIENT, MENTAL, OUTPATIENT];
const DISCHARGES: &[Event] = &[INPATIENT, MENTAL];
const ONLY_EMERGENCY: &[Event] = &[EMERGENCY];
const ONLY_OUTPATIENT: &[Event] = &[OUTPATIENT];

const fn heading(code: &'static str, title: &'static str, letters: &'static [Event]) -> Heading {
    Heading {
        code,
        title,
        older_code: None,
        letters,
        expected: &[],
        mandatory: false,
    }
}

/// Which a discharge from hospital must have as well.
const fn expected(code: &'static str, title: &'static str, letters: &'static [Event]) -> Heading {
    Heading {
        expected: &[INPATIENT],
        ..heading(code, title, letters)
    }
}

const fn mandatory(code: &'static str, title: &'static str) -> Heading {
    Heading {
        mandatory: true,
        ..heading(code, title, ALL)
    }
}

static HEADINGS: [Heading; 34] = [
    heading("886781000000108", "Admission details", DISCHARGES),
    mandatory("886921000000105", "Allergies and adverse reactions"),
    heading("887141000000103", "Assessment scales", NOT_EMERGENCY),
    heading(
        "1077881000000105",
        "Attendance details",
        &[EMERGENCY, OUTPATIENT],
    ),
    heading("1077901000000108", "Clinical narrative", ONLY_EMERGENCY),
    heading(
        "887121000000105",
        "Clinical review of systems",
        ONLY_OUTPATIENT,
    ),
    expected("887181000000106", "Clinical summary", NOT_EMERGENCY),
    heading(
        "1077931000000102",
        "Contact for further information",
        ONLY_EMERGENCY,
    ),
    expected("887161000000102", "Diagnoses", ALL),
    heading(
        "886811000000106",
        "Discharge details",
        &[INPATIENT, MENTAL, EMERGENCY],
    ),
    heading("887261000000109", "Distribution list", NOT_EMERGENCY),
    heading("715851000000102", "Examination finding", ONLY_OUTPATIENT),
    heading("887111000000104", "Family history", &[MENTAL, OUTPATIENT]),
    expected("886711000000101", "GP practice", ALL),
    heading("717121000000105", "History", ONLY_OUTPATIENT),
    Heading {
        older_code: Some("1052901000000109"),
        ..heading("1078911000000106", "Individual requirements", NOT_EMERGENCY)
    },
    heading("1052951000000105", "Information and advice given", ALL),
    heading("1082101000000102", "Investigation results", NOT_EMERGENCY),
    heading("886961000000102", "Legal information", NOT_EMERGENCY),
    heading("933361000000108", "Medications and medical devices", ALL),
    heading(
        "886751000000102",
        "Participation in research",
        NOT_EMERGENCY,
    ),
    heading(
        "1052941000000107",
        "Patient and carer concerns, expectations and wishes",
        NOT_EMERGENCY,
    ),
    mandatory("886731000000109", "Patient demographics"),
    expected("887231000000104", "Person completing record", ALL),
    heading("887201000000105", "Plan and requested actions", ALL),
    heading(
        "886891000000102",
        "Presenting complaints or issues",
        ONLY_EMERGENCY,
    ),
    heading("887151000000100", "Problems and issues", ONLY_OUTPATIENT),
    heading("887171000000109", "Procedures", ALL),
    heading("1052891000000108", "Referrer details", ALL),
    heading(
        "886821000000100",
        "Relevant clinical risk factors",
        ONLY_OUTPATIENT,
    ),
    heading("1077911000000105", "Safeguarding", ONLY_EMERGENCY),
    heading("886931000000107", "Safety alerts", ALL),
    heading(
        "1078901000000109",
        "Senior reviewing clinician",
        ONLY_EMERGENCY,
    ),
    heading("887051000000101", "Social context", NOT_EMERGENCY),
];

impl Heading {
    /// Every heading, in the order of the alphabet.
    pub fn all() -> impl Iterator<Item = &'static Self> {
        HEADINGS.iter()
    }

    /// The heading of a code, its older one too.
    pub fn of_code(code: &str) -> Option<&'static Self> {
        HEADINGS
            .iter()
            .find(|heading| heading.code == code || heading.older_code == Some(code))
    }

    /// Whether this letter knows the heading.
    pub fn is_in(&self, letter: Event) -> bool {
        self.letters.contains(&letter)
    }

    /// Whether every letter must have it.
    pub fn is_mandatory(&self) -> bool {
        self.mandatory
    }

    /// Whether the guide asks this letter to have it, where its profile does not.
    pub fn is_expected_in(&self, letter: Event) -> bool {
        self.expected.contains(&letter)
    }
}
