//! `GET /messageexchange/{mailbox_id}/inbox/rich` and `…/outbox/rich`: with details, newest first,
//! in every state. Not in the official description; in the shape of version 2 whatever is asked for.

use axum::extract::RawQuery;
use axum::response::Response;
use exchange::{Envelope, Kind, ListPage, ListQuery};
use http::StatusCode;
use jiff::SignedDuration;
use mesh::ApiVersion;
use mesh::api::{RichList, RichMessage};

use super::links::PageLinks;
use super::time::{iso, read_iso};
use super::tracking::{given, party, sender_id, sender_name};
use crate::answer;
use crate::error::Failure;
use crate::session::Session;
use crate::validation::Query;

const DEFAULT_RESULTS: usize = 100;
const DEFAULT_PERIOD: SignedDuration = SignedDuration::from_hours(30 * 24);

pub(super) async fn inbox(
    session: Session,
    RawQuery(query): RawQuery,
) -> Result<Response, Failure> {
    let wanted = read(&session, query.as_deref(), 1, 2000)?;
    let links = links(&session, "inbox/rich", &wanted);
    let page = session.exchange.rich_inbox(&session.caller, wanted).await?;
    Ok(render(&session, page, links, inbox_message))
}

pub(super) async fn outbox(
    session: Session,
    RawQuery(query): RawQuery,
) -> Result<Response, Failure> {
    let mut wanted = read(&session, query.as_deref(), 10, 5000)?;
    wanted.max_results = wanted.max_results.min(DEFAULT_RESULTS);
    let links = links(&session, "outbox/rich", &wanted);
    let page = session
        .exchange
        .rich_outbox(&session.caller, wanted)
        .await?;
    Ok(render(&session, page, links, outbox_message))
}

fn read(
    session: &Session,
    query: Option<&str>,
    smallest: usize,
    largest: usize,
) -> Result<ListQuery, Failure> {
    let mut query = Query::read(query);
    let max_results = query.number("max_results", smallest, largest, DEFAULT_RESULTS);
    let continue_from = query.text("continue_from", 1, 1000);
    let since = match query.text("start_time", 1, 100) {
        None => session.exchange.now().checked_sub(DEFAULT_PERIOD).ok(),
        Some(text) => read_iso(&text),
    };
    let Some(since) = since else {
        let msg = "Input should be an ISO 8601 date or time";
        query.refuse("datetime_parsing", "start_time", msg.to_owned());
        return Err(query
            .finish()
            .err()
            .unwrap_or(Failure::Undetailed(StatusCode::BAD_REQUEST)));
    };
    query.finish()?;
    Ok(ListQuery {
        since,
        max_results,
        continue_from,
    })
}

fn links(session: &Session, list: &str, wanted: &ListQuery) -> PageLinks {
    let mut links = PageLinks::new(&session.caller.mailbox().id, list);
    links.field("start_time", &iso(wanted.since));
    links.field("max_results", &wanted.max_results.to_string());
    links
}

fn render(
    session: &Session,
    page: ListPage,
    links: PageLinks,
    message: fn(&Envelope) -> RichMessage,
) -> Response {
    let body = RichList {
        valid_at: Some(iso(session.exchange.now())),
        messages: page.messages.iter().map(message).collect(),
        links: links.finish(page.next.as_deref()),
    };
    answer::json(StatusCode::OK, ApiVersion::V2.media_type(), &body)
}

/// A message without one has an empty text, a report none.
fn local_id(envelope: &Envelope) -> Option<String> {
    let own = given(&envelope.message.details.local_id);
    own.or((envelope.message.kind == Kind::Data).then(String::new))
}

/// What is empty is left out, but for a message's local id.
fn inbox_message(envelope: &Envelope) -> RichMessage {
    let recipient = &envelope.recipient;
    RichMessage {
        message_id: envelope.message.id.to_string(),
        expiry_timestamp: Some(iso(envelope.inbox_expiry)),
        local_id: local_id(envelope),
        message_type: Some(kind_word(envelope.message.kind).to_owned()),
        recipient: party(recipient, |party| party.mailbox.to_string()),
        recipient_name: party(recipient, |party| party.name.clone()),
        sender: sender_id(envelope),
        sender_name: sender_name(envelope),
        sent_date: Some(iso(envelope
            .message
            .accepted_at
            .unwrap_or(envelope.message.sent_at))),
        status: Some(envelope.message.state.as_str().to_owned()),
        status_code: envelope.failure().map(|failure| failure.code.clone()),
        workflow_id: Some(envelope.message.workflow.to_string()),
        total_chunks: Some(envelope.message.total_chunks),
    }
}

/// What is empty is an empty text.
fn outbox_message(envelope: &Envelope) -> RichMessage {
    let mut message = inbox_message(envelope);
    message.sent_date = Some(iso(envelope.message.sent_at));
    for field in [
        &mut message.local_id,
        &mut message.recipient_name,
        &mut message.status_code,
    ] {
        field.get_or_insert_default();
    }
    message
}

fn kind_word(kind: Kind) -> &'static str {
    match kind {
        Kind::Data => "DATA",
        Kind::Report => "REPORT",
    }
}
