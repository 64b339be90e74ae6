//! What is known about the sending of one claimed pair: a JSON file beside the pair in TEMP,
//! replaced by rename with each step. It is not synced: after a power cut it may be missing, or say what was so
//! before the last request. A claim without it, or with one of another boot, counts as in doubt, and the server is
//! asked.

use std::io;
use std::path::Path;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::chunk_plan::ChunkPlan;
use super::claim::Claim;
use crate::agent::boot::boot;
use crate::agent::files::{read_own, write_volatile};
use crate::api::UploadState;

const ATTEMPT: &str = "restante-attempt";

/// The sending of one pair so far.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(in crate::agent) struct Attempt {
    /// When it was first tried, or claimed.
    pub first_try: Timestamp,
    /// Whether anything was begun that the server may know of; so it is in files without this.
    #[serde(default = "yes")]
    pub begun: bool,
    /// The boot of the machine in which it was noted, see [`boot`]; not in files of 0.1.
    #[serde(default)]
    pub boot: Option<String>,
    /// How the data is cut, and what it was when the first chunk went out.
    pub plan: Option<ChunkPlan>,
    /// How far the upload got.
    pub upload: Option<UploadState>,
    /// The server may have a message whose id the agent never heard.
    pub in_doubt: bool,
    /// It was sent again although that was so, for the server could not say.
    pub repeated_in_doubt: bool,
    /// The application was told that it will be tried again.
    pub delay_reported: bool,
    /// Why the last try failed, in words.
    pub failure: Option<String>,
}

fn yes() -> bool {
    true
}

impl Attempt {
    /// Of a pair that was just claimed.
    pub fn claimed(now: Timestamp) -> Self {
        Self {
            begun: false,
            ..Self::new(now, false)
        }
    }

    pub fn new(now: Timestamp, in_doubt: bool) -> Self {
        Self {
            first_try: now,
            begun: true,
            boot: Some(boot().to_owned()),
            plan: None,
            upload: None,
            in_doubt,
            repeated_in_doubt: false,
            delay_reported: false,
            failure: None,
        }
    }

    /// Reads it; `None` when there is none, or a power cut left it unreadable. One of another boot may be older than
    /// the last request: without the id of a message it is in doubt.
    pub fn read(directory: &Path) -> Option<Self> {
        let mut attempt = Self::read_as_it_is(directory)?;
        if attempt.boot.as_deref() != Some(boot()) {
            attempt.boot = Some(boot().to_owned());
            attempt.begun = true;
            attempt.in_doubt |= attempt.upload.is_none();
        }
        Some(attempt)
    }

    /// As [`Self::read`], for who looks on and cannot tell everywhere whether it is of this boot.
    pub fn read_as_it_is(directory: &Path) -> Option<Self> {
        serde_json::from_slice(&read_own(&directory.join(ATTEMPT)).ok()?).ok()
    }

    pub fn write(&self, claim: &Claim) -> io::Result<()> {
        write_volatile(&claim.file(ATTEMPT), &serde_json::to_vec(self)?)
    }
}
