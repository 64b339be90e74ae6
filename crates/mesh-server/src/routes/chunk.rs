//! `POST /messageexchange/{mailbox_id}/outbox/{message_id}/{chunk_number}` and
//! `GET /messageexchange/{mailbox_id}/inbox/{message_id}/{chunk_number}`.

use axum::body::Body;
use axum::extract::Path;
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
    headers: HeaderMap,
    body: Body,
) -> Result<Response, Failure> {
    check_length(&session.exchange, &headers)?;
    let mut body = body.into_data_stream();
    let sent = match request(message, &number, &headers) {
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
    headers: HeaderMap,
) -> Result<Response, Failure> {
    let number = chunk_number(&number, 1)?;
    message::answer(&session, &message, number, &headers).await
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
