//! How the messages of one mailbox go side by side: the small ones one after the other in the order
//! of OUT, their files put away together while the next are sent; the large ones beside them.

use std::collections::{HashMap, HashSet, VecDeque};
use std::path::PathBuf;
use std::time::Duration;

use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use futures_util::stream::{FuturesUnordered, StreamExt};
use tokio::time::{Instant, sleep_until};
use tokio_util::sync::CancellationToken;

use super::claim::Claim;
use super::examine::{Examiner, Prepared};
use super::message::{MessageSender, Progress};
use super::outcome::{Accepted, Outcome, PutAway};
use crate::ClientError;
use crate::agent::environment::Environment;
use crate::agent::event::{Cycle, Event};

/// Pairs that are put away together while further ones are sent, and that wait for it.
const PUT_AWAY_AT_ONCE: usize = 64;

/// With so many put away at once there is little to gain from more.
const PUT_AWAY_FROM: usize = 32;

/// How long a message in a burst waits for others to be put away with.
const REST: Duration = Duration::from_millis(50);

/// What is sent beside the rest.
#[derive(Debug, Clone, Copy)]
pub(super) struct Large {
    /// Messages of more bytes than this.
    pub beyond: u64,
    /// How many at once; with 0 they go in the order of the others.
    pub at_once: usize,
}

/// Claims that are sent together.
#[derive(Default)]
pub(super) struct Group {
    small: Vec<Prepared>,
    /// To be sent beside.
    large: Vec<Claim>,
}

impl Group {
    /// Examines the small ones of some claims. It blocks.
    pub fn of(claims: Vec<Claim>, examiner: &Examiner, large: Large) -> Self {
        let is_large = |claim: &Claim| claim.length > large.beyond && large.at_once > 0;
        let (large, small) = claims.into_iter().partition(is_large);
        let small = examiner.examine(small);
        Self { small, large }
    }

    pub fn is_empty(&self) -> bool {
        self.small.is_empty() && self.large.is_empty()
    }

    pub fn len(&self) -> usize {
        self.small.len() + self.large.len()
    }
}

/// What came to an end in flight.
enum Done {
    /// The request of a small message.
    Small(Claim, Result<Progress, ClientError>),
    /// It is noted that the server has a message.
    Noted(Claim, Box<Accepted>),
    /// A group was put away.
    PutAway(Vec<PutAway>),
    Large(PutAway),
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
    /// Small messages on their way at once; one keeps their order.
    at_once: usize,
    small_in_flight: usize,
    /// What the server has, to be put away.
    accepted: Vec<(Claim, Accepted)>,
    /// Messages that the server has, but whose files are not put away.
    unfinished: usize,
    is_putting_away: bool,
    /// Whether further small messages are sent at once.
    more_follow: bool,
    /// When what the server has is to be put away at the latest.
    due: Instant,
    large_in_flight: usize,
    large_waiting: VecDeque<Claim>,
}

impl<'a> SendQueue<'a> {
    pub(super) fn new(
        sender: &'a MessageSender,
        environment: &'a Environment,
        stop: &'a CancellationToken,
        large: Large,
        at_once: usize,
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
            at_once: at_once.max(1),
            small_in_flight: 0,
            accepted: Vec::new(),
            unfinished: 0,
            is_putting_away: false,
            more_follow: false,
            due: Instant::now(),
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

    /// Whether a pair of this name may be claimed, which reserves the name; when not, it is remembered that one
    /// waits.
    pub(super) fn may_claim(&mut self, base: &str) -> bool {
        let is_free = self.bases.insert(base.to_owned());
        self.pair_waits |= !is_free;
        is_free
    }

    /// A pair was not claimed after all.
    pub(super) fn release(&mut self, base: &str) {
        self.bases.remove(base);
    }

    /// Sends small messages, in their order unless several may be on their way at once, and lets large ones begin
    /// beside. Returns when the last small one is on its way.
    pub(super) async fn send(&mut self, group: Group) {
        let small = group.small.iter().map(|prepared| &prepared.claim);
        for claim in small.chain(&group.large) {
            self.bases.insert(claim.base.clone());
            let directory = claim.directory.clone();
            self.active.insert(directory, claim.base.clone());
        }
        self.more_follow |= !group.small.is_empty();
        // Any number of them may wait, each with what is noted of it open.
        group.large.iter().for_each(Claim::close_note);
        self.large_waiting.extend(group.large);
        self.begin_large();
        for prepared in group.small {
            while self.small_in_flight >= self.at_once || self.unfinished > 2 * PUT_AWAY_AT_ONCE {
                self.next_done().await;
            }
            if self.is_halted() {
                // What is not begun stays in TEMP.
                self.active.remove(&prepared.claim.directory);
                continue;
            }
            let (sender, stop) = (self.sender, self.stop);
            let sending = async move {
                let (claim, progress) = sender.send(prepared, stop).await;
                Done::Small(claim, progress)
            };
            self.small_in_flight += 1;
            self.in_flight.push(sending.boxed());
        }
    }

    /// Waits until the small messages on their way were sent; their files may still have to be put away.
    pub(super) async fn finish_small(&mut self) {
        self.more_follow = false;
        while self.small_in_flight > 0 {
            self.next_done().await;
        }
        self.begin_putting_away();
    }

    /// Sends a group while something else is done, and goes on with what is in flight until that is.
    pub(super) async fn send_beside<T>(
        &mut self,
        group: Group,
        beside: impl Future<Output = T>,
    ) -> T {
        tokio::pin!(beside);
        let mut done = None;
        {
            let sending = self.send(group);
            tokio::pin!(sending);
            loop {
                tokio::select! {
                    () = &mut sending => break,
                    it = &mut beside, if done.is_none() => done = Some(it),
                }
            }
        }
        loop {
            if let Some(done) = done {
                return done;
            }
            tokio::select! {
                it = &mut beside => done = Some(it),
                () = self.next_done() => {}
            }
        }
    }

    /// Waits until something that is in flight beside is done, or is to be begun; for ever when nothing is.
    pub async fn next_done(&mut self) {
        let waits = !self.accepted.is_empty() && !self.is_putting_away;
        let due = self.due;
        tokio::select! {
            Some(done) = self.in_flight.next() => self.finished(done),
            () = sleep_until(due), if waits => self.begin_putting_away(),
            else => std::future::pending().await,
        }
    }

    /// Waits for all that is in flight beside.
    ///
    /// # Errors
    /// What keeps the mailbox from sending.
    pub async fn finish_all(&mut self) -> Result<(), ClientError> {
        self.more_follow = false;
        self.begin_putting_away();
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
            let sending = async move { Done::Large(sender.send_and_put_away(claim, stop).await) };
            self.in_flight.push(sending.boxed());
        }
    }

