//! Kinds of alerts, by which settings, metrics and messages to operators name them.

use serde::Deserialize;

/// What an alert is about. Its words, which may name a person's deed or a file, stay in the records; a kind may
/// leave the practice.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum AlertKind {
    /// A letter was not delivered or not accepted, or it is in doubt who got it.
    LetterFailed,
    /// An acknowledgement is missing for longer than allowed.
    LetterUnanswered,
    /// An acknowledgement of ours could not be delivered.
    AnswerUndelivered,
    /// A message was received and a person must look at it.
    ReceivedInDoubt,
    /// Something lies in IN and is not taken.
    LeftInIn,
    /// The malware scanner does not answer, or found something.
    Malware,
    /// The list of patients cannot be read as a whole.
    PatientList,
    /// Anything else.
    Other,
}

impl AlertKind {
    /// Every kind.
    pub const ALL: [Self; 8] = [
        Self::LetterFailed,
        Self::LetterUnanswered,
        Self::AnswerUndelivered,
        Self::ReceivedInDoubt,
        Self::LeftInIn,
        Self::Malware,
        Self::PatientList,
        Self::Other,
    ];

    /// The word in settings, metrics and messages.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::LetterFailed => "letter-failed",
            Self::LetterUnanswered => "letter-unanswered",
            Self::AnswerUndelivered => "answer-undelivered",
            Self::ReceivedInDoubt => "received-in-doubt",
            Self::LeftInIn => "left-in-in",
            Self::Malware => "malware",
            Self::PatientList => "patient-list",
            Self::Other => "other",
        }
    }

    /// What it means, in a sentence without a full stop and without anything of a patient.
    pub fn what(self) -> &'static str {
        match self {
            Self::LetterFailed => {
                "Letters were not delivered or not accepted, or it is in doubt who got them"
            }
            Self::LetterUnanswered => "Letters were not acknowledged within the time allowed",
            Self::AnswerUndelivered => {
                "Acknowledgements could not be delivered, so their senders do not know that letters arrived"
            }
            Self::ReceivedInDoubt => "Messages were received that a person must look at",
            Self::LeftInIn => {
                "Something lies in IN that is not taken, and its senders see it as collected"
            }
            Self::Malware => {
                "Received documents wait for the malware scanner, or it found something in them"
            }
            Self::PatientList => "The list of patients cannot be read as a whole",
            Self::Other => "Something needs a person",
        }
    }

    /// What such alerts are, as a heading.
    pub fn title(self) -> &'static str {
        match self {
            Self::LetterFailed => "Reports not delivered",
            Self::LetterUnanswered => "Reports not acknowledged",
            Self::AnswerUndelivered => "Acknowledgements not delivered",
            Self::ReceivedInDoubt => "Received messages to look at",
            Self::LeftInIn => "Files left in IN",
            Self::Malware => "Malware scanner",
            Self::PatientList => "Patient list",
            Self::Other => "Other alerts",
        }
    }

    /// Reads [`AlertKind::as_str`]; none for any other word.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == text)
    }

    /// What keys of its alerts begin with, before the first colon; none of [`AlertKind::Other`].
    pub(crate) fn causes(self) -> &'static [&'static str] {
        match self {
            Self::LetterFailed => &["failed", "contradicted", "disputed", "report"],
            Self::LetterUnanswered => &["overdue"],
            Self::AnswerUndelivered => &["answer"],
            Self::ReceivedInDoubt => &[
                "wrong-workflow",
                "anothers-ids",
                "name-differs",
                "another-patient",
                "void",
                "no-origin",
                "unheard",
                "parked",
            ],
            Self::LeftInIn => &["foreign", "unreadable", "unusable", "missing-data"],
            Self::Malware => &["infected", "taken-away", "scan-waits"],
            Self::PatientList => &["patient-rows", "patient-list"],
            Self::Other => &[],
        }
    }

    /// The kind of an alert by what its key begins with, before the first colon.
    pub(crate) fn of_cause(cause: &str) -> Self {
        Self::ALL
            .into_iter()
            .find(|kind| kind.causes().contains(&cause))
            .unwrap_or(Self::Other)
    }
}

impl From<AlertKind> for &'static str {
    fn from(kind: AlertKind) -> Self {
        kind.as_str()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_kind_is_set_by_the_word_it_is_shown_by() {
        for kind in AlertKind::ALL {
            let word = format!("\"{}\"", kind.as_str());
            assert_eq!(serde_json::from_str::<AlertKind>(&word).unwrap(), kind);
        }
    }
}
