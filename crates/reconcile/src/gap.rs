//! A message that did not reach its end.

use std::fmt;
use std::path::PathBuf;

use jiff::Timestamp;

/// How far a message came.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum What {
    /// The client could not send it.
    NotSent,
    /// The exchange could not deliver it, or nobody collected it.
    NotDelivered,
    /// An acknowledgement refuses it.
    Refused,
    /// An acknowledgement it asked for is overdue.
    Unanswered,
}

impl What {
    /// As JSON and CSV have it: `not-sent`, `not-delivered`, `refused`, `unanswered`.
    pub fn name(self) -> &'static str {
        match self {
            Self::NotSent => "not-sent",
            Self::NotDelivered => "not-delivered",
            Self::Refused => "refused",
            Self::Unanswered => "unanswered",
        }
    }
}

impl fmt::Display for What {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NotSent => "not sent",
            Self::NotDelivered => "not delivered",
            Self::Refused => "refused",
            Self::Unanswered => "not acknowledged in time",
        })
    }
}

/// A message that did not reach its end, and what to do about it. Nothing in it is from the message itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Gap {
    /// How far it came.
    pub what: What,
    /// The exchange's id of it, where it got one.
    pub message_id: Option<String>,
    /// The sender's own id of it.
    pub local_id: Option<String>,
    /// Its workflow.
    pub workflow: String,
    /// When it was sent, as far as is known.
    pub sent_at: Option<Timestamp>,
    /// The code of the report or response; none when an answer is missing.
    pub code: Option<String>,
    /// What happened, in words.
    pub reason: String,
    /// What a person should do.
    pub advice: String,
    /// The control file that tells: the sent one, or the report where that is not known.
    pub file: PathBuf,
}
