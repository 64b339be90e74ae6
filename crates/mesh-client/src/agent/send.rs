//! Sending what is in OUT: finding pairs, claiming them, and handing them to the queue.

use std::collections::HashSet;
use std::fs;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use jiff::Timestamp;
use nhs::MailboxId;
use tokio_util::sync::CancellationToken;

use super::directories::Directories;
use super::disk::Disk;
use super::environment::Environment;
use super::event::Event;
use super::files::subdirectories;
use super::journal::Journal;
use super::parts::Parts;
use crate::ClientError;
use crate::config::seconds;

pub(super) mod attempt;
pub(super) mod check;
mod chunk_plan;
pub(super) mod claim;
mod examine;
pub(super) mod first_seen;
mod message;
mod outcome;
pub(super) mod pair;
mod put_away;
mod queue;
pub(super) mod scan;
mod tracking;
mod transfer;

use attempt::Attempt;
use claim::{CLAIM_PREFIX, Chosen, Claim, Taken};
use examine::Examiner;
use first_seen::FirstSeen;
use message::MessageSender;
use outcome::Outcomes;
use pair::Pair;
use queue::Group;
pub(super) use queue::SendQueue;
use scan::{Scan, Settle};
use tracking::Tracker;
use transfer::Uploader;

/// Pairs that are claimed together; twice as many are claimed and not sent at most.
const CLAIM_AT_ONCE: usize = 16;

/// Pairs that may not be taken and are remembered, so that none is logged at each look.
const MOST_LOGGED: usize = 1000;

/// Sends the pairs of one mailbox.
pub(super) struct Sending {
    mailbox: MailboxId,
    disk: Disk,
    settle: Settle,
    large: queue::Large,
    /// Small messages on their way at once.
    at_once: usize,
    examiner: Examiner,
    sender: MessageSender,
    environment: Environment,
    first_seen: Arc<Mutex<FirstSeen>>,
    /// When the last pair was claimed, in milliseconds.
    last_claim: AtomicI64,
    /// Whether TEMP was looked through for what an earlier run left.
    knows_leftovers: AtomicBool,
    /// Names of pairs that may not be taken, each logged once.
    not_permitted: Mutex<HashSet<String>>,
}

/// What a look through OUT says of the next.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Looked {
    /// When the next pair will have rested.
    pub next_settled: Option<Duration>,
    /// How long it took.
    pub took: Duration,
}

/// What became of pairs that were to be claimed.
#[derive(Default)]
struct Claimed {
    group: Group,
    /// The base names of the others, with what kept them from being taken but for being gone.
    not_taken: Vec<(String, Option<std::io::Error>)>,
}

impl Sending {
    /// Reads what an earlier run noted of OUT.
    ///
    /// # Errors
    /// [`ClientError::Configuration`] for times out of range.
    pub fn new(parts: &Parts, sent: Journal) -> Result<Self, ClientError> {
        let options = &parts.options;
        let settle = Settle {
            pair: seconds(options.settle_seconds)?,
            lone_control: seconds(options.lone_control_file_seconds)?,
            lone_data: seconds(options.lone_data_file_seconds)?,
        };
        let uploader = Uploader::new(
            parts.client.clone(),
            Tracker::new(parts.client.clone(), sent),
            parts.disk.clone(),
            parts.live.clone(),
            parts.environment.clone(),
            options.clone(),
        );
        let outcomes = Outcomes::new(
            parts.mailbox.clone(),
            parts.disk.clone(),
            parts.reports.clone(),
            parts.live.clone(),
            parts.environment.clone(),
            options.clone(),
        );
        let examiner = Examiner {
            mailbox: parts.mailbox.id.clone(),
            message_limit: options.message_limit,
            request_limit: options.request_limit,
        };
        let sender = MessageSender::new(
            &parts.mailbox,
            examiner.clone(),
            parts.disk.clone(),
            parts.turns.clone(),
            uploader,
            outcomes,
        );
        let first_seen = FirstSeen::read(&parts.disk.directories().temp);
        Ok(Self {
            mailbox: parts.mailbox.id.clone(),
            disk: parts.disk.clone(),
            settle,
            large: queue::Large {
                beyond: options.request_limit,
                at_once: options.large_transfers,
            },
            at_once: parts.mailbox.messages_at_once,
            examiner,
            sender,
            environment: parts.environment.clone(),
            first_seen: Arc::new(Mutex::new(first_seen)),
            last_claim: AtomicI64::new(i64::MIN),
            knows_leftovers: AtomicBool::new(false),
            not_permitted: Mutex::default(),
        })
    }

