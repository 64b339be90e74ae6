//! The page of a draft: the report as it will be sent, and its attachments.

use maud::{Markup, html};
use pages::Problem;
use pages::components::{
    Errors, Field, SummaryRow, button, button_link, details, document, secondary_button,
    summary_list,
};

use crate::web::context::{Pages, View};
use crate::{Draft, DraftId};

/// A user's draft and its id, or that there is none.
pub(super) async fn own(view: &View, pages: &Pages, id: &str) -> Result<(DraftId, Draft), Problem> {
    let id = DraftId::parse(id).ok_or_else(Problem::not_found)?;
    let draft = pages.ask(view, move |practice| practice.draft(id)).await?;
    Ok((id, draft.ok_or_else(Problem::not_found)?))
}

/// The page, with what is wrong in its form.
pub(super) fn show(
    view: &View,
    pages: &Pages,
    id: DraftId,
    draft: &Draft,
    errors: &Errors,
) -> Markup {
    let at = |what: &str| format!("/drafts/{id}/{what}");
    let wait = pages.practice.config().wait_minutes;
    let patient = &draft.consultation.patient;
    let when = match wait {
        0 => "at once".to_owned(),
        minutes => format!("{minutes} minutes after you send it, unless it is changed again"),
    };
    view.page("Check the report before you send it").errors(errors).show(html! {
        p { "Nothing has been sent yet." }
        (summary_list(&[
            SummaryRow::text("Patient", patient.listed_name()),
            SummaryRow::text("NHS number", patient.nhs_number.spaced()),
            SummaryRow::text("Goes to", destination(pages, draft)),
            SummaryRow::text("Registered practice, as entered", &draft.consultation.receiving_practice),
            SummaryRow::text("Leaves", when),
        ]))
        h2.nhsuk-heading-m { "The report as it will be sent" }
        (document(&view.link(&at("report")), "report"))
        (attachments(view, id, draft, errors))
        (view.form(&at("send"), button("Send the report")))
        (button_link("Change it", &view.link(&at("edit"))))
        (view.form(&at("discard"), secondary_button("Discard it")))
    })
}

/// Where the report is routed: never what was entered, which is printed in the report and routes nothing.
fn destination(pages: &Pages, draft: &Draft) -> String {
    const DECIDED: &str =
        "the practice that PDS has the patient registered with when the report is sent";
    let patient = &draft.consultation.patient;
    let listed = pages.practice.listed_patient(patient.nhs_number);
    let listed = listed.filter(|listed| listed.birth_date == patient.birth_date);
    match listed.and_then(|listed| listed.registered_with) {
        Some(practice) => format!("{DECIDED}; this practice's list of patients has {practice}"),
        None => DECIDED.to_owned(),
    }
}

/// The attachments of a draft, and the form that adds one.
fn attachments(view: &View, id: DraftId, draft: &Draft, errors: &Errors) -> Markup {
    let at = |what: &str| format!("/drafts/{id}/attachments{what}");
    let attachments = &draft.consultation.attachments;
    html! {
        h2.nhsuk-heading-m { "Attachments" }
        @if attachments.is_empty() { p { "None." } }
        @for (position, attachment) in attachments.iter().enumerate() {
            p { (attachment.title) ", " (attachment.content_type) }
            (view.form(&at(&format!("/{position}/remove")), html! {
                button.nhsuk-button.nhsuk-button--secondary type="submit" {
                    "Remove" span.nhsuk-u-visually-hidden { " " (attachment.title) }
                }
            }))
        }
        (details("Add an attachment", view.upload_form(&at(""), html! {
            (Field::new("file", "File")
                .hint("PDF, Word, RTF, HTML, plain text, XML, JPEG, PNG or TIFF; 5 MB at most")
                .errors(errors)
                .file())
            (secondary_button("Add"))
        })))
    }
}
