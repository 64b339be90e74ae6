//! `POST /messageexchange/{mailbox_id}/outbox`: a message, or the first chunk of one.

use axum::extract::Request;
use axum::response::Response;
use exchange::{Details, SendRequest};
use http::{HeaderMap, StatusCode};
use mesh::api::{SendV1, SendV2};
use mesh::headers::name;
use mesh::{ApiVersion, ContentEncoding, SendHeaders};

use crate::answer;
use crate::body::{REFUSED_BYTES, check_length, drain};
use crate::error::Failure;
use crate::session::Session;

pub(super) async fn send(session: Session, whole: Request) -> Result<Response, Failure> {
    check_length(&session.exchange, whole.headers())?;
    let (head, body) = whole.into_parts();
    let mut body = body.into_data_stream();
    let sent = match request(&head.headers) {
        Ok(request) => session
            .exchange
            .send(&session.caller, request, &mut body)
            .await
            .map_err(Failure::from),
        Err(failure) => Err(failure),
    };
    let message_id = match sent {
        Ok(message_id) => message_id,
        Err(failure) => {
            drain(&mut body, REFUSED_BYTES).await;
            return Err(failure);
        }
    };
    Ok(match session.version {
        ApiVersion::V1 => answer::json(StatusCode::ACCEPTED, answer::JSON, &SendV1 { message_id }),
        ApiVersion::V2 => {
            let media_type = session.version.media_type();
            answer::json(StatusCode::ACCEPTED, media_type, &SendV2 { message_id })
        }
    })
}

/// Checks the headers as text, and keeps the sender's own bytes: they come back to the recipient
/// unchanged, whatever their character set.
fn request(headers: &HeaderMap) -> Result<SendRequest, Failure> {
    let checked = SendHeaders::read(headers)?;
    let bytes = |name: &str| {
        headers
            .get(name)
            .map(|value| value.as_bytes().to_vec())
            .filter(|bytes| !bytes.is_empty())
    };
    Ok(SendRequest {
        to: bytes(name::TO).unwrap_or_default(),
        from: bytes(name::FROM),
        chunks: checked.chunk_range.map_or(1, |range| range.total()),
        details: Details {
            local_id: bytes(name::LOCAL_ID),
            subject: bytes(name::SUBJECT),
            file_name: bytes(name::FILE_NAME),
            partner_id: bytes(name::PARTNER_ID),
            checksum: bytes(name::CONTENT_CHECKSUM),
            content_type: checked.content_type.map(String::into_bytes),
            gzip: checked.encoding == ContentEncoding::Gzip,
            compressed: checked.compressed,
            encrypted: checked.encrypted,
        },
        workflow: checked.workflow,
    })
}
