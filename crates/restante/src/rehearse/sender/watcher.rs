//! Hears the requests of the MESH API: what a sender said of its message, and by which kind of client.

use http::{HeaderMap, Method, StatusCode};
use jiff::Timestamp;
use mesh::headers::HeaderText;
use mesh_server::{RequestWatcher, WatchedRequest};
use nhs::{MailboxId, MessageId};
use rehearsal::sender::{Sent, Way};
use serde::Deserialize;
use tokio::sync::mpsc::UnboundedSender;

/// A message was handed to the exchange, or its first chunk. Patient data: no `Debug`.
pub struct Handed {
    pub message: MessageId,
    pub mailbox: String,
    pub sent: Sent,
    /// The headers as they were, without the token.
    pub headers: Vec<u8>,
}

/// What was heard.
pub enum Heard {
    /// A message.
    Handed(Box<Handed>),
    /// A mailbox's client asked for something; with its kind where it said so.
    Asked {
        mailbox: String,
        at: Timestamp,
        way: Option<Way>,
    },
}

/// Passes on what it hears.
pub struct Watcher(pub UnboundedSender<Heard>);

#[derive(Deserialize)]
struct SendAnswer {
    #[serde(alias = "messageID")]
    message_id: String,
}

impl RequestWatcher for Watcher {
    fn answered(&self, request: WatchedRequest) {
        let Some(mailbox) = request.mailbox.clone() else {
            return;
        };
        if !request.status.is_success() {
            return;
        }
        if let Some(handed) = handed(&mailbox, &request) {
            let _ = self.0.send(Heard::Handed(Box::new(handed)));
        }
        let _ = self.0.send(Heard::Asked {
            mailbox,
            at: request.at,
            way: way(&request.headers),
        });
    }
}

fn handed(mailbox: &str, request: &WatchedRequest) -> Option<Handed> {
    let path = request.uri.path().trim_matches('/');
    let is_send = request.method == Method::POST && path.split('/').nth(2) == Some("outbox");
    let is_first = path.split('/').count() == 3;
    if !is_send || !is_first || request.status != StatusCode::ACCEPTED {
        return None;
    }
    let answer: SendAnswer = serde_json::from_slice(&request.answer).ok()?;
    let header = |name: &str| text(&request.headers, name);
    let from = match header("mex-from") {
        none if none.is_empty() => mailbox.to_owned(),
        from => from,
    };
    Some(Handed {
        message: MessageId::parse(&answer.message_id).ok()?,
        mailbox: mailbox.to_owned(),
        sent: Sent {
            from,
            to: header("mex-to"),
            subject: header("mex-subject"),
            workflow: header("mex-workflowid"),
            local_id: header("mex-localid"),
        },
        headers: listed(&request.headers),
    })
}

fn text(headers: &HeaderMap, name: &str) -> String {
    let value = headers.get(name);
    value.map_or_else(String::new, |value| {
        HeaderText::from_bytes(value.as_bytes()).into_string()
    })
}

/// `name: value`, a line each; nothing that opens a mailbox.
fn listed(headers: &HeaderMap) -> Vec<u8> {
    let mut lines = Vec::new();
    for (name, value) in headers {
        if *name == http::header::AUTHORIZATION {
            continue;
        }
        lines.extend(name.as_str().as_bytes());
        lines.extend(b": ");
        lines.extend(value.as_bytes());
        lines.push(b'\n');
    }
    lines
}

/// A MESH client says which Java it runs on, ours who it is; a library of the API says neither.
fn way(headers: &HeaderMap) -> Option<Way> {
    let version = text(headers, "mex-clientversion");
    let agent = text(headers, "user-agent");
    if version.is_empty() && agent.is_empty() {
        return None;
    }
    let java = text(headers, "mex-javaversion");
    let is_client = version.starts_with("restante==")
        || agent.starts_with("restante-mesh-client/")
        || !matches!(java.as_str(), "" | "N/A");
    Some(if is_client { Way::Client } else { Way::Api })
}

/// Whether a mailbox as it is written in an address is this one.
pub fn is_of(mailbox: &str, known: &MailboxId) -> bool {
    mailbox.eq_ignore_ascii_case(known.as_str())
}
