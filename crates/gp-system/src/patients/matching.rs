//! Whom a letter says it is about, beside whom the practice's own list has under that number.

use std::fmt;

use itk3::ReceivedPatient;
use jiff::civil::Date;
use nhs::{DateOfBirth, FamilyName, NhsNumber, OdsCode};

use super::list::{Entry, PatientList, RegistrationStatus};

/// A patient's names and birth date as a letter states them. Has no `Debug` that shows them.
#[derive(Clone, PartialEq, Eq, Default)]
pub struct StatedPatient {
    /// Empty where the letter has none.
    pub family_name: String,
    /// Empty where the letter has none.
    pub given_names: String,
    /// None where the letter has no full date.
    pub birth_date: Option<DateOfBirth>,
}

/// What is compared, and may differ.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PatientFact {
    /// The date of birth.
    BirthDate,
    /// The family name.
    FamilyName,
    /// The first of the given names.
    FirstName,
    /// Whether the patient is this practice's.
    Registration,
    /// The NHS number, where the list knows that another replaced it.
    NhsNumber,
}

/// What a letter says and what the practice's list says, where they are not the same. Patient data.
#[derive(Clone, PartialEq, Eq)]
pub struct PatientDifference {
    /// What differs.
    pub fact: PatientFact,
    /// As the letter has it; empty where it has nothing.
    pub letter: String,
    /// As the list has it.
    pub list: String,
    /// Whether the list itself says why: a previous name, a number that was replaced. Such a difference
    /// is shown and asks nobody.
    pub is_explained: bool,
}

/// How a letter's patient compares with the practice's own list.
#[derive(Clone, PartialEq, Eq)]
pub enum PatientMatch {
    /// The list has somebody under the letter's NHS number.
    Listed {
        /// In what the two differ.
        differences: Vec<PatientDifference>,
        /// Whether both have given names, so that these were compared too.
        with_first_name: bool,
    },
    /// The list has nobody under the letter's NHS number, or the letter has no number.
    NotListed,
    /// This practice has no list to compare with.
    NoList,
    /// An older release took the letter and did not write down whom it says it is about.
    NotKept,
}

impl StatedPatient {
    pub(crate) fn of(patient: &ReceivedPatient) -> Self {
        let family_name = patient.family_name.as_ref();
        Self {
            family_name: family_name.map_or_else(String::new, |name| name.as_str().to_owned()),
            given_names: patient.given_names.join(" ").trim().to_owned(),
            birth_date: patient.birth_date,
        }
    }
}

impl PatientMatch {
    /// Whether everything that was compared is the same, or differs for a reason that the list knows: only
    /// then is a letter filed without a question.
    pub fn is_full(&self) -> bool {
        match self {
            Self::Listed { differences, .. } => differences.iter().all(|it| it.is_explained),
            Self::NotListed | Self::NoList | Self::NotKept => false,
        }
    }

    /// In what the two differ.
    pub fn differences(&self) -> &[PatientDifference] {
        match self {
            Self::Listed { differences, .. } => differences,
            Self::NotListed | Self::NoList | Self::NotKept => &[],
        }
    }

    /// What was compared and what came of it, without patient data.
    pub fn words(&self) -> String {
        let open = self.differences().iter().filter(|it| !it.is_explained);
        let open: Vec<&str> = open.map(|it| it.fact.verdict()).collect();
        match self {
            Self::NotListed => "not on this practice's list".to_owned(),
            Self::NoList => "no list of patients here to compare with".to_owned(),
            Self::NotKept => {
                "birth date and match not kept, as an older release took it".to_owned()
            }
            Self::Listed { .. } if !open.is_empty() => open.join(", "),
            Self::Listed {
                with_first_name: true,
                ..
            } => "number, name and birth date match".to_owned(),
            Self::Listed { .. } => "number, family name and birth date match".to_owned(),
        }
    }
}

impl PatientFact {
    /// What differs, in words.
    fn verdict(self) -> &'static str {
        match self {
            Self::BirthDate => "birth date differs",
            Self::FamilyName => "family name differs",
            Self::FirstName => "first name differs",
            Self::Registration => "not registered here now",
            Self::NhsNumber => "NHS number differs",
        }
    }
}

