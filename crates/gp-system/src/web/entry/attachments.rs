//! The documents that travel with a report.

use axum::extract::{Multipart, Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use maud::{Markup, html};
use pages::Problem;
use pages::components::{Errors, Field, details, secondary_button};
use send_document::Attachment;

use super::draft;
use crate::web::{ATTACHMENT_LIMIT, Look, Pages};
use crate::{Draft, DraftId, PracticeError};

/// The endings of file names we know the type of; what the browser says counts otherwise.
const ENDINGS: [(&str, &str); 11] = [
    ("pdf", "application/pdf"),
    ("doc", "application/msword"),
    (
        "docx",
        "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    ),
    ("rtf", "application/rtf"),
    ("htm", "text/html"),
    ("html", "text/html"),
    ("txt", "text/plain"),
    ("xml", "application/xml"),
    ("jpg", "image/jpeg"),
    ("jpeg", "image/jpeg"),
    ("png", "image/png"),
];

/// The attachments of a draft, and the form that adds one.
pub(super) fn part(view: &Look, id: DraftId, draft: &Draft, errors: &Errors) -> Markup {
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

/// Adds an attachment to a draft.
pub(in crate::web) async fn add(
    view: Look,
    State(pages): State<Pages>,
    Path(id): Path<String>,
    form: Multipart,
) -> Result<Response, Problem> {
    let (id, before) = draft::own(&view, &pages, &id).await?;
    let mut changed = before.clone();
    let saved = match read(form).await? {
        Some(attachment) => {
            changed.consultation.attachments.push(attachment);
            pages.by(&view).save_draft(Some(id), changed).await
        }
        None => Err(PracticeError::Consultation("a file is expected".to_owned())),
    };
    match saved {
        Ok(_) => Ok(back(&view, id)),
        Err(PracticeError::Consultation(_)) => {
            let mut errors = Errors::new();
            errors.add("file", "Choose a file of one of the types below");
            let page = draft::show(&view, &pages, id, &before, &errors);
            Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response())
        }
        Err(error) => Err(error.into()),
    }
}

/// The file of the form; none when nothing was chosen.
async fn read(mut form: Multipart) -> Result<Option<Attachment>, Problem> {
    let broken = |_| {
        Problem::new(
            StatusCode::BAD_REQUEST,
            "The file did not arrive",
            "Send it again.",
        )
    };
    while let Some(field) = form.next_field().await.map_err(broken)? {
        if field.name() != Some("file") {
            continue;
        }
        let name = field.file_name().unwrap_or_default().to_owned();
        let stated = field.content_type().unwrap_or_default().to_owned();
        let content = field.bytes().await.map_err(broken)?;
        if name.is_empty() || content.is_empty() || content.len() > ATTACHMENT_LIMIT {
            return Ok(None);
        }
        return Ok(Some(Attachment {
            content_type: by_ending(&name).map_or(stated, str::to_owned),
            title: name.chars().filter(|c| !c.is_control()).take(255).collect(),
            content: content.to_vec(),
        }));
    }
    Ok(None)
}

fn by_ending(name: &str) -> Option<&'static str> {
    let (_, ending) = name.rsplit_once('.')?;
    ENDINGS
        .iter()
        .find(|(known, _)| ending.eq_ignore_ascii_case(known))
        .map(|(_, content_type)| *content_type)
}

/// Removes an attachment from a draft.
pub(in crate::web) async fn remove(
    view: Look,
    State(pages): State<Pages>,
    Path((id, position)): Path<(String, String)>,
) -> Result<Response, Problem> {
    let (id, mut draft) = draft::own(&view, &pages, &id).await?;
    let attachments = &mut draft.consultation.attachments;
    let position = position
        .parse::<usize>()
        .ok()
        .filter(|position| *position < attachments.len())
        .ok_or_else(Problem::not_found)?;
    attachments.remove(position);
    pages.by(&view).save_draft(Some(id), draft).await?;
    Ok(back(&view, id))
}

fn back(view: &Look, id: DraftId) -> Response {
    Redirect::to(&view.link(&format!("/drafts/{id}"))).into_response()
}
