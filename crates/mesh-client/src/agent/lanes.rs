//! How the messages of one mailbox go side by side: the small ones one after the other in the order
//! of OUT, their files put away while the next is sent; the large ones beside them.

use std::collections::{HashSet, VecDeque};
use std::path::PathBuf;
use std::time::Duration;

use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use futures_util::stream::{FuturesUnordered, StreamExt};
use tokio_util::sync::CancellationToken;

use super::event::{Cycle, Event};
use super::mailbox::MailboxAgent;
use super::outbox::Claim;
use super::send::{Outcome, Progress};
use crate::ClientError;

/// Pairs that are put away while further ones are sent.
const PUT_AWAY_AT_ONCE: usize = 8;

/// What became of a claim.
pub(super) struct Done {
    claim: Claim,
    is_large: bool,
    result: Result<Outcome, ClientError>,
}

/// The claims under way.
#[derive(Default)]
pub(super) struct Lanes<'a> {
    pub cycle: Cycle,
    /// When the next pair in OUT will have rested.
    pub next_settled: Option<Duration>,
    /// How long it took to look through OUT.
    pub scan_took: Duration,
    /// What keeps the mailbox from sending.
    pub trouble: Option<ClientError>,
    /// Whether a message waits in TEMP since the last look.
    pub delayed: bool,
    /// Whether TEMP was looked through for what an earlier run left.
    pub knows_leftovers: bool,
    /// Directories of claims under way.
    pub active: HashSet<PathBuf>,
    /// The base names of all claims; a pair of the same name waits until the first is done.
    pub bases: HashSet<String>,
    /// Whether a pair waits for that.
    pub has_waiting_pair: bool,
    moving: FuturesUnordered<BoxFuture<'a, Done>>,
    large: usize,
    large_queue: VecDeque<Claim>,
}

impl MailboxAgent {
    /// Sends a small message, or lets a large one begin beside.
    pub(super) async fn put_on_its_way<'a>(
        &'a self,
        claim: Claim,
        lanes: &mut Lanes<'a>,
        stop: &'a CancellationToken,
    ) {
        lanes.active.insert(claim.directory.clone());
        if claim.length > self.options.request_limit && self.options.large_transfers > 0 {
            lanes.large_queue.push_back(claim);
            self.fill(lanes, stop);
            return;
        }
        let sending = self.begin_serving(claim, stop);
        tokio::pin!(sending);
        let progress = loop {
            tokio::select! {
                progress = &mut sending => break progress,
                Some(done) = lanes.moving.next() => self.finished(done, lanes, stop),
            }
        };
        match progress {
            (claim, Ok(Progress::Done(outcome))) => {
                self.finished(Done::small(claim, Ok(outcome)), lanes, stop)
            }
            (claim, Err(error)) => self.finished(Done::small(claim, Err(error)), lanes, stop),
            (claim, Ok(Progress::Accepted(accepted))) => {
                let putting_away = async move {
                    let result = self.to_sent(&claim, *accepted).await;
                    Done::small(claim, result)
                };
                lanes.moving.push(putting_away.boxed());
                while lanes.moving.len() > PUT_AWAY_AT_ONCE + lanes.large {
                    self.next_done(lanes, stop).await;
                }
            }
        }
    }

    /// Waits until something that is under way beside is done; for ever when nothing is.
    pub(super) async fn next_done<'a>(
        &'a self,
        lanes: &mut Lanes<'a>,
        stop: &'a CancellationToken,
    ) {
        match lanes.moving.next().await {
            Some(done) => self.finished(done, lanes, stop),
            None => std::future::pending().await,
        }
    }

    /// Waits for all that is under way beside.
    pub(super) async fn finish_all<'a>(
        &'a self,
        lanes: &mut Lanes<'a>,
        stop: &'a CancellationToken,
    ) -> Result<(), ClientError> {
        while let Some(done) = lanes.moving.next().await {
            self.finished(done, lanes, stop);
        }
        lanes.trouble.take().map_or(Ok(()), Err)
    }

    /// Lets large messages begin as long as there is room.
    fn fill<'a>(&'a self, lanes: &mut Lanes<'a>, stop: &'a CancellationToken) {
        while lanes.large < self.options.large_transfers
            && lanes.trouble.is_none()
            && !stop.is_cancelled()
        {
            let Some(claim) = lanes.large_queue.pop_front() else {
                return;
            };
            lanes.large += 1;
            let serving = async move {
                let (claim, progress) = self.begin_serving(claim, stop).await;
                let result = match progress {
                    Ok(Progress::Done(outcome)) => Ok(outcome),
                    Ok(Progress::Accepted(accepted)) => self.to_sent(&claim, *accepted).await,
                    Err(error) => Err(error),
                };
                Done {
                    claim,
                    is_large: true,
                    result,
                }
            };
            lanes.moving.push(serving.boxed());
        }
    }

    fn finished<'a>(&'a self, done: Done, lanes: &mut Lanes<'a>, stop: &'a CancellationToken) {
        if done.is_large {
            lanes.large -= 1;
        }
        lanes.active.remove(&done.claim.directory);
        let mut gone = false;
        match done.result {
            Ok(Outcome::Sent) => {
                lanes.cycle.sent += 1;
                gone = true;
            }
            Ok(Outcome::Failed) => {
                lanes.cycle.failed += 1;
                gone = true;
            }
            Ok(Outcome::Stopped) => {}
            Ok(Outcome::Delayed(error)) => {
                lanes.cycle.delayed += 1;
                lanes.delayed = true;
                self.tell(Event::Delayed { mailbox: self.id() });
                if concerns_all(&error) {
                    lanes.trouble = Some(error);
                } else {
                    let error = error.with_causes();
                    tracing::warn!(mailbox = %self.config.id, %error, "a message waits in TEMP");
                }
            }
            Err(error) => lanes.trouble = Some(error),
        }
        if gone {
            lanes.bases.remove(&done.claim.base);
            if std::mem::take(&mut lanes.has_waiting_pair) {
                self.wake.notify_one();
            }
        }
        if lanes.trouble.is_some() || stop.is_cancelled() {
            for claim in lanes.large_queue.drain(..) {
                lanes.active.remove(&claim.directory);
            }
        }
        self.fill(lanes, stop);
    }
}

impl Done {
    fn small(claim: Claim, result: Result<Outcome, ClientError>) -> Self {
        Self {
            claim,
            is_large: false,
            result,
        }
    }
}

/// Whether the next message would fare no better: the server is away or refuses the login, or the
/// disk fails.
fn concerns_all(error: &ClientError) -> bool {
    let away = matches!(
        error,
        ClientError::Unreachable(_) | ClientError::ServerCertificate(_) | ClientError::File(..)
    );
    away || error.status() == Some(403)
}
