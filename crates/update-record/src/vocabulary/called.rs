//! What the codes that are known here mean, in words.

use super::{ABPM_DECLINED, ABPM_REPORT, IRREGULAR_PULSE, NOT_PREGNANT, PREGNANT, TRIPLETS};

/// A code in use.
pub(crate) struct Called {
    pub(crate) code: &'static str,
    /// What it means, for people.
    pub(crate) name: &'static str,
    /// Words of which whatever else it is called has one, in small letters; none where it may be called
    /// anything.
    pub(crate) words: &'static [&'static str],
}

const fn called(code: &'static str, name: &'static str, words: &'static [&'static str]) -> Called {
    Called { code, name, words }
}

pub(crate) const CALLED: [Called; 15] = [
    called(PREGNANT, "Currently pregnant", &["pregnan"]),
    called(NOT_PREGNANT, "Not pregnant", &["pregnan"]),
    called("78564009", "Pulse rate", &["pulse", "heart"]),
    called("364075005", "Heart rate", &["pulse", "heart"]),
    called(IRREGULAR_PULSE, "Pulse irregular", &["irregular"]),
    called("50373000", "Body height", &["height", "length"]),
    called("248333004", "Standing height", &["height", "length"]),
    called(
        "1162419008",
        "Self reported body height",
        &["height", "length"],
    ),
    called("27113001", "Body weight", &["weight"]),
    called("784399000", "Self reported body weight", &["weight"]),
    called("60621009", "Body mass index", &["mass", "bmi"]),
    called("703421000", "Temperature", &["temperature"]),
    called(
        ABPM_REPORT,
        "Ambulatory blood pressure monitoring report",
        &[],
    ),
    called(
        ABPM_DECLINED,
        "Ambulatory blood pressure monitoring declined",
        &["declined", "refused"],
    ),
    called("314463006", "24 hour blood pressure", &[]),
];

/// What a code means, where it is one of those that Update Record gives a meaning: `Not pregnant`. A
/// terminology is not at hand, so that nothing is said of any other.
pub fn meaning(code: &str) -> Option<&'static str> {
    let mut known = CALLED.iter();
    known
        .find(|called| called.code == code)
        .map(|called| called.name)
        .or_else(|| {
            TRIPLETS.iter().find_map(|row| {
                let [header, systolic, diastolic] = row.called();
                [
                    (row.header, header),
                    (row.systolic, systolic),
                    (row.diastolic, diastolic),
                ]
                .into_iter()
                .find_map(|(known, name)| (known == code).then_some(name))
            })
        })
}