    /// A queue without claims.
    pub fn queue<'a>(&'a self, stop: &'a CancellationToken) -> SendQueue<'a> {
        SendQueue::new(
            &self.sender,
            &self.environment,
            stop,
            self.large,
            self.at_once,
        )
    }

    /// Sends what is in OUT and, with `retry`, what waits in TEMP: what a crash left and what could
    /// not be sent before. Large messages may still be in flight when this returns.
    ///
    /// # Errors
    /// What keeps the mailbox from sending.
    pub async fn round(
        &self,
        queue: &mut SendQueue<'_>,
        retry: bool,
    ) -> Result<Looked, ClientError> {
        if retry {
            let mut claims = self.claims_in_temp(queue).await?;
            while !claims.is_empty() && !queue.is_halted() {
                let rest = claims.split_off(claims.len().min(CLAIM_AT_ONCE));
                let group = self.group(std::mem::replace(&mut claims, rest)).await?;
                queue.send(group).await;
            }
            queue.finish_small().await;
        }
        let began = Instant::now();
        let found = self.look().await?;
        let looked = Looked {
            next_settled: found.next,
            took: began.elapsed(),
        };
        let mut ready = found.ready.into_iter();
        let mut group = self.claim_next(&mut ready, queue).await?;
        while !group.is_empty() && !queue.is_halted() {
            // The next pairs are claimed while these are sent.
            let next = choose(&mut ready, queue);
            let next = queue.send_beside(group, self.claim(next)).await?;
            group = self.taken(next, queue);
            if group.is_empty() {
                group = self.claim_next(&mut ready, queue).await?;
            }
        }
        queue.finish_small().await;
        queue.take_trouble().map(|()| looked)
    }

    async fn look(&self) -> Result<Scan, ClientError> {
        let (settle, now) = (self.settle, self.environment.now());
        let first_seen = self.first_seen.clone();
        let work = move |directories: &Directories| {
            let mut seen = first_seen.lock().unwrap_or_else(PoisonError::into_inner);
            let found = scan::scan(&directories.out, settle, &mut seen, now)?;
            seen.save();
            Ok(found)
        };
        let found = self.disk.run("reading OUT", work).await?;
        let mailbox = self.mailbox.to_string();
        metrics::gauge!("restante_client_waiting_in_out", "mailbox" => mailbox)
            .set(found.seen as f64);
        Ok(found)
    }

    /// The claims in TEMP that are not in flight, oldest first.
    async fn claims_in_temp(&self, queue: &mut SendQueue<'_>) -> Result<Vec<Claim>, ClientError> {
        let active = queue.active();
        let work = move |directories: &Directories| claims_in(directories, &active);
        let mut claims = self.disk.run("reading TEMP", work).await?;
        let leftover = !self.knows_leftovers.swap(true, Ordering::Relaxed);
        for claim in &mut claims {
            claim.fresh &= !leftover;
        }
        queue.note_claims(&claims);
        Ok(claims)
    }

    /// Claims as they are sent together.
    async fn group(&self, claims: Vec<Claim>) -> Result<Group, ClientError> {
        let (examiner, large) = (self.examiner.clone(), self.large);
        let work = move |_: &_| Ok(Group::of(claims, &examiner, large));
        self.disk.run("checking a pair", work).await
    }

    /// Claims the next pairs, as long as there are any and none of the others could be taken.
    async fn claim_next(
        &self,
        ready: &mut std::vec::IntoIter<Pair>,
        queue: &mut SendQueue<'_>,
    ) -> Result<Group, ClientError> {
        loop {
            let chosen = choose(ready, queue);
            let is_last = chosen.is_empty();
            let claimed = self.claim(chosen).await?;
            let group = self.taken(claimed, queue);
            if is_last || !group.is_empty() || queue.is_halted() {
                return Ok(group);
            }
        }
    }

