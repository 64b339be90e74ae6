//! Acknowledgements: building and reading them. Infrastructure and business ones differ in nothing
//! but the code.

use std::fmt;

use fhir::Element;
use jiff::Timestamp;
use nhs::{MailboxId, OdsCode, Randomness, uuid_v4};

use crate::message::{bundle, entry, header_organisation};
use crate::{
    Event, Handling, Header, IssueType, Itk3Error, Message, ReceivedCode, RecipientType,
    ResponseCode, names, urn_uuid,
};

/// An acknowledgement to build.
#[derive(Clone, PartialEq, Eq)]
pub struct Reply {
    /// The `MessageHeader.id` of the message answered; `None` when it could not be read.
    pub in_response_to: Option<String>,
    /// The `SenderReference` of the message answered, repeated (GPCM-SD-052).
    pub sender_reference: Option<String>,
    /// The one code.
    pub code: ResponseCode,
    /// The issue type, where the code leaves a choice.
    pub issue: Option<IssueType>,
    /// Which element breaks which rule (GPCM-SD-074). Never a name, number or value (FHIR-BA-02).
    pub diagnostics: Option<String>,
    /// The practice that answers (GPCM-SD-053).
    pub organisation: OdsCode,
    /// Its mailbox, `source.endpoint`.
    pub endpoint: MailboxId,
    /// When the answer was made (GPCM-SD-055).
    pub timestamp: Timestamp,
}

/// An acknowledgement that was received.
#[derive(Clone, PartialEq, Eq)]
pub struct Acknowledgement {
    /// Its own `MessageHeader.id`.
    pub id: Option<String>,
    /// The id of the message it answers; `None` when the answerer could not read it. Compare with
    /// [`crate::same_id`].
    pub in_response_to: Option<String>,
    /// The code.
    pub code: ReceivedCode,
    /// The `SenderReference` it repeats; `None` when unused.
    pub sender_reference: Option<String>,
    /// What was wrong, in the answerer's words. May hold anything.
    pub diagnostics: Option<String>,
    /// The organisation that answers, when its header names one.
    pub organisation: Option<OdsCode>,
    /// The answerer's mailbox.
    pub endpoint: Option<String>,
    /// When the answer was made, as it was written.
    pub timestamp: Option<String>,
}

/// The acknowledgement: header, organisation, outcome, in this order. It asks for no acknowledgement
/// itself (GPCM-SD-050, SD-051), and always has an outcome, the header's `details` being mandatory.
///
/// A negative code without diagnostics gets its display: diagnostics are compulsory on errors
/// (GPCM-SD-074). An id that is no FHIR id counts as unreadable.
pub fn build(reply: &Reply, randomness: &dyn Randomness) -> Element {
    let uuid = || uuid_v4(randomness);
    let (organisation, outcome) = (uuid(), uuid().to_string());
    let header = Header {
        id: uuid(),
        event: Event::RESPONSE,
        timestamp: reply.timestamp,
        endpoint: reply.endpoint.clone(),
        receiver: None,
        handling: Handling {
            business_acknowledgement: false,
            infrastructure_acknowledgement: false,
            recipient_type: RecipientType::ForAction,
            message_definition: names::RESPONSE_DEFINITION.to_owned(),
            sender_reference: echo(reply.sender_reference.as_deref()),
            local_extension: names::NONE.to_owned(),
        },
    };
    let answered = reply
        .in_response_to
        .as_deref()
        .map(bare_id)
        .filter(|id| is_id(id));
    let response = Element::new("response")
        .child("identifier", answered.unwrap_or(names::UNREADABLE_ID))
        .child("code", reply.code.header_code())
        .with(Element::reference("details", urn_uuid(&outcome)));
    bundle(uuid(), uuid(), "message", names::MESSAGE_BUNDLE)
        .with(entry(header.build(organisation, None).with(response)))
        .with(entry(header_organisation(
            organisation,
            &reply.organisation,
        )))
        .with(entry(operation_outcome(&outcome, reply)))
}

fn operation_outcome(id: &str, reply: &Reply) -> Element {
    let code = reply.code;
    let coding = Element::coding("coding", names::RESPONSE_CODES, code.code(), code.display());
    let given = reply
        .diagnostics
        .as_deref()
        .map(str::trim)
        .filter(|text| !text.is_empty());
    let diagnostics = given.or((!code.is_positive()).then(|| code.display()));
    let issue = Element::new("issue")
        .child("severity", code.severity().code())
        .child("code", code.issue_type(reply.issue).code())
        .with(Element::new("details").with(coding))
        .child_if("diagnostics", diagnostics);
    Element::new("OperationOutcome")
        .child("id", id)
        .profile(names::RESPONSE_OUTCOME)
        .with(issue)
}

/// The sender's reference as it came, when it is one.
fn echo(reference: Option<&str>) -> String {
    let usable = |text: &&str| !text.trim().is_empty() && text.chars().count() <= 255;
    reference.filter(usable).unwrap_or(names::NONE).to_owned()
}

fn bare_id(id: &str) -> &str {
    let id = id.trim();
    id.strip_prefix(names::URN_UUID).unwrap_or(id)
}

fn is_id(id: &str) -> bool {
    (1..=64).contains(&id.len())
        && id
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.'))
}

/// Reads an acknowledgement as tolerantly as published ones need: any sender, any order of entries
/// behind the header, old code systems, an outcome that the header does not point at.
///
/// # Errors
/// [`Itk3Error`] when the document is no message, has no response, or no code.
pub fn read(root: &Element) -> Result<Acknowledgement, Itk3Error> {
    let message = Message::of(root).ok_or(Itk3Error::NotAMessage)?;
    let response = message
        .header()
        .at("response")
        .ok_or(Itk3Error::NoResponse)?;
    let named = message.bundle().follow(response.at("details"));
    let outcome = named
        .filter(|resource| resource.name() == "OperationOutcome")
        .or_else(|| {
            message
                .bundle()
                .resources()
                .find(|any| any.name() == "OperationOutcome")
        })
        .ok_or(Itk3Error::NoCode)?;
    let (issue, code) = outcome
        .all("issue")
        .find_map(|issue| Some((issue, issue.value_at("details.coding.code")?)))
        .ok_or(Itk3Error::NoCode)?;
    let own = |text: Option<&str>| text.map(str::to_owned);
    let not_none = |text: &&str| !text.trim().eq_ignore_ascii_case(names::NONE);
    Ok(Acknowledgement {
        id: own(message.id()),
        in_response_to: own(response
            .value_at("identifier")
            .filter(|id| !id.trim().eq_ignore_ascii_case(names::UNREADABLE_ID))),
        code: ReceivedCode::parse(code),
        sender_reference: own(message.handling().sender_reference.filter(not_none)),
        diagnostics: own(issue.value_at("diagnostics")),
        organisation: message.sender_ods_code(),
        endpoint: own(message.endpoint()),
        timestamp: own(message.timestamp()),
    })
}

impl fmt::Debug for Reply {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Reply")
            .field("code", &self.code)
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for Acknowledgement {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Acknowledgement")
            .field("code", &self.code.meaning())
            .finish_non_exhaustive()
    }
}
