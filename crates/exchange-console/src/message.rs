//! One message: what is known of it, and its journey.

use axum::extract::{Path, State};
use exchange::{Envelope, Kind, State as MessageState};
use jiff::Timestamp;
use maud::{Markup, html};
use nhs::MessageId;
use pages::Problem;
use pages::components::{
    Outcome, SummaryRow, TimelineStep, details, elapsed, secondary_button, summary_list, time,
    timeline,
};

use crate::journeys::{EXCHANGE, Step, StepKind};
use crate::role::ExchangePermission;
use crate::site::{Console, View, problem};
use crate::words::{self, message_link, party};

/// A message without what may name a patient.
pub(crate) async fn page(
    view: View,
    State(console): State<Console>,
    Path(id): Path<String>,
) -> Result<Markup, Problem> {
    show(&view, &console, &id, None).await
}

/// The same with what may name a patient, once that is noted in the audit trail.
pub(crate) async fn reveal(
    view: View,
    State(console): State<Console>,
    Path(id): Path<String>,
) -> Result<Markup, Problem> {
    let envelope = console
        .exchange
        .look_at_details(&id, view.session().user())
        .await
        .map_err(problem)?;
    let hidden = hidden_rows(&envelope);
    show(&view, &console, &id, Some(hidden)).await
}

async fn show(
    view: &View,
    console: &Console,
    id: &str,
    revealed: Option<Vec<SummaryRow>>,
) -> Result<Markup, Problem> {
    let id = MessageId::parse(id).map_err(|_| Problem::not_found())?;
    let envelope = console
        .exchange
        .message(id.as_str())
        .await
        .map_err(problem)?;
    let audit = console
        .exchange
        .audit_of(id.as_str())
        .await
        .map_err(problem)?;
    let steps = journey(console.journeys.steps(&id), &envelope);
    let content = html! {
        // Another look renews what changes, never what was revealed.
        div #message data-live[revealed.is_none()] {
            (summary(view, &envelope, &steps))
        }
        h2 { "Journey" }
        div #journey data-live { (timeline(&drawn(view, &steps, &envelope))) }
        (patient_data(view, &envelope, revealed))
        @if view.session().may(ExchangePermission::ReadAudit) {
            div #audit data-live {
                (details("Audit trail of this message", crate::audit::table(view, &audit)))
            }
        }
    };
    Ok(view
        .page(id.to_string())
        .caption(if envelope.kind == Kind::Report {
            "Report"
        } else {
            "Message"
        })
        .breadcrumb("Messages", "/messages")
        .show(content))
}

fn summary(view: &View, envelope: &Envelope, steps: &[Step]) -> Markup {
    let mut rows = vec![SummaryRow::new("State", words::state(envelope))];
    if let Some(failure) = &envelope.failure {
        let key = if envelope.kind == Kind::Report {
            "Reports"
        } else {
            "Reason"
        };
        let linked = failure.linked.as_deref();
        rows.push(SummaryRow::new(
            key,
            html! {
                (words::failure(failure))
                @if let Some(linked) = linked { br; (message_link(view, linked)) }
            },
        ));
    }
    if envelope.kind == Kind::Data {
        rows.push(SummaryRow::new(
            "From",
            party(view, envelope.sender.as_ref()),
        ));
    }
    rows.push(SummaryRow::new(
        "To",
        party(view, envelope.recipient.as_ref()),
    ));
    rows.push(SummaryRow::text("Workflow", &envelope.workflow));
    rows.push(SummaryRow::new("Sent", time(envelope.sent_at)));
    if let Some((first, last)) = steps.first().zip(steps.last()) {
        rows.push(SummaryRow::text(
            "Under way for",
            elapsed(last.at.duration_since(first.at)),
        ));
    }
    rows.push(SummaryRow::text("Size", words::size(envelope.size)));
    if envelope.total_chunks > 1 {
        rows.push(SummaryRow::text("Chunks", envelope.total_chunks));
    }
    if envelope.state == MessageState::Accepted {
        rows.push(SummaryRow::new(
            "Leaves the inbox uncollected",
            time(envelope.inbox_expiry),
        ));
    }
    summary_list(&rows)
}

