//! What came back: an answer as it was found, read and held against the rules for answers.

use fhir::{Element, Severity};
use itk3::acknowledgement::{self, Acknowledgement};
use itk3::{Class, Finding, ReceivedCode, ResponseCode};
use jiff::Timestamp;
use nhs::MailboxId;

use super::plan::Planned;

/// A file or message as it was found where answers come. May hold anything.
#[derive(Clone)]
pub struct Incoming {
    /// The name of the file, or the id of the message.
    pub name: String,
    /// When it was found.
    pub at: Timestamp,
    /// Grows in the order in which its sender handed it over; the same where that cannot be told.
    pub turn: u64,
    /// The mailbox it says it is from.
    pub from: Option<String>,
    /// Whom it is addressed to.
    pub to: Option<String>,
    /// On which workflow it came.
    pub workflow: Option<String>,
    /// Its content.
    pub bytes: Vec<u8>,
}

/// An answer that was read.
pub struct Answer {
    /// As it was found.
    pub incoming: Incoming,
    /// What it says.
    pub read: Acknowledgement,
    /// What breaks a rule for answers.
    pub findings: Vec<Finding>,
    /// What of it speaks against the rules for answers, in words, with what only the run can tell.
    pub breaches: Vec<String>,
    /// What of the patient it tells, in words and never the words themselves.
    pub told: Vec<&'static str>,
    /// The texts of its outcome.
    pub(super) texts: Vec<String>,
}

/// Texts of one outcome that are looked at, and characters of them together.
const TEXTS: usize = 200;
const CHARACTERS: usize = 100_000;

impl Answer {
    /// Reads what was found; gives it back where it is no acknowledgement that can be read.
    ///
    /// # Errors
    /// What was given.
    pub fn of(incoming: Incoming) -> Result<Self, Box<Incoming>> {
        let document = match message_check::read(&incoming.bytes) {
            Ok(document) => document,
            Err(_) => return Err(Box::new(incoming)),
        };
        let root = &document.root;
        let Ok(read) = acknowledgement::read(root) else {
            return Err(Box::new(incoming));
        };
        let findings = itk3::check::acknowledgement(root);
        let breaches = findings.iter().filter(|it| is_breach(it));
        Ok(Self {
            breaches: breaches.map(ToString::to_string).collect(),
            told: Vec::new(),
            texts: texts(root),
            incoming,
            read,
            findings,
        })
    }

    /// Infrastructure or business; a retired code is one of infrastructure.
    pub fn class(&self) -> Class {
        match self.read.code.class() {
            Class::Business => Class::Business,
            Class::Infrastructure | Class::Retired => Class::Infrastructure,
        }
    }

    /// The code, in the meaning it has today.
    pub fn code(&self) -> Option<ResponseCode> {
        self.read.code.meaning()
    }

    /// Whether it came on the workflow on which answers to this message come.
    pub(super) fn is_on_workflow(&self, planned: &Planned) -> bool {
        let found = self.incoming.workflow.as_deref().map(str::trim);
        found == Some(planned.workflow.acknowledgement().as_str())
    }

    /// Whether it is addressed to this mailbox.
    pub(super) fn is_to(&self, mailbox: &MailboxId) -> bool {
        let is_it = |to: &str| to.trim().eq_ignore_ascii_case(mailbox.as_str());
        self.incoming.to.as_deref().is_some_and(is_it)
    }

    /// Whether it says that nothing of the message was read: then neither id nor reference can be named.
    pub(super) fn is_of_unread(&self) -> bool {
        matches!(
            self.code(),
            Some(ResponseCode::UnreadableMessage | ResponseCode::TooLarge)
        )
    }

    /// The code as it was sent, fit for a list.
    pub fn code_text(&self) -> String {
        let kept = self.read.code.code().chars();
        kept.filter(char::is_ascii_alphanumeric).take(16).collect()
    }

    /// What is said of a code from before ITK3 2.3.0.
    pub(super) fn legacy_remark(&self) -> Option<&'static str> {
        matches!(self.read.code, ReceivedCode::Legacy { .. })
            .then_some("a code from before ITK3 2.3.0")
    }
}

/// What a receiver must keep (GPCM-SD-050, SD-051 among them); the other warnings are told.
fn is_breach(finding: &Finding) -> bool {
    finding.severity == Severity::Error || finding.id == "itk3-ack-flags"
}

fn texts(root: &Element) -> Vec<String> {
    let mut found = Vec::new();
    let mut room = CHARACTERS;
    let resources = root.all("entry").filter_map(Element::resource);
    for outcome in resources.filter(|it| it.name() == "OperationOutcome") {
        collect(outcome, &mut found, &mut room);
    }
    found
}

/// Everything an outcome says in words. The reader bounds how deep a message goes.
fn collect(element: &Element, found: &mut Vec<String>, room: &mut usize) {
    let own = element.value().map(str::to_owned);
    let own = own.or_else(|| element.xhtml_text());
    if let Some(text) = own {
        let kept: String = text.chars().take(*room).collect();
        *room = room.saturating_sub(kept.len());
        found.push(kept);
    }
    for child in element.children() {
        if found.len() >= TEXTS || *room == 0 {
            return;
        }
        collect(child, found, room);
    }
}
