//! The agent: serves the OUT, IN, SENT and FAILED directories of one or more mailboxes.
//!
//! A pair is found in OUT (`send/scan`), claimed by rename into TEMP (`send/claim`), checked
//! (`send/check`), sent (`send/transfer`) and moved to SENT or FAILED (`send/outcome`,
//! `send/put_away`); when an answer was lost, the server is asked first whether the message arrived
//! (`send/tracking`). A waiting message is downloaded into TEMP (`collect/download`), made durable,
//! published in IN by rename, written to the journal (`collect/publish`) and acknowledged (`collect`). `rounds`
//! says when. Every step leaves in TEMP what is needed to go on after a crash.

use std::collections::BTreeMap;
use std::panic::resume_unwind;
use std::sync::{Arc, Mutex, PoisonError};

use nhs::{Clock, Randomness};
use tokio::sync::watch;
use tokio::task::{JoinError, JoinSet};
use tokio_util::sync::CancellationToken;

use crate::ClientError;
use crate::agent::environment::Environment;
use crate::agent::mailbox::MailboxAgent;
use crate::config::{AgentConfig, seconds};

mod between_polls;
mod boot;
mod certificate;
mod collect;
mod contact;
mod control_files;
mod directories;
mod disk;
mod environment;
mod event;
mod files;
mod inspect;
mod journal;
mod live_status;
mod mailbox;
mod parts;
mod plan;
mod reports;
mod room;
mod rounds;
mod send;
mod spares;
mod status;
mod supervise;
mod turns;
mod watch_out;

pub use directories::directory_faults;
pub(crate) use directories::foreign_path;
pub use event::{Cycle, Direction, Event, Observer};
pub use inspect::{FailedPair, HeldFile, MailboxSnapshot, WaitingAgain, WaitingPairs, inspect};
pub use room::disk_faults;
pub use send::check::control_file_faults;
pub use status::{CertificateStatus, MailboxStatus, NotReceived, TransferStatus, Trouble};

/// Serves the configured mailboxes. Holds their locks as long as it lives.
pub struct Agent {
    environment: Environment,
    plans: watch::Sender<plan::Plans>,
    opened: Mutex<Vec<Arc<MailboxAgent>>>,
    statuses: live_status::LiveStatuses,
    certificate_log: Mutex<certificate::CertificateLog>,
    _work_path: Option<durable::Lock>,
}

impl Agent {
    /// Makes or opens the directories, takes the locks, reads the journals. Nothing is sent yet. A
    /// mailbox whose directories cannot be opened does not stop the others; it is tried again.
    ///
    /// # Errors
    /// Of the last mailbox, when none can be opened:
    /// [`ClientError::Configuration`], [`ClientError::Locked`] or [`ClientError::File`].
    pub fn new(
        config: AgentConfig,
        clock: Arc<dyn Clock>,
        randomness: Arc<dyn Randomness>,
        observer: Observer,
    ) -> Result<Self, ClientError> {
        let work_path = config.work_path.as_deref().map(files::lock).transpose()?;
        let environment = Environment {
            clock,
            randomness,
            observer,
        };
        let plans = plan::make(checked(config)?, None, &environment)?;
        let statuses = live_status::LiveStatuses::default();
        let agent = Self {
            environment,
            plans: watch::Sender::new(plans),
            opened: Mutex::default(),
            statuses,
            certificate_log: Mutex::default(),
            _work_path: work_path,
        };
        agent.look_at_certificate();
        match agent.open_the_rest() {
            Some(error) if agent.opened().is_empty() => Err(error),
            _ => Ok(agent),
        }
    }

    /// Says in the log, once a day, what the certificate's dates mean.
    fn look_at_certificate(&self) {
        let certificate = self
            .plans
            .borrow()
            .first()
            .map(|plan| plan.link.certificate.clone());
        let mut log = self
            .certificate_log
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        log.look(&certificate.unwrap_or_default(), self.environment.now());
    }

