use axum::extract::{Path, State};
use axum::http::header::{
    CONTENT_DISPOSITION, CONTENT_SECURITY_POLICY, CONTENT_TYPE, X_FRAME_OPTIONS,
};
use axum::response::{IntoResponse, Response};

use super::{PageError, Pages};
use crate::{AttachmentContent, TaskId};

/// A document shown inside our own page; a browser's PDF viewer styles itself inline.
const DOCUMENT_POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'; img-src 'self'; \
    object-src 'self'; frame-ancestors 'self'";
const DOWNLOAD_POLICY: &str = "default-src 'none'; sandbox";

/// A content type we hand out, the start its bytes must have to be shown, and the ending of the
/// download's name. What is not in the list, or is not what it claims, is an unnamed file.
const TYPES: [(&str, &[u8], &str); 8] = [
    ("application/pdf", b"%PDF-", "pdf"),
    ("image/png", b"\x89PNG\r\n\x1a\n", "png"),
    ("image/jpeg", b"\xff\xd8\xff", "jpg"),
    ("image/tiff", b"", "tif"),
    ("text/plain", b"", "txt"),
    ("application/msword", b"", "doc"),
    ("application/rtf", b"{\\rtf", "rtf"),
    ("text/rtf", b"{\\rtf", "rtf"),
];
const SHOWN: [&str; 3] = ["application/pdf", "image/png", "image/jpeg"];

/// A document or attachment: PDF and pictures are shown, everything else is a download that no
/// browser opens in our name.
pub(super) async fn show(
    State(pages): State<Pages>,
    Path((task, position)): Path<(String, u32)>,
) -> Result<Response, PageError> {
    let task = TaskId::parse(&task).ok_or(PageError::NotFound)?;
    let content = pages
        .ask(move |practice| practice.attachment(task, position))
        .await?
        .ok_or(PageError::NotFound)?;
    Ok(response(content, position))
}

fn response(content: AttachmentContent, position: u32) -> Response {
    let stated = content
        .content_type
        .split(';')
        .next()
        .unwrap_or_default()
        .trim();
    let known = TYPES.into_iter().find(|(name, start, _)| {
        stated.eq_ignore_ascii_case(name) && content.bytes.starts_with(start)
    });
    let (content_type, ending) = known
        .map_or(("application/octet-stream", "bin"), |(name, _, ending)| {
            (name, ending)
        });
    let shown = SHOWN.contains(&content_type);
    let (disposition, policy, framing) = if shown {
        ("inline", DOCUMENT_POLICY, "SAMEORIGIN")
    } else {
        ("attachment", DOWNLOAD_POLICY, "DENY")
    };
    let name = if position == 0 {
        "document"
    } else {
        "attachment"
    };
    (
        [
            (CONTENT_TYPE, content_type.to_owned()),
            (
                CONTENT_DISPOSITION,
                format!("{disposition}; filename=\"{name}-{position}.{ending}\""),
            ),
            (CONTENT_SECURITY_POLICY, policy.to_owned()),
            (X_FRAME_OPTIONS, framing.to_owned()),
        ],
        content.bytes,
    )
        .into_response()
}
