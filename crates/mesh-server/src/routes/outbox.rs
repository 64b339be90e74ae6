//! `POST /messageexchange/{mailbox_id}/outbox`: a message, or the first chunk of one.

use axum::extract::Request;
use axum::response::Response;
use http::StatusCode;
use mesh::api::{SendV1, SendV2};
use mesh::{ApiVersion, ContentEncoding, Fault, SendHeaders};

use crate::answer;
use crate::body::{Upload, check_length};
use crate::error::Failure;
use crate::observe::Told;
use crate::session::Session;

/// A message whose gzip its recipient could never expand is not accepted.
const DAMAGED_GZIP: Fault = Fault {
    event: "SEND",
    code: "DamagedContentEncoding",
    text: "The body is declared gzip and is cut short or damaged; nothing of it is kept: \
           compress it again and send it",
};

pub(super) async fn send(session: Session, request: Request) -> Result<Response, Failure> {
    check_length(&session.exchange, request.headers())?;
    let (head, body) = request.into_parts();
    let mut body = Upload::new(&head.headers, body, &session.options);
    let sent = async {
        let headers = SendHeaders::read(&head.headers)?;
        let is_whole = headers.chunk_range.is_none_or(|range| range.total() < 2);
        if is_whole && headers.encoding == ContentEncoding::Gzip {
            body.must_expand();
        }
        let sent = session.exchange.send(&session.caller, headers, &mut body);
        Ok(sent.await?)
    };
    let message_id = match sent.await {
        Ok(message_id) => message_id,
        Err(failure) => {
            let damaged = body.damaged;
            body.drain().await;
            if damaged {
                return Err(Failure::fault(StatusCode::BAD_REQUEST, &DAMAGED_GZIP));
            }
            return Err(failure);
        }
    };
    let told = Told::about(message_id.clone());
    let mut response = match session.version {
        ApiVersion::V1 => answer::json(StatusCode::ACCEPTED, answer::JSON, &SendV1 { message_id }),
        ApiVersion::V2 => {
            let media_type = session.version.media_type();
            answer::json(StatusCode::ACCEPTED, media_type, &SendV2 { message_id })
        }
    };
    response.extensions_mut().insert(told);
    Ok(response)
}
