//! Messages that this mailbox cannot take and does not fetch again: too large, expanding without end, damaged.
//! Remembered in TEMP as long as a server keeps a message.

use std::collections::BTreeMap;
use std::io;
use std::path::PathBuf;

use jiff::{SignedDuration, Timestamp};
use nhs::MessageId;
use serde::{Deserialize, Serialize};

use crate::ClientError;
use crate::agent::files::{read_own, write_durably};

const GIVEN_UP: &str = "restante-given-up";
/// A server keeps a message for 30 days.
const REMEMBER: SignedDuration = SignedDuration::from_hours(31 * 24);
/// The oldest beyond this many are forgotten.
const MOST: usize = 10_000;

/// The messages given up, by id.
#[derive(Debug)]
pub(in crate::agent) struct GivenUp {
    path: PathBuf,
    messages: BTreeMap<MessageId, Entry>,
}

/// One of them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Entry {
    pub at: Timestamp,
    pub why: String,
    /// The limit in bytes it broke; with a larger one it is fetched again.
    limit: Option<u64>,
}

/// Whether a message of this error would fail again however often it is fetched.
pub(super) fn is_for_good(error: &ClientError) -> bool {
    matches!(
        error,
        ClientError::TooLarge(_) | ClientError::ExpandsTooMuch(_) | ClientError::Damaged(_)
    )
}

impl GivenUp {
    /// Reads them; none when there is no such file or it cannot be read.
    pub fn read(temp: &std::path::Path, now: Timestamp) -> Self {
        let path = temp.join(GIVEN_UP);
        let bytes = read_own(&path).ok();
        let messages: BTreeMap<MessageId, Entry> = bytes
            .and_then(|bytes| serde_json::from_slice(&bytes).ok())
            .unwrap_or_default();
        let is_kept = |_: &MessageId, entry: &mut Entry| now.duration_since(entry.at) < REMEMBER;
        let mut given_up = Self { path, messages };
        given_up.messages.retain(is_kept);
        given_up
    }

    /// Why a message is not fetched, when it was given up under this limit of bytes.
    pub fn get(&self, id: &MessageId, limit: u64) -> Option<&Entry> {
        let entry = self.messages.get(id)?;
        let still = entry.limit.is_none_or(|broken| limit <= broken);
        still.then_some(entry)
    }

    /// Gives a message up; on disk when this returns.
    pub fn add(&mut self, id: &MessageId, error: &ClientError, now: Timestamp) -> io::Result<()> {
        let limit = match error {
            ClientError::TooLarge(limit) => Some(*limit),
            _ => None,
        };
        let why = error.with_causes();
        let entry = Entry {
            at: now,
            why,
            limit,
        };
        self.messages.insert(id.clone(), entry);
        while self.messages.len() > MOST {
            let oldest = self.messages.iter().min_by_key(|(_, entry)| entry.at);
            let Some(oldest) = oldest.map(|(id, _)| id.clone()) else {
                break;
            };
            self.messages.remove(&oldest);
        }
        write_durably(&self.path, &serde_json::to_vec(&self.messages)?)
    }
}
