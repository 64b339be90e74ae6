//! How the messages of one mailbox go side by side: the small ones one after the other in the order
//! of OUT, their files put away while the next is sent; the large ones beside them.

use std::collections::{HashMap, HashSet, VecDeque};
use std::path::PathBuf;

use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use futures_util::stream::{FuturesUnordered, StreamExt};
use tokio_util::sync::CancellationToken;

use super::claim::Claim;
use super::message::{MessageSender, Progress};
use super::outcome::Outcome;
use crate::ClientError;
use crate::agent::environment::Environment;
use crate::agent::event::{Cycle, Event};

/// Pairs that are put away while further ones are sent.
const PUT_AWAY_AT_ONCE: usize = 8;

/// What is sent beside the rest.
#[derive(Debug, Clone, Copy)]
pub(super) struct Large {
    /// Messages of more bytes than this.
    pub beyond: u64,
    /// How many at once; with 0 they go in the order of the others.
    pub at_once: usize,
}

/// What became of a claim.
struct Done {
    claim: Claim,
    is_large: bool,
    result: Result<Outcome, ClientError>,
}

/// The claims in flight, and those that wait for their turn.
pub(in crate::agent) struct SendQueue<'a> {
    sender: &'a MessageSender,
    environment: &'a Environment,
    stop: &'a CancellationToken,
    large: Large,
    /// What was done so far.
    pub cycle: Cycle,
    /// What keeps the mailbox from sending.
    trouble: Option<ClientError>,
    /// Whether a message came to wait in TEMP since this was last asked.
    delayed: bool,
    /// Directories and base names of claims in flight.
    active: HashMap<PathBuf, String>,
    /// The base names of all claims; a pair of the same name waits until the first is done.
    bases: HashSet<String>,
    /// Whether a pair waits for that.
    pair_waits: bool,
    /// Whether a pair that waited may go now.
    pair_may_go: bool,
    in_flight: FuturesUnordered<BoxFuture<'a, Done>>,
    large_in_flight: usize,
    large_waiting: VecDeque<Claim>,
}

impl<'a> SendQueue<'a> {
    pub(super) fn new(
        sender: &'a MessageSender,
        environment: &'a Environment,
        stop: &'a CancellationToken,
        large: Large,
    ) -> Self {
        Self {
            sender,
            environment,
            stop,
            large,
            cycle: Cycle::default(),
            trouble: None,
            delayed: false,
            active: HashMap::new(),
            bases: HashSet::new(),
            pair_waits: false,
            pair_may_go: false,
            in_flight: FuturesUnordered::new(),
            large_in_flight: 0,
            large_waiting: VecDeque::new(),
        }
    }

    /// Whether nothing more is to be begun: told to stop, or something keeps the mailbox from sending.
    pub fn is_halted(&self) -> bool {
        self.stop.is_cancelled() || self.trouble.is_some()
    }

    /// What keeps the mailbox from sending, once.
    ///
    /// # Errors
    /// That.
    pub fn take_trouble(&mut self) -> Result<(), ClientError> {
        self.trouble.take().map_or(Ok(()), Err)
    }

    /// Whether a message came to wait in TEMP since this was last asked.
    pub fn take_delayed(&mut self) -> bool {
        std::mem::take(&mut self.delayed)
    }

    /// Whether a pair that waited for another of its name may go now.
    pub fn take_pair_may_go(&mut self) -> bool {
        std::mem::take(&mut self.pair_may_go)
    }

    /// The directories of the claims in flight.
    pub(super) fn active(&self) -> HashSet<PathBuf> {
        self.active.keys().cloned().collect()
    }

    /// Notes all claims in TEMP, for no other pair of their names may go before them.
    pub(super) fn note_claims(&mut self, claims: &[Claim]) {
        self.bases = claims.iter().map(|claim| claim.base.clone()).collect();
        self.bases.extend(self.active.values().cloned());
    }

