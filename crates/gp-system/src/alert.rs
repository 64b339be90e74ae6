//! Alerts: what a person has to deal with, in groups, and what was done about it.

use std::fmt;

use jiff::Timestamp;

use crate::{AlertKind, ConsultationId, TaskId};

/// Something that needs a person (GPCM-SD-094, GPCM-SD-095).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Alert {
    /// Its number.
    pub id: i64,
    /// What it is about.
    pub kind: AlertKind,
    /// When it was raised.
    pub at: Timestamp,
    /// What happened and what to do, without patient data.
    pub what: String,
    /// The consultation it is about.
    pub consultation: Option<ConsultationId>,
    /// How somebody dealt with it; none while nobody has.
    pub settled: Option<Settlement>,
}

/// How an alert was dealt with. Its note may hold patient data, which `Debug` leaves out.
#[derive(Clone, PartialEq, Eq)]
pub struct Settlement {
    /// When.
    pub at: Timestamp,
    /// The user, where one was signed in.
    pub who: Option<String>,
    /// What they did about it, in their words.
    pub note: Option<String>,
}

impl fmt::Debug for Settlement {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Settlement")
            .field("at", &self.at)
            .finish_non_exhaustive()
    }
}

/// What an alert is about, as far as it is on record. Holds patient data, which `Debug` leaves out.
#[derive(Clone, PartialEq, Eq)]
pub enum AlertSubject {
    /// A consultation of this practice.
    Consultation {
        /// Its id.
        id: ConsultationId,
        /// The patient's name.
        patient: String,
    },
    /// A letter in the workflow inbox.
    Letter {
        /// Its task.
        task: TaskId,
        /// The patient's name.
        patient: String,
        /// The organisation it came from.
        sender: String,
    },
    /// A received message that raised no task.
    Message {
        /// Its number.
        number: u32,
        /// The mailbox it came from.
        mailbox: Option<String>,
        /// Whether it has a page: acknowledgements and reports have none.
        has_page: bool,
    },
    /// A file that lies in IN, by its name without an ending.
    File(String),
    /// None of these.
    Other,
}

impl fmt::Debug for AlertSubject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Consultation { .. } => "Consultation(redacted)",
            Self::Letter { .. } => "Letter(redacted)",
            Self::Message { .. } => "Message",
            Self::File(_) => "File(redacted)",
            Self::Other => "Other",
        })
    }
}

/// What was done with an alert.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AlertDeed {
    /// Somebody dealt with it.
    Settled,
    /// It is open again.
    Reopened,
}

impl AlertDeed {
    /// The word stored in the record.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Settled => "settled",
            Self::Reopened => "reopened",
        }
    }

    pub(crate) fn parse(text: &str) -> Option<Self> {
        [Self::Settled, Self::Reopened]
            .into_iter()
            .find(|deed| deed.as_str() == text)
    }
}

/// One step of what was done with an alert.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AlertStep {
    /// What.
    pub deed: AlertDeed,
    /// When, by whom and with which words.
    pub how: Settlement,
}

/// An alert with what it is about and everything that was done with it, the first first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AlertRow {
    /// The alert.
    pub alert: Alert,
    /// What it is about.
    pub subject: AlertSubject,
    /// What was done with it.
    pub steps: Vec<AlertStep>,
}

/// Open alerts in the same words: one kind, one cause, one thing to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AlertGroup {
    /// The id of the oldest, which names the group.
    pub first: i64,
    /// The id of the latest: what is raised later was not seen with the group.
    pub latest: i64,
    /// What they are about.
    pub kind: AlertKind,
    /// What happened and what to do, without patient data.
    pub what: String,
    /// How many are open.
    pub count: u64,
    /// When the oldest was raised.
    pub oldest: Timestamp,
    /// Some of them, the oldest first.
    pub rows: Vec<AlertRow>,
}

/// Groups of open alerts, a page of them: by kind, the oldest first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AlertGroups {
    /// The groups of this page, each with its first rows.
    pub groups: Vec<AlertGroup>,
    /// How many groups there are.
    pub total: usize,
    /// This page, from 1.
    pub page: u32,
    /// How many pages there are.
    pub pages: u32,
}

/// A page of alerts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AlertPage {
    /// The alerts.
    pub rows: Vec<AlertRow>,
    /// How many there are.
    pub total: u64,
    /// This page, from 1.
    pub page: u32,
    /// How many pages there are.
    pub pages: u32,
}

/// Which open alerts to deal with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AlertChoice {
    /// These.
    These(Vec<i64>),
    /// Those in the same words as one of them, up to the latest that was seen.
    Group {
        /// One of them, open or not.
        like: i64,
        /// The latest that was seen.
        up_to: i64,
    },
}

/// Which alerts to open again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AlertReopening {
    /// This one.
    One(i64),
    /// Those that an act of the same user dealt with, as far as nobody has touched them since.
    Act(i64),
}

/// What was done with alerts at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AlertAct {
    /// Its number, by which it is undone.
    pub number: i64,
    /// How many alerts it was done with.
    pub alerts: u32,
}
