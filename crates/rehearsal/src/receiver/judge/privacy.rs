//! RX-A02: what an answer's words tell of a patient. Only what kind of thing it is is said, never the thing.

use jiff::civil::Date;

use super::super::patients::Patient;
use super::super::plan::Planned;
use super::super::run::RunSettings;

/// What of any patient of the run, or of the message itself, these texts tell.
pub(super) fn told(
    settings: &RunSettings,
    planned: &Planned,
    texts: &[String],
) -> Vec<&'static str> {
    let known: Vec<Searched> = settings.patients.iter().map(Searched::of).collect();
    let known = known.into_iter().chain(of_message(planned));
    let known: Vec<Searched> = known.collect();
    let mut told = Vec::new();
    for text in texts {
        let text = Text::of(text);
        for patient in &known {
            for what in text.tells(patient) {
                if !told.contains(&what) {
                    told.push(what);
                }
            }
        }
    }
    told
}

/// Who is looked for.
struct Searched {
    number: String,
    names: Vec<String>,
    dates: Vec<String>,
}

impl Searched {
    fn of(patient: &Patient) -> Self {
        let names = [patient.family.as_str(), &patient.given];
        Self {
            number: patient.number.digits(),
            names: names.iter().flat_map(|it| name_words(it)).collect(),
            dates: spellings(&patient.born.iso()),
        }
    }
}

/// Whom the message names, where that is another than the list has: a wrong date of birth is told as well.
fn of_message(planned: &Planned) -> Option<Searched> {
    let document = message_check::read(&planned.bytes).ok()?;
    let payload = message_check::of_message(Some(&document), Some(&planned.workflow), None);
    let patient = payload.read(&document).ok()?.patient;
    let family = patient
        .family_name
        .as_ref()
        .map(|it| it.as_str().to_owned());
    let names = family
        .into_iter()
        .chain(patient.given_names.iter().cloned());
    Some(Searched {
        number: patient.nhs_number.map(|it| it.digits()).unwrap_or_default(),
        names: names.flat_map(|it| name_words(&it)).collect(),
        dates: patient
            .birth_date
            .map(|it| spellings(&it.iso()))
            .unwrap_or_default(),
    })
}

/// Words of a name; one of two letters is in many a text.
fn name_words(name: &str) -> Vec<String> {
    let words = name.split(|c: char| !c.is_alphabetic());
    let long = words.filter(|it| it.chars().count() > 2);
    long.map(str::to_lowercase).collect()
}

/// As people write 1970-01-31.
fn spellings(iso: &str) -> Vec<String> {
    let Ok(date) = iso.parse::<Date>() else {
        return Vec::new();
    };
    let formats = [
        "%Y-%m-%d",
        "%Y%m%d",
        "%d/%m/%Y",
        "%d-%m-%Y",
        "%d.%m.%Y",
        "%d%m%Y",
        "%-d/%-m/%Y",
        "%d-%b-%Y",
        "%-d %b %Y",
        "%-d %B %Y",
        "%d %b %Y",
        "%d %B %Y",
    ];
    let each = formats
        .iter()
        .map(|it| date.strftime(*it).to_string().to_lowercase());
    each.collect()
}

/// A text, as it is searched.
struct Text {
    plain: String,
    dense: String,
    words: Vec<String>,
}

impl Text {
    fn of(text: &str) -> Self {
        let plain = text.to_lowercase();
        let dense = plain.chars().filter(|c| !matches!(c, ' ' | '-')).collect();
        let words = plain.split(|c: char| !c.is_alphabetic()).map(str::to_owned);
        Self {
            words: words.filter(|it| !it.is_empty()).collect(),
            dense,
            plain,
        }
    }

    fn tells(&self, patient: &Searched) -> Vec<&'static str> {
        let number = !patient.number.is_empty() && self.dense.contains(&patient.number);
        let name = patient.names.iter().any(|it| self.words.contains(it));
        let date = patient
            .dates
            .iter()
            .any(|it| self.plain.contains(it.as_str()));
        [
            (name, "a name"),
            (number, "an NHS number"),
            (date, "a date of birth"),
        ]
        .into_iter()
        .filter_map(|(is_told, what)| is_told.then_some(what))
        .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_number_or_date_is_found_however_it_is_written() {
        let patient = Searched {
            number: "9990025002".to_owned(),
            names: name_words("O'REHEARSAL Ann"),
            dates: spellings("1951-03-14"),
        };
        for (text, told) in [
            ("Composition.type is missing", &[] as &[&str]),
            ("annotation of the planning", &[]),
            ("Patient ANN not found", &["a name"]),
            ("no record of o'rehearsal", &["a name"]),
            ("999 002 5002 is unknown", &["an NHS number"]),
            ("born 14 Mar 1951", &["a date of birth"]),
            (
                "GPPROVIDER_9990025002_14031951_X",
                &["an NHS number", "a date of birth"],
            ),
        ] {
            assert_eq!(Text::of(text).tells(&patient), told, "{text}");
        }
    }
}
