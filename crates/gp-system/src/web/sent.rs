use axum::extract::{Path, State};
use maud::{Markup, html};

use super::frame::{self, Part, link, time};
use super::{PageError, Pages};
use crate::{ConsultationId, ConsultationRecord, ConsultationState, Practice};

/// Each consultation with its state in words.
pub(super) async fn list(State(pages): State<Pages>) -> Result<Markup, PageError> {
    let consultations = pages.ask(Practice::consultations).await?;
    let body = html! {
        @if consultations.is_empty() {
            p { "No consultation has been reported yet." }
        } @else {
            table {
                caption { "The latest first" }
                thead { tr {
                    th scope="col" { "Patient" }
                    th scope="col" { "Submitted" }
                    th scope="col" { "Version" }
                    th scope="col" { "State" }
                } }
                tbody { @for consultation in &consultations { (row(&pages, consultation)) } }
            }
        }
    };
    Ok(frame::page(&pages, Part::Sent, "Sent consultations", body))
}

fn row(pages: &Pages, consultation: &ConsultationRecord) -> Markup {
    html! {
        tr {
            td data-label="Patient" {
                a href=(link(pages, &format!("/sent/{}", consultation.id))) {
                    (consultation.patient)
                }
            }
            td data-label="Submitted" { (time(consultation.submitted_at)) }
            td data-label="Version" { (consultation.version) }
            td data-label="State" {
                (state(consultation))
                @if let Some(failure) = &consultation.failure { div.hint { (failure.reason) } }
            }
        }
    }
}

/// One consultation with its timeline.
pub(super) async fn page(
    State(pages): State<Pages>,
    Path(id): Path<String>,
) -> Result<Markup, PageError> {
    let id = ConsultationId::parse(&id).ok_or(PageError::NotFound)?;
    let consultation = pages
        .ask(move |practice| practice.consultation(id))
        .await?
        .ok_or(PageError::NotFound)?;
    let body = html! {
        @if let Some(failure) = &consultation.failure {
            div.alert {
                strong { (failure.reason) " (" (failure.code) ")" }
                div { (failure.advice) }
            }
        }
        div.panel { (details(&consultation)) }
        h2 { "Timeline" }
        div.panel {
            ol.timeline {
                @for entry in &consultation.timeline {
                    li {
                        (time(entry.at))
                        (entry.what)
                        @if let Some(code) = &entry.code { " (" (code) ")" }
                    }
                }
            }
        }
        @if consultation.deleted_at.is_none() {
            p { a href=(link(&pages, &format!("/sent/{id}/delete"))) { "Delete this consultation" } }
        }
    };
    let title = format!("Consultation of {}", consultation.patient);
    Ok(frame::page(&pages, Part::Sent, &title, body))
}

fn details(consultation: &ConsultationRecord) -> Markup {
    html! {
        dl {
            dt { "State" } dd { (state(consultation)) }
            dt { "Version" } dd { (consultation.version) }
            dt { "Submitted" } dd { (time(consultation.submitted_at)) }
            @if consultation.state == ConsultationState::Waiting {
                dt { "Will be sent" } dd { (time(consultation.due_at)) }
            }
            @if let Some(subject) = &consultation.subject { dt { "Subject" } dd { (subject) } }
            @if let Some(id) = &consultation.message_id { dt { "Message" } dd { (id) } }
            @if let Some(id) = &consultation.transport_id { dt { "MESH message" } dd { (id) } }
            dt { "Infrastructure acknowledgement" } dd { (answer(consultation.infrastructure)) }
            dt { "Business acknowledgement" } dd { (answer(consultation.business)) }
        }
    }
}

fn answer(code: Option<u32>) -> String {
    code.map_or_else(|| "not yet".to_owned(), |code| code.to_string())
}

fn state(consultation: &ConsultationRecord) -> Markup {
    let class = match consultation.state {
        ConsultationState::Delivered => "tag good",
        ConsultationState::Failed => "tag bad",
        ConsultationState::Waiting => "tag quiet",
        _ => "tag",
    };
    html! {
        span class=(class) { (consultation.state) }
        @if consultation.overdue { " " span.tag.bad { "Acknowledgement overdue" } }
        @if consultation.void { " " span.tag.bad { "Null and void" } }
        @if consultation.deleted_at.is_some() { " " span.tag.quiet { "Deleted" } }
    }
}
