use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use mesh::StatusRecord;
use mesh::status::{self, Fault};
use nhs::{MailboxId, MessageId, uuid_v4};
use tokio::sync::{Notify, OwnedSemaphorePermit};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use super::Surroundings;
use super::directories::Directories;
use super::event::{self, Cycle, Direction, Event};
use super::files;
use super::journal::Journal;
use super::lanes::Lanes;
use super::live::Live;
use super::outbox::Settle;
use super::plan::MailboxPlan;
use super::report::Times;
use super::status::Statuses;
use crate::ClientError;
use crate::api::MeshClient;
use crate::config::{MailboxConfig, Options, seconds};

const HANDSHAKE_EVERY: SignedDuration = SignedDuration::from_hours(24);
/// The service refuses tokens whose time is two hours off; told well before.
const NOTEWORTHY_SKEW: SignedDuration = SignedDuration::from_mins(5);
/// What a mailbox sent is remembered for longer than any send stays in doubt.
const REMEMBER_SENT: SignedDuration = SignedDuration::from_hours(7 * 24);
/// Longer than a server keeps a message (30 days), so that none can come back unknown.
const REMEMBER_PUBLISHED: SignedDuration = SignedDuration::from_hours(31 * 24);

/// Serves one mailbox.
pub(super) struct MailboxAgent {
    pub plan: MailboxPlan,
    pub config: MailboxConfig,
    pub client: MeshClient,
    pub options: Arc<Options>,
    pub settle: Settle,
    pub times: Times,
    pub directories: Directories,
    pub live: Arc<Live>,
    /// Told when OUT may hold something new.
    pub wake: Arc<Notify>,
    pub surroundings: Surroundings,
    /// Until then the login was refused, and nothing is asked of the server.
    pub refused_until: Mutex<Option<Instant>>,
    sent: Mutex<Journal>,
    handshake: tokio::sync::Mutex<Option<Timestamp>>,
    pub published: tokio::sync::Mutex<Journal>,
    _lock: std::fs::File,
}

impl MailboxAgent {
    pub fn open(
        plan: MailboxPlan,
        surroundings: Surroundings,
        statuses: &Statuses,
    ) -> Result<Self, ClientError> {
        let config = plan.config.clone();
        let options = plan.link.options.clone();
        let directories = Directories::open(&config.directory)?;
        let lock = files::lock(&directories.temp)?;
        directories
            .clear_half_written_reports()
            .map_err(|error| ClientError::File("clearing TEMP", error))?;
        let now = surroundings.clock.now();
        let opening = |error| ClientError::File("opening the journal", error);
        let path = |name| directories.temp.join(name);
        let published =
            Journal::open(path("published.log"), now, REMEMBER_PUBLISHED).map_err(opening)?;
        let sent = Journal::open(path("sent.log"), now, REMEMBER_SENT).map_err(opening)?;
        let settle = Settle {
            pair: seconds(options.settle_seconds)?,
            lone_control: seconds(options.lone_control_file_seconds)?,
            lone_data: seconds(options.lone_data_file_seconds)?,
        };
        let client = plan
            .link
            .connection
            .mailbox(config.id.clone(), plan.password.clone());
        let live = Arc::new(Live::new(config.id.clone()));
        statuses.add(&config.id, live.clone());
        Ok(Self {
            times: Times::new(options.utc),
            plan,
            config,
            client,
            options,
            settle,
            directories,
            live,
            wake: Arc::default(),
            surroundings,
            refused_until: Mutex::default(),
            sent: Mutex::new(sent),
            handshake: tokio::sync::Mutex::default(),
            published: tokio::sync::Mutex::new(published),
            _lock: lock,
        })
    }

    /// Finishes what a crash cut short, sends what waits in TEMP and OUT, collects the inbox; all
    /// of it once.
    pub async fn cycle(&self, shutdown: &CancellationToken) -> Result<Cycle, ClientError> {
        let mut lanes = Lanes::default();
        let sent = async {
            self.handshake_when_due().await?;
            let round = self.send_round(&mut lanes, true, shutdown).await;
            let rest = self.finish_all(&mut lanes, shutdown).await;
            round.and(rest)
        };
        let sent = sent.await;
        let mut cycle = lanes.cycle;
        let done = match sent {
            Ok(()) => self.poll(&mut cycle, shutdown).await,
            Err(error) => {
                self.tell_failure(Direction::Send, &error).await;
                Err(error)
            }
        };
        self.write_status();
        done.map(|()| cycle)
    }

    /// Collects the inbox once.
    pub async fn poll(
        &self,
        cycle: &mut Cycle,
        shutdown: &CancellationToken,
    ) -> Result<(), ClientError> {
        let polled = async {
            self.finish_published().await?;
            self.handshake_when_due().await?;
            self.collect(cycle, shutdown).await?;
            self.live.contact(self.clock_now(), self.skew_seconds());
            self.live.well_again();
            if self.config.poll_report {
                self.write_poll_report().await?;
            }
            Ok(())
        };
        let polled = polled.await;
        if let Err(error) = &polled {
            self.tell_failure(Direction::Receive, error).await;
        }
        polled
    }

