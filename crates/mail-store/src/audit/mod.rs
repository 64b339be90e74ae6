//! The form of the audit trail: who did what to which message, mailbox or workflow, when. A line
//! holds ids and codes, never content, and its hash covers the line before, so that no line can be
//! changed, taken out or put in without every later hash telling.

mod check;
mod head;

pub use check::AuditCheck;
pub(crate) use check::{Check, Stored};
pub use head::AuditHead;

use jiff::Timestamp;
use nhs::{MailboxId, MessageId};
use sha2::{Digest, Sha256};

use crate::message::{Failure, NewMessage, Place};
use crate::operation::Op;

/// The hash of a line.
pub type AuditHash = [u8; 32];

/// The action of the line that says where a shortened trail begins.
pub(crate) const SHORTENED: &str = "audit shortened";

/// A line as it is hashed.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Line<'a> {
    /// 1, 2, 3 …
    pub(crate) number: i64,
    /// Microseconds since 1970, UTC.
    pub(crate) at: i64,
    pub(crate) actor: &'a str,
    pub(crate) action: &'a str,
    pub(crate) subject: &'a str,
    pub(crate) detail: &'a str,
}

/// What the first line follows.
pub(crate) fn before_the_first() -> AuditHash {
    Sha256::digest(b"restante audit trail 1").into()
}

impl Line<'_> {
    /// SHA-256 of the previous line's hash and this line's fields in order, each preceded by its
    /// length in four bytes, big-endian; numbers are eight bytes, big-endian.
    pub(crate) fn hash(&self, previous: &[u8]) -> AuditHash {
        let mut hash = Sha256::new();
        for field in [
            previous,
            &self.number.to_be_bytes(),
            &self.at.to_be_bytes(),
            self.actor.as_bytes(),
            self.action.as_bytes(),
            self.subject.as_bytes(),
            self.detail.as_bytes(),
        ] {
            let length = u32::try_from(field.len()).unwrap_or(u32::MAX);
            hash.update(length.to_be_bytes());
            hash.update(field);
        }
        hash.finalize().into()
    }
}

/// What a line says beside its number: who did what to what.
#[derive(Debug, Clone)]
pub(crate) struct Did {
    pub(crate) at: Timestamp,
    pub(crate) actor: String,
    pub(crate) action: &'static str,
    pub(crate) subject: String,
    pub(crate) detail: String,
}

impl Did {
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
        }
    }

    /// The line of a trail whose lines up to a place were forgotten.
    pub(crate) fn shortened(last: &AuditHead, at: Timestamp) -> Self {
        Self::new(at, ("operator", SHORTENED), last.number, last.hash_text())
    }

    /// What an operation that is done did, where the operation alone tells it. A chunk, a message
    /// set aside and messages forgotten are told by the home, which knows more of them.
    pub(crate) fn by(op: &Op) -> Option<Self> {
        Some(match op {
            Op::Accept { message, place } => {
                let (actor, action, detail) = accepted(message, place);
                Self::new(message.sent_at, (actor, action), &message.id, detail)
            }
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
            } => {
                let detail = format!("to={recipient}");
                Self::new(*at, ("exchange", "delivered"), message, detail)
            }
            Op::Fail { message, failure } => {
                let did = ("exchange", "failed");
                Self::new(failure.at, did, message, code(failure))
            }
            Op::SetState {
                message, state, at, ..
            } => Self::new(*at, ("sandbox", "state set"), message, state.as_str()),
            Op::Reset { mailbox, at } => {
                let subject = mailbox.as_ref().map_or("all", MailboxId::as_str);
                Self::new(*at, ("sandbox", "reset"), subject, "")
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
            | Op::SetAside { .. }
            | Op::Forget { .. }
            | Op::ForgetTokens { .. }
            | Op::Index => return None,
        })
    }
}

/// Actor, action and detail of the line about a new message.
pub(crate) fn accepted<'a>(
    message: &'a NewMessage,
    place: &Place,
) -> (&'a str, &'static str, String) {
    let to = message.recipient.as_ref().map(MailboxId::as_str);
    if let Some(report) = &message.report {
        let mut detail = format!("to={} {}", to.unwrap_or_default(), code(report));
        if let Some(Ok(about)) = report.linked.as_deref().map(MessageId::parse) {
            detail.push_str(&format!(" about={about}"));
        }
        return ("exchange", "reported", detail);
    }
    let sender = message.sender.as_ref().map_or("", MailboxId::as_str);
    let mut detail = format!("workflow={}", message.workflow);
    match place {
        Place::Routing(_) => detail.push_str(" routing"),
        Place::Inbox => {}
        Place::Uploading(_) => detail.push_str(&format!(" chunks={}", message.total_chunks)),
    }
    if let Some(to) = to {
        detail.push_str(" to=");
        detail.push_str(to);
    }
    (sender, "accepted", detail)
}

/// A code as the trail names it; whatever has not the form of one is left out.
pub(crate) fn code(failure: &Failure) -> String {
    let is_code = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-';
    if failure.code.len() <= 16 && failure.code.bytes().all(is_code) {
        format!("code={}", failure.code)
    } else {
        String::new()
    }
}

/// The message a report is about, as its line tells it.
pub(crate) fn about(detail: &str) -> Option<&str> {
    detail
        .split(' ')
        .find_map(|pair| pair.strip_prefix("about="))
}

/// A line of the audit trail.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuditLine {
    /// 1, 2, 3 …
    pub number: i64,
    /// When.
    pub at: Timestamp,
    /// A mailbox, `exchange` or `operator`.
    pub actor: String,
    /// What was done, in a word or two.
    pub action: String,
    /// To which message, mailbox, workflow or certificate.
    pub subject: String,
    /// `key=value` pairs: ids and codes.
    pub detail: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(actor: &'static str, action: &'static str) -> Line<'static> {
        Line {
            number: 1,
            at: 2,
            actor,
            action,
            subject: "",
            detail: "",
        }
    }

    #[test]
    fn the_border_between_fields_counts() {
        let previous = before_the_first();
        assert_ne!(
            line("ab", "c").hash(&previous),
            line("a", "bc").hash(&previous)
        );
    }

    #[test]
    fn the_form_is_fixed() {
        let mut by_hand = Vec::new();
        let previous: [u8; 32] = Sha256::digest(b"restante audit trail 1").into();
        by_hand.extend([0, 0, 0, 32]);
        by_hand.extend(previous);
        by_hand.extend([0, 0, 0, 8, 0, 0, 0, 0, 0, 0, 0, 1]);
        by_hand.extend([0, 0, 0, 8, 0, 0, 0, 0, 0, 0, 0, 2]);
        by_hand.extend([0, 0, 0, 1, b'a', 0, 0, 0, 2, b'b', b'c']);
        by_hand.extend([0; 8]);
        let expected: AuditHash = Sha256::digest(by_hand).into();
        assert_eq!(line("a", "bc").hash(&before_the_first()), expected);
    }
}
