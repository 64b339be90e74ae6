//! Whoever has alerts.

use std::fmt;

use async_trait::async_trait;
use jiff::Timestamp;

/// How alerts leave a service.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Channel {
    /// An HTTP request.
    Webhook,
    /// A message by SMTP.
    Email,
}

impl Channel {
    /// The word for it in records, metrics and logs.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Webhook => "webhook",
            Self::Email => "email",
        }
    }
}

impl fmt::Display for Channel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Alerts of one kind that are open and were not sent yet by a channel.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Open {
    /// The kind, such as `letter-failed`.
    pub kind: &'static str,
    /// What it means, in a sentence without a full stop.
    pub what: &'static str,
    /// How many.
    pub count: u64,
    /// Since when the oldest of them has been open.
    pub since: Timestamp,
    /// The page that lists them, below the address of the pages, such as `/alerts`.
    pub page: &'static str,
    /// Ids of mailboxes or names of settings that they are about; never of a patient. A message has the first twenty.
    pub concerns: Vec<String>,
    /// Up to which alert this goes, by which the source knows it again. With the kind it makes the message's id.
    pub mark: i64,
    /// When the channel last sent a message of this kind.
    pub last_sent: Option<Timestamp>,
}

/// Why a source could not say what is open, or note what was sent. Its text has nothing of a patient.
pub type SourceError = Box<dyn std::error::Error + Send + Sync>;

/// Whoever has alerts.
#[async_trait]
pub trait Source: Send + Sync {
    /// What is open and was not sent yet by this channel, at most one of each kind.
    ///
    /// # Errors
    /// It cannot be said now.
    async fn unsent(&self, channel: Channel, now: Timestamp) -> Result<Vec<Open>, SourceError>;

    /// Notes that this was sent, as durably as the alerts themselves are kept.
    ///
    /// # Errors
    /// It cannot be noted now: the same is sent again, under the same id.
    async fn sent(&self, channel: Channel, open: &Open, at: Timestamp) -> Result<(), SourceError>;
}
