//! `GET` and `HEAD /messageexchange/{mailbox_id}/inbox/{message_id}`.

use std::io;

use axum::body::Body;
use axum::extract::{Path, Request};
use axum::response::Response;
use exchange::{Envelope, ExchangeError, Kind, Message};
use http::header::{
    ACCEPT_ENCODING, CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_TYPE, VARY, X_CONTENT_TYPE_OPTIONS,
};
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use mesh::headers::name;
use mesh::{
    ApiVersion, ChunkRange, Fault, MessageType, ReceivedHeaders, Status, StatusCode as Code,
    StatusEvent, StatusRecord, status,
};

use super::time::civil;
use crate::answer;
use crate::body::Stored;
use crate::downloads::STREAMED;
use crate::error::Failure;
use crate::gzip::{Expanded, most_expanded};
use crate::observe::Told;
use crate::session::Session;

const OCTETS: HeaderValue = HeaderValue::from_static("application/octet-stream");
const GZIP: HeaderValue = HeaderValue::from_static("gzip");
/// Shorter bodies gain nothing from being compressed on the way.
const WORTH_COMPRESSING: u64 = 1024;

type MessagePath = Path<(String, String)>;

pub(super) async fn download(
    session: Session,
    Path((_, message)): MessagePath,
    request: Request,
) -> Result<Response, Failure> {
    answer(&session, &message, 1, request.headers()).await
}

pub(super) async fn head(
    session: Session,
    Path((_, message)): MessagePath,
) -> Result<Response, Failure> {
    let envelope = session.exchange.envelope(&session.caller, &message).await?;
    let mut response = answer::empty(StatusCode::OK);
    describe(&envelope, 1, response.headers_mut())?;
    if envelope.message.details.gzip && envelope.message.kind == Kind::Data {
        response.headers_mut().insert(CONTENT_ENCODING, GZIP);
    }
    Ok(response)
}

/// One chunk with the message's headers: 206 while more follow, then 200.
pub(super) async fn answer(
    session: &Session,
    message: &str,
    number: u32,
    headers: &HeaderMap,
) -> Result<Response, Failure> {
    // before anything is opened or read, and given back as soon as it is known to be less
    let mailbox = &session.caller.mailbox().id;
    let mut held = session.downloads.take(mailbox, STREAMED).await?;
    let download = session
        .exchange
        .download(&session.caller, message, number)
        .await?;
    let envelope = download.envelope;
    let mut response = answer::empty(StatusCode::OK);
    describe(&envelope, number, response.headers_mut())?;
    let told = Told::about(envelope.message.id.clone());
    response.extensions_mut().insert(told);
    let Some(chunk) = download.chunk else {
        return Ok(response);
    };
    if chunk.number < envelope.message.total_chunks {
        *response.status_mut() = StatusCode::PARTIAL_CONTENT;
    }
    let length = chunk.length;
    if length < STREAMED && !envelope.message.details.gzip {
        held.shrink(length);
    }
    let stored = Stored::open(chunk.body).await?;
    let is_gzip = envelope.message.details.gzip && stored.is_gzip();
    let wants_gzip = accepts_gzip(headers);
    let compress = session.version == ApiVersion::V2 && length >= WORTH_COMPRESSING;
    let answer_headers = response.headers_mut();
    answer_headers.insert(CONTENT_TYPE, content_type(session.version, &envelope));
    answer_headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    answer_headers.insert(VARY, HeaderValue::from_static("accept, accept-encoding"));
    *response.body_mut() = match (is_gzip, wants_gzip) {
        (true, false) => match stored
            .expanded(most_expanded(length, &session.options))
            .await
        {
            Ok(Expanded::Whole(bytes)) => Body::from(bytes),
            Ok(Expanded::Long) => long(session, &envelope.message, chunk.number).await?,
            Ok(Expanded::TooLong) => return Err(too_long_expanded()),
            Err(error) => return Err(unexpanded(session, &envelope.message, error).await),
        },
        (false, true) if compress && stored.would_shrink() => {
            response.headers_mut().insert(CONTENT_ENCODING, GZIP);
            stored.compressed()
        }
        (is_gzip, _) => {
            if is_gzip {
                response.headers_mut().insert(CONTENT_ENCODING, GZIP);
            }
            response
                .headers_mut()
                .insert(CONTENT_LENGTH, HeaderValue::from(length));
            stored.unchanged()
        }
    };
    held.until_sent(&mut response);
    Ok(response)
}

/// The gzip is not damaged, and there for whoever takes it as it is.
fn too_long_expanded() -> Failure {
    metrics::counter!("restante_expansions_refused_total").increment(1);
    let text =
        "The gzip of this message is too long when expanded; ask again with Accept-Encoding: gzip";
    let fault = Fault {
        event: "RECEIVE",
        code: "",
        text,
    };
    Failure::fault(StatusCode::NOT_ACCEPTABLE, &fault)
}

/// A gzip too long to keep while it is looked at, expanded on its way out.
async fn long(session: &Session, message: &Message, number: u32) -> Result<Body, Failure> {
    let bytes = session.exchange.chunk_again(message, number).await?;
    let (exchange, message) = (session.exchange.clone(), message.clone());
    let broken = move || exchange.note_unexpandable(&message);
    Ok(Stored::open(bytes).await?.decompressed(broken))
}

