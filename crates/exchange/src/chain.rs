//! Whether the audit trail's chain is intact, as far as this process has looked: it goes on where it was, and never reads
//! the whole trail for a page.

use std::time::Duration;

use jiff::Timestamp;
use mail_store::{AuditHead, HashedLine};
use parking_lot::Mutex;
use tokio_util::sync::CancellationToken;

use crate::{Exchange, ExchangeError};

/// Lines read at once.
const STEP: u32 = 5_000;
/// How many lines a first look takes from the trail's beginning; a longer trail is looked at from its end on, until
/// somebody asks for all of it.
const AT_ONCE: i64 = 100_000;
/// How many steps one round takes.
const STEPS: usize = 20;
/// How often what was added is checked.
const INTERVAL: Duration = Duration::from_secs(60);

/// How the chain stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ChainStanding {
    /// The first line that was checked.
    pub from: i64,
    /// Whether that is where the trail begins.
    pub from_beginning: bool,
    /// The last line that was checked.
    pub checked: AuditHead,
    /// When.
    pub at: Timestamp,
    /// The last line of the trail.
    pub last: i64,
    /// The first line that does not agree, and why.
    pub broken: Option<(i64, &'static str)>,
}

impl ChainStanding {
    /// All that was looked at agrees.
    pub fn is_intact(&self) -> bool {
        self.broken.is_none()
    }
}

/// Where the check is.
#[derive(Default)]
pub(crate) struct Chain {
    standing: Mutex<Option<ChainStanding>>,
    /// Held by whoever checks.
    checking: tokio::sync::Mutex<()>,
}

impl Exchange {
    /// How the audit trail's chain stands, with the lines that were added since the last look, up to 100,000. It is this
    /// process that remembers how far it was: a store cannot vouch for itself. While somebody checks, the whole trail
    /// perhaps, it is how the chain stood before: no page waits for that.
    ///
    /// # Errors
    ///
    /// [`ExchangeError::Store`].
    pub async fn chain(&self) -> Result<ChainStanding, ExchangeError> {
        let checking = self.chain_watch().checking.try_lock();
        let known = *self.chain_watch().standing.lock();
        let _checking = match (checking, known) {
            (Ok(checking), _) => checking,
            (Err(_), Some(standing)) => return Ok(standing),
            (Err(_), None) => self.chain_watch().checking.lock().await,
        };
        let known = *self.chain_watch().standing.lock();
        let standing = match known {
            Some(standing) => standing,
            None => self.first_look().await?,
        };
        self.go_on(standing, STEPS).await
    }

    /// Checks the whole trail from its beginning, in as many steps as it takes. Sends do not wait for it.
    ///
    /// # Errors
    ///
    /// [`ExchangeError::Store`].
    pub async fn check_whole_chain(&self) -> Result<ChainStanding, ExchangeError> {
        let _checking = self.chain_watch().checking.lock().await;
        let (beginning, last) = self.store().audit_ends().await?;
        let standing = self.beginning_at(beginning, last.number, true);
        self.go_on(standing, usize::MAX).await
    }

    pub(crate) async fn check_chain_in_background(&self, shutdown: &CancellationToken) {
        while !shutdown.is_cancelled() {
            match self.chain().await {
                Ok(ChainStanding {
                    broken: Some((line, reason)),
                    ..
                }) => tracing::error!(line, reason, "the audit trail's chain is broken"),
                Ok(_) => {}
                Err(error) => tracing::warn!(%error, "the audit trail could not be checked"),
            }
            tokio::select! {
                () = shutdown.cancelled() => {}
                () = tokio::time::sleep(INTERVAL) => {}
            }
        }
    }

    async fn first_look(&self) -> Result<ChainStanding, ExchangeError> {
        let (beginning, last) = self.store().audit_ends().await?;
        let is_short = last.number - beginning.number <= AT_ONCE;
        let from = if is_short { beginning } else { last };
        Ok(self.beginning_at(from, last.number, is_short))
    }

    fn beginning_at(&self, from: AuditHead, last: i64, from_beginning: bool) -> ChainStanding {
        ChainStanding {
            from: from.number + 1,
            from_beginning,
            checked: from,
            at: self.now(),
            last,
            broken: None,
        }
    }

    /// What was broken stays so.
    async fn go_on(
        &self,
        mut standing: ChainStanding,
        steps: usize,
    ) -> Result<ChainStanding, ExchangeError> {
        for _ in 0..steps {
            if standing.broken.is_some() || !self.check_step(&mut standing).await? {
                break;
            }
        }
        standing.at = self.now();
        standing.last = self
            .store()
            .audit_ends()
            .await?
            .1
            .number
            .max(standing.checked.number);
        *self.chain_watch().standing.lock() = Some(standing);
        Ok(standing)
    }

    /// The next lines, with the last one checked before once more. False at the end.
    async fn check_step(&self, standing: &mut ChainStanding) -> Result<bool, ExchangeError> {
        let known = standing.checked;
        let after = (known.number - 1).max(0);
        let mut lines = self.store().audit_chain(after, STEP).await?;
        let is_there = |line: &HashedLine| line.line.number == known.number;
        if known.number > 0 && !lines.first().is_some_and(is_there) {
            let (beginning, _) = self.store().audit_ends().await?;
            if beginning.number < known.number {
                standing.broken = Some((known.number, "a line checked earlier is missing"));
                return Ok(false);
            }
            // forgotten meanwhile, as the trail itself says
            standing.checked = beginning;
            standing.from = standing.from.max(beginning.number + 1);
            lines.retain(|line| line.line.number > beginning.number);
        } else if known.number > 0 {
            let first = lines.remove(0);
            if first.hash != Some(known.hash) {
                let reason = "a line checked earlier is not the same any more";
                standing.broken = Some((known.number, reason));
                return Ok(false);
            }
        }
        for hashed in &lines {
            let number = standing.checked.number + 1;
            let hash = hashed.line.hash(&standing.checked.hash);
            let reason = if hashed.line.number != number {
                Some("the line is missing")
            } else if hashed.hash != Some(hash) {
                Some("the line does not agree with its hash")
            } else {
                None
            };
            if let Some(reason) = reason {
                standing.broken = Some((number, reason));
                return Ok(false);
            }
            standing.checked = AuditHead { number, hash };
        }
        Ok(!lines.is_empty())
    }
}
