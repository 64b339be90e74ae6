//! Sending what is in OUT: finding pairs, claiming them, and handing them to the queue.

use std::collections::HashSet;
use std::fs;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

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
pub(super) mod first_seen;
mod message;
mod outcome;
pub(super) mod pair;
mod put_away;
mod queue;
pub(super) mod scan;
mod tracking;
mod transfer;

use claim::{CLAIM_PREFIX, Claim, Taken};
use first_seen::FirstSeen;
use message::MessageSender;
use outcome::Outcomes;
use pair::Pair;
pub(super) use queue::SendQueue;
use scan::{Scan, Settle};
use tracking::Tracker;
use transfer::Uploader;

/// Pairs that may not be taken and are remembered, so that none is logged at each look.
const MOST_LOGGED: usize = 1000;

/// Sends the pairs of one mailbox.
pub(super) struct Sending {
    mailbox: MailboxId,
    disk: Disk,
    settle: Settle,
    large: queue::Large,
    sender: MessageSender,
    environment: Environment,
    first_seen: Arc<Mutex<FirstSeen>>,
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
        let sender = MessageSender::new(
            &parts.mailbox,
            options.message_limit,
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
            sender,
            environment: parts.environment.clone(),
            first_seen: Arc::new(Mutex::new(first_seen)),
            knows_leftovers: AtomicBool::new(false),
            not_permitted: Mutex::default(),
        })
    }

    /// A queue without claims.
    pub fn queue<'a>(&'a self, stop: &'a CancellationToken) -> SendQueue<'a> {
        SendQueue::new(&self.sender, &self.environment, stop, self.large)
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
            for claim in self.claims_in_temp(queue).await? {
                if queue.is_halted() {
                    break;
                }
                queue.send(claim).await;
            }
        }
        let began = Instant::now();
        let found = self.look().await?;
        let looked = Looked {
            next_settled: found.next,
            took: began.elapsed(),
        };
        for pair in found.ready {
            if queue.is_halted() {
                break;
            }
            if queue.may_claim(&pair.base)
                && let Some(claim) = self.claim(pair).await?
            {
                queue.send(claim).await;
            }
        }
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
            claim.leftover = leftover;
        }
        queue.note_claims(&claims);
        Ok(claims)
    }

    /// `None` when the application took the files back meanwhile, or they may not be taken.
    async fn claim(&self, pair: Pair) -> Result<Option<Claim>, ClientError> {
        let (unique, now) = (self.environment.unique(), self.environment.now());
        let (base, first_seen) = (pair.base.clone(), self.first_seen.clone());
        let work = move |directories: &Directories| {
            let taken = claim::claim(&directories.temp, &pair, now, &unique)?;
            if matches!(taken, Taken::Claimed(_)) {
                let mut seen = first_seen.lock().unwrap_or_else(PoisonError::into_inner);
                seen.forget(&pair);
            }
            Ok(taken)
        };
        let mailbox = self.mailbox.clone();
        match self.disk.run("claiming a pair", work).await? {
            Taken::Claimed(claim) => {
                self.environment.notify(Event::Claimed { mailbox });
                Ok(Some(claim))
            }
            Taken::Gone => Ok(None),
            Taken::NotPermitted(error) => {
                let names = self.not_permitted.lock();
                let mut names = names.unwrap_or_else(PoisonError::into_inner);
                if names.len() >= MOST_LOGGED {
                    names.clear();
                }
                if names.insert(base) {
                    tracing::warn!(%mailbox, %error, "a pair stays in OUT, for its files may not be moved");
                }
                Ok(None)
            }
        }
    }
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
        if claim.control.is_none() && claim.data.is_none() {
            fs::remove_dir_all(&claim.directory)?;
        } else {
            claims.push(claim);
        }
    }
    Ok(claims)
}
