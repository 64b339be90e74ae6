//! Running the mailboxes side by side, and changing them while they run.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use nhs::MailboxId;
use tokio::task::{Id, JoinSet};
use tokio_util::sync::CancellationToken;

use super::Agent;
use super::mailbox::MailboxAgent;
use super::plan::{MailboxPlan, Plans};

/// How long until a mailbox whose directories cannot be opened is tried again.
const OPEN_AGAIN: Duration = Duration::from_secs(30);

/// How often the certificate's dates are looked at; the log is told of them once a day.
const LOOK_AT_CERTIFICATE: Duration = Duration::from_secs(3600);

struct Running {
    plan: MailboxPlan,
    stop: CancellationToken,
    task: Id,
}

#[derive(Default)]
struct Mailboxes {
    tasks: JoinSet<()>,
    running: HashMap<MailboxId, Running>,
    /// Cancelled when the agent as a whole is to stop: then a request under way gets a limited time.
    shutdown: CancellationToken,
}

impl Agent {
    /// Runs until `shutdown` is cancelled, and then until the requests under way are over, but no
    /// longer than `stop_seconds`. File events in OUT wake it at once; polling finds what events
    /// miss.
    pub async fn run(&self, shutdown: CancellationToken) {
        let mut plans = self.plans.subscribe();
        let mut mailboxes = Mailboxes::default();
        for agent in std::mem::take(&mut *self.opened()) {
            mailboxes.start(agent);
        }
        loop {
            let wanted = plans.borrow_and_update().clone();
            self.look_at_certificate();
            let all_open = self.bring_to(&mut mailboxes, &wanted);
            tokio::select! {
                () = shutdown.cancelled() => break,
                changed = plans.changed() => if changed.is_err() { break },
                Some(ended) = mailboxes.tasks.join_next_with_id() => {
                    let task = ended.map_or_else(|error| error.id(), |(id, ())| id);
                    mailboxes.running.retain(|_, running| running.task != task);
                }
                () = tokio::time::sleep(OPEN_AGAIN), if !all_open => {}
                () = tokio::time::sleep(LOOK_AT_CERTIFICATE) => {}
            }
        }
        for running in mailboxes.running.values() {
            running.stop.cancel();
        }
        mailboxes.shutdown.cancel();
        while mailboxes.tasks.join_next().await.is_some() {}
    }

    /// Stops what is not wanted as it is, starts what is wanted and not running. False when a
    /// mailbox could not be opened.
    fn bring_to(&self, mailboxes: &mut Mailboxes, wanted: &Plans) -> bool {
        for running in mailboxes.running.values() {
            if !wanted.iter().any(|plan| plan.same_as(&running.plan)) {
                running.stop.cancel();
            }
        }
        let gone = |id: &MailboxId| !wanted.iter().any(|plan| plan.id() == id);
        self.statuses
            .forget(|id| gone(id) && !mailboxes.running.contains_key(id));
        let mut all_open = true;
        for plan in wanted {
            if mailboxes.running.contains_key(plan.id()) {
                continue;
            }
            match MailboxAgent::open(plan.clone(), self.environment.clone(), &self.statuses) {
                Ok(agent) => mailboxes.start(Arc::new(agent)),
                Err(error) => {
                    let mailbox = plan.id();
                    tracing::error!(%mailbox, %error, "the mailbox cannot be served yet");
                    all_open = false;
                }
            }
        }
        all_open
    }
}

impl Mailboxes {
    fn start(&mut self, agent: Arc<MailboxAgent>) {
        let stop = CancellationToken::new();
        let plan = agent.plan().clone();
        let (stopping, shutdown) = (stop.clone(), self.shutdown.clone());
        let serving = async move { agent.run(&stopping, &shutdown).await };
        let task = self.tasks.spawn(serving).id();
        let id = plan.id().clone();
        tracing::info!(mailbox = %id, "served from now on");
        self.running.insert(id, Running { plan, stop, task });
    }
}
