//! Messages: listed, waited for, looked into, sent, answered, replayed, removed.

use axum::Json;
use axum::extract::rejection::{JsonRejection, QueryRejection};
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use itk3::ResponseCode;
use nhs::MessageId;
use serde::Deserialize;
use serde_json::{Value, json};

use super::shown;
use super::waiting::{Waiting, limit, page};
use crate::sandbox::actions::{self, Outgoing};
use crate::sandbox::content;
use crate::sandbox::example::{self, Example};
use crate::sandbox::filter::Filter;
use crate::sandbox::reading;
use crate::sandbox::recorder::MESSAGES;
use crate::sandbox::rows::{self, MessageRow, Row};
use crate::sandbox::state::{Sandbox, SandboxError};

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ListQuery {
    #[serde(default)]
    q: String,
    #[serde(default)]
    show: String,
    #[serde(default)]
    mailbox: String,
    #[serde(default)]
    workflow: String,
    #[serde(default)]
    state: String,
    /// Only messages that arrived after this one, by their `seq`.
    #[serde(default)]
    after: i64,
    #[serde(default)]
    limit: Option<usize>,
    /// Seconds to wait while there is no such message.
    #[serde(default)]
    wait: u64,
}

pub(super) async fn list(
    State(sandbox): State<Sandbox>,
    query: Result<Query<ListQuery>, QueryRejection>,
) -> Result<Json<Value>, SandboxError> {
    let Query(query) = query.map_err(|error| SandboxError::Invalid(error.body_text()))?;
    let limit = limit(query.limit, MESSAGES)?;
    let filter = Filter {
        q: query.q,
        show: query.show,
        mailbox: query.mailbox,
        workflow: query.workflow,
        state: query.state,
        paused: None,
    };
    let mut waiting = Waiting::begin(&sandbox, query.wait)?;
    let mut found = matching(&sandbox, &filter, query.after).await?;
    while found.is_empty() && waiting.goes_on().await? {
        found = matching(&sandbox, &filter, query.after).await?;
    }
    let page = page(&found, limit, query.after > 0);
    let next_after = page.iter().map(|row| row.seq).max();
    let messages: Vec<Value> = page.iter().map(shown::message).collect();
    Ok(Json(json!({
        "messages": messages,
        "matching": found.len(),
        "next_after": next_after.unwrap_or(query.after),
    })))
}

/// The messages that are wanted, the latest first.
async fn matching(
    sandbox: &Sandbox,
    filter: &Filter,
    after: i64,
) -> Result<Vec<MessageRow>, SandboxError> {
    let all = rows::messages(sandbox).await?;
    let wanted = all.into_iter().filter_map(|row| {
        let row = Row::Message(Box::new(row));
        let is_wanted = filter.takes(&row);
        match row {
            Row::Message(row) if is_wanted && row.seq > after => Some(*row),
            _ => None,
        }
    });
    Ok(wanted.collect())
}

pub(super) async fn one(
    State(sandbox): State<Sandbox>,
    Path(id): Path<String>,
) -> Result<Json<Value>, SandboxError> {
    let opened = reading::open(&sandbox, &id).await?;
    let all = rows::messages(&sandbox).await?;
    let row = all
        .iter()
        .find(|row| row.envelope.message.id == opened.envelope.message.id);
    Ok(Json(shown::opened(&sandbox, &opened, row)))
}

pub(super) async fn content(
    State(sandbox): State<Sandbox>,
    Path(id): Path<String>,
) -> Result<Response, SandboxError> {
    content::download(sandbox.exchange(), &id).await
}

pub(super) async fn attachment(
    State(sandbox): State<Sandbox>,
    Path((id, number)): Path<(String, String)>,
) -> Result<Response, SandboxError> {
    let number: usize = number.parse().map_err(|_| SandboxError::NotFound)?;
    let place = number.checked_sub(1).ok_or(SandboxError::NotFound)?;
    let opened = reading::open(&sandbox, &id).await?;
    let received = opened.itk3.and_then(|itk3| itk3.received);
    let mut attachments = received.ok_or(SandboxError::NotFound)?.attachments;
    if place >= attachments.len() {
        return Err(SandboxError::NotFound);
    }
    let attachment = attachments.swap_remove(place);
    Ok(pages::download(
        attachment.content,
        &format!("attachment-{number}"),
    ))
}

