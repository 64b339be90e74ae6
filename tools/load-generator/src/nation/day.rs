//! What all tasks of a day share.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use bytes::Bytes;
use http::HeaderValue;
use nhs::WorkflowId;
use tokio::sync::watch;

use super::options::Nation;
use super::plan::Plan;
use crate::Options;
use crate::connection::Target;
use crate::patients::mix;

/// Bytes of a practice's answer.
const ANSWER: usize = 2_000;

/// What is over.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Over {
    Nothing,
    /// Every message was sent.
    Sending,
    /// Every message was collected and answered, as far as it came.
    Answering,
}

/// What was handed to the server and did not come yet: routing by patient goes on after the answer to who sent.
#[derive(Default)]
pub(super) struct Under {
    sent: AtomicU64,
    came: AtomicU64,
}

impl Under {
    pub(super) fn sent(&self) {
        self.sent.fetch_add(1, Ordering::AcqRel);
    }

    pub(super) fn came(&self) {
        self.came.fetch_add(1, Ordering::AcqRel);
    }

    pub(super) fn is_empty(&self) -> bool {
        self.came.load(Ordering::Acquire) >= self.sent.load(Ordering::Acquire)
    }
}

pub(super) struct Day {
    pub(super) target: Arc<Target>,
    pub(super) plan: Plan,
    pub(super) began: Instant,
    pub(super) poll: Duration,
    pub(super) workflow: HeaderValue,
    pub(super) answers: HeaderValue,
    pub(super) over: watch::Receiver<Over>,
    /// From senders to practices.
    pub(super) messages: Under,
    /// From practices to senders.
    pub(super) replies: Under,
    content: Bytes,
}

impl Day {
    pub(super) fn new(options: &Options, target: Arc<Target>, over: watch::Receiver<Over>) -> Self {
        let nation = &options.nation;
        let value = |workflow: &WorkflowId| {
            let value = HeaderValue::from_str(workflow.as_str());
            value.unwrap_or(HeaderValue::from_static("TEST_WORKFLOW"))
        };
        Self {
            target,
            plan: Plan::new(nation, Duration::from_secs(options.seconds)),
            began: Instant::now(),
            poll: Duration::from_secs(nation.poll_seconds),
            workflow: value(&options.workflow),
            answers: value(&options.workflow.acknowledgement()),
            over,
            messages: Under::default(),
            replies: Under::default(),
            content: content(nation),
        }
    }

    /// A message's bytes, none of them copied.
    pub(super) fn body(&self, length: u64) -> Bytes {
        let length = usize::try_from(length).unwrap_or(usize::MAX);
        self.content.slice(..length.min(self.content.len()))
    }

    pub(super) fn answer(&self) -> Bytes {
        self.content.slice(..ANSWER.min(self.content.len()))
    }

    /// What a message is known by to everybody it meets: its number, and when it was due.
    pub(super) fn local_id(&self, number: u64, due: Instant) -> String {
        format!("{number}-{}", due.duration_since(self.began).as_micros())
    }

    /// When the message with this local id was due.
    pub(super) fn due(&self, local_id: &HeaderValue) -> Option<Instant> {
        let (_, micros) = local_id.to_str().ok()?.split_once('-')?;
        Some(self.began + Duration::from_micros(micros.parse().ok()?))
    }
}

/// Nothing compresses it.
fn content(nation: &Nation) -> Bytes {
    let words = nation.largest.max(ANSWER as u64).div_ceil(8);
    (0..words)
        .flat_map(|word| mix(nation.seed ^ word).to_le_bytes())
        .collect()
}
