//! When a running mailbox sends and when it polls. The two go on side by side, so that a long
//! transfer one way does not hold up the other.

use std::sync::PoisonError;
use std::time::Duration;

use tokio::time::{Instant, sleep, sleep_until};
use tokio_util::sync::CancellationToken;

use super::event::{Cycle, Direction};
use super::lanes::Lanes;
use super::mailbox::MailboxAgent;
use super::watch_out::watch;
use crate::ClientError;
use crate::config::seconds;

/// OUT is looked through at least this often, for file events may be lost.
const SCAN_EVERY: Duration = Duration::from_secs(10);
/// Looking through OUT is followed by a rest so many times as long, however large it is.
const REST_AFTER_SCAN: u32 = 5;
/// The first pause after a failure; it doubles up to the poll period.
const FIRST_PAUSE: Duration = Duration::from_secs(30);
/// How often the status is written while something moves.
const STATUS_EVERY: Duration = Duration::from_secs(1);
/// How often it is written at least, so that its age tells whether the agent runs.
pub(super) const STATUS_AT_LEAST_EVERY: Duration = Duration::from_secs(10);

impl MailboxAgent {
    /// Runs until told to stop, and then until the requests under way are over or their time is.
    pub async fn run(&self, stop: &CancellationToken) {
        let work = async {
            tokio::join!(self.send_loop(stop), self.receive_loop(stop));
        };
        let limit = async {
            stop.cancelled().await;
            sleep(seconds(self.options.stop_seconds).unwrap_or_default()).await;
        };
        tokio::select! {
            () = work => {}
            () = limit => tracing::warn!(
                mailbox = %self.config.id,
                "stopped in the middle of a transfer, which will be resumed"
            ),
            () = self.keep_status_written() => {}
        }
    }

    async fn receive_loop(&self, stop: &CancellationToken) {
        let mut pause = FIRST_PAUSE;
        while !stop.is_cancelled() {
            if let Some(until) = self.refused_until() {
                tokio::select! {
                    () = stop.cancelled() => return,
                    () = sleep_until(until) => {}
                }
            }
            let polled = self.poll(&mut Cycle::default(), stop).await;
            let period = self.poll_period();
            let wait = self.pause_after(polled.as_ref().err(), &mut pause);
            let wait = wait.unwrap_or(period);
            self.live.next_poll(self.clock_now().checked_add(wait).ok());
            self.write_status();
            tokio::select! {
                () = stop.cancelled() => {}
                () = sleep(wait) => {}
            }
        }
    }

    async fn send_loop(&self, stop: &CancellationToken) {
        let _watcher = watch(&self.directories.out, self.wake.clone());
        let mut lanes = Lanes::default();
        let (mut pause, mut delay) = (FIRST_PAUSE, FIRST_PAUSE);
        let mut next_retry = Instant::now();
        let mut not_before = next_retry;
        while !stop.is_cancelled() {
            let now = Instant::now();
            if now >= not_before {
                let retry = now >= next_retry;
                let sent = self.send_when_online(&mut lanes, retry, stop).await;
                if retry {
                    next_retry = now + self.poll_period();
                }
                let delayed = std::mem::take(&mut lanes.delayed);
                match self.pause_after(sent.as_ref().err(), &mut pause) {
                    Some(wait) => {
                        not_before = Instant::now() + wait;
                        next_retry = not_before;
                    }
                    None if delayed => {
                        next_retry = next_retry.min(now + delay);
                        delay = delay.saturating_mul(2);
                    }
                    None if retry => delay = FIRST_PAUSE,
                    None => {}
                }
            }
            not_before = not_before.max(self.refused_until().unwrap_or(not_before));
            let now = Instant::now();
            let rested = now + lanes.scan_took.saturating_mul(REST_AFTER_SCAN);
            let settled = lanes.next_settled.take().unwrap_or(SCAN_EVERY);
            let settled = now + settled.clamp(Duration::from_millis(10), SCAN_EVERY);
            let next = settled.min(next_retry).max(rested).max(not_before);
            let woken = async {
                self.wake.notified().await;
                sleep_until(rested.max(not_before)).await;
            };
            tokio::select! {
                () = stop.cancelled() => {}
                () = self.next_done(&mut lanes, stop) => {}
                () = woken => {}
                () = sleep_until(next) => {}
            }
        }
        if let Err(error) = self.finish_all(&mut lanes, stop).await {
            self.tell_failure(Direction::Send, &error).await;
        }
    }

    async fn send_when_online<'a>(
        &'a self,
        lanes: &mut Lanes<'a>,
        retry: bool,
        stop: &'a CancellationToken,
    ) -> Result<(), ClientError> {
        let mut sent = self.handshake_when_due().await;
        if sent.is_ok() {
            sent = self.send_round(lanes, retry, stop).await;
        }
        if let Err(error) = &sent {
            self.tell_failure(Direction::Send, error).await;
        }
        sent
    }

    /// How long to wait after a failure, at most a poll period: a short one that doubles, or the
    /// whole period for both directions when the login was refused.
    fn pause_after(&self, error: Option<&ClientError>, pause: &mut Duration) -> Option<Duration> {
        let period = self.poll_period();
        let Some(error) = error else {
            *pause = FIRST_PAUSE;
            return None;
        };
        if error.status() == Some(403) {
            let mut until = self
                .refused_until
                .lock()
                .unwrap_or_else(PoisonError::into_inner);
            *until = Some(Instant::now() + period);
            return Some(period);
        }
        let wait = (*pause).min(period);
        *pause = pause.saturating_mul(2);
        Some(wait)
    }

    fn refused_until(&self) -> Option<Instant> {
        let until = self
            .refused_until
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        until.filter(|until| *until > Instant::now())
    }

    async fn keep_status_written(&self) {
        let mut written = (Instant::now(), self.live.brought_to_an_end());
        self.write_status();
        loop {
            sleep(STATUS_EVERY).await;
            let ended = self.live.brought_to_an_end();
            let due = written.0.elapsed() >= STATUS_AT_LEAST_EVERY;
            if due || ended != written.1 || self.live.moves() {
                self.write_status();
                written = (Instant::now(), ended);
            }
        }
    }
}