/// A message to be sent: one of `message`, `message_base64` and `example`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct NewMessage {
    from: String,
    to: String,
    #[serde(default)]
    workflow: String,
    #[serde(default)]
    subject: String,
    #[serde(default)]
    local_id: String,
    #[serde(default)]
    file_name: String,
    #[serde(default)]
    content_type: String,
    message: Option<String>,
    message_base64: Option<String>,
    example: Option<String>,
}

pub(super) async fn send(
    State(sandbox): State<Sandbox>,
    body: Result<Json<NewMessage>, JsonRejection>,
) -> Result<Response, SandboxError> {
    let Json(new) = body.map_err(|error| SandboxError::Invalid(error.body_text()))?;
    let outgoing = outgoing(&sandbox, new)?;
    let sent = actions::send(&sandbox, outgoing).await?;
    Ok(created(&sent))
}

fn outgoing(sandbox: &Sandbox, new: NewMessage) -> Result<Outgoing, SandboxError> {
    let body = match (new.message, new.message_base64, new.example) {
        (None, None, Some(name)) => {
            let names = Example::ALL.map(|(_, name, _)| name).join(", ");
            let example = Example::parse(&name)
                .ok_or_else(|| SandboxError::Invalid(format!("example is one of: {names}")))?;
            let mut outgoing = example::outgoing(sandbox, example, &new.from, &new.to)?;
            if !new.workflow.is_empty() {
                outgoing.workflow = new.workflow;
            }
            return Ok(outgoing);
        }
        (Some(text), None, None) => text.into_bytes(),
        (None, Some(text), None) => {
            let bytes = STANDARD.decode(text.trim());
            bytes.map_err(|_| SandboxError::Invalid("message_base64 is not base64".to_owned()))?
        }
        _ => {
            let words = "give exactly one of message, message_base64 and example";
            return Err(SandboxError::Invalid(words.to_owned()));
        }
    };
    Ok(Outgoing {
        from: new.from,
        to: new.to,
        workflow: new.workflow,
        subject: new.subject,
        local_id: new.local_id,
        file_name: new.file_name,
        content_type: new.content_type,
        body,
    })
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct NewReply {
    code: String,
}

pub(super) async fn reply(
    State(sandbox): State<Sandbox>,
    Path(id): Path<String>,
    body: Result<Json<NewReply>, JsonRejection>,
) -> Result<Response, SandboxError> {
    let Json(reply) = body.map_err(|error| SandboxError::Invalid(error.body_text()))?;
    let code = ResponseCode::parse(&reply.code).ok_or_else(|| {
        SandboxError::Invalid(
            "code is one of ITK3’s response codes, five digits such as 20013".to_owned(),
        )
    })?;
    let sent = actions::reply(&sandbox, &id, code).await?;
    Ok(created(&sent))
}

pub(super) async fn replay(
    State(sandbox): State<Sandbox>,
    Path(id): Path<String>,
) -> Result<Response, SandboxError> {
    let sent = actions::replay(&sandbox, &id).await?;
    Ok(created(&sent))
}

pub(super) async fn remove(
    State(sandbox): State<Sandbox>,
    Path(id): Path<String>,
) -> Result<StatusCode, SandboxError> {
    actions::delete(&sandbox, &id).await?;
    Ok(StatusCode::NO_CONTENT)
}

pub(super) async fn delete_all(State(sandbox): State<Sandbox>) -> Result<StatusCode, SandboxError> {
    actions::delete_all(&sandbox).await?;
    Ok(StatusCode::NO_CONTENT)
}

fn created(message: &MessageId) -> Response {
    (StatusCode::CREATED, Json(json!({ "id": message }))).into_response()
}
