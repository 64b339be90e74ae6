//! What a line says beside its number: who did what to what.

use jiff::Timestamp;
use nhs::{MailboxId, MessageId};

use super::head::{AuditHead, SHORTENED, hash_text};
use crate::contract::{Failure, NewMessage, Op, Outcome, Place};

/// A line to be added. Its `about` is not in the trail's hash, which covers the detail that names it.
#[derive(Debug, Clone)]
pub(crate) struct AuditEntry {
    pub(crate) at: Timestamp,
    pub(crate) actor: String,
    pub(crate) action: &'static str,
    pub(crate) subject: String,
    pub(crate) detail: String,
    /// The message that a report is about.
    pub(crate) about: Option<String>,
}

impl AuditEntry {
    pub(crate) fn new(
        at: Timestamp,
        (actor, action): (&str, &'static str),
        subject: impl ToString,
        detail: impl Into<String>,
    ) -> Self {
        Self {
            at,
            actor: actor.to_owned(),
            action,
            subject: subject.to_string(),
            detail: detail.into(),
            about: None,
        }
    }

    /// The line of a trail whose lines up to a place were forgotten.
    pub(crate) fn shortened(last: &AuditHead, at: Timestamp) -> Self {
        let hash = hash_text(&last.hash);
        Self::new(at, ("operator", SHORTENED), last.number, hash)
    }

    /// What an operation that is done did, where the operation alone tells it. A chunk, a message
    /// set aside and messages removed are told by the backend, which knows more of them.
    pub(crate) fn of(op: &Op, outcome: &Outcome) -> impl Iterator<Item = Self> {
        let further = match (op, outcome) {
            (Op::Accept { message, place }, Outcome::Done) => routed(message, place),
            _ => None,
        };
        let further = further.into_iter().flatten();
        Self::first_of(op).into_iter().chain(further)
    }

    fn first_of(op: &Op) -> Option<Self> {
        Some(match op {
            Op::Accept { message, place } => accepted(message, place),
            Op::Acknowledge {
                mailbox,
                message,
                at,
            } => Self::new(*at, (mailbox.as_str(), "acknowledged"), message, ""),
            Op::Deliver {
                message,
                recipient,
                at,
                ..
            } => Self::delivered(*at, message, recipient),
            Op::Fail {
                message, failure, ..
            } => {
                let action = ("exchange", "failed");
                Self::new(failure.at, action, message, code(failure))
            }
            Op::Redeliver { message, at } => {
                Self::new(*at, ("exchange", "redelivered"), message, "")
            }
            Op::Audit {
                at,
                actor,
                action,
                subject,
                detail,
            } => Self::new(*at, (actor, action), subject, detail),
            Op::UseToken { .. }
            | Op::Chunk { .. }
            | Op::Postpone { .. }
            | Op::TryNow { .. }
            | Op::Tally { .. }
            | Op::SetAside { .. }
            | Op::Forget { .. }
            | Op::Purge { .. }
            | Op::EndPurge { .. }
            | Op::ForgetTokens { .. }
            | Op::Steps { .. }
            | Op::Index => return None,
        })
    }

    fn delivered(at: Timestamp, message: &MessageId, recipient: &MailboxId) -> Self {
        let detail = format!("to={recipient}");
        Self::new(at, ("exchange", "delivered"), message, detail)
    }

    /// A chunk was stored; `complete` with the last that was missing.
    pub(crate) fn chunk(
        at: Timestamp,
        sender: &str,
        message: &MessageId,
        (number, total): (u32, u32),
        complete: bool,
    ) -> Self {
        let complete = if complete { " complete" } else { "" };
        let detail = format!("chunk={number}/{total}{complete}");
        Self::new(at, (sender, "chunk"), message, detail)
    }

    /// A message was set aside.
    pub(crate) fn quarantined(subject: impl ToString, failure: &Failure) -> Self {
        let action = ("exchange", "quarantined");
        Self::new(failure.at, action, subject, code(failure))
    }

    /// A message was forgotten.
    pub(crate) fn forgotten(subject: impl ToString, at: Timestamp) -> Self {
        Self::new(at, ("exchange", "forgotten"), subject, "")
    }

    /// A message was removed because an operator wanted it.
    pub(crate) fn purged(subject: impl ToString, at: Timestamp) -> Self {
        Self::new(at, ("operator", "purged"), subject, "")
    }
}

/// The lines that routing would have added later.
fn routed(message: &NewMessage, place: &Place) -> Option<[AuditEntry; 2]> {
    let Place::Routed(found) = place else {
        return None;
    };
    let (at, id) = (message.sent_at, &message.id);
    let sender = message.sender.as_ref().map_or("", MailboxId::as_str);
    Some([
        AuditEntry::delivered(at, id, &found.recipient),
        AuditEntry::new(at, (sender, "routed"), id, found.trail.clone()),
    ])
}

fn accepted(message: &NewMessage, place: &Place) -> AuditEntry {
    let at = message.sent_at;
    let to = message.recipient.as_ref().map(MailboxId::as_str);
    if let Some(report) = &message.report {
        let about = report.linked.as_deref().map(MessageId::parse);
        let about = about.and_then(Result::ok).map(|id| id.to_string());
        let mut detail = format!("to={} {}", to.unwrap_or_default(), code(report));
        if let Some(about) = &about {
            detail.push_str(" about=");
            detail.push_str(about);
        }
        let entry = AuditEntry::new(at, ("exchange", "reported"), &message.id, detail);
        return AuditEntry { about, ..entry };
    }
    let sender = message.sender.as_ref().map_or("", MailboxId::as_str);
    let mut detail = format!("workflow={}", message.workflow);
    match place {
        Place::Routing(_) | Place::Routed(_) => detail.push_str(" routing"),
        Place::Inbox => {}
        Place::Uploading(_) => detail.push_str(&format!(" chunks={}", message.total_chunks)),
    }
    if let Some(to) = to {
        detail.push_str(" to=");
        detail.push_str(to);
    }
    AuditEntry::new(at, (sender, "accepted"), &message.id, detail)
}

/// A code as the trail names it; whatever has not the form of one is left out.
fn code(failure: &Failure) -> String {
    let is_code = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-';
    if failure.code.len() <= 16 && failure.code.bytes().all(is_code) {
        format!("code={}", failure.code)
    } else {
        String::new()
    }
}