    /// Opens the mailboxes that are not open. Each failure is in the log, the last is
    /// returned; the others go on.
    fn open_the_rest(&self) -> Option<ClientError> {
        let mut failure = None;
        let mut opened = self.opened();
        for plan in self.plans.borrow().iter() {
            if opened.iter().any(|agent| agent.plan().id() == plan.id()) {
                continue;
            }
            match MailboxAgent::open(plan.clone(), self.environment.clone(), &self.statuses) {
                Ok(agent) => opened.push(Arc::new(agent)),
                Err(error) => {
                    let mailbox = plan.id();
                    tracing::error!(%mailbox, %error, "the mailbox cannot be served yet");
                    failure = Some(error);
                }
            }
        }
        failure
    }

    /// Takes a changed configuration: mailboxes that are gone or changed finish what they are
    /// transferring and stop, new and changed ones start, the others go on undisturbed. The work
    /// path stays as it was. Has an effect while [`Agent::run`] runs.
    ///
    /// # Errors
    /// [`ClientError::Configuration`]; nothing is changed then.
    pub fn reload(&self, config: AgentConfig) -> Result<(), ClientError> {
        let link = self.plans.borrow().first().map(|plan| plan.link.clone());
        let plans = plan::make(checked(config)?, link.as_ref(), &self.environment)?;
        self.plans.send_replace(plans);
        Ok(())
    }

    /// What each mailbox is doing.
    pub fn status(&self) -> Vec<MailboxStatus> {
        self.statuses.all(self.environment.clock.now())
    }

    /// Sends what is in OUT and collects what waits, once, for every mailbox; a failure of one does
    /// not stop the others.
    ///
    /// # Errors
    /// The first mailbox's failure to reach the server; what else was done is done.
    pub async fn run_once(&self) -> Result<Cycle, ClientError> {
        self.run_once_until(CancellationToken::new()).await
    }

    /// As [`Agent::run_once`]; stops between two steps when `shutdown` is cancelled.
    ///
    /// # Errors
    /// As [`Agent::run_once`].
    pub async fn run_once_until(&self, shutdown: CancellationToken) -> Result<Cycle, ClientError> {
        let not_open = self.open_the_rest();
        let mut running = JoinSet::new();
        for (number, mailbox) in self.opened().iter().cloned().enumerate() {
            let shutdown = shutdown.clone();
            // As a task it runs on the thread that its answers come in on.
            running.spawn(async move { (number, mailbox.once(&shutdown).await) });
        }
        let mut cycles = BTreeMap::new();
        while let Some(ended) = running.join_next().await {
            match ended.map_err(JoinError::try_into_panic) {
                Ok((number, cycle)) => _ = cycles.insert(number, cycle),
                Err(Ok(panic)) => resume_unwind(panic),
                Err(Err(_)) => {}
            }
        }
        let mut sum = Cycle::default();
        for cycle in cycles.into_values() {
            sum.add(&cycle?);
        }
        not_open.map_or(Ok(sum), Err)
    }

    fn opened(&self) -> std::sync::MutexGuard<'_, Vec<Arc<MailboxAgent>>> {
        self.opened.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Checks the times, and keeps the real service's rule.
fn checked(mut config: AgentConfig) -> Result<AgentConfig, ClientError> {
    seconds(config.options.stop_seconds)?;
    config.options.poll_seconds = config.poll_period()?.as_secs_f64();
    Ok(config)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_running_agent_can_be_spawned() {
        fn is_send<T: Send>(_: &dyn Fn(&'static super::Agent) -> T) {}
        is_send(&|agent| agent.run(CancellationToken::new()));
        is_send(&|agent| agent.run_once());
    }

    #[test]
    fn the_real_service_is_polled_every_five_minutes_at_most() {
        let poll = |url: &str| {
            let mut config = AgentConfig::new(url, "key");
            config.options.poll_seconds = 60.0;
            checked(config).unwrap().options.poll_seconds
        };
        assert_eq!(poll("https://mesh-sync.spineservices.nhs.uk"), 300.0);
        assert_eq!(poll("https://127.0.0.1:8700"), 60.0);
    }
}
