//! Metrics of what waits: inboxes, the routing queue, the quarantine. Looked at once a minute by the one server
//! that tidies; on every other server they are 0. Labels are ids of mailboxes and codes of reports.

use std::collections::{BTreeSet, HashMap};

use jiff::{SignedDuration, Timestamp};
use mail_store::RoutingBacklog;
use mesh::status;
use metrics::{counter, gauge};
use nhs::MailboxId;
use parking_lot::Mutex;

use crate::{Exchange, ExchangeError, MailboxOverview};

/// How often the log says that a mailbox has not collected.
const WARN_AGAIN: SignedDuration = SignedDuration::from_hours(24);
/// Of the reports that the exchange sends: they are counted from 0 on.
const REPORTED: [&status::Fault; 6] = [
    &status::UNREGISTERED_RECIPIENT,
    &status::NOT_COLLECTED,
    &status::SEVERAL_MAILBOXES,
    &status::NO_MAILBOX,
    &status::NHS_NUMBER_NOT_FOUND,
    &status::DEMOGRAPHICS_DIFFER,
];

/// Messages of a mailbox that has not collected whose senders are looked for.
const SENDERS_OF: usize = 100;

/// The mailboxes that have gauges, since messages waited in them. The others have none, so that there are not more
/// series than needed. Beside them what was measured last.
#[derive(Default)]
pub(crate) struct Gauged {
    mailboxes: Mutex<HashMap<MailboxId, Warned>>,
    measured: Mutex<Measured>,
}

/// What the log last said of a mailbox that has not collected.
#[derive(Default)]
struct Warned {
    at: Option<Timestamp>,
    /// Whose messages waited there then.
    senders: Vec<MailboxId>,
}

/// What waited at the last look of the server that tidies; nothing on the others.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Measured {
    /// Mailboxes that have not collected for `not_collected_warning_hours`, by id.
    pub not_collected: Vec<NotCollected>,
    /// Messages whose patient's practice is not known yet.
    pub routing: RoutingBacklog,
    /// Messages that were found damaged.
    pub quarantined: u64,
}

/// A mailbox that has not collected.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NotCollected {
    /// The mailbox.
    pub mailbox: MailboxId,
    /// Messages in its inbox.
    pub waiting: u64,
    /// Since when the oldest of them waits.
    pub oldest: Timestamp,
    /// Who sent the hundred oldest, each once, by id; of at most a day ago.
    pub senders: Vec<MailboxId>,
}

/// Counts a report that was sent.
pub(crate) fn count_report(code: &str) {
    counter!("restante_reports_total", "code" => code.to_owned()).increment(1);
}

/// Has the counters written before anything is counted, so that the first report is seen as a change.
pub(crate) fn begin_counting() {
    for fault in REPORTED {
        counter!("restante_reports_total", "code" => fault.code).increment(0);
    }
}

impl Exchange {
    /// Looks at what waits, sets the gauges, and warns of mailboxes that have not collected.
    pub(crate) async fn measure(&self, now: Timestamp) -> Result<(), ExchangeError> {
        let mut measured = Measured {
            routing: self.store().routing_backlog().await?,
            quarantined: self.quarantined().await?,
            not_collected: Vec::new(),
        };
        set_routing(measured.routing, now);
        gauge!("restante_quarantined_messages").set(number(measured.quarantined));
        let mailboxes = self.mailbox_overview().await?;
        self.count_waiting(&mailboxes, now);
        for overview in mailboxes {
            self.measure_mailbox(&overview, now);
            if let Some(oldest) = overview.oldest.filter(|_| overview.not_collected) {
                let found = self.not_collected_by(&overview, oldest, now).await?;
                measured.not_collected.push(found);
            }
        }
        *self.gauged().measured.lock() = measured;
        Ok(())
    }

    /// What waited at the last look, once a minute; nothing where another server looks.
    pub fn measured(&self) -> Measured {
        self.gauged().measured.lock().clone()
    }

    /// Sets to 0 what another server measures now.
    pub(crate) fn leave_measuring(&self) {
        let left = std::mem::take(&mut *self.gauged().mailboxes.lock());
        *self.gauged().measured.lock() = Measured::default();
        set_routing(RoutingBacklog::default(), Timestamp::MIN);
        gauge!("restante_quarantined_messages").set(0.0);
        for mailbox in left.keys() {
            set_mailbox(mailbox, 0, 0.0, false);
        }
    }

