//! What a practice has on record, as callers see it.

use std::collections::BTreeMap;
use std::fmt;

use itk3::advice::Advice;
use jiff::Timestamp;
use jiff::civil::DateTime;
use send_document::CheckedConsultation;
use uuid::Uuid;

macro_rules! record_id {
    ($(#[$doc:meta] $name:ident),*) => {$(
        #[$doc]
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub struct $name(Uuid);

        impl $name {
            pub(crate) fn new(id: Uuid) -> Self {
                Self(id)
            }

            /// Reads the hyphenated form; none when it is not one.
            pub fn parse(text: &str) -> Option<Self> {
                Uuid::try_parse(text).ok().map(Self)
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }
    )*};
}

record_id!(
    /// Names one consultation of the sending practice.
    ConsultationId,
    /// Names one workflow task of the receiving practice.
    TaskId,
    /// Names a consultation that was entered and is not sent yet.
    DraftId
);

/// How far a consultation has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ConsultationState {
    /// Stored; sent once its wait time has passed.
    Waiting,
    /// Built, and handed to the MESH client in OUT.
    Placed,
    /// The exchange took it.
    Sent,
    /// The registered practice took it (20013).
    Received,
    /// The registered practice took it and knows the patient (20013 and 30001 or 30004).
    Delivered,
    /// It did not arrive or was not accepted; the record says why and what to do.
    Failed,
    /// Deleted before a report of it left.
    Withdrawn,
}

impl ConsultationState {
    /// Every state, in the order of a consultation's way.
    pub const ALL: [Self; 7] = [
        Self::Waiting,
        Self::Placed,
        Self::Sent,
        Self::Received,
        Self::Delivered,
        Self::Failed,
        Self::Withdrawn,
    ];

    /// The word stored in the record.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Placed => "placed",
            Self::Sent => "sent",
            Self::Received => "received",
            Self::Delivered => "delivered",
            Self::Failed => "failed",
            Self::Withdrawn => "withdrawn",
        }
    }

    pub(crate) fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.as_str() == text)
    }
}

impl fmt::Display for ConsultationState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Waiting => "Waiting to be sent",
            Self::Placed => "Handed to the MESH client",
            Self::Sent => "Sent",
            Self::Received => "Received by the practice",
            Self::Delivered => "Delivered, patient matched",
            Self::Failed => "Failed",
            Self::Withdrawn => "Withdrawn, never sent",
        })
    }
}

/// Why a consultation failed, and what a person can do about it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure {
    /// The response or status code, such as `30002` or `EPL-153`.
    pub code: String,
    /// What happened, in words.
    pub reason: String,
    /// What to do next, in words.
    pub advice: String,
}

impl Failure {
    pub(crate) fn new(code: &str, Advice { reason, advice }: Advice) -> Self {
        Self {
            code: code.to_owned(),
            reason: reason.to_owned(),
            advice: advice.to_owned(),
        }
    }
}

/// One step of a consultation's way.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TimelineEntry {
    /// When the practice learned of it.
    pub at: Timestamp,
    /// What happened, in words without patient data.
    pub what: String,
    /// The response or status code, where there is one.
    pub code: Option<String>,
    /// The user who did it; nobody when the system did it or learned of it.
    pub who: Option<String>,
}

