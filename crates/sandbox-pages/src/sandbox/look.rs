//! What a list says of a message: a look into it in a few words.

use itk3::Family;
use send_document::Severity;

use super::reading::{Itk3, Opened};
use super::words::bytes;

/// Characters kept of a text.
const SHORT: usize = 255;

/// What was found in a message, in short. Patient data: it has no `Debug`.
#[derive(Clone)]
pub(crate) struct Look {
    pub(crate) kind: LookKind,
    /// `Consultation report, Bill GARTON`.
    pub(crate) title: String,
    /// `Bill GARTON`.
    pub(crate) patient: Option<String>,
    pub(crate) errors: usize,
    pub(crate) warnings: usize,
    /// The id of the first finding, an error before a warning.
    pub(crate) first: Option<&'static str>,
    /// By whose rules it was checked; empty where it was not.
    pub(crate) rules: &'static str,
    /// The code and words with which a receiver would answer it.
    pub(crate) would_be_answered: Option<(&'static str, &'static str)>,
    /// The id that answers name.
    pub(crate) header_id: Option<String>,
    /// What it answers: the header's id it names, and its code with words.
    pub(crate) answers: Option<Answers>,
    pub(crate) attachments: usize,
}

/// What kind of thing a message is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum LookKind {
    /// A message of ITK3.
    Document,
    /// An acknowledgement of ITK3.
    Acknowledgement,
    /// A report of the exchange.
    Report,
    /// Anything else.
    Other,
}

/// What an acknowledgement says.
#[derive(Clone)]
pub(crate) struct Answers {
    /// The header's id of the message it answers.
    pub(crate) to: Option<String>,
    pub(crate) code: String,
    pub(crate) display: String,
}

impl Look {
    pub(crate) fn of(opened: &Opened) -> Self {
        match &opened.itk3 {
            Some(itk3) if itk3.checked.payload == Some(Family::Acknowledgement) => {
                Self::acknowledgement(itk3)
            }
            Some(itk3) => Self::document(itk3),
            None => Self::other(opened),
        }
    }

    fn checked(kind: LookKind, title: String, itk3: &Itk3) -> Self {
        let findings = &itk3.checked.findings;
        let count = |severity| {
            let of_it = findings.iter().filter(|found| found.severity == severity);
            of_it.count()
        };
        let (errors, warnings) = (count(Severity::Error), count(Severity::Warning));
        let first = findings
            .iter()
            .find(|found| found.severity == Severity::Error)
            .or(findings.first());
        Self {
            kind,
            title,
            patient: None,
            errors,
            warnings,
            first: first.map(|found| found.id),
            rules: itk3.checked.rules,
            would_be_answered: itk3.checked.code.map(|code| (code.code(), code.display())),
            header_id: None,
            answers: None,
            attachments: 0,
        }
    }

    fn document(itk3: &Itk3) -> Self {
        let Some(received) = &itk3.received else {
            let title = match &itk3.document {
                Some(_) => "FHIR that is no message that can be read",
                None => "XML or JSON that cannot be read",
            };
            let header = itk3.document.as_ref().and_then(|document| {
                let message = itk3::Message::of(&document.root)?;
                message.id().map(short)
            });
            return Self {
                header_id: header,
                ..Self::checked(LookKind::Document, title.to_owned(), itk3)
            };
        };
        let kind = itk3.payload.map(|payload| payload.listed_kind(received));
        let kind = kind.unwrap_or_default();
        let patient = &received.patient;
        let family = patient.family_name.as_ref().map(|name| name.as_str());
        let name = patient
            .given_names
            .iter()
            .map(String::as_str)
            .chain(family)
            .collect::<Vec<_>>()
            .join(" ");
        let title = if name.is_empty() {
            short(&kind)
        } else {
            short(&format!("{kind}, {name}"))
        };
        Self {
            patient: (!name.is_empty()).then(|| short(&name)),
            header_id: received.message_header_id.clone(),
            attachments: received.attachments.len(),
            ..Self::checked(LookKind::Document, title, itk3)
        }
    }

    fn acknowledgement(itk3: &Itk3) -> Self {
        let Some(read) = &itk3.acknowledgement else {
            let title = "An acknowledgement that cannot be read".to_owned();
            return Self::checked(LookKind::Acknowledgement, title, itk3);
        };
        let code = short(read.code.code());
        let display = read.code.meaning().map_or("", |code| code.display());
        Self {
            header_id: read.id.clone(),
            answers: Some(Answers {
                to: read.in_response_to.clone(),
                code: code.clone(),
                display: display.to_owned(),
            }),
            ..Self::checked(LookKind::Acknowledgement, format!("{code} {display}"), itk3)
        }
    }

    fn other(opened: &Opened) -> Self {
        let message = &opened.envelope.message;
        let (kind, title) = match opened.envelope.failure() {
            Some(failure) if message.kind == exchange::Kind::Report => (
                LookKind::Report,
                format!("Report {}: {}", failure.code, failure.description),
            ),
            _ => {
                let media_type = message.details.content_type.as_deref().unwrap_or_default();
                let media_type = String::from_utf8_lossy(media_type);
                let media_type = match media_type.trim() {
                    "" => "no content type",
                    text => text,
                };
                let size = bytes(message.size);
                (LookKind::Other, format!("Not ITK3: {media_type}, {size}"))
            }
        };
        Self {
            kind,
            title: short(&title),
            patient: None,
            errors: 0,
            warnings: 0,
            first: None,
            rules: "",
            would_be_answered: None,
            header_id: None,
            answers: None,
            attachments: 0,
        }
    }
}

fn short(text: &str) -> String {
    text.chars().take(SHORT).collect()
}
