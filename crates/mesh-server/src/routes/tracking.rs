//! `GET /messageexchange/{mailbox_id}/outbox/tracking?messageID=` and `…/tracking/{local_id}`, the
//! latter deprecated and always in the shape of version 1.

use axum::extract::{Path, RawQuery};
use axum::response::Response;
use exchange::{Envelope, Kind, Party, Track};
use http::StatusCode;
use mesh::ApiVersion;
use mesh::api::{TrackingV1, TrackingV2};
use mesh::headers::decode;

use super::time::{digits, iso};
use crate::answer;
use crate::error::Failure;
use crate::session::Session;
use crate::validation::Query;

pub(super) async fn by_message_id(
    session: Session,
    RawQuery(query): RawQuery,
) -> Result<Response, Failure> {
    let mut query = Query::read(query.as_deref());
    let message = query.required("messageID");
    query.finish()?;
    let envelope = session
        .exchange
        .track(&session.caller, Track::Message(&message))
        .await?;
    Ok(match session.version {
        ApiVersion::V1 => answer::json(StatusCode::OK, answer::JSON, &version_1(&envelope)),
        ApiVersion::V2 => answer::json(
            StatusCode::OK,
            session.version.media_type(),
            &version_2(&envelope),
        ),
    })
}

pub(super) async fn by_local_id(
    session: Session,
    Path((_, local_id)): Path<(String, String)>,
) -> Result<Response, Failure> {
    let local_id = Track::LocalId(local_id.as_bytes());
    let envelope = session.exchange.track(&session.caller, local_id).await?;
    Ok(answer::json(
        StatusCode::OK,
        answer::JSON,
        &version_1(&envelope),
    ))
}

/// A sender's own bytes as text.
pub(super) fn given(bytes: &Option<Vec<u8>>) -> Option<String> {
    bytes.as_deref().map(|bytes| decode(bytes).into_owned())
}

/// The same, absent ones as the empty text that version 1 keeps.
pub(super) fn text(bytes: &Option<Vec<u8>>) -> String {
    given(bytes).unwrap_or_default()
}

pub(super) fn file_name(envelope: &Envelope) -> String {
    let given = text(&envelope.message.details.file_name);
    if given.is_empty() {
        format!("{}.dat", envelope.message.id)
    } else {
        given
    }
}

fn succeeded(envelope: &Envelope) -> bool {
    envelope.message.kind == Kind::Data && envelope.failure().is_none()
}

pub(super) fn success_word(envelope: &Envelope) -> &'static str {
    if succeeded(envelope) {
        "SUCCESS"
    } else {
        "ERROR"
    }
}

/// `accepted` as `Accepted`.
pub(super) fn capitalised(word: &str) -> String {
    let mut letters = word.chars();
    let first = letters.next().map(|c| c.to_ascii_uppercase());
    first.into_iter().chain(letters).collect()
}

pub(super) fn kind_word(kind: Kind) -> &'static str {
    match kind {
        Kind::Data => "Data",
        Kind::Report => "Report",
    }
}

pub(super) fn party(party: &Option<Party>, field: impl Fn(&Party) -> String) -> Option<String> {
    party.as_ref().map(field)
}

/// The name that reports come under: the exchange's own, which is no mailbox and has no id.
const REPORTER: &str = "Central System Mailbox";

pub(super) fn sender_id(envelope: &Envelope) -> Option<String> {
    let own = envelope.message.kind == Kind::Report;
    party(&envelope.sender, |party| party.mailbox.to_string()).or(own.then(String::new))
}

pub(super) fn sender_name(envelope: &Envelope) -> Option<String> {
    let own = envelope.message.kind == Kind::Report;
    party(&envelope.sender, |party| party.name.clone()).or(own.then(|| REPORTER.to_owned()))
}

pub(super) fn ods_code(party: &Option<Party>) -> Option<String> {
    party.as_ref()?.ods.as_ref().map(ToString::to_string)
}

