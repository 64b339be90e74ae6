//! The background work: routing, expiry, forgetting, sweeping.

use std::time::Duration;

use futures_util::future::try_join_all;
use jiff::{SignedDuration, Timestamp};
use journey::Event;
use mail_store::{Op, Outcome, StoreError, Waiting};
use mesh::status;
use tokio_util::sync::CancellationToken;

use crate::gauges;
use crate::report::Verdict;
use crate::{Exchange, ExchangeError};

/// How often operators' changes and due routing jobs are looked for; a send wakes routing at once.
pub(crate) const LOOK_INTERVAL: Duration = Duration::from_millis(250);
/// How often changed keys are looked for.
const KEYS_INTERVAL: Duration = Duration::from_secs(1);
/// How often old things are looked for.
const TIDY_INTERVAL: Duration = Duration::from_secs(60);
/// How often operators' orders to remove messages are looked for.
const PURGE_INTERVAL: Duration = Duration::from_secs(1);
/// How often what was counted is written.
const TALLY_INTERVAL: Duration = Duration::from_secs(60);
/// Body files no record names are deleted when they are older than this: a request may still be
/// about to commit a younger one.
const ORPHAN_AGE: SignedDuration = SignedDuration::from_hours(24);
/// The most messages expired in one step.
const EXPIRE_STEP: u32 = 256;
/// How long a server holds the lease on tidying; when it has not renewed it by then, another may.
const TIDYING_LEASE: SignedDuration = SignedDuration::from_mins(5);
/// The most messages forgotten in one transaction, so that sends are never held up long.
const FORGET_STEP: u32 = 64;

/// What became of the steps of tidying.
#[derive(Default)]
struct Steps {
    first: Option<ExchangeError>,
    disk_was_full: bool,
}

impl Steps {
    fn took(&mut self, step: &'static str, result: Result<(), ExchangeError>) {
        if let Err(error) = result {
            tracing::warn!(%error, step, "a step of tidying failed; the others go on");
            self.disk_was_full |= matches!(error, ExchangeError::Store(StoreError::DiskFull));
            self.first.get_or_insert(error);
        }
    }
}

impl Exchange {
    /// The background work: routing, operators' changes and orders, expiry, sweeping. Returns after the token
    /// is cancelled and what was under way has finished.
    pub async fn run(&self, shutdown: CancellationToken) {
        gauges::begin_counting();
        let end_waits = async {
            shutdown.cancelled().await;
            self.end_waits();
        };
        tokio::join!(
            end_waits,
            self.route_in_background(&shutdown),
            self.watch_keys(&shutdown),
            self.tidy_in_background(&shutdown),
            self.purge_in_background(&shutdown),
            self.tally_in_background(&shutdown),
            self.write_steps_in_background(&shutdown),
            self.check_chain_in_background(&shutdown)
        );
        if let Err(error) = self.write_tallies().await {
            tracing::warn!(%error, "the counts of the last minute are lost to the console's charts");
        }
        if let Err(error) = self.write_steps().await {
            tracing::warn!(%error, "the last steps of journeys are lost");
        }
    }

    async fn route_in_background(&self, shutdown: &CancellationToken) {
        let mut refreshed = None;
        while !shutdown.is_cancelled() {
            if let Err(error) = self.route_until(shutdown, &mut refreshed).await {
                tracing::error!(%error, "routing failed; it is tried again at once");
            }
            tokio::select! {
                () = shutdown.cancelled() => {}
                () = self.routing_wanted().notified() => {}
                () = tokio::time::sleep(LOOK_INTERVAL) => {}
            }
        }
    }

    /// Takes over keys that were changed.
    async fn watch_keys(&self, shutdown: &CancellationToken) {
        while !shutdown.is_cancelled() {
            let (keyring, shared) = (self.keyring().clone(), self.shared_keys().clone());
            let look = tokio::task::spawn_blocking(move || {
                if let Err(error) = keyring.refresh() {
                    tracing::error!(%error, "the vault key changed and cannot be used: the former keys stay");
                }
                if let Err(error) = shared.refresh() {
                    tracing::error!(%error, "the shared key changed and cannot be used: the former keys stay");
                }
            });
            if look.await.is_err() {
                tracing::error!("looking for changed keys stopped abnormally");
            }
            tokio::select! {
                () = shutdown.cancelled() => {}
                () = tokio::time::sleep(KEYS_INTERVAL) => {}
            }
        }
    }

    async fn tidy_in_background(&self, shutdown: &CancellationToken) {
        while !shutdown.is_cancelled() {
            if let Err(error) = self.tidy().await {
                tracing::error!(%error, "tidying did not do all of its work; it is tried again within a minute");
            }
            tokio::select! {
                () = shutdown.cancelled() => {}
                () = tokio::time::sleep(TIDY_INTERVAL) => {}
            }
        }
    }

    async fn tally_in_background(&self, shutdown: &CancellationToken) {
        while !shutdown.is_cancelled() {
            if let Err(error) = self.write_tallies().await {
                tracing::warn!(%error, "the counts for the console's charts are not written yet");
            }
            tokio::select! {
                () = shutdown.cancelled() => {}
                () = tokio::time::sleep(TALLY_INTERVAL) => {}
            }
        }
    }

