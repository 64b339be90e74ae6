//! Metrics of what waits: inboxes, the routing queue, the quarantine. Looked at once a minute by the one server
//! that tidies; on every other server they are 0. Labels are ids of mailboxes and codes of reports.

use std::collections::HashMap;

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

/// The mailboxes that have gauges, since messages waited in them, each with when the log last said that it has
/// not collected. The others have none, so that there are not more series than needed.
#[derive(Default)]
pub(crate) struct Gauged(Mutex<HashMap<MailboxId, Option<Timestamp>>>);

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
        set_routing(self.store().routing_backlog().await?, now);
        gauge!("restante_quarantined_messages").set(number(self.quarantined().await?));
        for overview in self.mailbox_overview().await? {
            self.measure_mailbox(&overview, now);
        }
        Ok(())
    }

    /// Sets to 0 what another server measures now.
    pub(crate) fn leave_measuring(&self) {
        let left = std::mem::take(&mut *self.gauged().0.lock());
        set_routing(RoutingBacklog::default(), Timestamp::MIN);
        gauge!("restante_quarantined_messages").set(0.0);
        for mailbox in left.keys() {
            set_mailbox(mailbox, 0, 0.0, false);
        }
    }

    fn measure_mailbox(&self, overview: &MailboxOverview, now: Timestamp) {
        let mailbox = &overview.mailbox.id;
        let mut gauged = self.gauged().0.lock();
        if overview.waiting == 0 && !gauged.contains_key(mailbox) {
            return;
        }
        let warned = gauged.entry(mailbox.clone()).or_default();
        let age = age(overview.oldest, now);
        set_mailbox(mailbox, overview.waiting, age, overview.not_collected);
        if !overview.not_collected {
            *warned = None;
        } else if warned.is_none_or(|at| now.duration_since(at) >= WARN_AGAIN) {
            *warned = Some(now);
            let (waiting, days) = (overview.waiting, self.settings().inbox_expiry_days);
            tracing::warn!(%mailbox, waiting, oldest = ?overview.oldest, "the mailbox has not collected: its oldest \
                message has waited longer than not_collected_warning_hours; after {days} days its sender is sent \
                a report instead. Ask the mailbox's owner whether its client runs");
        }
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
