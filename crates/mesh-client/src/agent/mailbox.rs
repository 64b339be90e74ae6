//! One mailbox being served: its directories opened and locked, its parts put together.

use std::sync::Arc;

use durable::Lock;
use jiff::SignedDuration;
use tokio_util::sync::CancellationToken;

use super::collect::Collecting;
use super::contact::ServerContact;
use super::control_files::Times;
use super::directories::Directories;
use super::disk::Disk;
use super::environment::Environment;
use super::event::Cycle;
use super::files;
use super::journal::Journal;
use super::live_status::{LiveStatus, LiveStatuses};
use super::parts::Parts;
use super::plan::MailboxPlan;
use super::reports::Reports;
use super::rounds::{Rounds, Schedule};
use super::send::Sending;
use crate::ClientError;

/// What a mailbox sent is remembered for longer than any send stays in doubt.
const REMEMBER_SENT: SignedDuration = SignedDuration::from_hours(7 * 24);
/// Longer than a server keeps a message (30 days), so that none can come back unknown.
const REMEMBER_PUBLISHED: SignedDuration = SignedDuration::from_hours(31 * 24);

/// Serves one mailbox as long as it lives.
pub(super) struct MailboxAgent {
    plan: MailboxPlan,
    rounds: Rounds,
    live: Arc<LiveStatus>,
    environment: Environment,
    disk: Disk,
    _lock: Lock,
}

impl MailboxAgent {
    /// Opens the directories, takes the lock, reads the journals. Nothing is sent yet.
    ///
    /// # Errors
    /// [`ClientError::Configuration`], [`ClientError::Locked`] or [`ClientError::File`].
    pub fn open(
        plan: MailboxPlan,
        environment: Environment,
        statuses: &LiveStatuses,
    ) -> Result<Self, ClientError> {
        let mailbox = plan.config.clone();
        let options = plan.link.options.clone();
        let directories = Directories::open(&mailbox.directory)?;
        let lock = files::lock(&directories.temp)?;
        directories
            .clear_half_written()
            .map_err(|error| ClientError::File("clearing TEMP", error))?;
        let now = environment.now();
        let journal = |name, keep| {
            let opened = Journal::open(directories.temp.join(name), now, keep);
            opened.map_err(|error| ClientError::File("opening the journal", error))
        };
        let published = journal("published.log", REMEMBER_PUBLISHED)?;
        let sent = journal("sent.log", REMEMBER_SENT)?;
        let live = Arc::new(LiveStatus::new(
            mailbox.id.clone(),
            directories.temp.clone(),
            plan.link.certificate.clone(),
        ));
        live.recovered();
        statuses.add(live.clone());

        let disk = Disk::new(directories);
        let times = Times::new(options.utc);
        let reports = Reports::new(mailbox.id.clone(), times, disk.clone(), environment.clone());
        let password = plan.password.clone();
        let client = plan.link.connection.mailbox(mailbox.id.clone(), password);
        let contact = ServerContact::new(
            client.clone(),
            live.clone(),
            reports.clone(),
            environment.clone(),
            mailbox.poll_report,
        );
        let parts = Parts {
            mailbox,
            options: options.clone(),
            client,
            disk: disk.clone(),
            reports,
            live: live.clone(),
            turns: plan.link.turns.clone(),
            environment: environment.clone(),
        };
        let rounds = Rounds::new(
            Sending::new(&parts, sent)?,
            Collecting::new(&parts, published),
            contact,
            Schedule::new(&options)?,
            live.clone(),
            environment.clone(),
            disk.clone(),
        );
        Ok(Self {
            plan,
            rounds,
            live,
            environment,
            disk,
            _lock: lock,
        })
    }

    /// What it serves.
    pub fn plan(&self) -> &MailboxPlan {
        &self.plan
    }

    /// Sends and collects once.
    ///
    /// # Errors
    /// As [`Rounds::once`].
    pub async fn once(&self, stop: &CancellationToken) -> Result<Cycle, ClientError> {
        self.rounds.once(stop).await
    }

    /// Sends and collects until told to stop; see [`Rounds::run`].
    pub async fn run(&self, stop: &CancellationToken, shutdown: &CancellationToken) {
        self.rounds.run(stop, shutdown).await;
    }
}

impl Drop for MailboxAgent {
    fn drop(&mut self) {
        self.disk.clear();
        self.live.stopped();
        self.live.write(self.environment.now());
    }
}
