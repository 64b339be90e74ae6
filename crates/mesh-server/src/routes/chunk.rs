//! `POST /messageexchange/{mailbox_id}/outbox/{message_id}/{chunk_number}` and
//! `GET /messageexchange/{mailbox_id}/inbox/{message_id}/{chunk_number}`.

use axum::extract::{Path, Request};
use axum::response::Response;
use http::StatusCode;
use mesh::api::SendChunkV1;
use mesh::{ApiVersion, ChunkHeaders, HeaderFaults};

use super::message;
use crate::answer;
use crate::body::{Upload, check_length};
use crate::error::Failure;
use crate::observe::Told;
use crate::session::Session;
use crate::validation::chunk_number;

type ChunkPath = Path<(String, String, String)>;

pub(super) async fn send(
    session: Session,
    Path((_, message, number)): ChunkPath,
    request: Request,
) -> Result<Response, Failure> {
    check_length(&session.exchange, request.headers())?;
    let (head, body) = request.into_parts();
    let mut body = Upload::new(&head.headers, body, &session.options);
    let sent = async {
        let number = chunk_number(&number, 0)?;
        let headers = match ChunkHeaders::read(&head.headers) {
            Ok(headers) => Some(headers),
            // refused by the exchange, once it knows whether there is such a message
            Err(HeaderFaults::ChunkRange) => None,
            Err(faults) => return Err(faults.into()),
        };
        let sent =
            session
                .exchange
                .send_chunk(&session.caller, &message, number, headers, &mut body);
        Ok(SendChunkV1 {
            message_id: sent.await?,
            block_id: number,
        })
    };
    let sent = match sent.await {
        Ok(sent) => sent,
        Err(failure) => {
            body.drain().await;
            return Err(failure);
        }
    };
    let told = Told::about(sent.message_id.clone());
    let mut response = match session.version {
        ApiVersion::V1 => answer::json(StatusCode::ACCEPTED, answer::JSON, &sent),
        ApiVersion::V2 => answer::json(StatusCode::ACCEPTED, answer::JSON, &()),
    };
    response.extensions_mut().insert(told);
    Ok(response)
}

pub(super) async fn download(
    session: Session,
    Path((_, message, number)): ChunkPath,
    request: Request,
) -> Result<Response, Failure> {
    let number = chunk_number(&number, 1)?;
    message::answer(&session, &message, number, request.headers()).await
}