impl fmt::Display for PatientFact {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::BirthDate => "Birth date",
            Self::FamilyName => "Family name",
            Self::FirstName => "First name",
            Self::Registration => "Registration",
            Self::NhsNumber => "NHS number",
        })
    }
}

impl fmt::Debug for StatedPatient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("StatedPatient(redacted)")
    }
}

impl fmt::Debug for PatientDifference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PatientDifference({:?})", self.fact)
    }
}

impl fmt::Debug for PatientMatch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PatientMatch({})", self.words())
    }
}

impl PatientList {
    /// Compares whom a letter states with whom the list has under that number, following one replaced
    /// number, as [`PatientList::registration`] does.
    pub(crate) fn compare(
        &self,
        number: Option<NhsNumber>,
        stated: &StatedPatient,
        practice: &OdsCode,
        today: Date,
    ) -> PatientMatch {
        let Some((number, (listed, entry))) =
            number.and_then(|number| Some((number, self.successor(number)?)))
        else {
            return PatientMatch::NotListed;
        };
        let replaced = (listed != number).then(|| PatientDifference {
            fact: PatientFact::NhsNumber,
            letter: number.spaced(),
            list: listed.spaced(),
            is_explained: true,
        });
        let differences = [
            birth_date(stated, entry),
            family_name(stated, entry),
            first_name(stated, entry),
            registration(entry, practice, today),
            replaced,
        ];
        PatientMatch::Listed {
            differences: differences.into_iter().flatten().collect(),
            with_first_name: !stated.given_names.is_empty() && !entry.given_names.is_empty(),
        }
    }
}

fn birth_date(stated: &StatedPatient, entry: &Entry) -> Option<PatientDifference> {
    (stated.birth_date != Some(entry.born)).then(|| PatientDifference {
        fact: PatientFact::BirthDate,
        letter: stated.birth_date.map_or_else(String::new, in_words),
        list: in_words(entry.born),
        is_explained: false,
    })
}

fn family_name(stated: &StatedPatient, entry: &Entry) -> Option<PatientDifference> {
    let name = FamilyName::parse(&stated.family_name).ok();
    let listed = FamilyName::parse(&entry.family_name).ok();
    let is_same = name
        .as_ref()
        .zip(listed.as_ref())
        .is_some_and(|(name, listed)| name.matches(listed));
    (!is_same).then(|| PatientDifference {
        fact: PatientFact::FamilyName,
        letter: stated.family_name.clone(),
        list: entry.family_name.clone(),
        is_explained: name.is_some_and(|name| entry.has_name(&name)),
    })
}

/// Twins share everything but this. An initial is as good as the name; further names are not compared.
fn first_name(stated: &StatedPatient, entry: &Entry) -> Option<PatientDifference> {
    let (letter, list) = (first(&stated.given_names)?, first(&entry.given_names)?);
    let is_initial =
        |short: &str, long: &str| short.chars().count() == 1 && long.starts_with(short);
    let is_same = letter == list || is_initial(&letter, &list) || is_initial(&list, &letter);
    (!is_same).then(|| PatientDifference {
        fact: PatientFact::FirstName,
        letter: stated.given_names.clone(),
        list: entry.given_names.clone(),
        is_explained: false,
    })
}

/// The first of given names, by what two spellings share.
fn first(names: &str) -> Option<String> {
    let first = names
        .split(|c: char| c.is_whitespace() || c == '.')
        .next()?;
    FamilyName::parse(first).ok().map(|name| name.key())
}

fn registration(entry: &Entry, practice: &OdsCode, today: Date) -> Option<PatientDifference> {
    let list = match entry.registration(practice, today) {
        RegistrationStatus::NoLongerHere => match entry.registered_with(today) {
            Some(other) if other != practice => format!("registered with {other}"),
            _ => "no longer registered here".to_owned(),
        },
        _ => return None,
    };
    Some(PatientDifference {
        fact: PatientFact::Registration,
        letter: "sent to this practice".to_owned(),
        list,
        is_explained: false,
    })
}

