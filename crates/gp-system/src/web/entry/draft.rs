use axum::extract::{Form, Path, State};
use axum::response::{IntoResponse, Redirect, Response};
use maud::{Markup, html};
use pages::components::{
    Errors, SummaryRow, button, button_link, document, secondary_button, summary_list,
};
use pages::{Notice, Problem};

use super::fields::Fields;
use super::{Entry, attachments, page, sentence};
use crate::web::{Look, Pages};
use crate::{Draft, DraftId, PracticeError};

/// A user's draft and its id, or that there is none.
pub(super) async fn own(view: &Look, pages: &Pages, id: &str) -> Result<(DraftId, Draft), Problem> {
    let id = DraftId::parse(id).ok_or_else(Problem::not_found)?;
    let draft = pages.ask(view, move |practice| practice.draft(id)).await?;
    Ok((id, draft.ok_or_else(Problem::not_found)?))
}

/// What was entered, with the report as it will be sent. Nothing is sent from looking at it.
pub(in crate::web) async fn page(
    view: Look,
    State(pages): State<Pages>,
    Path(id): Path<String>,
) -> Result<Markup, Problem> {
    let (id, draft) = own(&view, &pages, &id).await?;
    Ok(show(&view, &pages, id, &draft, &Errors::new()))
}

pub(super) fn show(
    view: &Look,
    pages: &Pages,
    id: DraftId,
    draft: &Draft,
    errors: &Errors,
) -> Markup {
    let at = |what: &str| format!("/drafts/{id}/{what}");
    let wait = pages.practice.config().wait_minutes;
    let patient = &draft.consultation.patient;
    let name = format!(
        "{}, {}",
        patient.family_name.as_str(),
        patient.given_names.join(" ")
    );
    let when = match wait {
        0 => "at once".to_owned(),
        minutes => format!("{minutes} minutes after you send it, unless it is changed again"),
    };
    view.page("Look at the report").errors(errors).show(html! {
        p { "Nothing has been sent yet." }
        (summary_list(&[
            SummaryRow::text("Patient", name),
            SummaryRow::text("NHS number", patient.nhs_number.spaced()),
            SummaryRow::text("Goes to", &draft.consultation.receiving_practice),
            SummaryRow::text("Leaves", when),
        ]))
        h2.nhsuk-heading-m { "The report as it will be sent" }
        (document(&view.link(&at("report")), "report"))
        (attachments::part(view, id, draft, errors))
        (view.form(&at("send"), button("Send the report")))
        (button_link("Change it", &view.link(&at("edit"))))
        (view.form(&at("discard"), secondary_button("Discard it")))
    })
}

fn entry<'a>(to: &'a str, id: DraftId, draft: &'a Draft) -> Entry<'a> {
    Entry {
        to,
        base: Some(&draft.consultation),
        draft: Some(id),
        updates: draft.updates,
    }
}

/// The form of a draft.
pub(in crate::web) async fn form(
    view: Look,
    State(pages): State<Pages>,
    Path(id): Path<String>,
) -> Result<Markup, Problem> {
    let (id, draft) = own(&view, &pages, &id).await?;
    let fields = Fields::of_consultation(&draft.consultation);
    let to = format!("/drafts/{id}/edit");
    let entry = entry(&to, id, &draft);
    Ok(page::page(&view, &pages, &entry, &fields, &Errors::new()))
}

/// Changes a draft and shows it again.
pub(in crate::web) async fn save(
    view: Look,
    State(pages): State<Pages>,
    Path(id): Path<String>,
    Form(fields): Form<Vec<(String, String)>>,
) -> Result<Response, Problem> {
    let (id, draft) = own(&view, &pages, &id).await?;
    let to = format!("/drafts/{id}/edit");
    let entry = entry(&to, id, &draft);
    super::save(&view, &pages, &entry, &Fields::from(fields)).await
}

/// Sends a draft: it is a consultation from then on.
pub(in crate::web) async fn send(
    view: Look,
    State(pages): State<Pages>,
    Path(id): Path<String>,
) -> Result<Response, Problem> {
    let id = DraftId::parse(&id).ok_or_else(Problem::not_found)?;
    let to = match pages.by(&view).send_draft(id).await {
        Ok(consultation) => {
            view.tell(Notice::success("The report is stored and will be sent."));
            format!("/sent/{consultation}")
        }
        Err(error @ (PracticeError::Consultation(_) | PracticeError::OwnPatient)) => {
            view.tell(Notice::important(sentence(&error)));
            "/sent".to_owned()
        }
        Err(error) => return Err(error.into()),
    };
    Ok(Redirect::to(&view.link(&to)).into_response())
}

/// Forgets a draft.
pub(in crate::web) async fn discard(
    view: Look,
    State(pages): State<Pages>,
    Path(id): Path<String>,
) -> Result<Redirect, Problem> {
    let id = DraftId::parse(&id).ok_or_else(Problem::not_found)?;
    if !pages.by(&view).discard_draft(id).await? {
        return Err(Problem::not_found());
    }
    view.tell(Notice::success(
        "The draft was discarded. Nothing was sent.",
    ));
    Ok(Redirect::to(&view.link("/sent")))
}
