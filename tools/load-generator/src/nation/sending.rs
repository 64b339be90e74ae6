//! The senders' side: each message when it is due, whatever became of those before it.

use std::sync::Arc;

use http::{HeaderMap, HeaderValue, Method};

use super::day::Day;
use super::plan::{self, Planned};
use crate::connection::Connection;
use crate::profile::ok;
use crate::report::Measured;

const OCTETS: HeaderValue = HeaderValue::from_static("application/octet-stream");

/// Sends the day's messages over one connection, those that others leave to it.
pub(super) async fn send(day: Arc<Day>) -> Measured {
    let mut measured = Measured::default();
    let mut connection = Connection::new(Arc::clone(&day.target));
    while let Some(message) = day.plan.next() {
        send_one(&day, &message, &mut connection, &mut measured).await;
    }
    measured
}

async fn send_one(
    day: &Day,
    message: &Planned,
    connection: &mut Connection,
    measured: &mut Measured,
) {
    let due = day.began + message.due.after;
    tokio::time::sleep_until(due.into()).await;
    let local_id = day.local_id(message.number, due);
    let values = (
        HeaderValue::from_str(&message.to),
        HeaderValue::from_str(&local_id),
    );
    let (Ok(from), (Ok(to), Ok(local_id))) = (plan::sender(message.sender), values) else {
        return measured.note("a message could not be made");
    };
    let mut headers = HeaderMap::new();
    headers.insert("mex-to", to);
    headers.insert("mex-localid", local_id);
    headers.insert("mex-workflowid", day.workflow.clone());
    headers.insert("content-type", OCTETS);
    let body = day.body(message.length);
    let answer = connection
        .request(&from, Method::POST, "/outbox", &headers, body)
        .await;
    let sent = ok(answer, &[202], measured).map(|_| message.length);
    if sent.is_some() {
        day.messages.sent();
    }
    let kind = if message.due.at_a_peak {
        "send at peak"
    } else {
        "send"
    };
    measured.count(kind, due, sent);
}
