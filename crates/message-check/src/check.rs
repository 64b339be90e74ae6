//! Checking a message as a receiving practice would, for people: every finding points into the
//! source, and the answer the message would get is made. Nothing is stored.

use fhir::{Document, Element, FhirError, Limits, Position};
use itk3::acknowledgement::{self, Reply};
use itk3::{
    Checking, Event, Family, IssueType, Kind, Message, Payload, Rejection, ResponseCode, Stage,
    TransportMetadata, View,
};
use jiff::Timestamp;
use mesh::ControlFile;
use nhs::{MailboxId, OdsCode, PatientAddress, Randomness, WorkflowId};
use send_document::{Budget, Ruleset, Severity};

use crate::known;
use crate::source::Source;

/// What a check found. Holds patient data where excerpts do, and has no `Debug`.
#[derive(Clone)]
pub struct Checked {
    /// The payload it was taken for; none when its event could not be read or is not known.
    pub payload: Option<Family>,
    /// Its event, where it is known.
    pub event: Option<Event>,
    /// By whose rules it was checked, for people: `Send Document 2.0`.
    pub rules: &'static str,
    /// Every rule the message breaks, in the order of processing.
    pub findings: Vec<Found>,
    /// The infrastructure code the message would be answered with; none for an acknowledgement,
    /// which nobody answers.
    pub code: Option<ResponseCode>,
    rejection: Option<Rejection>,
    header_id: Option<String>,
    sender_reference: Option<String>,
}

/// One rule that a message breaks.
#[derive(Clone)]
pub struct Found {
    /// The requirement (`GPCM-SD-115`), ITK3 rule (`itk3-…`) or FHIR invariant (`bdl-7`).
    pub id: &'static str,
    /// An error makes the message invalid; a warning is told and tolerated.
    pub severity: Severity,
    /// Where in the message's tree, or in the transport metadata (`transport.subject`).
    pub path: String,
    /// Where in the source the named element begins, or the nearest one above it that is there.
    /// None in JSON.
    pub position: Option<Position>,
    /// What was expected, and what kind of thing was found.
    pub what: String,
    /// What the sender can do about it; empty where `what` says it all.
    pub remedy: &'static str,
    /// The requirement in our words; none where the rule is ITK3's or FHIR's own.
    pub requirement: Option<&'static str>,
    /// The source at this place, a line at most. Patient data.
    pub excerpt: Option<String>,
}

/// Who would answer.
pub struct Answerer<'a> {
    /// The practice.
    pub organisation: &'a OdsCode,
    /// Its mailbox.
    pub endpoint: &'a MailboxId,
    /// When.
    pub now: Timestamp,
    /// Where the acknowledgement's ids come from.
    pub randomness: &'a dyn Randomness,
}

impl Checked {
    /// Whether no finding is an error.
    pub fn is_valid(&self) -> bool {
        let mut severities = self.findings.iter().map(|finding| finding.severity);
        !severities.any(|severity| severity == Severity::Error)
    }

    /// The infrastructure acknowledgement the message would get, FHIR XML in UTF-8.
    pub fn acknowledgement(&self, answerer: &Answerer<'_>) -> Option<Vec<u8>> {
        let rejection = self.rejection.as_ref();
        let reply = Reply {
            in_response_to: self.header_id.clone(),
            sender_reference: self.sender_reference.clone(),
            code: self.code?,
            issue: rejection.map(|rejection| rejection.issue),
            diagnostics: rejection.map(|rejection| rejection.diagnostics.clone()),
            organisation: answerer.organisation.clone(),
            endpoint: answerer.endpoint.clone(),
            timestamp: answerer.now,
        };
        let message = acknowledgement::build(&reply, answerer.randomness);
        Some(fhir::xml::write(&message))
    }
}

/// How long a check may take that somebody waits for, or other messages wait behind. A message of the
/// largest size takes a twentieth of it.
pub const CHECK_SECONDS: i64 = 20;

/// Reads a message as XML, or as JSON when it begins with a brace: ITK3 knows XML only, JSON is
/// for those who ask for it.
pub fn read(data: &[u8]) -> Result<Document, FhirError> {
    fhir::read(data, &Limits::default())
}

/// The workflow a control file names.
fn workflow(control: &ControlFile) -> Option<WorkflowId> {
    WorkflowId::parse(control.workflow_id.as_deref()?).ok()
}