/// Why a gzip could not be expanded: its bytes could not be read, or it is damaged, and then its sender
/// gets a report.
async fn unexpanded(session: &Session, message: &Message, error: io::Error) -> Failure {
    match error.downcast::<ExchangeError>() {
        Ok(error) => error.into(),
        Err(_) => session.exchange.give_up_unexpandable(message).await.into(),
    }
}

/// The `Mex-` headers of `docs/spec/mesh-api.md` §6. The sender's own bytes come back as they were.
fn describe(envelope: &Envelope, number: u32, headers: &mut HeaderMap) -> Result<(), Failure> {
    let total = envelope.message.total_chunks;
    let range = match envelope.message.kind {
        Kind::Report => ChunkRange::REPORT,
        Kind::Data => ChunkRange::new(number, total).unwrap_or(ChunkRange::WHOLE),
    };
    let mut received = ReceivedHeaders::new(envelope.message.id.clone(), range);
    received.message_type = match envelope.message.kind {
        Kind::Report => MessageType::Report,
        Kind::Data => MessageType::Data,
    };
    received.sender = envelope
        .sender
        .as_ref()
        .map(|party| party.mailbox.to_string());
    received.recipient = envelope
        .recipient
        .as_ref()
        .map(|party| party.mailbox.to_string());
    received.workflow = Some(envelope.message.workflow.clone());
    received.compressed = envelope.message.details.compressed;
    received.encrypted = envelope.message.details.encrypted;
    received.status = Some(status_record(envelope));
    received.last_modified = Some(envelope.message.state_at);
    received.write(headers)?;
    for (name, value) in as_given(envelope) {
        if let Some(Ok(value)) = value.map(HeaderValue::from_bytes) {
            headers.insert(HeaderName::from_static(name), value);
        }
    }
    Ok(())
}

/// What was given to the exchange as bytes, so that neither character set nor case is changed.
fn as_given(envelope: &Envelope) -> [(&'static str, Option<&[u8]>); 7] {
    let details = &envelope.message.details;
    let report = envelope
        .failure()
        .filter(|_| envelope.message.kind == Kind::Report);
    [
        (name::LOCAL_ID, details.local_id.as_deref()),
        (name::PARTNER_ID, details.partner_id.as_deref()),
        (name::SUBJECT, details.subject.as_deref()),
        (name::FILE_NAME, details.file_name.as_deref()),
        (name::CONTENT_CHECKSUM, details.checksum.as_deref()),
        (name::CONTENT_TYPE, details.content_type.as_deref()),
        (
            name::LINKED_MESSAGE_ID,
            report
                .and_then(|it| it.linked.as_deref())
                .map(str::as_bytes),
        ),
    ]
}

fn status_record(envelope: &Envelope) -> StatusRecord {
    match (envelope.failure(), envelope.message.kind) {
        (Some(failure), Kind::Report) => StatusRecord {
            at: Some(civil(failure.at)),
            event: StatusEvent::parse(&failure.event),
            status: Status::Error,
            code: Code::new(&failure.code),
            description: failure.description.clone(),
        },
        _ => {
            let at = envelope
                .message
                .accepted_at
                .unwrap_or(envelope.message.sent_at);
            StatusRecord::success(
                civil(at),
                StatusEvent::Transfer,
                status::TRANSFERRED_TO_RECIPIENT,
            )
        }
    }
}

/// Version 1 and chunks are octets; a whole message has the sender's type in version 2.
fn content_type(version: ApiVersion, envelope: &Envelope) -> HeaderValue {
    let own = envelope
        .message
        .details
        .content_type
        .as_deref()
        .filter(|_| version == ApiVersion::V2 && envelope.message.total_chunks < 2);
    own.and_then(|bytes| HeaderValue::from_bytes(&bytes.to_ascii_lowercase()).ok())
        .unwrap_or(OCTETS)
}

/// Whether `gzip` (or `*`) is among the encodings, and not with a weight of nought.
fn accepts_gzip(headers: &HeaderMap) -> bool {
    headers
        .get_all(ACCEPT_ENCODING)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .any(|item| {
            let mut parts = item.split(';').map(str::trim);
            let coding = parts.next().unwrap_or_default();
            let refused = parts.any(|part| {
                part.strip_prefix("q=").and_then(|q| q.parse::<f32>().ok()) == Some(0.0)
            });
            (coding.eq_ignore_ascii_case("gzip") || coding == "*") && !refused
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gzip_is_accepted_when_named_and_not_refused() {
        for (text, accepted) in [
            ("gzip", true),
            ("deflate, GZIP;q=0.5", true),
            ("*", true),
            ("identity", false),
            ("gzip;q=0", false),
            ("", false),
        ] {
            let mut headers = HeaderMap::new();
            headers.insert(ACCEPT_ENCODING, HeaderValue::from_static(text));
            assert_eq!(accepts_gzip(&headers), accepted, "{text}");
        }
    }
}