    fn finished(&mut self, done: Done) {
        match done {
            Done::Small(claim, progress) => {
                self.small_in_flight -= 1;
                match progress {
                    Ok(Progress::Accepted(accepted)) => self.note(claim, accepted),
                    Ok(Progress::Done(outcome)) => self.ended(claim, Ok(outcome)),
                    Err(error) => self.ended(claim, Err(error)),
                }
            }
            Done::Noted(claim, accepted) => self.accept(claim, accepted),
            Done::PutAway(group) => {
                self.is_putting_away = false;
                self.unfinished -= group.len();
                for (claim, result) in group {
                    self.ended(claim, result);
                }
            }
            Done::Large((claim, result)) => {
                self.large_in_flight -= 1;
                self.ended(claim, result);
            }
        }
        self.begin_putting_away();
        self.begin_large();
    }

    /// Notes that the server has a message; beside what is sent next, where that takes time.
    fn note(&mut self, claim: Claim, accepted: Box<Accepted>) {
        self.unfinished += 1;
        let sender = self.sender;
        if sender.note_at_once(&claim, &accepted) {
            return self.accept(claim, accepted);
        }
        let noting = async move {
            if let Err(error) = sender.note(&claim, &accepted).await {
                let mailbox = sender.mailbox();
                tracing::warn!(%mailbox, %error, "a message the server has was not noted");
            }
            Done::Noted(claim, accepted)
        };
        self.in_flight.push(noting.boxed());
    }

    /// A message that is noted waits for others to be put away with, but not long.
    fn accept(&mut self, claim: Claim, accepted: Box<Accepted>) {
        if self.accepted.is_empty() {
            self.due = Instant::now() + REST;
        }
        self.accepted.push((claim, *accepted));
    }

    /// Puts away together what came while others were put away, or shortly after each other.
    fn begin_putting_away(&mut self) {
        let is_due =
            !self.more_follow || self.accepted.len() >= PUT_AWAY_FROM || Instant::now() >= self.due;
        if self.is_putting_away || self.accepted.is_empty() || !is_due {
            return;
        }
        self.is_putting_away = true;
        let most = self.accepted.len().min(PUT_AWAY_AT_ONCE);
        let group: Vec<_> = self.accepted.drain(..most).collect();
        let sender = self.sender;
        let putting_away = async move { Done::PutAway(sender.put_away(group).await) };
        self.in_flight.push(putting_away.boxed());
    }

    fn ended(&mut self, claim: Claim, result: Result<Outcome, ClientError>) {
        self.active.remove(&claim.directory);
        let mut is_gone = false;
        match result {
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
            self.bases.remove(&claim.base);
            self.pair_may_go |= std::mem::take(&mut self.pair_waits);
        }
        if self.is_halted() {
            for claim in self.large_waiting.drain(..) {
                self.active.remove(&claim.directory);
            }
        }
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

/// Whether the next message would fare no better: the server is away or refuses the login, or the
/// disk fails.
fn concerns_all(error: &ClientError) -> bool {
    let away = matches!(
        error,
        ClientError::Unreachable(_) | ClientError::ServerCertificate(_) | ClientError::File(..)
    );
    away || error.is_refused_certificate() || error.status() == Some(403)
}