/// A consultation of the sending practice with all that is known of its way. Holds patient data,
/// which `Debug` leaves out.
#[derive(Clone, PartialEq, Eq)]
pub struct ConsultationRecord {
    /// Its id in this practice.
    pub id: ConsultationId,
    /// How far it has come.
    pub state: ConsultationState,
    /// The version sent, from 1.
    pub version: u32,
    /// When it was submitted.
    pub submitted_at: Timestamp,
    /// When its wait time ends.
    pub due_at: Timestamp,
    /// When its pair was placed in OUT.
    pub placed_at: Option<Timestamp>,
    /// The subject of its control file: patient data.
    pub subject: Option<String>,
    /// The patient's name: patient data.
    pub patient: String,
    /// The patient's NHS number, ten digits: patient data. None of what older releases entered without one.
    pub nhs_number: Option<String>,
    /// Where the patient is registered, as it was entered: PDS decides where a report goes.
    pub receiving_practice: Option<String>,
    /// The id of the message's header, by which acknowledgements find it.
    pub message_id: Option<String>,
    /// The id the exchange gave the message.
    pub transport_id: Option<String>,
    /// The infrastructure acknowledgement's code.
    pub infrastructure: Option<u32>,
    /// The business acknowledgement's code.
    pub business: Option<u32>,
    /// Whether an acknowledgement is missing for longer than allowed.
    pub overdue: bool,
    /// Why it failed, when it did.
    pub failure: Option<Failure>,
    /// Whether its report is null and void: a replacement of it, or it as a replacement, failed
    /// with 20014 (GPCM-SD-128).
    pub void: bool,
    /// When it was deleted. The record and the report are kept all the same.
    pub deleted_at: Option<Timestamp>,
    /// The mailbox that is known to have got the report; none while nobody but the exchange knows.
    pub recipient: Option<String>,
    /// The consultation that was entered as an update of it, or in its place. None in lists.
    pub followed_by: Option<ConsultationId>,
    /// Every answer to its report, in the order they came. Empty in lists.
    pub answers: Vec<GivenAnswer>,
    /// Its steps, oldest first.
    pub timeline: Vec<TimelineEntry>,
}

impl ConsultationRecord {
    /// The mailboxes that answered, where there are several and it is not known which of them got
    /// the report: until somebody says so, none of their answers counts.
    pub fn rivals(&self) -> Vec<&str> {
        let answers = self.answers.iter();
        let mut mailboxes: Vec<&str> = answers.filter_map(|it| it.mailbox.as_deref()).collect();
        mailboxes.sort_unstable();
        mailboxes.dedup();
        if self.recipient.is_some() || mailboxes.len() < 2 {
            mailboxes.clear();
        }
        mailboxes
    }
}

/// An answer to a report of ours, and where it came from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GivenAnswer {
    /// When the practice took it.
    pub at: Timestamp,
    /// The mailbox it came from; none where an older release did not write it down.
    pub mailbox: Option<String>,
    /// The response code.
    pub code: u32,
}

impl fmt::Debug for ConsultationRecord {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ConsultationRecord")
            .field("id", &self.id)
            .field("state", &self.state)
            .field("version", &self.version)
            .field("infrastructure", &self.infrastructure)
            .field("business", &self.business)
            .field("failure", &self.failure)
            .finish_non_exhaustive()
    }
}

/// A consultation that was entered and is not sent yet. Belongs to the user who entered it.
#[derive(Clone)]
pub struct Draft {
    /// What was entered.
    pub consultation: CheckedConsultation,
    /// The consultation it changes or follows as the next version; none for a new one.
    pub updates: Option<ConsultationId>,
    /// How often it had been kept when it was read; 0 of one that is not kept yet.
    pub revision: u32,
}

/// A draft as it was kept just now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct KeptDraft {
    /// Which one.
    pub id: DraftId,
    /// How often it has been kept.
    pub revision: u32,
    /// When.
    pub at: Timestamp,
}

/// A form as it was typed, by field. Holds patient data and has no `Debug`.
pub type TypedForm = BTreeMap<String, String>;

/// A draft with what was typed since it was checked, if it ever was. Belongs to the user who entered it.
#[derive(Clone)]
pub struct TypedDraft {
    /// The fields as they were typed; none where the report was looked at since.
    pub form: Option<TypedForm>,
    /// As it was last checked.
    pub consultation: Option<CheckedConsultation>,
    /// The consultation it changes or follows as the next version; none for a new one.
    pub updates: Option<ConsultationId>,
    /// How often it had been kept when it was read.
    pub revision: u32,
}

/// A draft in the list of a user's drafts. Has no `Debug`.
#[derive(Clone)]
pub struct DraftLine {
    /// Which one.
    pub id: DraftId,
    /// When it was kept last.
    pub kept_at: Timestamp,
    /// The patient as entered; empty where none is.
    pub patient: String,
    /// Whether it is as it was when its report was looked at.
    pub is_checked: bool,
}

