//! `POST /messageexchange/{mailbox_id}/outbox`: a message, or the first chunk of one.

use axum::extract::Request;
use axum::response::Response;
use http::StatusCode;
use mesh::api::{SendV1, SendV2};
use mesh::{ApiVersion, SendHeaders};

use crate::answer;
use crate::body::{Upload, check_length};
use crate::error::Failure;
use crate::session::Session;

pub(super) async fn send(session: Session, request: Request) -> Result<Response, Failure> {
    check_length(&session.exchange, request.headers())?;
    let (head, body) = request.into_parts();
    let mut body = Upload::new(&head.headers, body);
    let sent = async {
        let headers = SendHeaders::read(&head.headers)?;
        let sent = session.exchange.send(&session.caller, headers, &mut body);
        Ok(sent.await?)
    };
    let message_id = match sent.await {
        Ok(message_id) => message_id,
        Err(failure) => {
            body.drain().await;
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