/// `23 Jun 1946`.
fn in_words(born: DateOfBirth) -> String {
    born.date().strftime("%-d\u{a0}%b\u{a0}%Y").to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIST: &str = "\
nhs_number,family_name,given_names,date_of_birth,gp_ods_code,gp_end_date,superseded_by,other_family_names
9693632109,GARTON,Bill Roger,1946-06-23,A20047,,,MARLOWE
9657702402,LEFT,,1950-01-01,A20047,2020-01-01,,
9657702178,ELSE,Ella,1950-01-03,B12345,,,
9657702003,OLD,Olga,1950-01-04,,,9686477462,
9686477462,NEW,Olga,1950-01-04,A20047,,,OLD
";

    fn compared(number: &str, family: &str, given: &str, born: &str) -> PatientMatch {
        let list = PatientList::read(LIST.as_bytes()).unwrap();
        let stated = StatedPatient {
            family_name: family.to_owned(),
            given_names: given.to_owned(),
            birth_date: DateOfBirth::parse_iso(born).ok(),
        };
        let practice = OdsCode::parse("A20047").unwrap();
        let number = NhsNumber::parse(number).ok();
        list.compare(number, &stated, &practice, "2026-11-22".parse().unwrap())
    }

    #[test]
    fn what_is_compared_is_told_in_words_without_the_patient() {
        for (number, family, given, born, words, is_full) in [
            (
                "9693632109",
                "Garton",
                "Bill",
                "1946-06-23",
                "number, name and birth date match",
                true,
            ),
            (
                "9693632109",
                "GARTON",
                "B.",
                "1946-06-23",
                "number, name and birth date match",
                true,
            ),
            (
                "9693632109",
                "GARTON",
                "",
                "1946-06-23",
                "number, family name and birth date match",
                true,
            ),
            (
                "9693632109",
                "Marlowe",
                "Bill",
                "1946-06-23",
                "number, name and birth date match",
                true,
            ),
            (
                "9657702003",
                "OLD",
                "Olga",
                "1950-01-04",
                "number, name and birth date match",
                true,
            ),
            (
                "9693632109",
                "GARTON",
                "Bill",
                "1946-06-26",
                "birth date differs",
                false,
            ),
            (
                "9693632109",
                "GARTON",
                "Bill",
                "",
                "birth date differs",
                false,
            ),
            (
                "9693632109",
                "GARTON",
                "Ben",
                "1946-06-23",
                "first name differs",
                false,
            ),
            (
                "9693632109",
                "MELLOY",
                "Ben",
                "1946-06-23",
                "family name differs, first name differs",
                false,
            ),
            (
                "9657702402",
                "LEFT",
                "Lee",
                "1950-01-01",
                "not registered here now",
                false,
            ),
            (
                "9657702178",
                "ELSE",
                "Ella",
                "1950-01-03",
                "not registered here now",
                false,
            ),
            (
                "9000000009",
                "GARTON",
                "Bill",
                "1946-06-23",
                "not on this practice's list",
                false,
            ),
            (
                "",
                "GARTON",
                "Bill",
                "1946-06-23",
                "not on this practice's list",
                false,
            ),
        ] {
            let compared = compared(number, family, given, born);
            assert_eq!(
                (compared.words().as_str(), compared.is_full()),
                (words, is_full),
                "{family} {born}"
            );
        }
    }

    #[test]
    fn a_difference_has_both_sides_and_says_whether_the_list_explains_it() {
        let of = |compared: &PatientMatch| -> Vec<(PatientFact, String, String, bool)> {
            let all = compared.differences().iter().cloned();
            all.map(|it| (it.fact, it.letter, it.list, it.is_explained))
                .collect()
        };
        let text = str::to_owned;
        assert_eq!(
            of(&compared("9693632109", "Marlowe", "Bill", "1946-06-26")),
            [
                (
                    PatientFact::BirthDate,
                    text("26\u{a0}Jun\u{a0}1946"),
                    text("23\u{a0}Jun\u{a0}1946"),
                    false
                ),
                (
                    PatientFact::FamilyName,
                    text("Marlowe"),
                    text("GARTON"),
                    true
                ),
            ]
        );
        assert_eq!(
            of(&compared("9657702003", "NEW", "Olga", "1950-01-04")),
            [(
                PatientFact::NhsNumber,
                text("965 770 2003"),
                text("968 647 7462"),
                true
            )]
        );
        assert_eq!(
            of(&compared("9657702178", "ELSE", "Ella", "1950-01-03"))[0].2,
            "registered with B12345"
        );
    }
}
