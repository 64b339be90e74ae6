//! One line of a rehearsal's result.

use serde::Serialize;

use crate::Verdict;

/// What decides a row, a script or a case.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
pub enum Class {
    /// The messages with their control data or headers alone.
    #[serde(rename = "M")]
    Message,
    /// An answer, or what the partner noted.
    #[serde(rename = "A")]
    Answer,
    /// A person, who shows it.
    #[serde(rename = "P")]
    Person,
    /// The messages, and then a person.
    #[serde(rename = "M+P")]
    MessageAndPerson,
    /// An answer, and then a person.
    #[serde(rename = "A+P")]
    AnswerAndPerson,
}

impl Class {
    /// `M`, `A`, `P`, `M+P`, `A+P`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Message => "M",
            Self::Answer => "A",
            Self::Person => "P",
            Self::MessageAndPerson => "M+P",
            Self::AnswerAndPerson => "A+P",
        }
    }

    /// Whether a person has to show something, whatever the machine found right.
    pub fn needs_person(self) -> bool {
        matches!(
            self,
            Self::Person | Self::MessageAndPerson | Self::AnswerAndPerson
        )
    }
}

/// What became of a row, a script or a case. Its texts hold no name, number or date of a patient.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct CaseResult {
    /// `GPCM-SD-123`, `GPCM-SD-TST-08`, `RX-N12`.
    pub id: String,
    /// What has to be shown, in a few words.
    pub title: String,
    /// What decides it.
    pub class: Class,
    /// What is said of it.
    pub verdict: Verdict,
    /// Why.
    pub note: String,
    /// The numbers of the messages it was decided by.
    pub messages: Vec<u32>,
    /// How many findings speak against it.
    pub findings: usize,
    /// The first of them: rule, place and words.
    pub first_finding: Option<String>,
    /// The files of the pack that show it.
    pub evidence: Vec<String>,
    /// What a person must show, where one must.
    pub person_needed: Option<String>,
}

impl CaseResult {
    /// The messages' numbers with runs drawn together: `5-18, 21`.
    pub fn message_list(&self) -> String {
        ranges(&self.messages)
    }
}

fn ranges(numbers: &[u32]) -> String {
    let mut sorted = numbers.to_vec();
    sorted.sort_unstable();
    sorted.dedup();
    let mut runs: Vec<(u32, u32)> = Vec::new();
    for number in sorted {
        match runs.last_mut() {
            Some((_, last)) if last.checked_add(1) == Some(number) => *last = number,
            _ => runs.push((number, number)),
        }
    }
    let texts = runs.iter().map(|(first, last)| match last - first {
        0 => first.to_string(),
        1 => format!("{first}, {last}"),
        _ => format!("{first}-{last}"),
    });
    texts.collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_in_a_row_are_drawn_together() {
        assert_eq!(ranges(&[]), "");
        assert_eq!(ranges(&[3, 2, 2, 7, 5, 6, 9]), "2, 3, 5-7, 9");
    }
}