    /// Validates the mailbox once in 24 hours.
    pub async fn handshake_when_due(&self) -> Result<(), ClientError> {
        let mut last = self.handshake.lock().await;
        let now = self.clock_now();
        if last.is_some_and(|last| now.duration_since(last) < HANDSHAKE_EVERY) {
            return Ok(());
        }
        self.client.handshake().await?;
        *last = Some(now);
        if let Some(skew) = self.noteworthy_skew() {
            tracing::warn!(mailbox = %self.config.id, "{skew}");
        }
        Ok(())
    }

    /// Says in log, events, status and, once, in a report what keeps the mailbox from its work.
    pub async fn tell_failure(&self, direction: Direction, error: &ClientError) {
        let mailbox = self.config.id.clone();
        let mut words = error.with_causes();
        let fault = fault(direction, error);
        if error.status() == Some(403) {
            words = "the server refused mailbox, password, shared key or certificate (403)".into();
            if let Some(skew) = self.noteworthy_skew() {
                words = format!("{words}; {skew}");
            }
            *self.handshake.lock().await = None;
            self.tell(Event::LoginRefused {
                mailbox: mailbox.clone(),
            });
        } else {
            self.tell(Event::PollFailed {
                mailbox: mailbox.clone(),
            });
        }
        let now = self.clock_now();
        let skew = self.skew_seconds();
        if self.live.trouble(now, fault.code, words.clone(), skew) {
            tracing::error!(%mailbox, code = fault.code, "{words}");
            let needs_a_person = fault != status::POLL_FAILED;
            if (needs_a_person || self.config.poll_report)
                && !matches!(error, ClientError::File(..))
            {
                self.report_trouble(fault, &words).await;
            }
        } else {
            tracing::debug!(%mailbox, code = fault.code, "{words}");
        }
    }

    async fn report_trouble(&self, fault: Fault, words: &str) {
        let record = StatusRecord {
            description: format!("{}: {words}", fault.text),
            ..fault.record(self.now())
        };
        if let Err(error) = self.report_of_its_own(record).await {
            tracing::error!(mailbox = %self.config.id, %error, "a report could not be written");
        }
    }

    /// What to say of the clocks, when they are far apart.
    fn noteworthy_skew(&self) -> Option<String> {
        let skew = self.client.clock_skew()?;
        let (minutes, way) = (
            skew.as_mins().abs(),
            if skew.is_positive() {
                "behind"
            } else {
                "ahead of"
            },
        );
        (skew.abs() >= NOTEWORTHY_SKEW).then(|| {
            format!(
                "this machine's clock is {minutes} minutes {way} the server's, which refuses more \
                 than two hours"
            )
        })
    }

    fn skew_seconds(&self) -> Option<i64> {
        self.client.clock_skew().map(|skew| skew.as_secs())
    }

    /// Waits for its turn among the mailboxes; `None` when told to stop before.
    pub async fn turn(&self, shutdown: &CancellationToken) -> Option<OwnedSemaphorePermit> {
        let transfers = self.plan.link.transfers.clone();
        tokio::select! {
            biased;
            () = shutdown.cancelled() => None,
            permit = transfers.acquire_owned() => permit.ok(),
        }
    }

    pub fn tell(&self, event: Event) {
        event::count(&event);
        (self.surroundings.observer)(&event);
    }

    pub fn clock_now(&self) -> Timestamp {
        self.surroundings.clock.now()
    }

    pub fn unique(&self) -> String {
        uuid_v4(self.surroundings.randomness.as_ref()).to_string()
    }

    /// Whether this mailbox sent the message some time ago.
    pub fn was_sent(&self, message: &MessageId) -> bool {
        let sent = self.sent.lock().unwrap_or_else(PoisonError::into_inner);
        sent.contains(message)
    }

    pub fn note_sent(&self, message: &MessageId) {
        let now = self.clock_now();
        let mut sent = self.sent.lock().unwrap_or_else(PoisonError::into_inner);
        if let Err(error) = sent.add(message, now, files::Durability::Process) {
            tracing::warn!(mailbox = %self.config.id, %error, "a sent message was not noted");
        }
    }

    pub fn write_status(&self) {
        let status = self.live.status(self.clock_now());
        if let Err(error) = status.write(&self.directories.temp) {
            tracing::debug!(mailbox = %self.config.id, %error, "the status was not written");
        }
    }

    pub fn poll_period(&self) -> Duration {
        let period = seconds(self.options.poll_seconds).unwrap_or(Duration::from_secs(1800));
        period.max(Duration::from_millis(10))
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

    pub fn id(&self) -> MailboxId {
        self.config.id.clone()
    }
}

impl Drop for MailboxAgent {
    fn drop(&mut self) {
        self.live.stopped();
        self.write_status();
    }
}

/// The code for what keeps a whole mailbox from its work.
fn fault(direction: Direction, error: &ClientError) -> Fault {
    match (direction, error) {
        (Direction::Send, ClientError::ServerCertificate(_)) => status::SERVER_CERTIFICATE,
        (Direction::Receive, ClientError::ServerCertificate(_)) => {
            status::COLLECT_SERVER_CERTIFICATE
        }
        (Direction::Send, error) if error.status() == Some(403) => status::LOGIN_REFUSED,
        (Direction::Receive, error) if error.status() == Some(403) => status::COLLECT_LOGIN_REFUSED,
        _ => status::POLL_FAILED,
    }
}
