//! What clients asked the MESH server and what they were answered: kept beside the steps that came of it. Tokens are
//! hidden.

use axum::http::header::AUTHORIZATION;
use axum::http::{HeaderMap, Method, StatusCode};
use jiff::Timestamp;
use mesh_server::{RequestWatcher, WatchedRequest};
use nhs::MessageId;
use serde::Deserialize;

use super::recorder::Recorder;
use super::stage::Stage;

/// Headers kept of one request or answer at most.
const HEADERS: usize = 40;
/// Characters kept of a header at most.
const LONGEST: usize = 300;

/// A request to the MESH server and the head of its answer.
pub(crate) struct Asked {
    pub(crate) begun: Timestamp,
    pub(crate) method: Method,
    pub(crate) path: String,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) status: StatusCode,
    pub(crate) answer_headers: Vec<(String, String)>,
}

/// The answer to a send, in both versions of the API.
#[derive(Deserialize)]
struct SendAnswer {
    #[serde(alias = "messageID")]
    message_id: String,
}

impl Asked {
    fn of(request: &WatchedRequest) -> Self {
        Self {
            begun: request.at,
            method: request.method.clone(),
            path: cut(request.uri.path()),
            headers: kept(&request.headers),
            status: request.status,
            answer_headers: kept(&request.answer_headers),
        }
    }

    /// The value of a header, by its name in lower case.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        let mut named = self.headers.iter().filter(|(known, _)| known == name);
        named.next().map(|(_, value)| value.as_str())
    }
}

impl RequestWatcher for Recorder {
    fn answered(&self, request: WatchedRequest) {
        if let Some((stage, message)) = step_of(&request) {
            self.asked(&message, stage, Asked::of(&request));
        }
        if request.mailbox.as_deref() == Some(self.visitor().as_str()) {
            let refusal = request.refusal.map(|refusal| refusal.to_string());
            self.visited(&Asked::of(&request), refusal);
        }
    }
}

/// The step that a request led to: a send, or the beginning of a download.
fn step_of(request: &WatchedRequest) -> Option<(Stage, MessageId)> {
    let mut parts = request.uri.path().trim_matches('/').split('/').skip(2);
    let (which, id, chunk) = (parts.next()?, parts.next(), parts.next());
    match (&request.method, which, id) {
        (&Method::POST, "outbox", None) if request.status == StatusCode::ACCEPTED => {
            let answer: SendAnswer = serde_json::from_slice(&request.answer).ok()?;
            Some((Stage::Sent, MessageId::parse(&answer.message_id).ok()?))
        }
        (&Method::GET, "inbox", Some(id)) if request.status.is_success() && chunk.is_none() => {
            Some((Stage::Collected, MessageId::parse(id).ok()?))
        }
        _ => None,
    }
}

fn kept(headers: &HeaderMap) -> Vec<(String, String)> {
    let each = headers.iter().take(HEADERS).map(|(name, value)| {
        let text = String::from_utf8_lossy(value.as_bytes());
        let text = if name == AUTHORIZATION {
            hidden(&text)
        } else {
            cut(&text)
        };
        (name.to_string(), text)
    });
    each.collect()
}

/// The scheme and the mailbox of a token, and nothing that would open the mailbox.
fn hidden(token: &str) -> String {
    let mailbox = token.split(':').next().unwrap_or_default();
    if mailbox.len() < token.len() {
        format!("{}:… (hidden)", cut(mailbox))
    } else {
        "… (hidden)".to_owned()
    }
}

fn cut(text: &str) -> String {
    match text.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{}…", text.get(..end).unwrap_or_default()),
        None => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_a_token_only_the_mailbox_is_kept() {
        let token = "NHSMESH A20047OT001:nonce:1:202611281200:abcdef";
        assert_eq!(hidden(token), "NHSMESH A20047OT001:… (hidden)");
        assert_eq!(hidden("secret"), "… (hidden)");
        assert_eq!(hidden(""), "… (hidden)");
    }

    #[test]
    fn a_long_header_is_cut_between_characters() {
        let cut = cut(&"é".repeat(LONGEST + 1));
        assert_eq!(cut.chars().count(), LONGEST + 1);
        assert!(cut.ends_with('…'));
    }
}
