//! The messages that the page's buttons send.

/// A prefilled message, named by how its journey ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Example {
    /// Both acknowledgements say that all is well.
    Delivered,
    /// PDS knows nobody by the number: EPL-153.
    UnknownPatient,
    /// The patient's practice has no mailbox for the workflow: EPL-151.
    NoPractice,
    /// The receiving practice cannot use the payload: 20009.
    PayloadRefused,
    /// The patient is not on the receiving practice's own list: 30002.
    NotKnownHere,
    /// The receiving practice says nothing.
    NoAnswer,
    /// The same message a second time: 20007.
    Duplicate,
    /// A letter, and then its second version.
    Replacement,
    /// A report with large attachments, in several chunks.
    Large,
}

impl Example {
    /// Every example, in the order of the buttons.
    pub const ALL: [Self; 9] = [
        Self::Delivered,
        Self::UnknownPatient,
        Self::NoPractice,
        Self::PayloadRefused,
        Self::NotKnownHere,
        Self::NoAnswer,
        Self::Duplicate,
        Self::Replacement,
        Self::Large,
    ];

    /// Its name in forms and addresses.
    pub fn name(self) -> &'static str {
        match self {
            Self::Delivered => "delivered",
            Self::UnknownPatient => "unknown-patient",
            Self::NoPractice => "no-practice",
            Self::PayloadRefused => "payload-refused",
            Self::NotKnownHere => "not-known-here",
            Self::NoAnswer => "no-answer",
            Self::Duplicate => "duplicate",
            Self::Replacement => "replacement",
            Self::Large => "large",
        }
    }

    /// What its button says.
    pub(crate) fn title(self) -> &'static str {
        match self {
            Self::Delivered => "Delivered",
            Self::UnknownPatient => "Unknown patient",
            Self::NoPractice => "No practice",
            Self::PayloadRefused => "Payload refused",
            Self::NotKnownHere => "Not known here",
            Self::NoAnswer => "No answer",
            Self::Duplicate => "Duplicate",
            Self::Replacement => "Replacement",
            Self::Large => "Large",
        }
    }

    /// How its journey ends, under the button's title.
    pub(crate) fn ends(self) -> &'static str {
        match self {
            Self::Delivered => "both answers good",
            Self::UnknownPatient => "EPL-153",
            Self::NoPractice => "EPL-151",
            Self::PayloadRefused => "20009",
            Self::NotKnownHere => "30002",
            Self::NoAnswer => "silence",
            Self::Duplicate => "20007",
            Self::Replacement => "version 2",
            Self::Large => "several files",
        }
    }

    /// The example of a name; `None` when there is none.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|example| example.name() == name)
    }
}
