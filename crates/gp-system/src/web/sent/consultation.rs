//! One consultation with its way.

use axum::extract::{Form, Path, State};
use axum::response::Redirect;
use maud::{Markup, html};
use pages::components::{
    Outcome, SummaryRow, TimelineStep, button_link, secondary_button, summary_list, time, timeline,
    warning_callout,
};
use pages::{Notice, Problem};
use serde::Deserialize;

use super::state;
use crate::web::context::{Pages, View};
use crate::web::role::PracticePermission::Send as SendReports;
use crate::web::{alerts, source};
use crate::{Alert, ConsultationId, ConsultationRecord, ConsultationState};

/// One consultation with its timeline.
pub(in crate::web) async fn page(
    view: View,
    State(pages): State<Pages>,
    Path(id): Path<String>,
) -> Result<Markup, Problem> {
    let id = ConsultationId::parse(&id).ok_or_else(Problem::not_found)?;
    let (consultation, alerts) = pages
        .ask(&view, move |practice| {
            Ok((practice.consultation(id)?, practice.alerts()?))
        })
        .await?;
    let consultation = consultation.ok_or_else(Problem::not_found)?;
    let alerts: Vec<Alert> = alerts
        .into_iter()
        .filter(|alert| alert.consultation == Some(id))
        .collect();
    let page = view
        .page(&consultation.patient)
        .caption("Consultation")
        .breadcrumb("Sent", "/sent");
    Ok(page.show(html! {
        div #consultation data-live {
            @if consultation.failure.is_some() || !alerts.is_empty() {
                h2.nhsuk-heading-m { "What to do" }
            }
            (failure(&consultation))
            @for alert in &alerts { (alerts::show(&view, alert)) }
            (rivals(&view, &consultation))
            (summary_list(&details(&consultation)))
            @if view.session().may(SendReports) { (actions(&view, &consultation)) }
            @if consultation.placed_at.is_some() {
                (source::links(&view, &source::Stored::Consultation(id)))
            }
            h2.nhsuk-heading-m { "Timeline" }
            (timeline(&steps(&consultation)))
        }
    }))
}

fn failure(consultation: &ConsultationRecord) -> Markup {
    html! {
        @if let Some(failure) = &consultation.failure {
            (warning_callout(
                &format!("{} ({})", failure.reason, failure.code),
                html! { p { (failure.advice) } },
            ))
        }
    }
}

/// The answers of several mailboxes, and the question which of them got the report.
fn rivals(view: &View, consultation: &ConsultationRecord) -> Markup {
    let rivals = consultation.rivals();
    let codes = |mailbox: &str| {
        let answers = consultation.answers.iter();
        let own = answers.filter(|it| it.mailbox.as_deref() == Some(mailbox));
        own.map(|given| answer(Some(given.code)))
            .collect::<Vec<_>>()
            .join("; ")
    };
    html! {
        @if !rivals.is_empty() {
            h2.nhsuk-heading-m { "Which mailbox got the report?" }
            @for mailbox in rivals {
                p { "Mailbox " b { (mailbox) } " answered: " (codes(mailbox)) }
                @if view.session().may(SendReports) {
                    (view.form(&format!("/sent/{}/recipient", consultation.id), html! {
                        input type="hidden" name="mailbox" value=(mailbox);
                        (secondary_button(&format!("{mailbox} got the report")))
                    }))
                }
            }
        }
    }
}

/// The form's only field.
#[derive(Deserialize)]
pub(in crate::web) struct Recipient {
    #[serde(default)]
    mailbox: String,
}

/// Takes the answer to the question which mailbox got the report.
pub(in crate::web) async fn decide(
    view: View,
    State(pages): State<Pages>,
    Path(id): Path<String>,
    Form(recipient): Form<Recipient>,
) -> Result<Redirect, Problem> {
    let id = ConsultationId::parse(&id).ok_or_else(Problem::not_found)?;
    let practice = pages.by(&view);
    practice.decide_recipient(id, recipient.mailbox).await?;
    view.tell(Notice::success("The answers of that mailbox count."));
    Ok(Redirect::to(&view.link(&format!("/sent/{id}"))))
}

fn details(consultation: &ConsultationRecord) -> Vec<SummaryRow> {
    let mut rows = vec![
        SummaryRow::new("State", state(consultation)),
        SummaryRow::text("Version", consultation.version),
        SummaryRow::new("Entered", time(consultation.submitted_at)),
    ];
    if consultation.state == ConsultationState::Waiting {
        rows.push(SummaryRow::new("Will be sent", time(consultation.due_at)));
    }
    let told = [
        ("Subject", &consultation.subject),
        ("Message", &consultation.message_id),
        ("MESH message", &consultation.transport_id),
    ];
    for (name, value) in told {
        if let Some(value) = value {
            rows.push(SummaryRow::text(name, value));
        }
    }
    rows.push(SummaryRow::text(
        "Infrastructure acknowledgement",
        answer(consultation.infrastructure),
    ));
    rows.push(SummaryRow::text(
        "Business acknowledgement",
        answer(consultation.business),
    ));
    rows
}

/// A response code with its official display.
fn answer(code: Option<u32>) -> String {
    let Some(code) = code else {
        return "not yet".to_owned();
    };
    match itk3::ResponseCode::parse(&code.to_string()) {
        Some(known) => format!("{code} {}", known.display()),
        None => code.to_string(),
    }
}

fn actions(view: &View, consultation: &ConsultationRecord) -> Markup {
    let at = |what: &str| view.link(&format!("/sent/{}/{what}", consultation.id));
    let words = match consultation.state {
        ConsultationState::Waiting => "Change it",
        ConsultationState::Failed => "Correct it and send it again",
        _ if consultation.void => "Send a new report",
        _ => "Send an update",
    };
    html! {
        @if consultation.deleted_at.is_none() {
            @if consultation.state != ConsultationState::Withdrawn {
                (button_link(words, &at("edit")))
            }
            p { a href=(at("delete")) { "Delete this consultation" } }
        }
    }
}

fn steps(consultation: &ConsultationRecord) -> Vec<TimelineStep> {
    consultation
        .timeline
        .iter()
        .map(|entry| TimelineStep {
            title: match &entry.code {
                Some(code) => format!("{} ({code})", entry.what),
                None => entry.what.clone(),
            },
            place: entry
                .who
                .as_ref()
                .map(|who| format!("by {who}"))
                .unwrap_or_default(),
            content: None,
            at: Some(entry.at),
            outcome: match &entry.code {
                Some(code) if is_negative(code) => Outcome::Failed,
                _ => Outcome::Good,
            },
        })
        .collect()
}

fn is_negative(code: &str) -> bool {
    itk3::ResponseCode::parse(code).is_none_or(|code| !code.is_positive())
}