    async fn purge_in_background(&self, shutdown: &CancellationToken) {
        while !shutdown.is_cancelled() {
            if let Err(error) = self.store().carry_out_purges(self.now()).await {
                tracing::error!(%error, "an operator's order to remove messages is not carried out yet");
            }
            tokio::select! {
                () = shutdown.cancelled() => {}
                () = tokio::time::sleep(PURGE_INTERVAL) => {}
            }
        }
    }

    /// Deletes bodies no record names any more, forgets old messages and tokens, and reports messages
    /// nobody collected, unless another server on the same store does so. Each step is tried whatever
    /// became of those before it: on a full disk one that frees room may succeed where one that needs
    /// some cannot. Where the disk has not a byte left, spare room that the store kept is given up for
    /// it. [`Exchange::run`] does this every minute.
    ///
    /// # Errors
    ///
    /// [`ExchangeError::Store`], the first of them; what is left is done the next time.
    pub async fn tidy(&self) -> Result<(), ExchangeError> {
        let mut steps = self.tidy_once().await;
        if steps.disk_was_full && self.store().give_up_spare().await? {
            tracing::warn!("the disk is full; the spare room of the store was given up to tidy it");
            steps = self.tidy_once().await;
        }
        // kept again as soon as there is plenty
        if self.room().is_some_and(|room| !room.is_short()) {
            self.store().keep_spare().await?;
        }
        steps.first.map_or(Ok(()), Err)
    }

    async fn tidy_once(&self) -> Steps {
        let mut steps = Steps::default();
        self.look_again().await;
        steps.took("deleting bodies", self.sweep_released().await);
        steps.took("setting aside", self.set_aside_damaged().await);
        let now = self.now();
        let until = now.checked_add(TIDYING_LEASE).unwrap_or(now);
        match self.store().claim_housekeeping(now, until).await {
            Ok(true) => self.tidy_all(now, &mut steps).await,
            Ok(false) => self.leave_measuring(),
            Err(error) => steps.took("claiming", Err(error.into())),
        }
        steps
    }

    /// What one server does for all of them.
    async fn tidy_all(&self, now: Timestamp, steps: &mut Steps) {
        steps.took("expiring", self.expire().await);
        if let Ok(before) = now.checked_sub(self.settings().message_expiry()) {
            steps.took("forgetting", self.forget(before).await);
            steps.took("deleting bodies", self.sweep_released().await);
        }
        let tokens = Op::ForgetTokens { now };
        steps.took("forgetting tokens", self.repeat(tokens).await);
        steps.took("listing", self.repeat(Op::Index).await);
        if let Ok(older_than) = now.checked_sub(ORPHAN_AGE) {
            let swept = self.store().sweep(older_than).await;
            steps.took("sweeping", swept.map(drop).map_err(Into::into));
        }
        steps.took("measuring", self.measure(now).await);
    }

    async fn sweep_released(&self) -> Result<(), ExchangeError> {
        Ok(self.store().sweep_released().await.map(drop)?)
    }

    /// Forgets the messages accepted before a time.
    pub(crate) async fn forget(&self, before: Timestamp) -> Result<(), ExchangeError> {
        let at = self.now();
        let limit = FORGET_STEP;
        self.repeat(Op::Forget { before, limit, at }).await
    }

    async fn repeat(&self, op: Op) -> Result<(), ExchangeError> {
        loop {
            match self.store().commit(vec![op.clone()]).await?.first() {
                Some(Outcome::Counted(count)) if *count > 0 => {}
                _ => return Ok(()),
            }
        }
    }

    async fn expire(&self) -> Result<(), ExchangeError> {
        let Ok(before) = self.now().checked_sub(self.settings().inbox_expiry()) else {
            return Ok(());
        };
        loop {
            let waiting = self.store().waiting_longest(before, EXPIRE_STEP).await?;
            let last_step = waiting.len() < EXPIRE_STEP as usize;
            // side by side, so that they share a sync
            let expired = waiting.iter().map(|waiting| self.expire_one(waiting));
            try_join_all(expired).await?;
            self.set_aside_damaged().await?;
            if last_step {
                return Ok(());
            }
        }
    }

    async fn expire_one(&self, waiting: &Waiting) -> Result<(), ExchangeError> {
        let message = match self.store().message(&waiting.id).await {
            Err(error) if error.is_damage() => return self.set_aside(waiting.seq).await,
            other => other?,
        };
        let Some(message) = message else {
            return Ok(());
        };
        let verdict = self.not_collected(&message);
        if self.give_up(&message, verdict).await? {
            self.notify(&Event::Expired {
                message: message.id,
            });
        }
        Ok(())
    }

    fn not_collected(&self, message: &mail_store::Message) -> Verdict {
        let directory = self.directory();
        let recipient = message
            .recipient
            .as_ref()
            .and_then(|id| directory.member(id));
        if recipient.is_some_and(|member| !member.mailbox.active) {
            return status::MAILBOX_DEACTIVATED.into();
        }
        let days = self.settings().inbox_expiry_days;
        Verdict {
            event: status::NOT_COLLECTED.event,
            code: status::NOT_COLLECTED.code,
            text: format!("Message not collected by recipient after {days} days"),
        }
    }
}
