//! The views of one letter, and where each is.

use crate::TaskId;

/// A view of a letter. Each has an address of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::web) enum Tab {
    /// What it says, in words; the first view.
    Text,
    /// The document, where it is a PDF or a picture.
    Document,
    Files,
    Findings,
    Source,
    Control,
    Journey,
    History,
}

impl Tab {
    /// The path of this view of a letter.
    pub(super) fn path(self, id: TaskId) -> String {
        let view = match self {
            Self::Text => return format!("/inbox/{id}"),
            Self::Document => "document",
            Self::Files => "files",
            Self::Findings => "findings",
            Self::Source => "source",
            Self::Control => "control",
            Self::Journey => "journey",
            Self::History => "history",
        };
        format!("/inbox/{id}/{view}")
    }

    /// What is in view.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Text => "Text of the letter",
            Self::Document => "Document",
            Self::Files => "Files of the letter",
            Self::Findings => "Findings",
            Self::Source => "Source of the message",
            Self::Control => "Control data of the message",
            Self::Journey => "Journey of the letter",
            Self::History => "History of the letter",
        }
    }
}
