//! What a mailbox is doing: kept in memory for whoever runs the agent, and in a file in TEMP,
//! replaced by rename, for `restante client status`.

use std::io;
use std::path::Path;
use std::time::Duration;

use jiff::Timestamp;
use nhs::MessageId;
use serde::{Deserialize, Serialize};

use super::event::Direction;
use super::files::{read_own, write_volatile};
use crate::api::Validity;

const STATUS: &str = "restante-status.json";
/// How often it is written at least, so that its age tells whether the agent runs.
pub(super) const WRITTEN_AT_LEAST_EVERY: Duration = Duration::from_secs(10);

/// What one mailbox is doing. Ids and counts, never patient data.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MailboxStatus {
    /// The mailbox.
    pub mailbox: String,
    /// When this was true.
    pub at: Timestamp,
    /// Whether the agent has stopped serving it.
    pub stopped: bool,
    /// When the server last answered as it should.
    pub last_contact: Option<Timestamp>,
    /// When it will be polled next.
    pub next_poll: Option<Timestamp>,
    /// What keeps it from sending or collecting.
    pub trouble: Option<Trouble>,
    /// Seconds that the server's clock is ahead of this machine's.
    pub clock_skew_seconds: Option<i64>,
    /// The client's certificate, when it shows one.
    #[serde(default)]
    pub certificate: Option<CertificateStatus>,
    /// Messages in the inbox that could not be received, at most 100 of them.
    #[serde(default)]
    pub not_received: Vec<NotReceived>,
    /// What is on its way.
    pub transfers: Vec<TransferStatus>,
    /// Messages the server accepted since the agent's start.
    pub sent: u64,
    /// Pairs that went to FAILED since then.
    pub failed: u64,
    /// Messages and reports put into IN since then.
    pub received: u64,
}

/// The dates of the client's certificate.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CertificateStatus {
    /// From when to when the client's own is valid.
    #[serde(flatten)]
    pub validity: Validity,
    /// A sentence when it, or one above it, is not valid or will not be in 30 days.
    pub warning: Option<String>,
}

/// What keeps a mailbox from sending or collecting.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Trouble {
    /// Since when.
    pub since: Timestamp,
    /// The status code: 03, 04, 15, 16 or 17.
    pub code: String,
    /// What is wrong, in words.
    pub words: String,
}

/// A message that waits in the inbox and could not be received.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NotReceived {
    /// Its id.
    pub message: MessageId,
    /// Why, in words.
    pub why: String,
    /// Whether it is not fetched again, for that would fail again.
    pub given_up: bool,
}

/// One message on its way.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TransferStatus {
    /// Which way.
    pub direction: Direction,
    /// Its id, once there is one.
    pub message: Option<MessageId>,
    /// The directory in TEMP that holds it.
    pub place: String,
    /// Since when it is transferred.
    pub since: Timestamp,
    /// Bytes of the data file so far.
    pub bytes: u64,
    /// Bytes in all, where that is known: not of what is received.
    pub total_bytes: Option<u64>,
    /// The chunk under way, from 1.
    pub chunk: u32,
    /// Chunks in all.
    pub chunks: u32,
}

impl MailboxStatus {
    /// Reads what the agent last wrote of the mailbox with this TEMP; `None` when nothing, or
    /// nothing readable.
    pub(super) fn read(temp: &Path) -> Option<Self> {
        serde_json::from_slice(&read_own(&temp.join(STATUS)).ok()?).ok()
    }

    pub(super) fn write(&self, temp: &Path) -> io::Result<()> {
        write_volatile(&temp.join(STATUS), &serde_json::to_vec_pretty(self)?)
    }
}
