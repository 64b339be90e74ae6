//! Dealing with alerts, one or many at once, and opening them again.

use crate::store::alert_acts::{self, Deed};
use crate::{AlertAct, AlertChoice, AlertDeed, AlertReopening, Event, Practice, PracticeError};

/// Characters of a note.
const LONGEST_NOTE: usize = 4_000;

impl Practice {
    /// Marks open alerts as dealt with, by this user and with their note: 5,000 at once at most.
    ///
    /// # Errors
    /// The records cannot be written.
    pub async fn settle_alerts(
        &self,
        which: AlertChoice,
        note: Option<String>,
    ) -> Result<AlertAct, PracticeError> {
        let note = note
            .map(|note| note.trim().chars().take(LONGEST_NOTE).collect::<String>())
            .filter(|note| !note.is_empty());
        let who = self.user().map(str::to_owned);
        self.blocking(move |inner| {
            let act = inner.store.write(|transaction| {
                let alerts = alert_acts::open(transaction, &which)?;
                let deed = Deed {
                    deed: AlertDeed::Settled,
                    at: inner.now(),
                    who: who.as_deref(),
                    note: note.as_deref(),
                };
                alert_acts::record(transaction, &alerts, &deed)
            })?;
            inner.tell((act.alerts > 0).then_some(Event::AlertSettled));
            Ok(act)
        })
        .await
    }

    /// Opens alerts again, as this user; what was done before stays on record. Those of an act are opened at once
    /// by whoever did it only.
    ///
    /// # Errors
    /// The records cannot be written.
    pub async fn reopen_alerts(&self, which: AlertReopening) -> Result<AlertAct, PracticeError> {
        let who = self.user().map(str::to_owned);
        self.blocking(move |inner| {
            let act = inner.store.write(|transaction| {
                let alerts = alert_acts::settled(transaction, which, who.as_deref())?;
                let deed = Deed {
                    deed: AlertDeed::Reopened,
                    at: inner.now(),
                    who: who.as_deref(),
                    note: None,
                };
                alert_acts::record(transaction, &alerts, &deed)
            })?;
            inner.tell((act.alerts > 0).then_some(Event::AlertReopened));
            Ok(act)
        })
        .await
    }
}
