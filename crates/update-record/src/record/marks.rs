//! Whether a code means what its display and text say, as far as the codes that are known here go.

use super::entry::{Code, Mark};
use crate::vocabulary::{self, TRIPLETS};
use crate::{is_sctid, names};

/// Codes in use, and words of which the display has one.
const CALLED: [(&str, &[&str]); 11] = [
    ("77386006", &["pregnan"]),
    ("60001007", &["pregnan"]),
    ("78564009", &["pulse", "heart"]),
    ("364075005", &["pulse", "heart"]),
    ("61086009", &["irregular"]),
    ("50373000", &["height", "length"]),
    ("248333004", &["height", "length"]),
    ("27113001", &["weight"]),
    ("60621009", &["mass", "bmi"]),
    ("703421000", &["temperature"]),
    (vocabulary::ABPM_DECLINED, &["declined", "refused"]),
];

/// What is to be looked at in a code and the text beside it.
pub(super) fn of_code(code: &Code, text: Option<&str>) -> Vec<Mark> {
    let mut marks = Vec::new();
    let display = code.display.as_deref();
    let is_listed = [names::SNOMED, names::DMD].contains(&code.system.as_str());
    if is_listed && !is_sctid(&code.code) {
        marks.push(Mark::CheckDigit);
    }
    if display.is_none() {
        marks.push(Mark::NoDisplay);
    }
    // The text of a declined examination is its reason, not its name.
    let text = text.filter(|_| code.code != vocabulary::ABPM_DECLINED);
    let contradict = display.zip(text).is_some_and(|(display, text)| {
        is_short(text) && vocabulary::denies(display) != vocabulary::denies(text)
    });
    let mut said = display
        .into_iter()
        .chain(text.filter(|text| is_short(text)));
    if contradict || said.any(|said| !means(&code.code, said)) {
        marks.push(Mark::Disagrees);
    }
    marks
}

/// A name, not an account of something.
fn is_short(text: &str) -> bool {
    text.chars().count() <= 80
}

/// Whether a code that is known here may be called so.
fn means(code: &str, said: &str) -> bool {
    let said_small = said.to_lowercase();
    let has = |words: &[&str]| words.iter().any(|word| said_small.contains(word));
    let is_called = CALLED.iter().find(|(known, _)| *known == code);
    let agrees = match code {
        vocabulary::PREGNANT => !vocabulary::denies(said),
        vocabulary::NOT_PREGNANT => vocabulary::denies(said),
        _ => true,
    };
    let part = TRIPLETS.iter().find_map(|row| {
        let is_upper = row.systolic == code;
        let is_lower = row.diastolic == code;
        match (is_upper, is_lower) {
            (true, _) => Some("systolic"),
            (_, true) => Some("diastolic"),
            _ => (row.header == code).then_some("blood pressure"),
        }
    });
    agrees
        && is_called.is_none_or(|(_, words)| has(words))
        && part.is_none_or(|word| has(&[word, "bp"]))
}
