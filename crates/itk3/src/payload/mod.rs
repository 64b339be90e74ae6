//! What an ITK3 message carries: the table of payloads ([`Kind`]), what a crate that knows one of them
//! offers ([`Payload`]), and what holds for all ([`General`]).

mod building;
mod coded;
mod general;
mod kind;
mod reading;
mod received;
pub mod record;
mod sections;
mod table;
mod transport;

use std::borrow::Cow;

use fhir::{Budget, Document};
use nhs::{OdsCode, WorkflowId};

use crate::check::Finding;
use crate::{Message, View};

pub use building::{BuildParams, Built};
pub use coded::{Code, CodedEntry, Standing};
pub use general::General;
pub use kind::{Definitions, Family, HeaderReceiver, Inner, Kind, OtherDefinition, UnknownFamily};
pub use reading::read;
pub use received::{Received, ReceivedAttachment, ReceivedPatient, ReceivedSection, listed_name};
pub use sections::{SECTIONS, section_code, sections};
pub use transport::{Stage, TransportMetadata};

/// What a crate that knows a payload offers to whoever receives, checks or builds messages. The
/// practice's distributor, `message check` and `message show` know payloads by this and by the table.
pub trait Payload: Send + Sync {
    /// The rows of the table whose messages it judges, its own where it changes one of them.
    fn kinds(&self) -> &'static [Kind];

    /// What people read: `Send Document 2.0`.
    fn title(&self) -> &'static str;

    /// Whether messages on this workflow are its own.
    fn takes(&self, workflow: &WorkflowId) -> bool {
        let is_listed = |kind: &Kind| kind.workflows.contains(&workflow.as_str());
        self.kinds().iter().any(is_listed)
    }

    /// Every rule that the message breaks: FHIR's, ITK3's, then the payload's own.
    fn check(&self, message: &Document, checking: &Checking<'_>) -> Vec<Finding>;

    /// The requirement behind a finding's id, in our words; none where the id is not of this payload.
    fn requirement(&self, id: &str) -> Option<&'static str>;

    /// What a task shows, tolerantly: [`Self::check`] says what is wrong.
    ///
    /// # Errors
    /// [`PayloadError::Unreadable`] when nothing can be shown or kept apart.
    fn read(&self, message: &Document) -> Result<Received, PayloadError>;

    /// What lists call a message that was read: its type, else its title, else its event.
    fn listed_kind<'a>(&self, received: &'a Received) -> Cow<'a, str> {
        let title = Some(received.title.as_str()).filter(|title| !title.is_empty());
        let stated = received.document_type.as_deref().or(title);
        let event = received.event.map(crate::Event::display);
        Cow::Borrowed(stated.or(event).unwrap_or("Document"))
    }

    /// Builds a message from the payload's own documented JSON.
    ///
    /// # Errors
    /// [`PayloadError::NotBuilt`] where this payload is only received; [`PayloadError::Refused`] with
    /// what is wrong with the input.
    fn build(&self, input: &[u8], params: &BuildParams<'_>) -> Result<Built, PayloadError> {
        let _ = (input, params);
        Err(PayloadError::NotBuilt(self.title()))
    }
}

/// How a message is checked.
#[derive(Clone, Copy)]
pub struct Checking<'a> {
    /// The control file or headers it travelled with, when they are known.
    pub transport: Option<&'a TransportMetadata<'a>>,
    /// Whose message it is to who checks it.
    pub view: View,
    /// Whom the receiver serves; none where nobody is a receiver, or it does not know.
    pub served: Option<&'a Served<'a>>,
    /// How long it may take; what takes longer is found out of time, an error answered with 20015.
    pub budget: &'a Budget<'a>,
}

/// Whom a receiver serves: a header that names another receiver is answered 20002 or 20001.
#[derive(Clone, Copy)]
pub struct Served<'a> {
    /// The organisations.
    pub organisations: &'a [OdsCode],
    /// The SDS user ids of the practitioners; none where they are not known, and any is served.
    pub practitioners: Option<&'a [String]>,
}

/// Why a payload could not be read or built. No message carries patient data, and none is cured by
/// sending the same thing again.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PayloadError {
    /// A part without which nothing can be shown is not there. Names the part.
    #[error("the message cannot be read as a document: {0}")]
    Unreadable(&'static str),
    /// No builder. Names the payload.
    #[error("expected a payload that is built here, found {0}, which is only received")]
    NotBuilt(&'static str),
    /// The payload's own error: a stable code, and what is wrong.
    #[error("{what}")]
    Refused {
        /// A stable code.
        code: &'static str,
        /// What was expected, found and is to be done; never a value of the input.
        what: String,
    },
}

impl PayloadError {
    /// A stable code for logs and JSON.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Unreadable(_) => "unreadable",
            Self::NotBuilt(_) => "payload-not-built",
            Self::Refused { code, .. } => code,
        }
    }
}

/// Of many payloads the one to judge a message by: the first with a row that has both its event and its
/// workflow; else the first that has the event, which then tells that the workflow is another's
/// ([`check::carried`](crate::check::carried())); else the first that takes the workflow, which tells that
/// the event is another's. List those with rules of their own before [`General`].
pub fn choose<'p>(
    payloads: &[&'p dyn Payload],
    message: Option<&Message<'_>>,
    workflow: Option<&WorkflowId>,
) -> Option<&'p dyn Payload> {
    let event = message.and_then(Message::event);
    let of_event = |payload: &&&'p dyn Payload| {
        let mut kinds = payload.kinds().iter();
        kinds.any(|kind| Some(kind.event.code()) == event)
    };
    let of_workflow = |payload: &&&'p dyn Payload| workflow.is_some_and(|it| payload.takes(it));
    let is_row = |kind: &Kind, workflow: &WorkflowId| {
        Some(kind.event.code()) == event && kind.workflows.contains(&workflow.as_str())
    };
    let has_row = |payload: &&&'p dyn Payload| {
        let mut kinds = payload.kinds().iter();
        workflow.is_some_and(|workflow| kinds.any(|kind| is_row(kind, workflow)))
    };
    let by_both = payloads.iter().filter(of_workflow).find(has_row);
    let by_event = || payloads.iter().find(of_event);
    let by_workflow = || payloads.iter().find(of_workflow);
    by_both.or_else(by_event).or_else(by_workflow).copied()
}
