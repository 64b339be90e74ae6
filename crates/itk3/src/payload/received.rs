//! What a receiving practice works with, of any payload.

use std::fmt;

use fhir::narrative::Narrative;
use nhs::{DateOfBirth, FamilyName, NhsNumber};

use super::coded::CodedEntry;
use crate::{Event, attachment_types};

/// A message as it was received. Whatever it lacks is `None` or empty: the payload's check says what is
/// wrong with it. Ids and references are without `urn:uuid:`; texts that pages list are cut at 255
/// characters.
#[derive(Clone, PartialEq)]
pub struct Received {
    /// MessageHeader.event, where the table knows it.
    pub event: Option<Event>,
    /// MessageHeader.id: what a response names.
    pub message_header_id: Option<String>,
    /// The outer Bundle.id.
    pub message_bundle_id: Option<String>,
    /// The outer Bundle.identifier.value: with the header's id, what a duplicate message repeats.
    pub message_identifier: Option<String>,
    /// The inner Bundle.id.
    pub document_bundle_id: Option<String>,
    /// What a duplicate document repeats and a replacement names: the inner
    /// Bundle.identifier.value, else Composition.identifier.value, else the inner Bundle.id.
    pub document_id: String,
    /// Composition.identifier.value.
    pub composition_identifier: Option<String>,
    /// The document this one replaces: Composition.relatesTo.targetIdentifier.value.
    pub replaces: Option<String>,
    /// SenderReference, the activity's id at the sender; `None` when unused.
    pub sender_reference: Option<String>,
    /// MessageHeader.source.endpoint.
    pub sender_mailbox: Option<String>,
    /// ODS code of the header's sender.
    pub sender_ods: Option<String>,
    /// Whom the document is about.
    pub patient: ReceivedPatient,
    /// The first author's name, for people.
    pub practitioner_name: Option<String>,
    /// Name of the organisation that keeps the document, else of its author.
    pub custodian_name: Option<String>,
    /// Its ODS code.
    pub custodian_ods: Option<String>,
    /// What kind of document it is: Composition.type, by its display, else its text.
    pub document_type: Option<String>,
    /// The first code of Composition.type.
    pub document_type_code: Option<String>,
    /// Where the patient was cared for: the care setting extension of the composition, by its display, else
    /// its text.
    pub care_setting: Option<String>,
    /// What it is about beside its type: the first Composition.event, by its display, else its text.
    pub about: Option<String>,
    /// Composition.title.
    pub title: String,
    /// Composition.date, as it is written.
    pub date: Option<String>,
    /// The narrative as plain text.
    pub text: String,
    /// The version the message tells.
    pub version: Option<u32>,
    /// Composition.confidentiality is R.
    pub confidential: bool,
    /// RecipientType is FA, or cannot be read (then for action is assumed).
    pub for_action: bool,
    /// The composition's sections with a text or codes, sub-sections behind the section they are in; two hundred at most.
    pub sections: Vec<ReceivedSection>,
    /// The binaries in the order of the sections, then those that no section shows.
    pub attachments: Vec<ReceivedAttachment>,
    /// The given names of every patient and practitioner in the message, a hundred at most: by them a
    /// sender asks a rehearsal partner for an answer.
    pub given_names: Vec<String>,
}

/// Whom a document is about, for matching against the practice's own list.
#[derive(Clone, PartialEq, Eq, Default)]
pub struct ReceivedPatient {
    /// With a good check digit, else `None`; none as well when the message has a second Patient or the
    /// patient a second NHS number.
    pub nhs_number: Option<NhsNumber>,
    /// Of the official name, else of the first.
    pub family_name: Option<FamilyName>,
    /// The same name's given names.
    pub given_names: Vec<String>,
    /// A full date, else `None`.
    pub birth_date: Option<DateOfBirth>,
}

/// A section of the composition.
#[derive(Clone, PartialEq, Eq)]
pub struct ReceivedSection {
    /// Its title; empty when it has none.
    pub title: String,
    /// Its first code, `887171000000109`.
    pub code: Option<String>,
    /// Its text; empty where it has none. Those of a message keep 20,000 elements together, then words only.
    pub narrative: Narrative,
    /// Its coded entries, the members of its lists among them; 2,000 in a message.
    pub entries: Vec<CodedEntry>,
}

impl ReceivedSection {
    /// Its narrative as plain text, a block or a row of a table a line.
    pub fn text(&self) -> String {
        self.narrative.plain_text()
    }

    /// Whether there is nothing of it to show but its title.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty() && self.text().is_empty()
    }
}

/// One binary of the document.
#[derive(Clone, PartialEq, Eq)]
pub struct ReceivedAttachment {
    /// The section's title.
    pub title: String,
    /// The media type, in the usual spelling where it is a listed one.
    pub content_type: String,
    /// The bytes.
    pub content: Vec<u8>,
}

impl Received {
    /// The report: the first attachment that is a PDF.
    pub fn report(&self) -> Option<&ReceivedAttachment> {
        self.attachments
            .iter()
            .find(|attachment| attachment.content_type == attachment_types::PDF)
    }

    /// The sections as one plain text, each under its title; empty when there are none.
    pub fn plain_text(&self) -> String {
        let mut text = String::new();
        for section in &self.sections {
            if !text.is_empty() {
                text.push_str("\n\n");
            }
            text.push_str(&section.title);
            text.push('\n');
            text.push_str(&section.text());
        }
        text
    }
}

impl ReceivedPatient {
    /// `GARTON, Bill`: how lists name the patient.
    pub fn listed_name(&self) -> String {
        let family = self.family_name.as_ref().map_or("", |name| name.as_str());
        listed_name(family, &self.given_names.join(" "))
    }
}

/// `GARTON, Bill`: the family name first, as lists name people; the comma only where there are
/// given names.
pub fn listed_name(family_name: &str, given_names: &str) -> String {
    match given_names.trim() {
        "" => family_name.to_owned(),
        given_names => format!("{family_name}, {given_names}"),
    }
}

impl fmt::Debug for Received {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Received")
            .field("event", &self.event)
            .field("message_header_id", &self.message_header_id)
            .field("document_id", &self.document_id)
            .field("replaces", &self.replaces)
            .field("version", &self.version)
            .field("sections", &self.sections.len())
            .field("attachments", &self.attachments.len())
            .finish_non_exhaustive()
    }
}

/// Types that hold patient data show only their name in `Debug`.
macro_rules! redacted_debug {
    ($($name:ident),*) => {$(
        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(concat!(stringify!($name), "(redacted)"))
            }
        }
    )*};
}
redacted_debug!(ReceivedPatient, ReceivedSection, ReceivedAttachment);
