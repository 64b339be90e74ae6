//! `POST /messageexchange/{mailbox_id}/outbox/{message_id}/{chunk_number}` and
//! `GET /messageexchange/{mailbox_id}/inbox/{message_id}/{chunk_number}`.

use axum::extract::{Path, Request};
use axum::response::Response;
use exchange::ChunkRequest;
use http::{HeaderMap, StatusCode};
use mesh::api::SendChunkV1;
use mesh::headers::name;
use mesh::{ApiVersion, ChunkRange, ContentEncoding, HeaderFaults};

use super::message;
use crate::answer;
use crate::body::{REFUSED_BYTES, check_length, drain};
use crate::error::Failure;
use crate::session::Session;
use crate::validation::chunk_number;

type ChunkPath = Path<(String, String, String)>;

pub(super) async fn send(
    session: Session,
    Path((_, message, number)): ChunkPath,
    whole: Request,
) -> Result<Response, Failure> {
    check_length(&session.exchange, whole.headers())?;
    let (head, body) = whole.into_parts();
    let mut body = body.into_data_stream();
    let sent = match request(message, &number, &head.headers) {
        Ok(request) => {
            let number = request.number;
            let sent = session
                .exchange
                .send_chunk(&session.caller, request, &mut body)
                .await;
            sent.map(|message_id| SendChunkV1 {
                message_id,
                block_id: number,
            })
            .map_err(Failure::from)
        }
        Err(failure) => Err(failure),
    };
    let sent = match sent {
        Ok(sent) => sent,
        Err(failure) => {
            drain(&mut body, REFUSED_BYTES).await;
            return Err(failure);
        }
    };
    Ok(match session.version {
        ApiVersion::V1 => answer::json(StatusCode::ACCEPTED, answer::JSON, &sent),
        ApiVersion::V2 => answer::json(StatusCode::ACCEPTED, answer::JSON, &()),
    })
}

pub(super) async fn download(
    session: Session,
    Path((_, message, number)): ChunkPath,
    whole: Request,
) -> Result<Response, Failure> {
    let number = chunk_number(&number, 1)?;
    message::answer(&session, &message, number, whole.headers()).await
}

fn request(message: String, number: &str, headers: &HeaderMap) -> Result<ChunkRequest, Failure> {
    let number = chunk_number(number, 0)?;
    let encoding = ContentEncoding::read(headers).ok_or(HeaderFaults::Encoding)?;
    let range = headers
        .get(name::CHUNK_RANGE)
        .and_then(|value| value.to_str().ok())
        .and_then(|text| ChunkRange::parse(text).ok())
        .map(|range| (range.index(), range.total()));
    Ok(ChunkRequest {
        message,
        number,
        range,
        gzip: encoding == ContentEncoding::Gzip,
    })
}
