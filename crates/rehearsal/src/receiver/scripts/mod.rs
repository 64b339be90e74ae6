//! What the messages of a case are, for each payload: how many, what is special about each, and what it is answered with.

mod negative;
mod others;
mod positive;

use itk3::ResponseCode;

pub(super) use negative::is_made_once;

use super::build::Content;
use super::cases::{Case, Group};
use super::edit::Edit;
use super::expected::Expected;
use super::generator::GeneratorSettings;
use super::patients::Standing;
use super::payload::PayloadName;
use super::plan::Transport;

/// A message of a case.
pub(super) struct Variant {
    /// Its one defect, or what is special.
    pub what: &'static str,
    pub standing: Standing,
    /// Whether the document has another date of birth than the patient.
    pub is_born_another_day: bool,
    pub content: Content,
    pub version: Version,
    pub change: Change,
    pub transport: Transport,
    pub expected: Expected,
}

/// Which version of a document it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Version {
    /// The first.
    First,
    /// The one after that of this case.
    After(&'static str),
    /// One after a document that nobody was sent.
    AfterNone,
}

/// How the valid message is changed.
pub(super) enum Change {
    Nothing,
    Tree(Edit),
    /// What is sent in the place of the message.
    Bytes(&'static [u8]),
    /// Made as long as this, in bytes.
    Length(u64),
    /// The attachment's content type.
    ContentType(String),
    /// The message before, as it was.
    SameMessage,
    /// The message before in another envelope, by this change of it.
    SameDocument(Edit),
    /// An event of the national service in the place of the message.
    NationalEvent,
    /// Sent on a workflow that nobody knows.
    UnknownWorkflow,
}

impl Variant {
    const fn new(what: &'static str, expected: Expected) -> Self {
        Self {
            what,
            standing: Standing::Registered,
            is_born_another_day: false,
            content: Content::Usual,
            version: Version::First,
            change: Change::Nothing,
            transport: Transport::Plain,
            expected,
        }
    }

    const fn taken(what: &'static str) -> Self {
        Self::new(what, Expected::taken(ResponseCode::PatientKnown))
    }

    fn refused(what: &'static str, code: ResponseCode, edit: Edit) -> Self {
        Self {
            change: Change::Tree(edit),
            ..Self::new(what, Expected::refused(code))
        }
    }
}

/// The messages of a case with a payload, or why there are none.
pub(super) fn variants(
    case: &Case,
    payload: PayloadName,
    settings: &GeneratorSettings,
) -> Result<Vec<Variant>, &'static str> {
    if !case.payloads.contains(&payload) {
        return Err("not a case of this payload");
    }
    let is_off = payload == PayloadName::UpdateRecord && !settings.update_record_on;
    if is_off && !matches!(case.id, "RX-N21" | "RX-D01") {
        return Err("the practice has Update Record switched off in this run");
    }
    let made = match case.group {
        Group::Positive => positive::variants(case.id, payload),
        Group::Business => others::business(case.id),
        Group::Negative => negative::variants(case.id, payload, settings)?,
        Group::Distributor => others::distributor(),
        Group::Answers => Vec::new(),
    };
    if made.is_empty() {
        return Err("judged over all messages");
    }
    let mut known = made.iter().map(|it| it.standing);
    if known.any(|standing| settings.patients.who(standing).next().is_none()) {
        return Err("the list of patients has nobody who stands so");
    }
    Ok(made)
}
