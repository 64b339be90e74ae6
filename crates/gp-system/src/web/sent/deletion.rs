//! Deleting a consultation, with the warning GP Connect asks for.

use axum::extract::{Form, Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use maud::{Markup, html};
use pages::components::{SummaryRow, summary_list, warning_button, warning_callout};
use pages::{Notice, Problem};
use serde::Deserialize;

use crate::web::context::{Pages, View};
use crate::{ConsultationId, Deletion, DeletionWarning};

/// The form's only field: which question the person answered.
#[derive(Deserialize)]
pub(in crate::web) struct Answer {
    /// Set when the warning of a report that has left was on the page.
    warned: Option<String>,
}

/// Asks before deleting, with the warning of GPCM-SD-135 when a report has left.
pub(in crate::web) async fn question(
    view: View,
    State(pages): State<Pages>,
    Path(id): Path<String>,
) -> Result<Markup, Problem> {
    let id = ConsultationId::parse(&id).ok_or_else(Problem::not_found)?;
    let (known, warning) = pages
        .ask(&view, move |practice| {
            Ok((practice.consultation(id)?, practice.deletion_warning(id)?))
        })
        .await?;
    known.ok_or_else(Problem::not_found)?;
    Ok(page(&view, id, warning.as_ref()))
}

/// Deletes, or asks again when a report has left since the question was shown.
pub(in crate::web) async fn delete(
    view: View,
    State(pages): State<Pages>,
    Path(id): Path<String>,
    Form(answer): Form<Answer>,
) -> Result<Response, Problem> {
    let id = ConsultationId::parse(&id).ok_or_else(Problem::not_found)?;
    let confirmed = answer.warned.is_some();
    match pages.by(&view).delete(id, confirmed).await {
        Ok(Deletion::Warned(warning)) => {
            let page = page(&view, id, Some(&warning));
            Ok((StatusCode::CONFLICT, page).into_response())
        }
        Ok(Deletion::Deleted | Deletion::Withdrawn) => {
            view.tell(Notice::success("The consultation was deleted."));
            Ok(Redirect::to(&view.link(&format!("/sent/{id}"))).into_response())
        }
        Err(error) => Err(error.into()),
    }
}

fn page(view: &View, id: ConsultationId, warning: Option<&DeletionWarning>) -> Markup {
    let to = format!("/sent/{id}");
    let page = view
        .page("Delete a consultation")
        .breadcrumb("Sent", "/sent")
        .breadcrumb("Consultation", &to);
    page.show(html! {
        @match warning {
            Some(warning) => (warned(warning)),
            None => p { "No report of this consultation has left. It will not be sent." },
        }
        (view.form(&format!("{to}/delete"), html! {
            @if warning.is_some() { input type="hidden" name="warned" value="yes"; }
            (warning_button("Delete the consultation"))
        }))
        p { a href=(view.link(&to)) { "Keep it" } }
    })
}

fn warned(warning: &DeletionWarning) -> Markup {
    let date = warning.consultation_date.strftime("%-d %b %Y, %H:%M");
    html! {
        h2.nhsuk-u-visually-hidden { "Warning" }
        (warning_callout("A report of this consultation has left this practice", html! {
            p { "Deleting it here takes nothing back. Tell the practice below by another route." }
        }))
        (summary_list(&[
            SummaryRow::text("Patient", &warning.patient),
            SummaryRow::text("NHS number", &warning.nhs_number),
            SummaryRow::text("Consultation", date),
            SummaryRow::text("Registered practice", &warning.registered_practice),
        ]))
    }
}
