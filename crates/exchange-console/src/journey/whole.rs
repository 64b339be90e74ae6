//! What belongs to one journey: the message that began it, and those that are known to answer it.

use exchange::{Envelope, Event, Exchange, ExchangeError, Kind, Step};
use journey::{AnswerClass, Place};
use nhs::MessageId;

/// Messages of one journey, at most.
const MESSAGES: usize = 8;

/// What a message is in its journey.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Role {
    /// It began the journey.
    Letter,
    /// It carried an acknowledgement about the message.
    Infrastructure,
    /// It carried an acknowledgement about the patient.
    Business,
    /// The exchange's report that the message failed.
    Report,
}

impl Role {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Letter => "message",
            Self::Infrastructure => "infrastructure",
            Self::Business => "business",
            Self::Report => "report",
        }
    }
}

/// One message of a journey.
pub(crate) struct Part {
    pub(crate) role: Role,
    pub(crate) envelope: Envelope,
    pub(crate) steps: Vec<Step>,
    /// What it says, where it is an acknowledgement: the code, and whether all is well.
    pub(crate) code: Option<(u32, bool)>,
}

/// A journey: the message that began it comes first.
pub(crate) struct Whole {
    pub(crate) parts: Vec<Part>,
    /// Which of them was asked for.
    pub(crate) asked: usize,
}

impl Whole {
    /// The journey that a message belongs to, as far as the exchange can know without reading bodies: a report names
    /// its message, and an acknowledgement is tied to its message where a practice told so.
    pub(crate) async fn of(exchange: &Exchange, id: &str) -> Result<Self, ExchangeError> {
        let asked = part(exchange, id, Role::Letter, None).await?;
        let first = match begun_by(&asked) {
            Some(letter) => part(exchange, letter.as_str(), Role::Letter, None)
                .await
                .ok(),
            None => None,
        };
        let asked_for = asked.envelope.message.id.clone();
        let letter = first.unwrap_or(asked);
        let mut parts = vec![letter];
        for (role, id, code) in answers(&parts) {
            if parts.len() >= MESSAGES || parts.iter().any(|part| part.envelope.message.id == id) {
                continue;
            }
            // one that was forgotten is left out
            if let Ok(part) = part(exchange, id.as_str(), role, code).await {
                parts.push(part);
            }
        }
        let place = parts
            .iter()
            .position(|part| part.envelope.message.id == asked_for);
        Ok(Self {
            parts,
            asked: place.unwrap_or(0),
        })
    }

    pub(crate) fn letter(&self) -> Option<&Part> {
        self.parts.first()
    }

    pub(crate) fn asked(&self) -> Option<&Part> {
        self.parts.get(self.asked)
    }

    /// The code that the journey ended with, if its message failed.
    pub(crate) fn failure(&self) -> Option<&exchange::Failure> {
        self.letter()?.envelope.message.failure.as_ref()
    }
}

async fn part(
    exchange: &Exchange,
    id: &str,
    role: Role,
    code: Option<(u32, bool)>,
) -> Result<Part, ExchangeError> {
    let envelope = exchange.message(id).await?;
    let steps = exchange.steps(&envelope.message).await?;
    let role = match envelope.message.kind {
        Kind::Report => Role::Report,
        Kind::Data => role,
    };
    let steps = complete(steps, &envelope);
    Ok(Part {
        role,
        envelope,
        steps,
        code,
    })
}

/// The message that a report or an acknowledgement is about.
fn begun_by(part: &Part) -> Option<MessageId> {
    let linked = part.envelope.message.report.as_ref();
    if let Some(linked) = linked.and_then(|report| report.linked.as_deref()) {
        return MessageId::parse(linked).ok();
    }
    part.steps.iter().find_map(|step| match &step.event {
        Event::Answers { answered, .. } => Some(answered.clone()),
        _ => None,
    })
}

type Answer = (Role, MessageId, Option<(u32, bool)>);

/// What is known to answer the first part.
fn answers(parts: &[Part]) -> Vec<Answer> {
    let Some(letter) = parts.first() else {
        return Vec::new();
    };
    let failure = letter.envelope.message.failure.as_ref();
    let report = failure.and_then(|failure| failure.linked.as_deref());
    let report = report.and_then(|id| MessageId::parse(id).ok());
    let mut found: Vec<Answer> = letter
        .steps
        .iter()
        .filter_map(|step| match &step.event {
            Event::Answered {
                class,
                code,
                positive,
                carrier: Some(carrier),
                ..
            } => {
                let role = match class {
                    AnswerClass::Infrastructure => Role::Infrastructure,
                    AnswerClass::Business => Role::Business,
                };
                Some((role, carrier.clone(), Some((*code, *positive))))
            }
            _ => None,
        })
        .collect();
    found.extend(report.map(|report| (Role::Report, report, None)));
    found
}

/// The steps that are kept, and those the record itself tells of, such as from before steps were kept.
fn complete(mut steps: Vec<Step>, envelope: &Envelope) -> Vec<Step> {
    for (at, event) in recorded(envelope) {
        if !steps.iter().any(|step| step.event.is_same_kind(&event)) {
            steps.push(Step {
                at,
                place: Place::Exchange,
                event,
            });
        }
    }
    steps.sort_by_key(|step| step.at);
    steps
}

/// What the record tells of a message's way.
fn recorded(envelope: &Envelope) -> Vec<(jiff::Timestamp, Event)> {
    let id = &envelope.message.id;
    let mut events = Vec::new();
    if envelope.message.kind == Kind::Data
        && let Some((at, sender)) = envelope.message.accepted_at.zip(envelope.sender.as_ref())
    {
        let accepted = Event::Accepted {
            message: id.clone(),
            sender: sender.mailbox.clone(),
            workflow: envelope.message.workflow.clone(),
        };
        events.push((at, accepted));
    }
    if envelope.message.kind == Kind::Report
        && let Some(recipient) = &envelope.recipient
    {
        let delivered = Event::Delivered {
            message: id.clone(),
            recipient: recipient.mailbox.clone(),
        };
        events.push((envelope.message.sent_at, delivered));
    }
    if let Some(failure) = &envelope.message.failure
        && let Some(report) = failure.linked.as_deref()
        && let Ok(report) = MessageId::parse(report)
    {
        let reported = Event::Reported {
            message: id.clone(),
            report,
            code: failure.code.clone(),
        };
        events.push((failure.at, reported));
    }
    let recipient = envelope.recipient.as_ref();
    if let Some((at, recipient)) = envelope.message.acknowledged_at.zip(recipient) {
        let acknowledged = Event::Acknowledged {
            message: id.clone(),
            by: recipient.mailbox.clone(),
        };
        events.push((at, acknowledged));
    }
    events
}
