//! A request of the MESH API as the page shows it: its headers without the token, its answer, and of a refused one the
//! reason.

use std::time::Duration;

use exchange::Refusal;
use http::HeaderMap;
use http::header::AUTHORIZATION;
use jiff::Timestamp;
use mesh_server::WatchedRequest;

/// Characters of all headers of a request that are kept.
const MOST_OF_HEADERS: usize = 16 * 1024;
/// What stands in the place of the token.
const HIDDEN: &str = "NHSMESH … (hidden; see the reason for its parts)";

/// A request and its answer. Holds patient data, and has no `Debug`.
#[derive(Clone)]
pub(crate) struct Asked {
    pub(crate) at: Timestamp,
    pub(crate) method: String,
    /// Path and query.
    pub(crate) address: String,
    /// The mailbox in the path, as it is written.
    pub(crate) mailbox: Option<String>,
    pub(crate) headers: Vec<(String, String)>,
    /// The `Authorization` header, never shown as a whole.
    pub(crate) token: Option<String>,
    pub(crate) peer: String,
    pub(crate) has_certificate: bool,
    pub(crate) took: Duration,
    pub(crate) status: u16,
    /// The answer's own word for its status.
    pub(crate) status_word: &'static str,
    pub(crate) answer_headers: Vec<(String, String)>,
    pub(crate) answer: String,
}

/// A refused request.
#[derive(Clone)]
pub(crate) struct Refused {
    /// Counted from 1 since the start.
    pub(crate) number: u64,
    pub(crate) asked: Asked,
    /// Why the caller was not taken for who they say they are.
    pub(crate) refusal: Option<Refusal>,
    /// The beginning of its body.
    pub(crate) body: Vec<u8>,
    /// How many bytes of it were read.
    pub(crate) body_bytes: u64,
}

/// What the answer to a refused request says: event, code and text.
#[derive(Default)]
pub(crate) struct Fault {
    pub(crate) code: String,
    pub(crate) text: String,
}

impl Asked {
    pub(crate) fn of(request: &WatchedRequest) -> Self {
        let token = request.headers.get(AUTHORIZATION);
        Self {
            at: request.at,
            method: request.method.to_string(),
            address: request.uri.to_string(),
            mailbox: request.mailbox.clone(),
            headers: shown(&request.headers),
            token: token.map(|token| String::from_utf8_lossy(token.as_bytes()).into_owned()),
            peer: request.peer.clone(),
            has_certificate: request.has_certificate,
            took: request.took,
            status: request.status.as_u16(),
            status_word: request.status.canonical_reason().unwrap_or_default(),
            answer_headers: shown(&request.answer_headers),
            answer: String::from_utf8_lossy(&request.answer).into_owned(),
        }
    }

    /// The value of a header, by its name in small letters.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        let mut headers = self.headers.iter();
        let (_, value) = headers.find(|(known, _)| known == name)?;
        Some(value)
    }

    /// `X26ABC1/outbox`: the address without what all have in common.
    pub(crate) fn short_address(&self) -> &str {
        let path = self.address.split('?').next().unwrap_or_default();
        path.strip_prefix("/messageexchange/").unwrap_or(path)
    }
}

impl Refused {
    /// What the client was told, as far as it has the form of the API's errors.
    pub(crate) fn fault(&self) -> Fault {
        let json: serde_json::Value = serde_json::from_str(&self.asked.answer).unwrap_or_default();
        let first = json.pointer("/detail/0").unwrap_or(&json);
        let text = |names: [&str; 3]| {
            let mut found = names.iter().filter_map(|name| first.get(name));
            found
                .find_map(|value| value.as_str())
                .unwrap_or_default()
                .to_owned()
        };
        Fault {
            code: text(["code", "errorCode", ""]),
            text: text(["msg", "errorDescription", "message"]),
        }
    }

    /// Why it was refused, in words: the true reason, whatever the client was told.
    pub(crate) fn reason(&self) -> String {
        if let Some(refusal) = self.refusal {
            return match refusal {
                Refusal::WrongHash => {
                    "the token’s hash is wrong: password or shared key".to_owned()
                }
                Refusal::UnknownMailbox => {
                    let mailbox = self.asked.mailbox.as_deref().unwrap_or_default();
                    format!("no such mailbox: {mailbox}")
                }
                other => other.to_string(),
            };
        }
        let Fault { code, text } = self.fault();
        let to = || self.asked.header("mex-to").unwrap_or("nothing").to_owned();
        match (code.as_str(), text.as_str()) {
            ("12", _) => format!("12: nobody has the address {}", to()),
            ("", "") => self.asked.status_word.to_owned(),
            ("", text) => text.to_owned(),
            (code, text) => format!("{code}: {text}"),
        }
    }
}

fn shown(headers: &HeaderMap) -> Vec<(String, String)> {
    let mut left = MOST_OF_HEADERS;
    let mut shown = Vec::new();
    for (name, value) in headers {
        let value = if *name == AUTHORIZATION {
            HIDDEN.to_owned()
        } else {
            String::from_utf8_lossy(value.as_bytes()).into_owned()
        };
        let length = name.as_str().len() + value.len();
        let Some(rest) = left.checked_sub(length) else {
            shown.push(("…".to_owned(), "more headers than are kept".to_owned()));
            break;
        };
        left = rest;
        shown.push((name.as_str().to_owned(), value));
    }
    shown
}
