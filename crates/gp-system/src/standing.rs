//! What waits for somebody in a practice: numbers and times, for metrics and for alerts that leave it.

use jiff::Timestamp;
use metrics::gauge;

use crate::store::{alert_sent, standing};
use crate::{AlertKind, Practice, PracticeError};

/// How much waits, and since when.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Waiting {
    /// How many.
    pub count: u32,
    /// Since when the oldest does.
    pub oldest: Option<Timestamp>,
}

/// What waits for somebody.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Standing {
    /// Letters that were handed to the MESH client and lack an acknowledgement.
    pub unanswered: Waiting,
    /// Those of them that lack it for longer than `acknowledgement_overdue_minutes`.
    pub overdue: u32,
    /// Letters that were answered negatively and that nobody has dealt with.
    pub negatively_answered: u32,
    /// Open tasks of the workflow inbox.
    pub tasks: Waiting,
    /// Pairs in IN on workflows that nobody here takes.
    pub left_in_in: Waiting,
    /// Open alerts by kind, each kind once.
    pub alerts: Vec<(AlertKind, Waiting)>,
}

/// Alerts of one kind that are open and did not leave by a channel yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnsentAlerts {
    /// The kind.
    pub kind: AlertKind,
    /// How many.
    pub count: u32,
    /// Since when the oldest is open.
    pub since: Timestamp,
    /// The id of the latest of them.
    pub up_to: i64,
    /// When alerts of this kind last left by the channel, within a day.
    pub last_sent: Option<Timestamp>,
}

impl Practice {
    /// What waits for somebody.
    ///
    /// # Errors
    /// The records cannot be read.
    pub async fn standing(&self) -> Result<Standing, PracticeError> {
        self.blocking(|inner| {
            inner.store.read(|connection| {
                let (unanswered, overdue) = standing::unanswered(connection)?;
                Ok(Standing {
                    unanswered,
                    overdue,
                    negatively_answered: standing::negatively_answered(connection)?,
                    tasks: standing::tasks(connection)?,
                    left_in_in: standing::left_in_in(connection)?,
                    alerts: standing::alerts(connection)?,
                })
            })
        })
        .await
    }

    /// What is open and did not leave by this channel yet, at most one of each kind.
    ///
    /// # Errors
    /// The records cannot be read.
    pub async fn unsent_alerts(
        &self,
        channel: &'static str,
    ) -> Result<Vec<UnsentAlerts>, PracticeError> {
        self.blocking(move |inner| {
            let now = inner.now();
            let store = &inner.store;
            store.read(|connection| alert_sent::unsent(connection, channel, now))
        })
        .await
    }

    /// Writes down that alerts left by a channel. Those raised since are not among them.
    ///
    /// # Errors
    /// The records cannot be written.
    pub async fn note_alerts_sent(
        &self,
        channel: &'static str,
        kind: AlertKind,
        up_to: i64,
    ) -> Result<(), PracticeError> {
        self.blocking(move |inner| {
            let now = inner.now();
            let store = &inner.store;
            store.write(|transaction| alert_sent::note(transaction, channel, kind, up_to, now))
        })
        .await
    }
}

impl Standing {
    /// Sets the metrics. Labels are kinds of alerts.
    pub fn set_gauges(&self, now: Timestamp) {
        gauge!("restante_practice_letters_unanswered").set(f64::from(self.unanswered.count));
        gauge!("restante_practice_letters_oldest_unanswered_seconds").set(self.unanswered.age(now));
        gauge!("restante_practice_letters_overdue").set(f64::from(self.overdue));
        gauge!("restante_practice_letters_negatively_answered")
            .set(f64::from(self.negatively_answered));
        gauge!("restante_practice_tasks_open").set(f64::from(self.tasks.count));
        gauge!("restante_practice_tasks_oldest_seconds").set(self.tasks.age(now));
        gauge!("restante_practice_left_in_in_messages").set(f64::from(self.left_in_in.count));
        gauge!("restante_practice_left_in_in_oldest_seconds").set(self.left_in_in.age(now));
        for (kind, waiting) in &self.alerts {
            let kind = kind.as_str();
            gauge!("restante_practice_alerts_open", "kind" => kind).set(f64::from(waiting.count));
            gauge!("restante_practice_alerts_oldest_seconds", "kind" => kind).set(waiting.age(now));
        }
    }
}

impl Waiting {
    /// Seconds since the oldest waits; 0 when nothing does.
    fn age(&self, now: Timestamp) -> f64 {
        self.oldest.map_or(0.0, |oldest| {
            now.duration_since(oldest).as_secs_f64().max(0.0)
        })
    }
}
