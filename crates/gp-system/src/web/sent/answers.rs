//! The acknowledgements of a report, and the question which of several mailboxes got it.

use axum::extract::{Form, Path, State};
use axum::response::Redirect;
use maud::{Markup, html};
use pages::{Notice, Problem};
use serde::Deserialize;

use super::is_overdue;
use crate::web::codes;
use crate::web::context::{Pages, View};
use crate::web::role::PracticePermission::Send as SendReports;
use crate::{ConsultationId, ConsultationRecord, ConsultationState};

/// One acknowledgement in words: its code, or whether it can still come.
pub(super) fn acknowledgement(consultation: &ConsultationRecord, code: Option<u32>) -> String {
    match (code, consultation.state) {
        (Some(code), _) => codes::in_words(code),
        (None, ConsultationState::Failed) => "none will come".to_owned(),
        (None, ConsultationState::Withdrawn) => "none: no report was sent".to_owned(),
        (None, _) if is_overdue(consultation) => "overdue: none has come yet".to_owned(),
        (None, _) => "not yet".to_owned(),
    }
}

/// The answers of several mailboxes, and the question which of them got the report.
pub(super) fn rivals(view: &View, consultation: &ConsultationRecord) -> Markup {
    let rivals = consultation.rivals();
    let codes = |mailbox: &str| {
        let answers = consultation.answers.iter();
        let own = answers.filter(|it| it.mailbox.as_deref() == Some(mailbox));
        own.map(|given| codes::in_words(given.code))
            .collect::<Vec<_>>()
            .join("; ")
    };
    html! {
        @if !rivals.is_empty() {
            section.sheet {
                div.sheet-head { h2 { "Which mailbox got the report?" } }
                div.sheet-in {
                    @for mailbox in rivals {
                        p { "Mailbox " b { (mailbox) } " answered: " (codes(mailbox)) }
                        @if view.session().may(SendReports) {
                            (view.form(&format!("/sent/{}/recipient", consultation.id), html! {
                                input type="hidden" name="mailbox" value=(mailbox);
                                button.btn.gap-low type="submit" { (mailbox) " got the report" }
                            }))
                        }
                    }
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