    fn measure_mailbox(&self, overview: &MailboxOverview, now: Timestamp) {
        let mailbox = &overview.mailbox.id;
        let mut gauged = self.gauged().mailboxes.lock();
        if overview.waiting == 0 && !gauged.contains_key(mailbox) {
            return;
        }
        let warned = gauged.entry(mailbox.clone()).or_default();
        let age = age(overview.oldest, now);
        set_mailbox(mailbox, overview.waiting, age, overview.not_collected);
        if !overview.not_collected {
            *warned = Warned::default();
        }
    }

    /// Warns once a day of a mailbox that has not collected, and finds out then whose messages wait there.
    async fn not_collected_by(
        &self,
        overview: &MailboxOverview,
        oldest: Timestamp,
        now: Timestamp,
    ) -> Result<NotCollected, ExchangeError> {
        let (mailbox, waiting) = (&overview.mailbox.id, overview.waiting);
        let known = {
            let gauged = self.gauged().mailboxes.lock();
            let warned = gauged.get(mailbox);
            let is_recent = |warned: &&Warned| {
                let said = warned.at.map(|at| now.duration_since(at));
                said.is_some_and(|ago| ago < WARN_AGAIN)
            };
            warned
                .filter(is_recent)
                .map(|warned| warned.senders.clone())
        };
        let senders = match known {
            Some(senders) => senders,
            None => {
                let senders = self.senders_waiting_for(mailbox).await?;
                let at = Some(now);
                let warned = Warned {
                    at,
                    senders: senders.clone(),
                };
                self.gauged()
                    .mailboxes
                    .lock()
                    .insert(mailbox.clone(), warned);
                let days = self.settings().inbox_expiry_days;
                let from = senders
                    .iter()
                    .map(MailboxId::as_str)
                    .collect::<Vec<_>>()
                    .join(" ");
                tracing::warn!(%mailbox, waiting, %oldest, from, "the mailbox has not collected: its oldest \
                    message has waited longer than not_collected_warning_hours; after {days} days its sender is sent \
                    a report instead. Ask the mailbox's owner whether its client runs");
                senders
            }
        };
        Ok(NotCollected {
            mailbox: mailbox.clone(),
            waiting,
            oldest,
            senders,
        })
    }

    /// Who sent the oldest messages that wait in a mailbox.
    async fn senders_waiting_for(
        &self,
        mailbox: &MailboxId,
    ) -> Result<Vec<MailboxId>, ExchangeError> {
        let store = self.store();
        let slice = store.inbox(mailbox, 0, SENDERS_OF, &|_| true).await?;
        let mut senders = BTreeSet::new();
        for id in slice.ids {
            // One that is damaged is for the quarantine to tell of.
            if let Ok(Some(message)) = store.message(&id).await {
                senders.extend(message.sender);
            }
        }
        Ok(senders.into_iter().collect())
    }

    /// Whether a message that waits since then has waited longer than the operator wants.
    pub(crate) fn is_overdue(&self, oldest: Option<Timestamp>) -> bool {
        let limit = self.settings().not_collected_warning();
        let waited = oldest.map(|oldest| self.now().duration_since(oldest));
        limit
            .zip(waited)
            .is_some_and(|(limit, waited)| waited >= limit)
    }
}

fn set_routing(backlog: RoutingBacklog, now: Timestamp) {
    gauge!("restante_routing_waiting_messages").set(number(backlog.waiting));
    gauge!("restante_routing_oldest_seconds").set(age(backlog.oldest, now));
}

fn set_mailbox(mailbox: &MailboxId, waiting: u64, age: f64, not_collected: bool) {
    let label = || mailbox.to_string();
    gauge!("restante_mailbox_waiting_messages", "mailbox" => label()).set(number(waiting));
    gauge!("restante_mailbox_oldest_seconds", "mailbox" => label()).set(age);
    gauge!("restante_mailbox_not_collected", "mailbox" => label())
        .set(number(u64::from(not_collected)));
}

/// Seconds since then; 0 when nothing waits.
fn age(oldest: Option<Timestamp>, now: Timestamp) -> f64 {
    oldest.map_or(0.0, |oldest| {
        now.duration_since(oldest).as_secs_f64().max(0.0)
    })
}

/// Metrics are floating-point numbers.
#[allow(clippy::cast_precision_loss)]
fn number(count: u64) -> f64 {
    count as f64
}