    /// Whether a pair of this name may be claimed; when not, it is remembered that one waits.
    pub(super) fn may_claim(&mut self, base: &str) -> bool {
        let is_free = !self.bases.contains(base);
        self.pair_waits |= !is_free;
        is_free
    }

    /// Sends a small message, or lets a large one begin beside.
    pub(super) async fn send(&mut self, claim: Claim) {
        self.bases.insert(claim.base.clone());
        self.active
            .insert(claim.directory.clone(), claim.base.clone());
        if claim.length > self.large.beyond && self.large.at_once > 0 {
            self.large_waiting.push_back(claim);
            self.begin_large();
            return;
        }
        let (sender, stop) = (self.sender, self.stop);
        let sent = async {
            let progress = sender.send(&claim, stop).await;
            (claim, progress)
        };
        tokio::pin!(sent);
        let (claim, progress) = loop {
            tokio::select! {
                sent = &mut sent => break sent,
                Some(done) = self.in_flight.next() => self.finished(done),
            }
        };
        let result = match progress {
            Ok(Progress::Done(outcome)) => Ok(outcome),
            Err(error) => Err(error),
            Ok(Progress::Accepted(accepted)) => {
                let putting_away = async move {
                    let result = sender.put_away(&claim, *accepted).await;
                    Done::small(claim, result)
                };
                self.in_flight.push(putting_away.boxed());
                while self.in_flight.len() > PUT_AWAY_AT_ONCE + self.large_in_flight {
                    self.next_done().await;
                }
                return;
            }
        };
        self.finished(Done::small(claim, result));
    }

    /// Waits until something that is in flight beside is done; for ever when nothing is.
    pub async fn next_done(&mut self) {
        match self.in_flight.next().await {
            Some(done) => self.finished(done),
            None => std::future::pending().await,
        }
    }

    /// Waits for all that is in flight beside.
    ///
    /// # Errors
    /// What keeps the mailbox from sending.
    pub async fn finish_all(&mut self) -> Result<(), ClientError> {
        while let Some(done) = self.in_flight.next().await {
            self.finished(done);
        }
        self.take_trouble()
    }

    /// Lets large messages begin as long as there is room.
    fn begin_large(&mut self) {
        while self.large_in_flight < self.large.at_once && !self.is_halted() {
            let Some(claim) = self.large_waiting.pop_front() else {
                return;
            };
            self.large_in_flight += 1;
            let (sender, stop) = (self.sender, self.stop);
            let sending = async move {
                let result = sender.send_and_put_away(&claim, stop).await;
                Done {
                    claim,
                    is_large: true,
                    result,
                }
            };
            self.in_flight.push(sending.boxed());
        }
    }

    fn finished(&mut self, done: Done) {
        if done.is_large {
            self.large_in_flight -= 1;
        }
        self.active.remove(&done.claim.directory);
        let mut is_gone = false;
        match done.result {
            Ok(Outcome::Sent) => {
                self.cycle.sent += 1;
                is_gone = true;
            }
            Ok(Outcome::Failed) => {
                self.cycle.failed += 1;
                is_gone = true;
            }
            Ok(Outcome::Stopped) => {}
            Ok(Outcome::Delayed(error)) => self.delay(error),
            Err(error) => self.trouble = Some(error),
        }
        if is_gone {
            self.bases.remove(&done.claim.base);
            self.pair_may_go |= std::mem::take(&mut self.pair_waits);
        }
        if self.is_halted() {
            for claim in self.large_waiting.drain(..) {
                self.active.remove(&claim.directory);
            }
        }
        self.begin_large();
    }

    fn delay(&mut self, error: ClientError) {
        let mailbox = self.sender.mailbox().clone();
        self.cycle.delayed += 1;
        self.delayed = true;
        if concerns_all(&error) {
            self.trouble = Some(error);
        } else {
            let error = error.with_causes();
            tracing::warn!(%mailbox, %error, "a message waits in TEMP");
        }
        self.environment.notify(Event::Delayed { mailbox });
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
    away || error.is_refused_certificate() || error.status() == Some(403)
}
