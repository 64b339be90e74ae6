//! What pages read of alerts. Every read fails only when the records cannot be read, or one is damaged.

use super::{Store, alert_acts, alert_groups, alerts, standing};
use crate::{
    Alert, AlertGroup, AlertGroups, AlertKind, AlertPage, AlertReopening, ConsultationId,
    PracticeError, Waiting,
};

/// Rows of the longest list a caller is given.
const LONGEST_LIST: u32 = 500;

impl Store {
    /// What needs a person and is not dealt with yet, newest first: the latest 500.
    ///
    /// # Errors
    /// The records cannot be read.
    pub fn alerts(&self) -> Result<Vec<Alert>, PracticeError> {
        self.read(|connection| alerts::open(connection, LONGEST_LIST))
    }

    /// How many alerts are open.
    ///
    /// # Errors
    /// The records cannot be read.
    pub fn count_alerts(&self) -> Result<u64, PracticeError> {
        self.read(alerts::count_open)
    }

    /// How many alerts of each kind are open, and since when the oldest is; each kind once.
    ///
    /// # Errors
    /// The records cannot be read.
    pub fn alerts_by_kind(&self) -> Result<Vec<(AlertKind, Waiting)>, PracticeError> {
        self.read(standing::alerts)
    }

    /// A page of the open alerts in groups of the same words, each with its first rows; of one kind or of
    /// all.
    ///
    /// # Errors
    /// The records cannot be read.
    pub fn alert_groups(
        &self,
        kind: Option<AlertKind>,
        page: u32,
    ) -> Result<AlertGroups, PracticeError> {
        self.read(|connection| alert_groups::page(connection, kind, page))
    }

    /// The open alerts in the same words as this one, with a page of them; none when nothing of the kind is
    /// open.
    ///
    /// # Errors
    /// The records cannot be read.
    pub fn alert_group(
        &self,
        like: i64,
        page: u32,
    ) -> Result<Option<(AlertGroup, AlertPage)>, PracticeError> {
        self.read(|connection| alert_groups::one(connection, like, page))
    }

    /// A page of the alerts that somebody dealt with, the latest first; of one kind or of all.
    ///
    /// # Errors
    /// The records cannot be read.
    pub fn alerts_dealt_with(
        &self,
        kind: Option<AlertKind>,
        page: u32,
    ) -> Result<AlertPage, PracticeError> {
        self.read(|connection| alert_groups::settled(connection, kind, page))
    }

    /// How many alerts the undoing of this act by `who` would open again; none of somebody else's act.
    ///
    /// # Errors
    /// The records cannot be read.
    pub fn undoable_alerts(&self, act: i64, who: Option<&str>) -> Result<u32, PracticeError> {
        self.read(|connection| {
            let which = AlertReopening::Act(act);
            let alerts = alert_acts::settled(connection, which, who)?;
            Ok(u32::try_from(alerts.len()).unwrap_or(u32::MAX))
        })
    }

    /// The alerts about a consultation, open or not, the oldest first.
    ///
    /// # Errors
    /// The records cannot be read.
    pub fn alerts_of(&self, consultation: ConsultationId) -> Result<Vec<Alert>, PracticeError> {
        self.read(|connection| alerts::of_consultation(connection, consultation))
    }
}
