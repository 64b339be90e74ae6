//! Checking a message as a receiving practice would, for people: every finding points into the
//! source, and the answer the message would get is made. Nothing is stored.

mod source;

use fhir::{Document, Element, FhirError, Limits, Position};
use itk3::acknowledgement::{self, Reply};
use itk3::{IssueType, Message, ResponseCode};
use jiff::Timestamp;
use mesh::ControlFile;
use nhs::{MailboxId, OdsCode, PatientAddress, Randomness, WorkflowId};
use send_document::{
    Budget, Checking, Rejection, Ruleset, Severity, Stage, TransportMetadata, View,
};

use source::Source;

/// What a check found. Holds patient data where excerpts do, and has no `Debug`.
#[derive(Clone)]
pub struct Checked {
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
    /// The requirement in our words; none where the rule is no requirement of Send Document.
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
pub(crate) fn read(data: &[u8]) -> Result<Document, FhirError> {
    fhir::read(data, &Limits::default())
}

/// The release a control file's workflow carries; none for any other workflow.
pub fn ruleset(control: &ControlFile) -> Option<Ruleset> {
    let workflow = WorkflowId::parse(control.workflow_id.as_deref()?).ok()?;
    Ruleset::of_workflow(&workflow)
}

/// Checks a message, with the control file it travels with when there is one: as its sender unless the
/// control file is a received one, and as long as the budget lasts.
pub fn check(
    message: &[u8],
    control: Option<&ControlFile>,
    ruleset: Ruleset,
    budget: &Budget<'_>,
) -> Checked {
    let document = match read(message) {
        Ok(document) => document,
        Err(error) => return unreadable(message, &error),
    };
    let source = Source::of(message, &document.root);
    if itk3::is_acknowledgement(&document.root) {
        let findings = itk3::check::acknowledgement(&document.root)
            .into_iter()
            .map(|finding| found(finding.into(), &source));
        return Checked {
            findings: findings.collect(),
            code: None,
            rejection: None,
            header_id: None,
            sender_reference: None,
        };
    }
    let transport = control.map(transport);
    let received = transport.is_some_and(|it| it.stage == Stage::Received);
    let findings = send_document::check_as(
        &document,
        &Checking {
            ruleset,
            transport: transport.as_ref(),
            view: if received {
                View::Receiver
            } else {
                View::Sender
            },
            budget,
        },
    );
    let rejection = send_document::response_for(&findings);
    let envelope = Message::of(&document.root);
    let own = |text: Option<&str>| text.map(str::to_owned);
    Checked {
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
            .map(|finding| found(finding, &source))
            .collect(),
    }
}

fn unreadable(message: &[u8], error: &FhirError) -> Checked {
    let (position, nothing) = (position(error), Element::new("Bundle"));
    let finding = send_document::unreadable(error);
    let code = finding.response.unwrap_or(ResponseCode::UnreadableMessage);
    Checked {
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

fn found(finding: send_document::Finding, source: &Source<'_>) -> Found {
    let place = source.find(&finding.path);
    let position = finding.position.or(place.and_then(fhir::Element::position));
    Found {
        requirement: send_document::requirements()
            .find(|requirement| requirement.id == finding.id)
            .map(|requirement| requirement.text),
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
