//! When a mailbox sends and when it polls. The two go on side by side, so that a long
//! transfer one way does not hold up the other.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::Notify;
use tokio::time::{Instant, sleep, sleep_until};
use tokio_util::sync::CancellationToken;

use super::between_polls::BetweenPolls;
use super::collect::{Ask, Collected, Collecting};
use super::contact::ServerContact;
use super::disk::Disk;
use super::environment::Environment;
use super::event::{Cycle, Direction};
use super::live_status::LiveStatus;
use super::send::{Looked, SendQueue, Sending};
use super::status::WRITTEN_AT_LEAST_EVERY;
use super::watch_out::watch;
use crate::ClientError;
use crate::config::{Options, seconds};

/// OUT is looked through at least this often, for file events may be lost.
const SCAN_EVERY: Duration = Duration::from_secs(10);
/// A look through OUT is followed by a rest of this many times as long, however large OUT is.
const REST_AFTER_SCAN: u32 = 5;
/// The first pause after a failure; it doubles up to the poll period.
const FIRST_PAUSE: Duration = Duration::from_secs(30);
/// How often the status is written while something is on its way.
const STATUS_EVERY: Duration = Duration::from_secs(1);
/// No wait is shorter.
const SHORTEST_WAIT: Duration = Duration::from_millis(10);

/// How often a mailbox is polled, and how long a stop may take.
#[derive(Debug, Clone, Copy)]
pub(super) struct Schedule {
    poll_period: Duration,
    /// That a server is asked to wait; 0: it is not asked.
    wait_seconds: u32,
    stop_within: Duration,
}

impl Schedule {
    /// # Errors
    /// [`ClientError::Configuration`] for times out of range.
    pub fn new(options: &Options) -> Result<Self, ClientError> {
        Ok(Self {
            poll_period: seconds(options.poll_seconds)?.max(SHORTEST_WAIT),
            wait_seconds: options.wait_seconds,
            stop_within: seconds(options.stop_seconds)?,
        })
    }
}

/// Sending and collecting, again and again.
pub(super) struct Rounds {
    sending: Sending,
    collecting: Collecting,
    contact: ServerContact,
    schedule: Schedule,
    live: Arc<LiveStatus>,
    environment: Environment,
    disk: Disk,
    /// Notified when OUT may hold something new.
    wake: Arc<Notify>,
}

impl Rounds {
    pub fn new(
        sending: Sending,
        collecting: Collecting,
        contact: ServerContact,
        schedule: Schedule,
        live: Arc<LiveStatus>,
        environment: Environment,
        disk: Disk,
    ) -> Self {
        Self {
            sending,
            collecting,
            contact,
            schedule,
            live,
            environment,
            disk,
            wake: Arc::default(),
        }
    }

    /// Finishes what a crash cut short, sends what waits in TEMP and OUT, collects the inbox; all
    /// of it once.
    ///
    /// # Errors
    /// What keeps the mailbox from sending, or from collecting.
    pub async fn once(&self, stop: &CancellationToken) -> Result<Cycle, ClientError> {
        let mut queue = self.sending.queue(stop);
        let sent = async {
            self.contact.handshake_when_due().await?;
            let round = self.sending.round(&mut queue, true).await;
            let rest = queue.finish_all().await;
            round.and(rest)
        };
        let sent = sent.await;
        let mut cycle = queue.cycle;
        let done = match sent {
            Ok(()) => self.poll(&mut cycle, Ask::List, true, stop).await.map(drop),
            Err(error) => {
                self.contact.report_failure(Direction::Send, &error).await;
                Err(error)
            }
        };
        self.write_status();
        done.map(|()| cycle)
    }

    /// Runs until `stop` is cancelled, and then until the requests under way are over; once `shutdown` is
    /// cancelled, no longer than `stop_seconds`.
    pub async fn run(&self, stop: &CancellationToken, shutdown: &CancellationToken) {
        let work = async {
            tokio::join!(self.send_loop(stop), self.poll_loop(stop));
        };
        let limit = async {
            shutdown.cancelled().await;
            sleep(self.schedule.stop_within).await;
        };
        tokio::select! {
            () = work => {}
            () = limit => tracing::warn!(
                mailbox = %self.live.mailbox(),
                "stopped in the middle of a transfer, which will be resumed"
            ),
            () = self.keep_status_written() => {}
        }
    }

    /// Collects the inbox once.
    async fn poll(
        &self,
        cycle: &mut Cycle,
        ask: Ask,
        is_to_be_reported: bool,
        stop: &CancellationToken,
    ) -> Result<Collected, ClientError> {
        let polled = async {
            self.collecting.finish_published().await?;
            self.contact.handshake_when_due().await?;
            let collected = self.collecting.collect(cycle, ask, stop).await?;
            self.contact.poll_succeeded(is_to_be_reported).await?;
            Ok(collected)
        };
        let polled = polled.await;
        if let Err(error) = &polled {
            self.contact.report_failure(Direction::Receive, error).await;
        }
        polled
    }

