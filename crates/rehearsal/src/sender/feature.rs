//! The NHS's features in Gherkin, as far as a rehearsal needs them: scenarios by their tags, with the test data that stand
//! in a comment.

use std::collections::BTreeSet;

/// Characters of a feature file at most.
const LONGEST: usize = 1_000_000;
/// Scenarios of a file at most.
const MOST: usize = 200;

/// A scenario.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Scenario {
    /// `GPCM-SD-TST-08`.
    pub id: String,
    /// What stands behind its name.
    pub title: String,
    /// The patient of its test data.
    pub patient: Option<u64>,
    /// The given name of its test data.
    pub keyword: Option<String>,
}

impl Scenario {
    /// Which of our scripts it is, 1 to 13; those of the online consultation have the same numbers.
    pub fn script(&self) -> Option<u8> {
        let (_, number) = self.id.split_once("-TST-")?;
        let number: u8 = number.parse().ok()?;
        (1..=13).contains(&number).then_some(number)
    }
}

/// The scenarios of a feature that bear a tag `GPCM-…-TST-nn`.
///
/// # Errors
///
/// What a feature file should look like, where this is none.
pub fn read(text: &str) -> Result<Vec<Scenario>, &'static str> {
    if text.len() > LONGEST {
        return Err("a feature of at most 1,000,000 characters");
    }
    let mut lines = text
        .lines()
        .map(|line| line.trim_start_matches('\u{feff}').trim());
    if !lines.clone().any(|line| line.starts_with("Feature:")) {
        return Err("a Gherkin file with a line that begins with Feature:");
    }
    let mut scenarios: Vec<Scenario> = Vec::new();
    let mut tag: Option<String> = None;
    while let Some(line) = lines.next().filter(|_| scenarios.len() < MOST) {
        if line.starts_with('@') {
            tag = line.split_whitespace().find_map(script_tag).or(tag);
        } else if let Some(name) = after(line, &["Scenario Outline:", "Scenario:", "Example:"]) {
            if let Some(id) = tag.take() {
                let title = name.strip_prefix(&id).unwrap_or(name);
                let title = title.trim_start_matches([' ', '-', '–']).to_owned();
                scenarios.push(Scenario {
                    id,
                    title,
                    patient: None,
                    keyword: None,
                });
            }
        } else if let Some(data) = after(line, &["# Test data:"])
            && let Some(last) = scenarios.last_mut()
        {
            last.patient = value(data, "NHS_NO").and_then(|it| it.parse().ok());
            last.keyword = keyword(data);
        }
    }
    if scenarios.is_empty() {
        return Err("scenarios with a tag such as @GPCM-SD-TST-01");
    }
    Ok(scenarios)
}

/// The scripts that none of the scenarios is.
pub fn left_out(scenarios: &[Scenario]) -> BTreeSet<u8> {
    let named: BTreeSet<u8> = scenarios.iter().filter_map(Scenario::script).collect();
    (1..=13).filter(|number| !named.contains(number)).collect()
}

fn script_tag(word: &str) -> Option<String> {
    let id = word.strip_prefix('@')?;
    (id.starts_with("GPCM-") && id.contains("-TST-")).then(|| id.to_owned())
}

fn after<'a>(line: &'a str, starts: &[&str]) -> Option<&'a str> {
    let mut rests = starts.iter().filter_map(|start| line.strip_prefix(start));
    rests.next().map(str::trim)
}

/// The word behind a name.
fn value<'a>(data: &'a str, name: &str) -> Option<&'a str> {
    let (_, rest) = data.split_once(name)?;
    rest.split([' ', '|']).find(|word| !word.is_empty())
}

/// `Keyword: Set //Practitioner/name/given/@value to IB001`.
fn keyword(data: &str) -> Option<String> {
    let (_, rest) = data.split_once("Keyword:")?;
    let (_, word) = rest.rsplit_once(" to ")?;
    Some(word.trim().to_owned()).filter(|word| !word.is_empty() && !word.contains(' '))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    const FEATURE: &str = "@area\nFeature: F\n  @GPCM-SD-TST-01\n  Scenario: GPCM-SD-TST-01 - Plain\n    Given x\n    \
        # Test data: NHS_NO 9691375087 | Keyword: Set //Practitioner/name/given/@value to IB001\n\n  \
        @GPCM-SD-TST-04 @error_handling\n  Scenario: GPCM-SD-TST-04 - Refused\n    # Test data: NHS_NO 9691375117 | Keyword: \
        See triggers\n  Rule: R\n    Background: B\n      Given y\n    @GPCM-OC-TST-14\n    Scenario: GPCM-OC-TST-14 - Person\n";

    #[test]
    fn scenarios_are_known_by_their_tags_with_the_data_of_the_comment() {
        let found = read(FEATURE).unwrap();
        let ids: Vec<_> = found
            .iter()
            .map(|it| (it.id.as_str(), it.script()))
            .collect();
        assert_eq!(
            ids,
            [
                ("GPCM-SD-TST-01", Some(1)),
                ("GPCM-SD-TST-04", Some(4)),
                ("GPCM-OC-TST-14", None)
            ]
        );
        let first = found.first().unwrap();
        assert_eq!(
            (first.patient, first.keyword.as_deref()),
            (Some(9_691_375_087), Some("IB001"))
        );
        assert_eq!(first.title, "Plain");
        assert_eq!(found.get(1).unwrap().keyword, None);
        assert_eq!(left_out(&found).len(), 11);
        assert!(read("no feature").is_err());
    }
}
