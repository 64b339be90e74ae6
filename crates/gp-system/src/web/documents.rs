//! Documents handed to a browser: shown where that is safe, else downloads.

use axum::extract::{Path, State};
use axum::http::header::{CONTENT_DISPOSITION, CONTENT_SECURITY_POLICY, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};
use pages::{Problem, content_policy};

use super::context::{Pages, View};
use crate::{AttachmentContent, DraftId, TaskId};

const DOWNLOAD_POLICY: &str = "default-src 'none'; sandbox; frame-ancestors 'none'";

/// A content type we hand out, the start its bytes must have to be shown, and the ending of the
/// download's name. What is not in the list, or is not what it claims, is an unnamed file: HTML,
/// XML and SVG among them, which a browser would run in our name.
const TYPES: [(&str, &[u8], &str); 9] = [
    ("application/pdf", b"%PDF-", "pdf"),
    ("image/png", b"\x89PNG\r\n\x1a\n", "png"),
    ("image/jpeg", b"\xff\xd8\xff", "jpg"),
    ("image/tiff", b"", "tif"),
    ("text/plain", b"", "txt"),
    ("application/msword", b"", "doc"),
    (
        "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
        b"PK",
        "docx",
    ),
    ("application/rtf", b"{\\rtf", "rtf"),
    ("text/rtf", b"{\\rtf", "rtf"),
];
const SHOWN: [&str; 3] = ["application/pdf", "image/png", "image/jpeg"];

/// A document or attachment: PDF and pictures are shown, everything else is a download that no
/// browser opens in our name.
pub(super) async fn attachment(
    view: View,
    State(pages): State<Pages>,
    Path((task, position)): Path<(String, String)>,
) -> Result<Response, Problem> {
    let task = TaskId::parse(&task).ok_or_else(Problem::not_found)?;
    let position: u32 = position.parse().map_err(|_| Problem::not_found())?;
    let content = pages
        .ask(&view, move |practice| practice.attachment(task, position))
        .await?
        .ok_or_else(Problem::not_found)?;
    Ok(response(content, position))
}

/// The report of a draft, as it will be sent.
pub(super) async fn preview(
    view: View,
    State(pages): State<Pages>,
    Path(id): Path<String>,
) -> Result<Response, Problem> {
    let id = DraftId::parse(&id).ok_or_else(Problem::not_found)?;
    let report = pages
        .by(&view)
        .draft_report(id)
        .await?
        .ok_or_else(Problem::not_found)?;
    let content = AttachmentContent {
        content_type: "application/pdf".to_owned(),
        bytes: report,
    };
    Ok(response(content, 0))
}

/// Whether a browser shows it in the page: it is of a safe kind by what it states. The bytes are
/// looked at when it is asked for.
pub(super) fn is_shown(content_type: &str) -> bool {
    SHOWN
        .iter()
        .any(|shown| bare(content_type).eq_ignore_ascii_case(shown))
}

fn bare(content_type: &str) -> &str {
    content_type.split(';').next().unwrap_or_default().trim()
}

fn response(content: AttachmentContent, position: u32) -> Response {
    let stated = bare(&content.content_type);
    let known = TYPES.into_iter().find(|(name, start, _)| {
        stated.eq_ignore_ascii_case(name) && content.bytes.starts_with(start)
    });
    let (content_type, ending) = known
        .map_or(("application/octet-stream", "bin"), |(name, _, ending)| {
            (name, ending)
        });
    let name = match position {
        0 => "document",
        _ => "attachment",
    };
    let shown = SHOWN.contains(&content_type);
    let disposition = if shown { "inline" } else { "attachment" };
    let headers = [
        (CONTENT_TYPE, content_type.to_owned()),
        (
            CONTENT_DISPOSITION,
            format!("{disposition}; filename=\"{name}-{position}.{ending}\""),
        ),
    ];
    if shown {
        (headers, content_policy(), content.bytes).into_response()
    } else {
        let policy = [(CONTENT_SECURITY_POLICY, DOWNLOAD_POLICY)];
        (headers, policy, content.bytes).into_response()
    }
}
