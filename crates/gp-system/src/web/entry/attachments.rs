//! The documents that travel with a report.

use axum::extract::{Multipart, Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use pages::Problem;
use pages::components::Errors;
use send_document::Attachment;

use super::draft_page::{self, own};
use crate::web::context::{Pages, View};
use crate::{Draft, DraftId, PracticeError};

/// Bytes of one attachment of a report: ITK3 recommends 5 MB for a whole message.
pub(in crate::web) const LONGEST_ATTACHMENT: usize = 5 * 1024 * 1024;

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

/// Adds an attachment to a draft.
pub(in crate::web) async fn add(
    view: View,
    State(pages): State<Pages>,
    Path(id): Path<String>,
    form: Multipart,
) -> Result<Response, Problem> {
    let (id, before) = own(&view, &pages, &id).await?;
    let refused = || {
        let mut errors = Errors::new();
        errors.add("file", "Choose a file of one of the types below");
        let page = draft_page::show(&view, &pages, id, &before, &errors);
        Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response())
    };
    let Some(attachment) = read(form).await? else {
        return refused();
    };
    let mut changed = before.consultation.clone().into_inner();
    changed.attachments.push(attachment);
    let Ok(consultation) = changed.check() else {
        return refused();
    };
    let draft = Draft {
        consultation,
        updates: before.updates,
    };
    match pages.by(&view).save_draft(Some(id), draft).await {
        Ok(_) => Ok(back(&view, id)),
        Err(PracticeError::Consultation(_)) => refused(),
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
        if name.is_empty() || content.is_empty() || content.len() > LONGEST_ATTACHMENT {
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
    view: View,
    State(pages): State<Pages>,
    Path((id, position)): Path<(String, String)>,
) -> Result<Response, Problem> {
    let (id, draft) = own(&view, &pages, &id).await?;
    let mut changed = draft.consultation.into_inner();
    let position = position
        .parse::<usize>()
        .ok()
        .filter(|position| *position < changed.attachments.len())
        .ok_or_else(Problem::not_found)?;
    changed.attachments.remove(position);
    let draft = Draft {
        consultation: changed.check().map_err(PracticeError::from)?,
        updates: draft.updates,
    };
    pages.by(&view).save_draft(Some(id), draft).await?;
    Ok(back(&view, id))
}

fn back(view: &View, id: DraftId) -> Response {
    Redirect::to(&view.link(&format!("/drafts/{id}"))).into_response()
}
