use std::sync::Arc;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use nhs::{Clock, Randomness, uuid_v4};
use tokio::sync::{Mutex, Notify};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use super::directories::Directories;
use super::event::{Cycle, Event, Observer};
use super::files;
use super::journal::Journal;
use super::outbox::Settle;
use super::report::Times;
use super::watch::watch;
use crate::ClientError;
use crate::api::MeshClient;
use crate::config::{MailboxConfig, Options, seconds};

/// OUT is looked through at least this often, for file events may be lost.
const SCAN_EVERY: Duration = Duration::from_secs(10);
const HANDSHAKE_EVERY: SignedDuration = SignedDuration::from_hours(24);

/// Serves one mailbox, one step at a time.
pub(super) struct MailboxAgent {
    pub config: MailboxConfig,
    pub client: MeshClient,
    pub options: Arc<Options>,
    pub settle: Settle,
    pub times: Times,
    pub clock: Arc<dyn Clock>,
    pub randomness: Arc<dyn Randomness>,
    pub observer: Observer,
    pub directories: Directories,
    state: Mutex<State>,
    _lock: std::fs::File,
}

/// What changes from round to round.
pub(super) struct State {
    pub journal: Journal,
    pub next_settled: Option<Duration>,
    handshake: Option<Timestamp>,
}

impl MailboxAgent {
    pub fn new(
        config: MailboxConfig,
        client: MeshClient,
        options: Arc<Options>,
        clock: Arc<dyn Clock>,
        randomness: Arc<dyn Randomness>,
        observer: Observer,
    ) -> Result<Self, ClientError> {
        let directories = Directories::open(&config.directory)?;
        let lock = files::lock(&directories.temp)?;
        let journal = Journal::open(&directories.temp, clock.now())
            .map_err(|e| ClientError::File("opening the journal", e))?;
        let settle = Settle {
            pair: seconds(options.settle_seconds)?,
            lone_control: seconds(options.lone_control_file_seconds)?,
            lone_data: seconds(options.lone_data_file_seconds)?,
        };
        let times = Times::new(options.utc);
        let state = Mutex::new(State {
            journal,
            next_settled: None,
            handshake: None,
        });
        Ok(Self {
            config,
            client,
            options,
            settle,
            times,
            clock,
            randomness,
            observer,
            directories,
            state,
            _lock: lock,
        })
    }

    /// Finishes what a crash cut short, sends what waits in TEMP and OUT, collects the inbox.
    pub async fn cycle(&self, shutdown: &CancellationToken) -> Result<Cycle, ClientError> {
        let mut state = self.state.lock().await;
        let done = self.whole_cycle(&mut state, shutdown).await;
        if let Err(error) = &done {
            self.tell_failure(error);
        }
        done
    }

    async fn whole_cycle(
        &self,
        state: &mut State,
        shutdown: &CancellationToken,
    ) -> Result<Cycle, ClientError> {
        let mut cycle = Cycle::default();
        self.finish_published(state).await?;
        self.handshake_when_due(state).await?;
        self.send_claimed(&mut cycle, shutdown).await?;
        self.send_new(state, &mut cycle, shutdown).await?;
        self.collect(state, &mut cycle, shutdown).await?;
        if self.config.poll_report {
            self.write_poll_report().await?;
        }
        Ok(cycle)
    }

    async fn handshake_when_due(&self, state: &mut State) -> Result<(), ClientError> {
        let now = self.clock.now();
        if state
            .handshake
            .is_none_or(|last| now.duration_since(last) >= HANDSHAKE_EVERY)
        {
            self.client.handshake().await?;
            state.handshake = Some(now);
        }
        Ok(())
    }

    /// Runs until shutdown: a whole cycle every `poll`, a look through OUT in between.
    pub async fn run(&self, poll: Duration, shutdown: &CancellationToken) {
        let wake = Arc::new(Notify::new());
        let _watcher = watch(&self.directories.out, wake.clone());
        let mut next_poll = Instant::now();
        while !shutdown.is_cancelled() {
            if Instant::now() >= next_poll {
                let _ = self.cycle(shutdown).await;
                next_poll = Instant::now() + poll;
            } else {
                self.look_through_out(shutdown).await;
            }
            let until_poll = next_poll.saturating_duration_since(Instant::now());
            let settled = self.state.lock().await.next_settled.unwrap_or(SCAN_EVERY);
            let pause = until_poll
                .min(SCAN_EVERY)
                .min(settled.max(Duration::from_millis(10)));
            tokio::select! {
                () = shutdown.cancelled() => break,
                () = wake.notified() => {}
                () = tokio::time::sleep(pause) => {}
            }
        }
    }

    async fn look_through_out(&self, shutdown: &CancellationToken) {
        let mut state = self.state.lock().await;
        // Before the first handshake went well there is nothing to send to.
        if state.handshake.is_none() {
            return;
        }
        if let Err(error) = self
            .send_new(&mut state, &mut Cycle::default(), shutdown)
            .await
        {
            self.tell_failure(&error);
        }
    }

    fn tell_failure(&self, error: &ClientError) {
        let mailbox = self.config.id.clone();
        if error.status() == Some(403) {
            tracing::error!(%mailbox, "the server refused password, key or certificate (403)");
            self.tell(Event::LoginRefused { mailbox });
        } else {
            tracing::warn!(%mailbox, %error, "the round was cut short");
            self.tell(Event::PollFailed { mailbox });
        }
    }

    pub fn tell(&self, event: Event) {
        (self.observer)(&event);
    }

    pub fn unique(&self) -> String {
        uuid_v4(self.randomness.as_ref()).to_string()
    }

    /// Runs blocking file work off the async threads.
    pub async fn on_disk<T, F>(&self, doing: &'static str, work: F) -> Result<T, ClientError>
    where
        T: Send + 'static,
        F: FnOnce(Directories) -> std::io::Result<T> + Send + 'static,
    {
        let directories = self.directories.clone();
        let done = tokio::task::spawn_blocking(move || work(directories)).await;
        done.map_err(std::io::Error::other)
            .and_then(|done| done)
            .map_err(|error| ClientError::File(doing, error))
    }
}
