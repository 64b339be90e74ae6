//! The one sentence that is both a document's narrative and its message's subject: written by
//! `build`, taken apart here for checking and reading.

/// The parts of `Consultation report for {name}, NHS Number {number}, seen at {practice}, ODS Code
/// {ods}, Version {version}`, or of its 2.0 spelling with colons; the two parts that tell where are
/// missing in a confidential report.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) struct Sentence<'a> {
    pub title: &'a str,
    pub name: &'a str,
    pub number: &'a str,
    pub practice: Option<&'a str>,
    pub ods: Option<&'a str>,
    pub version: Option<u32>,
}

impl<'a> Sentence<'a> {
    /// `None` when title, name and number cannot be told apart.
    pub(crate) fn parse(text: &'a str) -> Option<Self> {
        let (title, rest) = text.trim().split_once(" for ")?;
        let (name, rest) = split(rest, "NHS Number")?;
        let (rest, version) = match rsplit(rest, "Version").or_else(|| rsplit(rest, "version")) {
            Some((rest, version)) => (rest, Some(version.parse().ok()?)),
            None => (rest, None),
        };
        let (number, place) = match split(rest, "seen at") {
            Some((number, place)) => (number, Some(place)),
            None => (rest.trim(), None),
        };
        let place = place.and_then(|place| {
            rsplit(place, "ODS Code")
                .or_else(|| rsplit(place, "ODS code"))
                .or_else(|| {
                    place
                        .rsplit_once(',')
                        .map(|(p, ods)| (p.trim(), ods.trim()))
                })
        });
        let (practice, ods) = place.unzip();
        Some(Self {
            title: title.trim(),
            name,
            number,
            practice,
            ods,
            version,
        })
    }
}

/// What stands before and behind `, {label}` or `, {label}:`, at its first occurrence.
fn split<'a>(text: &'a str, label: &str) -> Option<(&'a str, &'a str)> {
    text.split_once(label).and_then(around)
}

fn rsplit<'a>(text: &'a str, label: &str) -> Option<(&'a str, &'a str)> {
    text.rsplit_once(label).and_then(around)
}

fn around<'a>((before, behind): (&'a str, &'a str)) -> Option<(&'a str, &'a str)> {
    let before = before.trim_end().strip_suffix(',')?.trim();
    let behind = behind.trim_start();
    Some((before, behind.strip_prefix(':').unwrap_or(behind).trim()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn any_text_is_taken_apart_or_refused(text in "\\PC{0,80}") {
            let _ = Sentence::parse(&text);
        }

        #[test]
        fn names_and_practices_come_back_as_they_were_written(
            name in "[A-Z][a-z' -]{0,20}[a-z]", practice in "[A-Z][a-z, ]{0,30}[a-z]", version in 1u32..
        ) {
            let text = format!(
                "Consultation report for {name}, NHS Number 9693632109, seen at {practice}, \
                 ODS Code A81001, Version {version}"
            );
            let sentence = Sentence::parse(&text).unwrap();
            prop_assert_eq!(sentence.name, name);
            prop_assert_eq!(sentence.practice, Some(practice.as_str()));
            prop_assert_eq!(sentence.version, Some(version));
        }
    }

    #[test]
    fn both_spellings_and_the_confidential_form_are_taken_apart() {
        let place = (Some("Starling, The Centre"), Some("A81001"));
        for (text, (practice, ods), version) in [
            (
                "Consultation report for Mr Bill GARTON, NHS Number 9693632109, seen at \
                 Starling, The Centre, ODS Code A81001, Version 12",
                place,
                Some(12),
            ),
            (
                "Consultation report for Mr Bill GARTON , NHS Number: 9693632109, seen at \
                 Starling, The Centre, A81001, Version: 1",
                place,
                Some(1),
            ),
            (
                "Consultation report for Mr Bill GARTON, NHS Number 9693632109, Version 2",
                (None, None),
                Some(2),
            ),
            (
                "Consultation report for Mr Bill GARTON, NHS Number 9693632109",
                (None, None),
                None,
            ),
        ] {
            let sentence = Sentence::parse(text).unwrap();
            assert_eq!(sentence.title, "Consultation report");
            assert_eq!(
                (sentence.name, sentence.number),
                ("Mr Bill GARTON", "9693632109")
            );
            assert_eq!((sentence.practice, sentence.ods), (practice, ods));
            assert_eq!(sentence.version, version);
        }
    }

    #[test]
    fn other_texts_are_no_sentence() {
        for text in [
            "",
            "Report",
            "Report for X",
            "R for X, NHS Number 1, Version one",
        ] {
            assert!(Sentence::parse(text).is_none());
        }
    }
}