    /// Takes pairs from OUT.
    async fn claim(&self, pairs: Vec<Pair>) -> Result<Claimed, ClientError> {
        if pairs.is_empty() {
            return Ok(Claimed::default());
        }
        let chosen = |pair| Chosen {
            pair,
            at: self.next_moment(),
            unique: self.environment.unique(),
        };
        let pairs: Vec<_> = pairs.into_iter().map(chosen).collect();
        let (disk, first_seen) = (self.disk.clone(), self.first_seen.clone());
        let (examiner, large) = (self.examiner.clone(), self.large);
        let work = move |directories: &Directories| {
            let mut sync = disk.group(pairs.len())?;
            let taken = claim::claim_all(&directories.temp, &mut sync, &pairs)?;
            let mut seen = first_seen.lock().unwrap_or_else(PoisonError::into_inner);
            let (mut claims, mut not_taken) = (Vec::with_capacity(taken.len()), Vec::new());
            for (Chosen { pair, .. }, taken) in pairs.into_iter().zip(taken) {
                match taken {
                    Taken::Claimed(claim) => {
                        seen.forget(&pair);
                        claims.push(claim);
                    }
                    Taken::Gone => not_taken.push((pair.base, None)),
                    Taken::NotPermitted(error) => not_taken.push((pair.base, Some(error))),
                }
            }
            drop(seen);
            let group = Group::of(claims, &examiner, large);
            Ok(Claimed { group, not_taken })
        };
        self.disk.run("claiming a pair", work).await
    }

    /// Now, or a millisecond after the last claim.
    fn next_moment(&self) -> Timestamp {
        let now = self.environment.now().as_millisecond();
        let last = self.last_claim.load(Ordering::Relaxed);
        let next = now.max(last.saturating_add(1));
        self.last_claim.store(next, Ordering::Relaxed);
        Timestamp::from_millisecond(next).unwrap_or_default()
    }

    /// What was taken. The application may have taken files back meanwhile, or they may not be taken.
    fn taken(&self, claimed: Claimed, queue: &mut SendQueue<'_>) -> Group {
        for _ in 0..claimed.group.len() {
            let mailbox = self.mailbox.clone();
            self.environment.notify(Event::Claimed { mailbox });
        }
        for (base, error) in claimed.not_taken {
            if let Some(error) = error {
                self.log_not_permitted(&base, &error);
            }
            queue.release(&base);
        }
        claimed.group
    }

    fn log_not_permitted(&self, base: &str, error: &std::io::Error) {
        let names = self.not_permitted.lock();
        let mut names = names.unwrap_or_else(PoisonError::into_inner);
        if names.len() >= MOST_LOGGED {
            names.clear();
        }
        if names.insert(base.to_owned()) {
            let mailbox = &self.mailbox;
            tracing::warn!(%mailbox, %error, "a pair stays in OUT, for its files may not be moved");
        }
    }
}

/// The next pairs that may be claimed.
fn choose(ready: &mut std::vec::IntoIter<Pair>, queue: &mut SendQueue<'_>) -> Vec<Pair> {
    let mut chosen = Vec::new();
    for pair in ready.by_ref() {
        if queue.may_claim(&pair.base) {
            chosen.push(pair);
            if chosen.len() >= CLAIM_AT_ONCE {
                break;
            }
        }
    }
    chosen
}

/// Carries out what was decided of claims in TEMP, and opens the others that are not active.
fn claims_in(directories: &Directories, active: &HashSet<PathBuf>) -> std::io::Result<Vec<Claim>> {
    let mut claims = Vec::new();
    for directory in subdirectories(&directories.temp, CLAIM_PREFIX)? {
        if active.contains(&directory) || put_away::carry_out(directories, &directory)? {
            continue;
        }
        let mut claim = Claim::open(&directory)?;
        claim.complete_from(&directories.out)?;
        // One that was claimed together with others, and not begun.
        claim.fresh = Attempt::read(&directory).is_some_and(|attempt| !attempt.begun);
        if claim.control.is_none() && claim.data.is_none() {
            fs::remove_dir_all(&claim.directory)?;
        } else {
            claims.push(claim);
        }
    }
    Ok(claims)
}