/// Checks a message, with the control file it travels with when there is one: by the rules of the
/// payload it carries, as its sender unless the control file is a received one, and as long as the
/// budget lasts. `stated` is the release of Send Document to check a document by; without it the
/// workflow tells, else it is 1.3.
pub fn check(
    message: &[u8],
    control: Option<&ControlFile>,
    stated: Option<Ruleset>,
    budget: &Budget<'_>,
) -> Checked {
    let workflow = control.and_then(workflow);
    let document = match read(message) {
        Ok(document) => document,
        Err(error) => {
            let payload = known::of_message(None, workflow.as_ref(), stated);
            return unreadable(message, payload.title(), &error);
        }
    };
    let source = Source::of(message, &document.root);
    if itk3::is_acknowledgement(&document.root) {
        return acknowledgement_checked(&document, &source);
    }
    let payload = known::of_message(Some(&document), workflow.as_ref(), stated);
    let transport = control.map(transport);
    let received = transport.is_some_and(|it| it.stage == Stage::Received);
    let mut findings = payload.check(
        &document,
        &Checking {
            transport: transport.as_ref(),
            view: if received {
                View::Receiver
            } else {
                View::Sender
            },
            served: None,
            budget,
        },
    );
    findings.extend(itk3::check::size(message.len()));
    let rejection = itk3::response_for(&findings);
    let envelope = Message::of(&document.root);
    let event = envelope.as_ref().and_then(Message::event);
    let event = event.and_then(Event::parse);
    let own = |text: Option<&str>| text.map(str::to_owned);
    Checked {
        payload: event.and_then(Kind::of_event).map(|kind| kind.family),
        event,
        rules: payload.title(),
        code: Some(
            rejection
                .as_ref()
                .map_or(ResponseCode::Success, |rejection| rejection.code),
        ),
        rejection,
        header_id: own(envelope.as_ref().and_then(Message::id)),
        sender_reference: own(envelope
            .as_ref()
            .and_then(|message| message.handling().sender_reference)),
        findings: findings
            .into_iter()
            .map(|finding| found(finding, Some(payload), &source))
            .collect(),
    }
}

fn acknowledgement_checked(document: &Document, source: &Source<'_>) -> Checked {
    let findings = itk3::check::acknowledgement(&document.root)
        .into_iter()
        .map(|finding| found(finding, None, source));
    Checked {
        payload: Some(Family::Acknowledgement),
        event: Some(Event::RESPONSE),
        rules: "ITK3 acknowledgements",
        findings: findings.collect(),
        code: None,
        rejection: None,
        header_id: None,
        sender_reference: None,
    }
}

fn unreadable(message: &[u8], rules: &'static str, error: &FhirError) -> Checked {
    let (position, nothing) = (position(error), Element::new("Bundle"));
    let finding = itk3::check::unreadable(error);
    let code = finding.response.unwrap_or(ResponseCode::UnreadableMessage);
    Checked {
        payload: None,
        event: None,
        rules,
        code: Some(code),
        rejection: Some(Rejection {
            code,
            issue: code.issue_type(finding.issue.or(Some(IssueType::Processing))),
            diagnostics: finding.what.clone(),
        }),
        header_id: None,
        sender_reference: None,
        findings: vec![Found {
            id: finding.id,
            severity: finding.severity,
            path: String::new(),
            position,
            what: finding.what,
            remedy: finding.remedy,
            requirement: None,
            excerpt: position
                .and_then(|position| Source::of(message, &nothing).excerpt(Some(position), None)),
        }],
    }
}

/// Where a reader stumbled.
fn position(error: &FhirError) -> Option<Position> {
    let (line, column) = match error {
        FhirError::Malformed { line, column, .. } => (u32::try_from(*line), u32::try_from(*column)),
        FhirError::NotUtf8 { line, column, .. } => (u32::try_from(*line), u32::try_from(*column)),
        _ => return None,
    };
    let (line, column) = (line.ok()?, column.ok()?);
    Some(Position { line, column })
}

fn found(finding: itk3::Finding, payload: Option<&dyn Payload>, source: &Source<'_>) -> Found {
    let place = source.find(&finding.path);
    let position = finding.position.or(place.and_then(fhir::Element::position));
    Found {
        requirement: payload.and_then(|payload| payload.requirement(finding.id)),
        excerpt: source.excerpt(position, place),
        position,
        id: finding.id,
        severity: finding.severity,
        path: finding.path,
        what: finding.what,
        remedy: finding.remedy,
    }
}

/// What a control file says of its message. A received one names the mailbox; the sender's own
/// still holds the patient address.
pub fn transport(control: &ControlFile) -> TransportMetadata<'_> {
    fn text(value: &Option<String>) -> &str {
        value.as_deref().unwrap_or_default()
    }
    let to = text(&control.to_dts);
    let received = control.status.is_some() && !PatientAddress::is_meant(to);
    TransportMetadata {
        from: text(&control.from_dts),
        to,
        subject: text(&control.subject),
        workflow: text(&control.workflow_id),
        local_id: text(&control.local_id),
        stage: if received {
            Stage::Received
        } else {
            Stage::Sent
        },
    }
}
