//! mesh-sandbox's test-only routes (`docs/spec/mesh-api.md` §10), without authorization. They exist only
//! with [`crate::Options::sandbox`].

use axum::Router;
use axum::body::Bytes;
use axum::extract::{DefaultBodyLimit, Path, State};
use axum::response::Response;
use axum::routing::{delete, get, post};
use exchange::{Envelope, Mailbox, MessageState, NewEvent, NewReport};
use http::StatusCode;
use mesh::api::{SendV2, ValidationError, ValidationErrors};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use super::time::iso;
use super::tracking::{
    capitalised, file_name, kind_word, ods_code, party, sender_id, sender_name, success_word, text,
};
use crate::answer;
use crate::api::Api;
use crate::error::Failure;

const MAX_BODY_BYTES: usize = 64 * 1024;

pub(super) fn routes() -> Router<Api> {
    let mut routes = Router::new()
        .route("/messageexchange/admin/report", post(report))
        .route("/messageexchange/mailbox/{mailbox_id}", get(mailbox));
    for root in ["/admin", "/messageexchange/admin"] {
        let under = |rest: &str| format!("{root}{rest}");
        routes = routes
            .route(&under("/reset"), delete(reset_all))
            .route(&under("/reset/{mailbox_id}"), delete(reset))
            .route(&under("/message/{message_id}/event"), post(event))
            .route(&under("/mailbox/{mailbox_id}"), get(mailbox))
            .route(&under("/message/{message_id}"), get(message));
    }
    routes.layer(DefaultBodyLimit::max(MAX_BODY_BYTES))
}

async fn reset_all(State(api): State<Api>) -> Result<Response, Failure> {
    api.exchange.reset_all().await?;
    Ok(ok(&json!({ "message": "all mailboxes reset" })))
}

async fn reset(State(api): State<Api>, Path(mailbox): Path<String>) -> Result<Response, Failure> {
    let mailbox = mailbox.to_ascii_uppercase();
    api.exchange.reset_mailbox(&mailbox).await?;
    Ok(ok(
        &json!({ "message": format!("mailbox {mailbox} reset") }),
    ))
}

#[derive(Deserialize)]
struct ReportBody {
    mailbox_id: String,
    code: String,
    description: String,
    workflow_id: String,
    #[serde(default)]
    subject: Option<String>,
    #[serde(default)]
    local_id: Option<String>,
    #[serde(default = "undeliverable")]
    status: String,
    #[serde(default)]
    file_name: Option<String>,
    #[serde(default)]
    linked_message_id: Option<String>,
}

fn undeliverable() -> String {
    "undeliverable".to_owned()
}

async fn report(State(api): State<Api>, body: Bytes) -> Result<Response, Failure> {
    let body: ReportBody = read(&body)?;
    let report = NewReport {
        mailbox: body.mailbox_id,
        workflow: body.workflow_id,
        undeliverable: body.status != "error",
        code: body.code,
        description: body.description,
        subject: body.subject,
        local_id: body.local_id,
        file_name: body.file_name,
        linked: body.linked_message_id,
    };
    let message_id = api.exchange.add_report(report).await?;
    Ok(answer::json(
        StatusCode::OK,
        answer::JSON,
        &SendV2 { message_id },
    ))
}

#[derive(Deserialize)]
struct EventBody {
    status: String,
    #[serde(default)]
    code: Option<String>,
    #[serde(default)]
    event: Option<String>,
    #[serde(default)]
    description: Option<String>,
    #[serde(default)]
    linked_message_id: Option<String>,
}

async fn event(
    State(api): State<Api>,
    Path(message): Path<String>,
    body: Bytes,
) -> Result<Response, Failure> {
    let body: EventBody = read(&body)?;
    let state = match body.status.as_str() {
        "uploading" => MessageState::Uploading,
        "accepted" => MessageState::Accepted,
        "acknowledged" => MessageState::Acknowledged,
        "undeliverable" => MessageState::Undeliverable,
        "error" => MessageState::Error,
        _ => return Err(invalid("expected a status that a message can have")),
    };
    let event = NewEvent {
        state,
        code: body.code,
        event: body.event,
        description: body.description,
        linked: body.linked_message_id,
    };
    api.exchange.add_event(&message, event).await?;
    Ok(answer::empty(StatusCode::OK))
}

async fn mailbox(State(api): State<Api>, Path(mailbox): Path<String>) -> Result<Response, Failure> {
    let Mailbox {
        id,
        name,
        ods,
        organisation_name,
        billing_entity,
        active,
    } = api.exchange.mailbox(&mailbox)?;
    Ok(ok(&json!({
        "mailbox_id": id,
        "mailbox_name": name,
        "billing_entity": billing_entity,
        "ods_code": ods,
        "org_code": ods,
        "org_name": organisation_name,
        "active": active,
    })))
}

async fn message(State(api): State<Api>, Path(message): Path<String>) -> Result<Response, Failure> {
    let envelope = api.exchange.message(&message).await?;
    Ok(ok(&details(&envelope)))
}

fn details(envelope: &Envelope) -> Value {
    let message = &envelope.message;
    let details = &message.details;
    let failure = envelope.failure();
    let (sender, recipient) = (&envelope.sender, &envelope.recipient);
    json!({
        "checksum": text(&details.checksum),
        "chunk_count": message.total_chunks,
        "content_encoding": if details.gzip { "gzip" } else { "" },
        "download_timestamp": message.acknowledged_at.map(iso),
        "expiry_time": iso(envelope.inbox_expiry),
        "filename": file_name(envelope),
        "file_size": message.size,
        "is_compressed": details.compressed,
        "is_encrypted": details.encrypted,
        "linked_msg_id": failure.and_then(|failure| failure.linked.as_deref()),
        "local_id": text(&details.local_id),
        "message_id": message.id,
        "message_type": kind_word(message.kind),
        "recipient": party(recipient, |party| party.mailbox.to_string()),
        "recipient_name": party(recipient, |party| party.name.clone()),
        "recipient_ods_code": ods_code(recipient),
        "recipient_org_code": ods_code(recipient),
        "recipient_org_name": party(recipient, |party| party.organisation_name.clone()),
        "sender": sender_id(envelope),
        "sender_name": sender_name(envelope),
        "sender_ods_code": ods_code(sender),
        "sender_org_code": ods_code(sender),
        "sender_org_name": party(sender, |party| party.organisation_name.clone()),
        "status": capitalised(message.state.as_str()),
        "status_code": failure.map(|failure| failure.code.as_str()),
        "status_description": failure.map(|failure| failure.description.as_str()),
        "status_event": failure.map(|failure| failure.event.as_str()),
        "status_success": success_word(envelope),
        "status_timestamp": failure.map(|failure| iso(failure.at)),
        "subject": text(&details.subject),
        "upload_timestamp": iso(message.sent_at),
        "workflow_id": message.workflow,
    })
}

fn ok(body: &Value) -> Response {
    answer::json(StatusCode::OK, answer::JSON, body)
}

fn read<T: DeserializeOwned>(body: &[u8]) -> Result<T, Failure> {
    serde_json::from_slice(body)
        .map_err(|_| invalid("expected a JSON object with the fields of this route"))
}

fn invalid(msg: &str) -> Failure {
    let error = ValidationError {
        kind: "json_invalid".to_owned(),
        loc: vec!["body".to_owned()],
        msg: msg.to_owned(),
    };
    Failure::Validation(ValidationErrors {
        detail: vec![error],
    })
}
