//! The page of a draft: the report as it will be sent, and its attachments.

use maud::{Markup, html};
use pages::Problem;
use pages::components::{
    Errors, Field, SummaryRow, button, document, foreign_text, secondary_button, summary_list,
};

use super::attachments::{LARGEST, TOGETHER};
use super::routing::Route;
use super::{ATTACH, STYLE, clinician, moment, seen};
use crate::web::context::{Pages, View};
use crate::{Draft, DraftId};

/// A user's draft as its report was looked at and its id, or that there is none.
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
    let consultation = &draft.consultation;
    let patient = &consultation.patient;
    let entered = &consultation.receiving_practice;
    let route = Route::of(pages, (patient.nhs_number, patient.birth_date), entered);
    let seen = consultation.encounter.date;
    let when = match wait {
        0 => "at once".to_owned(),
        minutes => format!("{minutes} minutes after you send it, unless it is changed again"),
    };
    let page = view
        .page("Check the report before you send it")
        .errors(errors);
    page.asset(&STYLE).asset(&ATTACH).show(html! {
        p { "Nothing has been sent yet." }
        (route.warning(entered))
        (summary_list(&[
            SummaryRow::text("Patient", patient.listed_name()),
            SummaryRow::text("Born", moment::day(patient.birth_date.date())),
            SummaryRow::text("NHS number", patient.nhs_number.spaced()),
            SummaryRow::text("Seen by", clinician::short(&consultation.practitioner)),
            SummaryRow::text(
                "Seen on",
                format!("{}, {}", moment::day(seen.date()), seen.strftime("%H:%M")),
            ),
            SummaryRow::text("Goes to", route.words()),
            SummaryRow::text("Registered practice, as entered", entered),
            SummaryRow::text("Leaves", when),
        ]))
        h2.nhsuk-heading-m { "The report as it will be sent" }
        (document(&view.link(&at("report")), "report"))
        (attachments(view, id, draft, errors))
        (view.form(&at("send"), html! {
            (seen::field(draft.revision))
            (button("Send the report"))
        }))
        a.nhsuk-button.nhsuk-button--secondary href=(view.link(&at("edit"))) role="button" draggable="false" {
            "Change it"
        }
        " "
        (view.form(&at("discard"), secondary_button("Discard it")))
    })
}

/// The attachments of a draft, and the form that adds some: files may be dragged onto it where our script runs.
fn attachments(view: &View, id: DraftId, draft: &Draft, errors: &Errors) -> Markup {
    let at = |what: &str| format!("/drafts/{id}/attachments{what}");
    let attachments = &draft.consultation.attachments;
    let hint = format!(
        "PDF, Word, RTF, HTML, plain text, XML, JPEG, PNG or TIFF; {} MB a file and {} MB together at most",
        LARGEST / 1_000_000,
        TOGETHER / 1_000_000
    );
    html! {
        h2.nhsuk-heading-m { "Attachments" }
        div #attached {
            @if attachments.is_empty() { p { "None." } }
            @if draft.consultation.confidential && !attachments.is_empty() {
                p { "The consultation is confidential: its attachments are not sent." }
            }
            @for (position, attachment) in attachments.iter().enumerate() {
                p {
                    (foreign_text(&attachment.title)) ", " (attachment.content_type) ", "
                    (size(attachment.content.len()))
                }
                (view.form(&at(&format!("/{position}/remove")), html! {
                    (seen::field(draft.revision))
                    button.nhsuk-button.nhsuk-button--secondary type="submit" {
                        "Remove" span.nhsuk-u-visually-hidden { " " (attachment.title) }
                    }
                }))
            }
        }
        form.entry-drop method="post" action=(view.link(&at(""))) enctype="multipart/form-data"
            autocomplete="off" novalidate data-attach data-largest=(LARGEST) {
            (view.token_field())
            (seen::field(draft.revision))
            (Field::new("file", "Add files").hint(&hint).errors(errors).files())
            (secondary_button("Add"))
            div.entry-files role="status" data-files {}
        }
    }
}

/// `3 kB`, `1.2 MB`.
pub(super) fn size(bytes: usize) -> String {
    match bytes {
        0..1_000 => format!("{bytes} bytes"),
        1_000..1_000_000 => format!("{} kB", bytes / 1_000),
        _ => format!("{}.{} MB", bytes / 1_000_000, bytes % 1_000_000 / 100_000),
    }
}
