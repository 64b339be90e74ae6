//! The journey of a message as a timeline: its steps in words, and what is still to come.

use exchange::{Envelope, Kind, MessageState};
use jiff::Timestamp;
use journey::{Event, Place, Step};
use maud::{Markup, html};
use nhs::MessageId;
use pages::components::{Outcome, TimelineStep, timeline};

use crate::console::View;
use crate::labels::message_link;

/// The steps that are remembered, and those the record itself tells of, such as from before the
/// exchange was started anew.
pub(crate) fn complete(mut steps: Vec<Step>, envelope: &Envelope) -> Vec<Step> {
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
fn recorded(envelope: &Envelope) -> Vec<(Timestamp, Event)> {
    let message = &envelope.message.id;
    let mut events = Vec::new();
    if envelope.message.kind == Kind::Data {
        let sender = envelope.sender.as_ref();
        if let Some((at, sender)) = envelope.message.accepted_at.zip(sender) {
            let accepted = Event::Accepted {
                message: message.clone(),
                sender: sender.mailbox.clone(),
                workflow: envelope.message.workflow.clone(),
            };
            events.push((at, accepted));
        }
        if let Some(failure) = envelope.failure()
            && let Some(report) = failure.linked.as_deref()
            && let Ok(report) = MessageId::parse(report)
        {
            let reported = Event::Reported {
                message: message.clone(),
                report,
                code: failure.code.clone(),
            };
            events.push((failure.at, reported));
        }
    }
    let recipient = envelope.recipient.as_ref();
    if let Some((at, recipient)) = envelope.message.acknowledged_at.zip(recipient) {
        let acknowledged = Event::Acknowledged {
            message: message.clone(),
            by: recipient.mailbox.clone(),
        };
        events.push((at, acknowledged));
    }
    events
}

/// The steps in words, and what is still to come.
pub(crate) fn draw(view: &View, steps: &[Step], envelope: &Envelope) -> Markup {
    let taken = steps.iter().map(|step| {
        let (title, outcome) = words(&step.event);
        TimelineStep {
            title,
            place: step.place.to_string(),
            content: carrier(view, &step.event),
            at: Some(step.at),
            outcome,
        }
    });
    let to_come = to_come(envelope).map(|title| TimelineStep {
        title: title.to_owned(),
        place: String::new(),
        content: None,
        at: None,
        outcome: Outcome::Open,
    });
    timeline(&taken.chain(to_come).collect::<Vec<_>>())
}

fn to_come(envelope: &Envelope) -> Option<&'static str> {
    match (envelope.message.state, &envelope.recipient) {
        (MessageState::Uploading, _) => Some("The sender sends the other chunks"),
        (MessageState::Accepted, None) if envelope.message.kind == Kind::Data => {
            Some("The patient's practice is looked up")
        }
        (MessageState::Accepted, _) => Some("The recipient collects it"),
        _ => None,
    }
}

/// An event's title and how it went.
fn words(event: &Event) -> (String, Outcome) {
    let title = match event {
        Event::Written { .. } => "Written into OUT by the GP system".to_owned(),
        Event::Accepted { sender, .. } => format!("Accepted from {sender}, durable"),
        Event::Sent { .. } => "Sent by the MESH client, moved to SENT".to_owned(),
        Event::Routed { practice, .. } => {
            format!("PDS: the patient is registered with {practice}")
        }
        Event::RoutingDelayed { .. } => "PDS could not say yet; it is tried again".to_owned(),
        Event::Delivered { recipient, .. } => format!("Delivered to the inbox of {recipient}"),
        Event::Downloaded { by, .. } => format!("Downloaded by {by}"),
        Event::Published { .. } => "Put into IN by the MESH client".to_owned(),
        Event::Acknowledged { by, .. } => format!("Acknowledged by {by}"),
        Event::Taken { .. } => "Taken out of IN and kept by the GP system".to_owned(),
        Event::TaskRaised { .. } => "Workflow task raised for the document".to_owned(),
        Event::Answered { class, code, .. } => {
            format!("Acknowledgement received: {code} ({})", class.name())
        }
        Event::Reported { code, .. } => format!("Failed with {code}; a report went to the sender"),
        Event::Expired { .. } => "Expired: nobody collected it".to_owned(),
    };
    let outcome = match event {
        Event::RoutingDelayed { .. } => Outcome::Waits,
        Event::Reported { .. }
        | Event::Expired { .. }
        | Event::Answered {
            positive: false, ..
        } => Outcome::Failed,
        _ => Outcome::Good,
    };
    (title, outcome)
}

/// A link to the journey of the message that carried an acknowledgement.
fn carrier(view: &View, event: &Event) -> Option<Markup> {
    match event {
        Event::Answered {
            carrier: Some(carrier),
            ..
        } => Some(html! { (message_link(view, carrier.as_str())) }),
        _ => None,
    }
}
