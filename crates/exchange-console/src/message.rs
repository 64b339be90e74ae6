//! One message: what is known of it, and its journey.

use axum::extract::{Path, State};
use exchange::{Envelope, Kind, MessageState};
use journey::Step;
use maud::{Markup, html};
use nhs::MessageId;
use pages::Problem;
use pages::components::{SummaryRow, details, elapsed, secondary_button, summary_list, time};

use crate::console::{Console, View, problem};
use crate::labels::{self, message_link, party};
use crate::role::ExchangePermission;
use crate::timeline;

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
    let steps = timeline::complete(console.journeys.steps(&id), &envelope);
    let content = html! {
        // Another look renews what changes, never what was revealed.
        div #message data-live[revealed.is_none()] {
            (summary(view, &envelope, &steps))
        }
        h2 { "Journey" }
        div #journey data-live { (timeline::draw(view, &steps, &envelope)) }
        (patient_data(view, &envelope, revealed))
        @if view.session().may(ExchangePermission::ReadAudit) {
            div #audit data-live {
                (details("Audit trail of this message", crate::audit::table(view, &audit)))
            }
        }
    };
    Ok(view
        .page(id.to_string())
        .caption(if envelope.message.kind == Kind::Report {
            "Report"
        } else {
            "Message"
        })
        .breadcrumb("Messages", "/messages")
        .show(content))
}

fn summary(view: &View, envelope: &Envelope, steps: &[Step]) -> Markup {
    let mut rows = vec![SummaryRow::new("State", labels::state(envelope))];
    if let Some(failure) = envelope.failure() {
        let key = if envelope.message.kind == Kind::Report {
            "Reports"
        } else {
            "Reason"
        };
        let linked = failure.linked.as_deref();
        rows.push(SummaryRow::new(
            key,
            html! {
                (labels::failure(failure))
                @if let Some(linked) = linked { br; (message_link(view, linked)) }
            },
        ));
    }
    if envelope.message.kind == Kind::Data {
        rows.push(SummaryRow::new(
            "From",
            party(view, envelope.sender.as_ref()),
        ));
    }
    rows.push(SummaryRow::new(
        "To",
        party(view, envelope.recipient.as_ref()),
    ));
    rows.push(SummaryRow::text("Workflow", &envelope.message.workflow));
    rows.push(SummaryRow::new("Sent", time(envelope.message.sent_at)));
    if let Some((first, last)) = steps.first().zip(steps.last()) {
        rows.push(SummaryRow::text(
            "Time taken",
            elapsed(last.at.duration_since(first.at)),
        ));
    }
    rows.push(SummaryRow::text(
        "Size",
        labels::size(envelope.message.size),
    ));
    if envelope.message.total_chunks > 1 {
        rows.push(SummaryRow::text("Chunks", envelope.message.total_chunks));
    }
    if envelope.message.state == MessageState::Accepted {
        rows.push(SummaryRow::new(
            "Leaves the inbox uncollected",
            time(envelope.inbox_expiry),
        ));
    }
    summary_list(&rows)
}

fn patient_data(view: &View, envelope: &Envelope, revealed: Option<Vec<SummaryRow>>) -> Markup {
    let path = format!("/messages/{}/details", envelope.message.id);
    html! {
        h2 { "Patient details" @if revealed.is_none() { " (hidden)" } }
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
    let given = &envelope.message.details;
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