/// What to show of the sent consultations. The default is all of them.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct SentQuery {
    /// Only these.
    pub state: Option<SentState>,
    /// Only those whose patient, NHS number or practice has words beginning with each of these words; or
    /// whose NHS number begins with these digits. Patient data.
    pub search: String,
    /// The page, from 1; one that is not there is the nearest that is.
    pub page: u32,
}

/// How many consultations are in each state.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct SentCounts {
    /// Those whose wait time has not passed.
    pub waiting: u64,
    /// Handed over, and both acknowledgements not home yet.
    pub under_way: u64,
    /// Those of them that lack an acknowledgement for longer than allowed.
    pub overdue: u64,
    /// Delivered.
    pub delivered: u64,
    /// Failed.
    pub failed: u64,
    /// Deleted before a report of them left.
    pub withdrawn: u64,
}

/// A choice among the sent consultations.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SentState {
    /// Handed over, and both acknowledgements not home yet.
    UnderWay,
    /// Under way, and an acknowledgement is missing for longer than allowed.
    Overdue,
    /// In this state.
    Only(ConsultationState),
}

/// One page of the sent consultations.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SentPage {
    /// The consultations, the latest first, without their timelines.
    pub consultations: Vec<ConsultationRecord>,
    /// How many the query finds.
    pub total: u64,
    /// Whether a search found more than it tells: `total` of the latest are given.
    pub is_cut: bool,
    /// This page, from 1.
    pub page: u32,
    /// How many pages there are.
    pub pages: u32,
}

/// What a person must know before deleting a consultation whose report has left (GPCM-SD-135).
/// Holds patient data, which `Debug` leaves out.
#[derive(Clone, PartialEq, Eq)]
pub struct DeletionWarning {
    /// The patient's name.
    pub patient: String,
    /// The patient's NHS number, `969 363 2109`.
    pub nhs_number: String,
    /// When the patient was seen, by the wall clock.
    pub consultation_date: DateTime,
    /// The practice that has the report and must be told by other means.
    pub registered_practice: String,
}

impl fmt::Debug for DeletionWarning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("DeletionWarning(redacted)")
    }
}

/// What became of a wish to delete a consultation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Deletion {
    /// Nothing was done: a report has left, so show this warning and ask again, confirmed.
    Warned(DeletionWarning),
    /// It was deleted although a report had left; an alert reminds of telling that practice.
    Deleted,
    /// It was deleted before any report left.
    Withdrawn,
}

/// How much of everything a practice has.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counts {
    /// Tasks that wait for somebody: neither filed, returned nor archived.
    pub tasks: u64,
    /// Alerts that nobody has dealt with.
    pub alerts: u64,
    /// Consultations that are neither delivered nor failed.
    pub under_way: u64,
    /// Consultations delivered.
    pub delivered: u64,
    /// Consultations that failed.
    pub failed: u64,
}

/// What one pass over the directories did.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Summary {
    /// Consultations placed in OUT.
    pub placed: usize,
    /// Pairs taken from IN.
    pub messages_taken: usize,
    /// Reports taken from IN.
    pub reports_taken: usize,
    /// Tasks raised.
    pub tasks_raised: usize,
    /// Acknowledgements placed in OUT.
    pub acknowledgements_placed: usize,
    /// Acknowledgements that arrived.
    pub acknowledgements_received: usize,
    /// Files left in IN because they could not be taken yet or belong to another application.
    pub left: usize,
}

impl Summary {
    /// What this pass and the next one did together.
    pub(crate) fn and_then(self, next: Self) -> Self {
        Self {
            placed: self.placed + next.placed,
            messages_taken: self.messages_taken + next.messages_taken,
            reports_taken: self.reports_taken + next.reports_taken,
            tasks_raised: self.tasks_raised + next.tasks_raised,
            acknowledgements_placed: self.acknowledgements_placed + next.acknowledgements_placed,
            acknowledgements_received: self.acknowledgements_received
                + next.acknowledgements_received,
            left: next.left,
        }
    }
}
