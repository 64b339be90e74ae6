//! The agent: serves the OUT, IN, SENT and FAILED directories of one or more mailboxes.
//!
//! A pair in OUT is claimed by rename into TEMP (`outbox`), checked (`check`), sent (`send`,
//! `transfer`) and moved to SENT or FAILED (`outcome`, `finish`); when an answer was lost, the
//! server is asked first whether the message arrived (`tracking`). A waiting message is downloaded
//! into TEMP (`download`), made durable, published in IN by rename, written to the journal and
//! acknowledged (`receive`). Every step leaves in TEMP what is needed to go on after a crash.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use futures_util::FutureExt;
use futures_util::future::join_all;
use nhs::{Clock, Randomness};
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use crate::ClientError;
use crate::agent::mailbox::MailboxAgent;
use crate::config::{AgentConfig, seconds};

mod attempt;
mod check;
mod directories;
mod download;
mod event;
mod files;
mod finish;
mod journal;
mod lanes;
mod live;
mod mailbox;
mod outbox;
mod outcome;
mod plan;
mod receive;
mod report;
mod rounds;
mod send;
mod status;
mod supervise;
mod survey;
mod tracking;
mod transfer;
mod watch_out;

pub use check::control_file_fault;
pub use event::{Cycle, Direction, Event, Observer};
pub use status::{MailboxStatus, TransferStatus, Trouble};
pub use survey::{FailedPair, Survey, WaitingAgain, WaitingPairs, survey};

/// The real service asks for no more polls than one in five minutes.
const LEAST_POLL_OF_THE_REAL_SERVICE: Duration = Duration::from_secs(300);

/// Time, randomness and who hears what happens.
#[derive(Clone)]
struct Surroundings {
    clock: Arc<dyn Clock>,
    randomness: Arc<dyn Randomness>,
    observer: Observer,
}

/// Serves the configured mailboxes. Holds their locks as long as it lives.
pub struct Agent {
    surroundings: Surroundings,
    plans: watch::Sender<plan::Plans>,
    opened: Mutex<Vec<Arc<MailboxAgent>>>,
    statuses: status::Statuses,
    _work_path: Option<std::fs::File>,
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
        let surroundings = Surroundings {
            clock,
            randomness,
            observer,
        };
        let plans = plan::make(polite(config)?, None, &surroundings)?;
        let statuses = status::Statuses::default();
        let agent = Self {
            surroundings,
            plans: watch::Sender::new(plans),
            opened: Mutex::default(),
            statuses,
            _work_path: work_path,
        };
        match agent.open_the_rest() {
            Some(error) if agent.opened().is_empty() => Err(error),
            _ => Ok(agent),
        }
    }

    /// Opens the mailboxes that are not open. The last failure, when there is one, is told in the
    /// log; the others go on.
    fn open_the_rest(&self) -> Option<ClientError> {
        let mut failure = None;
        let mut opened = self.opened();
        for plan in self.plans.borrow().iter() {
            if opened.iter().any(|agent| agent.plan.id() == plan.id()) {
                continue;
            }
            match MailboxAgent::open(plan.clone(), self.surroundings.clone(), &self.statuses) {
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
        let plans = plan::make(polite(config)?, link.as_ref(), &self.surroundings)?;
        self.plans.send_replace(plans);
        Ok(())
    }

    /// What each mailbox is doing.
    pub fn status(&self) -> Vec<MailboxStatus> {
        self.statuses.all(self.surroundings.clock.now())
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
        let mailboxes = self.opened().clone();
        let mut cycles = Vec::with_capacity(mailboxes.len());
        for mailbox in &mailboxes {
            cycles.push(mailbox.cycle(&shutdown).boxed());
        }
        let mut sum = Cycle::default();
        for cycle in join_all(cycles).await {
            sum.add(&cycle?);
        }
        not_open.map_or(Ok(sum), Err)
    }

    fn opened(&self) -> std::sync::MutexGuard<'_, Vec<Arc<MailboxAgent>>> {
        self.opened.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Checks the poll period, and keeps the real service's rule.
fn polite(mut config: AgentConfig) -> Result<AgentConfig, ClientError> {
    let poll = seconds(config.options.poll_seconds)?.max(Duration::from_millis(10));
    seconds(config.options.stop_seconds)?;
    let real = reqwest::Url::parse(&config.server.url)
        .is_ok_and(|url| url.host_str().is_some_and(|host| host.ends_with(".nhs.uk")));
    if real && poll < LEAST_POLL_OF_THE_REAL_SERVICE {
        tracing::warn!("the service is polled every 300 s: it asks for no more");
        config.options.poll_seconds = LEAST_POLL_OF_THE_REAL_SERVICE.as_secs_f64();
    }
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
            polite(config).unwrap().options.poll_seconds
        };
        assert_eq!(poll("https://mesh-sync.spineservices.nhs.uk"), 300.0);
        assert_eq!(poll("https://127.0.0.1:8700"), 60.0);
    }
}