fn patient_data(view: &View, envelope: &Envelope, revealed: Option<Vec<SummaryRow>>) -> Markup {
    let path = format!("/messages/{}/details", envelope.id);
    html! {
        h2 { "What may name a patient" }
        @match revealed {
            Some(rows) if rows.is_empty() => p { "The sender gave no subject, file name or local id." },
            Some(rows) => { (summary_list(&rows)) p.nhsuk-hint { "This look was noted in the audit trail." } }
            None if view.session().may(ExchangePermission::SeePatientData) => {
                p { "Subject, file name and local id are hidden. A look at them is noted in the audit trail with your name." }
                (view.form(&path, secondary_button("Show them")))
            }
            None => p { "Subject, file name and local id are hidden from your role." }
        }
    }
}

fn hidden_rows(envelope: &Envelope) -> Vec<SummaryRow> {
    let given = &envelope.details;
    [
        ("Subject", &given.subject),
        ("File name", &given.file_name),
        ("Local id", &given.local_id),
        ("Partner id", &given.partner_id),
    ]
    .into_iter()
    .filter_map(|(name, value)| {
        let text = String::from_utf8_lossy(value.as_deref()?).into_owned();
        Some(SummaryRow::text(name, text))
    })
    .collect()
}

/// The steps that are remembered, and those the record itself tells of, such as from before the
/// exchange was started anew.
fn journey(mut steps: Vec<Step>, envelope: &Envelope) -> Vec<Step> {
    let mut add = |kind, at: Option<Timestamp>, detail: String| {
        let known = steps.iter().any(|step| step.kind == kind);
        if let Some(at) = at.filter(|_| !known) {
            steps.push(Step {
                at,
                kind,
                place: EXCHANGE.to_owned(),
                detail,
            });
        }
    };
    if envelope.kind == Kind::Data {
        let sender = envelope.sender.as_ref();
        let sender = sender.map(|party| party.mailbox.to_string());
        add(
            StepKind::Accepted,
            envelope.accepted_at,
            sender.unwrap_or_default(),
        );
        let failure = envelope.failure.as_ref();
        let failed = failure.map(|failure| failure.at);
        let code = failure.map(|failure| failure.code.clone());
        add(StepKind::Failed, failed, code.unwrap_or_default());
    }
    let recipient = envelope.recipient.as_ref();
    let recipient = recipient.map(|party| party.mailbox.to_string());
    add(
        StepKind::Acknowledged,
        envelope.acknowledged_at,
        recipient.unwrap_or_default(),
    );
    steps.sort_by_key(|step| step.at);
    steps
}

/// The steps in words, and what is still to come.
fn drawn(view: &View, steps: &[Step], envelope: &Envelope) -> Vec<TimelineStep> {
    let mut drawn: Vec<TimelineStep> = steps
        .iter()
        .map(|step| {
            let (title, outcome) = words::step(step);
            TimelineStep {
                title,
                place: step.place.clone(),
                content: linked(view, step),
                at: Some(step.at),
                outcome,
            }
        })
        .collect();
    let to_come = match (envelope.state, &envelope.recipient) {
        (MessageState::Uploading, _) => Some("The sender sends the other chunks"),
        (MessageState::Accepted, None) if envelope.kind == Kind::Data => {
            Some("The patient's practice is looked up")
        }
        (MessageState::Accepted, _) => Some("The recipient collects it"),
        _ => None,
    };
    drawn.extend(to_come.map(|title| TimelineStep {
        title: title.to_owned(),
        place: String::new(),
        content: None,
        at: None,
        outcome: Outcome::Open,
    }));
    drawn
}

/// The acknowledgement's own journey, where the step names its message.
fn linked(view: &View, step: &Step) -> Option<Markup> {
    if step.kind != StepKind::Answered {
        return None;
    }
    let (_, id) = step.detail.rsplit_once(' ')?;
    let id = MessageId::parse(id).ok()?;
    Some(html! { (message_link(view, id.as_str())) })
}
