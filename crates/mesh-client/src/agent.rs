//! The agent: serves the OUT, IN, SENT and FAILED directories of one or more mailboxes.
//!
//! A pair in OUT is claimed by rename into TEMP (`outbox`), checked (`check`), sent (`send`)
//! and moved to SENT or FAILED (`finish`). A waiting message is downloaded into TEMP, made
//! durable, published in IN by rename, written to the journal and acknowledged (`receive`). Every
//! step leaves in TEMP what is needed to go on after a crash.

use std::sync::Arc;
use std::time::Duration;

use futures_util::FutureExt;
use futures_util::future::join_all;
use nhs::{Clock, Randomness};
use tokio_util::sync::CancellationToken;

use crate::api::Connection;
use crate::config::{AgentConfig, seconds};
use crate::{ClientError, agent::mailbox::MailboxAgent};

mod check;
mod directories;
mod event;
mod files;
mod finish;
mod journal;
mod mailbox;
mod outbox;
mod outcome;
mod receive;
mod report;
mod send;
mod transfer;
mod watch;

pub use check::control_file_fault;
pub use event::{Cycle, Event, Observer};

/// Serves the configured mailboxes. Holds their locks as long as it lives.
pub struct Agent {
    mailboxes: Vec<MailboxAgent>,
    poll: Duration,
    _work_path: Option<std::fs::File>,
}

impl Agent {
    /// Makes or opens the directories, takes the locks, reads the journals. Nothing is sent yet.
    ///
    /// # Errors
    /// [`ClientError::Configuration`], [`ClientError::Locked`] or [`ClientError::File`].
    pub fn new(
        config: AgentConfig,
        clock: Arc<dyn Clock>,
        randomness: Arc<dyn Randomness>,
        observer: Observer,
    ) -> Result<Self, ClientError> {
        let work_path = config.work_path.as_deref().map(files::lock).transpose()?;
        let connection = Connection::new(
            &config.connection_settings()?,
            clock.clone(),
            randomness.clone(),
        )?;
        let poll = seconds(config.options.poll_seconds)?.max(Duration::from_millis(10));
        let options = Arc::new(config.options);
        let mailboxes = config.mailboxes.into_iter().map(|mailbox| {
            let client = connection.mailbox(mailbox.id.clone(), mailbox.password.resolve()?);
            MailboxAgent::new(
                mailbox,
                client,
                options.clone(),
                clock.clone(),
                randomness.clone(),
                observer.clone(),
            )
        });
        let mailboxes = mailboxes.collect::<Result<Vec<_>, ClientError>>()?;
        Ok(Self {
            mailboxes,
            poll,
            _work_path: work_path,
        })
    }

    /// Sends what is in OUT and collects what waits, once, for every mailbox; a failure of one does
    /// not stop the others.
    ///
    /// # Errors
    /// The first mailbox's failure to reach the server; what else was done is done.
    pub async fn run_once(&self) -> Result<Cycle, ClientError> {
        let never = CancellationToken::new();
        let mut cycles = Vec::with_capacity(self.mailboxes.len());
        for mailbox in &self.mailboxes {
            cycles.push(mailbox.cycle(&never).boxed());
        }
        let cycles = join_all(cycles).await;
        let mut sum = Cycle::default();
        for cycle in cycles {
            sum.add(&cycle?);
        }
        Ok(sum)
    }

    /// Runs until `shutdown` is cancelled, and then until the request under way is over. File
    /// events in OUT wake it at once; polling finds what events miss.
    pub async fn run(&self, shutdown: CancellationToken) {
        join_all(
            self.mailboxes
                .iter()
                .map(|mailbox| mailbox.run(self.poll, &shutdown)),
        )
        .await;
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn a_running_agent_can_be_spawned() {
        fn is_send<T: Send>(_: &dyn Fn(&'static super::Agent) -> T) {}
        is_send(&|agent| agent.run(tokio_util::sync::CancellationToken::new()));
        is_send(&|agent| agent.run_once());
    }
}
