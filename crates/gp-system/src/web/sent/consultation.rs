//! One consultation with its way.

use axum::extract::{Path, State};
use maud::{Markup, html};
use pages::Problem;
use pages::components::{Outcome, TimelineStep, foreign_text, print_button, time, timeline};
use pages::work::facts;
use send_document::Consultation;

use super::answers::{acknowledgement, rivals};
use super::{nhs_number, state, told};
use crate::web::context::{Pages, View};
use crate::web::role::PracticePermission::Send as SendReports;
use crate::web::{lists, source};
use crate::{
    Alert, ConsultationId, ConsultationRecord, ConsultationState, Practice, PracticeError,
    TimelineEntry,
};

/// A consultation as one look at the records found it.
pub(super) struct Found {
    pub(super) record: ConsultationRecord,
    pub(super) alerts: Vec<Alert>,
    /// The patient's telephone numbers, of one that failed.
    pub(super) phones: Vec<String>,
    tasks: u64,
    open_alerts: u64,
}

fn look(practice: &Practice, id: ConsultationId) -> Result<Option<Found>, PracticeError> {
    let Some(record) = practice.consultation(id)? else {
        return Ok(None);
    };
    let content = match record.failure {
        Some(_) => practice.content(id)?,
        None => None,
    };
    let counts = practice.counts()?;
    Ok(Some(Found {
        alerts: practice.alerts_of(id)?,
        phones: content.as_ref().map(phones).unwrap_or_default(),
        tasks: counts.tasks,
        open_alerts: counts.alerts,
        record,
    }))
}

fn phones(content: &Consultation) -> Vec<String> {
    let patient = &content.patient;
    let phones = [
        &patient.current_phone,
        &patient.mobile_phone,
        &patient.home_phone,
    ];
    phones.into_iter().flatten().cloned().collect()
}

/// One consultation with its timeline.
pub(in crate::web) async fn page(
    view: View,
    State(pages): State<Pages>,
    Path(id): Path<String>,
) -> Result<Markup, Problem> {
    let id = ConsultationId::parse(&id).ok_or_else(Problem::not_found)?;
    let found = pages.ask(&view, move |practice| look(practice, id)).await?;
    let found = found.ok_or_else(Problem::not_found)?;
    let record = &found.record;
    let page = view
        .page(&record.patient)
        .breadcrumb("Sent", "/sent")
        .without_heading()
        .work()
        .tab(format!("{} · Sent", record.patient))
        .count("/inbox", found.tasks)
        .count("/alerts", found.open_alerts);
    Ok(page.asset(&lists::STYLE).show(html! {
        div.lead {
            h1 { (foreign_text(&record.patient)) }
            @if let Some(number) = nhs_number(record) { p { "NHS number " (number) } }
            (print_button())
        }
        div #consultation.stack data-live {
            (told::show(&view, &found))
            (rivals(&view, record))
            div.two {
                div.stack {
                    section.sheet {
                        div.sheet-head { h2 { "Consultation" } (state(record)) }
                        div.sheet-in { (facts(&details(record))) }
                    }
                    @if view.session().may(SendReports) { (actions(&view, record)) }
                    @if record.placed_at.is_some() {
                        section.sheet.sheet-in {
                            (source::links(&view, &source::Stored::Consultation(id)))
                        }
                    }
                }
                section.sheet {
                    div.sheet-head { h2 { "Timeline" } }
                    div.sheet-in { (timeline(&steps(record))) }
                }
            }
        }
    }))
}

fn details(record: &ConsultationRecord) -> Vec<(&'static str, Markup)> {
    let text = |text: &str| foreign_text(text);
    let mut rows = vec![
        ("Version", html! { (record.version) }),
        ("Entered", time(record.submitted_at)),
    ];
    if record.state == ConsultationState::Waiting {
        rows.push(("Will be sent", time(record.due_at)));
    }
    if let Some(practice) = &record.receiving_practice {
        rows.push(("Practice entered", text(practice)));
    }
    if let Some(mailbox) = &record.recipient {
        rows.push(("Received by mailbox", text(mailbox)));
    }
    let infrastructure = acknowledgement(record, record.infrastructure);
    let business = acknowledgement(record, record.business);
    rows.push(("Infrastructure acknowledgement", text(&infrastructure)));
    rows.push(("Business acknowledgement", text(&business)));
    let told = [
        ("Subject", &record.subject),
        ("Message", &record.message_id),
        ("MESH message", &record.transport_id),
    ];
    for (name, value) in told {
        if let Some(value) = value {
            rows.push((name, text(value)));
        }
    }
    rows
}

/// What can be done with it. The ways on after a failure stand with what is told of it.
fn actions(view: &View, record: &ConsultationRecord) -> Markup {
    let at = |what: &str| view.link(&format!("/sent/{}/{what}", record.id));
    let words = match record.state {
        ConsultationState::Waiting => Some("Change it"),
        ConsultationState::Failed | ConsultationState::Withdrawn => None,
        _ if record.void => Some("Send a new report"),
        _ => Some("Send an update"),
    };
    html! {
        @if record.deleted_at.is_none() {
            div.row.no-print {
                @if let Some(words) = words.filter(|_| record.followed_by.is_none()) {
                    a.btn href=(at("edit")) { (words) }
                }
                @if let Some(later) = record.followed_by {
                    a href=(view.link(&format!("/sent/{later}"))) { "Show the report that followed" }
                }
                a href=(at("delete")) { "Delete this consultation" }
            }
        }
    }
}

fn steps(record: &ConsultationRecord) -> Vec<TimelineStep> {
    let entries = record.timeline.iter();
    entries
        .map(|entry| TimelineStep {
            title: title(record, entry),
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

/// A step's words. The reason of the failure stands at the head of the page, and not once more here.
fn title(record: &ConsultationRecord, entry: &TimelineEntry) -> String {
    let failure = record.failure.as_ref();
    let is_told = failure.is_some_and(|failure| {
        entry.what == failure.reason && entry.code.as_ref() == Some(&failure.code)
    });
    match &entry.code {
        Some(code) if is_told => format!("Failed with {code}"),
        Some(code) => format!("{} ({code})", entry.what),
        None => entry.what.clone(),
    }
}

fn is_negative(code: &str) -> bool {
    itk3::ResponseCode::parse(code).is_none_or(|code| !code.is_positive())
}