fn version_1(envelope: &Envelope) -> TrackingV1 {
    let message = &envelope.message;
    let details = &message.details;
    let flag = |set: bool| Some(if set { "Y" } else { "" }.to_owned());
    let failure = envelope.failure();
    let failed = failure.filter(|_| message.kind == Kind::Data);
    let (sender, recipient) = (&envelope.sender, &envelope.recipient);
    TrackingV1 {
        address_type: Some("ALL".to_owned()),
        checksum: Some(text(&details.checksum)),
        chunk_count: Some(message.total_chunks),
        compress_flag: flag(details.compressed),
        content_encoding: Some(if details.gzip { "gzip" } else { "" }.to_owned()),
        download_timestamp: Some(message.acknowledged_at.map(digits).unwrap_or_default()),
        dts_id: Some(message.id.to_string()),
        encrypted_flag: flag(details.encrypted),
        expiry_time: Some(digits(envelope.inbox_expiry)),
        failure_date: failed.map(|failure| digits(failure.at)),
        failure_diagnostic: failed.map(|failure| failure.description.clone()),
        file_name: Some(file_name(envelope)),
        file_size: Some(message.size),
        is_compressed: flag(details.compressed),
        linked_msg_id: failure.and_then(|failure| failure.linked.clone()),
        local_id: Some(text(&details.local_id)),
        mesh_recipient_ods_code: ods_code(recipient),
        message_id: Some(message.id.to_string()),
        message_type: Some(kind_word(message.kind).to_owned()),
        partner_id: Some(text(&details.partner_id)),
        recipient: party(recipient, |party| party.mailbox.to_string()),
        recipient_name: party(recipient, |party| party.name.clone()),
        recipient_org_code: ods_code(recipient),
        recipient_org_name: party(recipient, |party| party.organisation_name.clone()),
        recipient_smtp: Some(String::new()),
        sender: party(sender, |party| party.mailbox.to_string()),
        sender_name: party(sender, |party| party.name.clone()),
        sender_ods_code: ods_code(sender),
        sender_org_code: ods_code(sender),
        sender_org_name: party(sender, |party| party.organisation_name.clone()),
        sender_smtp: Some(String::new()),
        status: Some(capitalised(message.state.as_str())),
        status_code: failure.map(|failure| failure.code.clone()),
        status_description: failure.map(|failure| failure.description.clone()),
        status_event: failure.map(|failure| failure.event.clone()),
        status_success: Some(success_word(envelope).to_owned()),
        status_timestamp: failure.map(|failure| digits(failure.at)),
        subject: Some(text(&details.subject)),
        upload_timestamp: Some(digits(message.sent_at)),
        version: Some("1.0".to_owned()),
        workflow_id: Some(message.workflow.to_string()),
    }
}

fn version_2(envelope: &Envelope) -> TrackingV2 {
    let message = &envelope.message;
    let failure = envelope.failure();
    let recipient = &envelope.recipient;
    TrackingV2 {
        message_id: message.id.to_string(),
        local_id: Some(text(&message.details.local_id)),
        workflow_id: Some(message.workflow.to_string()),
        filename: given(&message.details.file_name),
        expiry_time: Some(iso(envelope.inbox_expiry)),
        upload_timestamp: Some(iso(message.sent_at)),
        recipient: party(recipient, |party| party.mailbox.to_string()),
        recipient_name: party(recipient, |party| party.name.clone()),
        recipient_ods_code: ods_code(recipient),
        recipient_org_code: ods_code(recipient),
        recipient_org_name: party(recipient, |party| party.organisation_name.clone()),
        status_success: Some(succeeded(envelope)),
        status: Some(message.state.as_str().to_owned()),
        status_event: failure.map(|failure| failure.event.clone()),
        status_timestamp: failure.map(|failure| iso(failure.at)),
        status_description: failure.map(|failure| failure.description.clone()),
        status_code: failure.map(|failure| failure.code.clone()),
    }
}
