//! The documents that travel with a report.

use axum::extract::{Form, Multipart, Path, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Json, Redirect, Response};
use itk3::attachment_types;
use pages::Problem;
use pages::components::Errors;
use send_document::{Attachment, Consultation};
use serde::Serialize;

use super::draft_page::{self, own, size};
use super::fields::Fields;
use super::keeping::is_script;
use super::{saving, seen};
use crate::web::context::{Pages, View};
use crate::{Draft, DraftId, PracticeError};

/// Bytes of one attachment of a report: ITK3 recommends 5 MB for a whole message.
pub(in crate::web) const LARGEST: usize = 5_000_000;
/// Bytes of all attachments of a report, and of the files added at once.
pub(in crate::web) const TOGETHER: usize = 20_000_000;
/// Files of a report.
const MOST: usize = 100;

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

/// Adds attachments to a draft: all that were sent, or none and why.
pub(in crate::web) async fn add(
    view: View,
    State(pages): State<Pages>,
    Path(id): Path<String>,
    headers: HeaderMap,
    form: Multipart,
) -> Result<Response, Problem> {
    let (id, before) = own(&view, &pages, &id).await?;
    let refused = |words: &str| {
        let status = StatusCode::UNPROCESSABLE_ENTITY;
        if is_script(&headers) {
            let answer = Answer {
                problem: words,
                revision: None,
            };
            return Ok((status, Json(answer)).into_response());
        }
        let mut errors = Errors::new();
        errors.add("file", words);
        let page = draft_page::show(&view, &pages, id, &before, &errors);
        Ok((status, page).into_response())
    };
    let mut changed = before.consultation.clone().into_inner();
    let Posted { revision, files } = read(form).await?;
    match files.and_then(|files| fitting(&changed, files)) {
        Ok(files) => changed.attachments.extend(files),
        Err(words) => return refused(&words),
    }
    let Ok(consultation) = changed.check() else {
        return refused(UNKNOWN);
    };
    let draft = Draft {
        consultation,
        updates: before.updates,
        revision,
    };
    match pages.by(&view).save_draft(Some(id), draft).await {
        Ok(kept) if is_script(&headers) => {
            let revision = Some(kept.revision);
            let problem = "";
            Ok(Json(Answer { problem, revision }).into_response())
        }
        Ok(_) => Ok(back(&view, id)),
        Err(PracticeError::Consultation(_)) => refused(UNKNOWN),
        Err(error) if is_script(&headers) => Err(error.into()),
        Err(error) => saving::as_it_is(&view, &pages, id, error).await,
    }
}

/// What our script is told: the problem, empty where there is none, and the draft's revision with the file in it.
#[derive(Serialize)]
struct Answer<'a> {
    problem: &'a str,
    revision: Option<u32>,
}

const UNKNOWN: &str = "Choose files of the types below";

/// What was posted.
struct Posted {
    /// Of the draft as its page showed it. Its field stands before the files.
    revision: u32,
    /// The files, or what is wrong with the first that cannot be sent.
    files: Result<Vec<Attachment>, String>,
}

async fn read(mut form: Multipart) -> Result<Posted, Problem> {
    let broken = |_| {
        Problem::new(
            StatusCode::BAD_REQUEST,
            "The file did not arrive",
            "Send it again.",
        )
    };
    let mut files = Vec::new();
    let mut revision = 0;
    while let Some(field) = form.next_field().await.map_err(broken)? {
        match field.name() {
            Some("file") => {}
            Some(seen::REVISION) => {
                revision = seen::parse(&field.text().await.map_err(broken)?);
                continue;
            }
            _ => continue,
        }
        let name = field.file_name().unwrap_or_default();
        let title: String = name.chars().filter(|c| !c.is_control()).take(255).collect();
        let stated = field.content_type().unwrap_or_default().to_owned();
        let content_type = by_ending(&title).map_or(stated, str::to_owned);
        let content = field.bytes().await.map_err(broken)?;
        // A browser sends an unnamed one where nothing was chosen.
        if title.is_empty() {
            continue;
        }
        if let Some(words) = fault(&content_type, content.len()) {
            let files = Err(format!("{title}: {words}"));
            return Ok(Posted { revision, files });
        }
        files.push(Attachment {
            content_type,
            title,
            content: content.to_vec(),
        });
    }
    let files = match files.is_empty() {
        true => Err(UNKNOWN.to_owned()),
        false => Ok(files),
    };
    Ok(Posted { revision, files })
}

/// Why a file cannot be sent.
fn fault(content_type: &str, bytes: usize) -> Option<String> {
    if bytes == 0 {
        return Some("the file is empty".to_owned());
    }
    if bytes > LARGEST {
        let (found, most) = (size(bytes), LARGEST / 1_000_000);
        return Some(format!("the file has {found}, and {most} MB is the most"));
    }
    if attachment_types::known(content_type).is_none() {
        return Some("a file of this type cannot be sent".to_owned());
    }
    None
}

/// The files, where there is room for them.
fn fitting(before: &Consultation, files: Vec<Attachment>) -> Result<Vec<Attachment>, String> {
    let all = || before.attachments.iter().chain(&files);
    let bytes: usize = all().map(|file| file.content.len()).sum();
    if bytes > TOGETHER {
        let (found, most) = (size(bytes), TOGETHER / 1_000_000);
        return Err(format!(
            "The attachments would have {found} together, and {most} MB is the most"
        ));
    }
    if all().count() > MOST {
        return Err(format!("A report has {MOST} attachments at most"));
    }
    Ok(files)
}

fn by_ending(name: &str) -> Option<&'static str> {
    let (_, ending) = name.rsplit_once('.')?;
    ENDINGS
        .iter()
        .find(|(known, _)| ending.eq_ignore_ascii_case(known))
        .map(|(_, content_type)| *content_type)
}

/// Removes an attachment from a draft as its page showed it.
pub(in crate::web) async fn remove(
    view: View,
    State(pages): State<Pages>,
    Path((id, position)): Path<(String, String)>,
    Form(fields): Form<Vec<(String, String)>>,
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
        revision: Fields::from(fields).seen(),
    };
    match pages.by(&view).save_draft(Some(id), draft).await {
        Ok(_) => Ok(back(&view, id)),
        Err(error) => saving::as_it_is(&view, &pages, id, error).await,
    }
}

fn back(view: &View, id: DraftId) -> Response {
    Redirect::to(&view.link(&format!("/drafts/{id}"))).into_response()
}