    async fn poll_loop(&self, stop: &CancellationToken) {
        let mut pause = FIRST_PAUSE;
        let mut between = BetweenPolls::new(self.schedule.poll_period, self.schedule.wait_seconds);
        while !stop.is_cancelled() {
            if let Some(until) = self.contact.refused_until() {
                tokio::select! {
                    () = stop.cancelled() => return,
                    () = sleep_until(until) => {}
                }
            }
            let (ask, is_poll) = between.ask(Instant::now().into_std());
            let polled = self.poll(&mut Cycle::default(), ask, is_poll, stop).await;
            let failed = self.pause_after(polled.as_ref().err(), &mut pause);
            let mut random = [0];
            self.environment.randomness.fill(&mut random);
            let [random] = random;
            let wait = between.after(
                polled.unwrap_or_default(),
                Instant::now().into_std(),
                random,
            );
            let wait = failed.unwrap_or(wait);
            let next = self.environment.now().checked_add(wait).ok();
            self.live.next_poll(next);
            self.write_status();
            tokio::select! {
                () = stop.cancelled() => {}
                () = sleep(wait) => {}
            }
        }
    }

    async fn send_loop(&self, stop: &CancellationToken) {
        let _watcher = watch(&self.disk.directories().out, self.wake.clone());
        let mut queue = self.sending.queue(stop);
        let (mut pause, mut delay) = (FIRST_PAUSE, FIRST_PAUSE);
        let mut next_retry = Instant::now();
        let mut not_before = next_retry;
        let mut looked = Looked::default();
        while !stop.is_cancelled() {
            let now = Instant::now();
            looked.next_settled = None;
            if now >= not_before {
                let retry = now >= next_retry;
                let sent = self.send_when_online(&mut queue, retry).await;
                if retry {
                    next_retry = now + self.schedule.poll_period;
                }
                let delayed = queue.take_delayed();
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
                looked = sent.unwrap_or(looked);
            }
            if queue.take_pair_may_go() {
                self.wake.notify_one();
            }
            not_before = not_before.max(self.contact.refused_until().unwrap_or(not_before));
            let now = Instant::now();
            let rested = now + looked.took.saturating_mul(REST_AFTER_SCAN);
            let settled = looked.next_settled.unwrap_or(SCAN_EVERY);
            let settled = now + settled.clamp(SHORTEST_WAIT, SCAN_EVERY);
            let next = settled.min(next_retry).max(rested).max(not_before);
            let woken = async {
                self.wake.notified().await;
                sleep_until(rested.max(not_before)).await;
            };
            tokio::select! {
                () = stop.cancelled() => {}
                () = queue.next_done() => {}
                () = woken => {}
                () = sleep_until(next) => {}
            }
        }
        if let Err(error) = queue.finish_all().await {
            self.contact.report_failure(Direction::Send, &error).await;
        }
    }

    async fn send_when_online(
        &self,
        queue: &mut SendQueue<'_>,
        retry: bool,
    ) -> Result<Looked, ClientError> {
        let sent = async {
            self.contact.handshake_when_due().await?;
            self.sending.round(queue, retry).await
        };
        let sent = sent.await;
        if let Err(error) = &sent {
            self.contact.report_failure(Direction::Send, error).await;
        }
        sent
    }

    /// How long to wait after a failure, at most a poll period: a short one that doubles, or the
    /// whole period for both directions when the login was refused.
    fn pause_after(&self, error: Option<&ClientError>, pause: &mut Duration) -> Option<Duration> {
        let period = self.schedule.poll_period;
        let Some(error) = error else {
            *pause = FIRST_PAUSE;
            return None;
        };
        if error.status() == Some(403) {
            self.contact.refuse_until(Instant::now() + period);
            return Some(period);
        }
        let wait = (*pause).min(period);
        *pause = pause.saturating_mul(2);
        Some(wait)
    }

    async fn keep_status_written(&self) {
        let mut written = (Instant::now(), self.live.finished());
        self.write_status();
        loop {
            sleep(STATUS_EVERY).await;
            let finished = self.live.finished();
            let due = written.0.elapsed() >= WRITTEN_AT_LEAST_EVERY;
            if due || finished != written.1 || self.live.is_transferring() {
                self.write_status();
                written = (Instant::now(), finished);
            }
        }
    }

    fn write_status(&self) {
        self.live.write(self.environment.now());
    }
}
