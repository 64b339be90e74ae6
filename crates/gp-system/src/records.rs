use std::fmt;

use jiff::Timestamp;
use jiff::civil::DateTime;
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
    TaskId
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

/// One step of a consultation's way.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TimelineEntry {
    /// When the practice learned of it.
    pub at: Timestamp,
    /// What happened, in words without patient data.
    pub what: String,
    /// The response or status code, where there is one.
    pub code: Option<String>,
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
    /// Its steps, oldest first.
    pub timeline: Vec<TimelineEntry>,
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

/// A document waiting in, or archived from, the workflow inbox. Holds patient data, which `Debug`
/// leaves out.
#[derive(Clone, PartialEq, Eq)]
pub struct Task {
    /// Its id in this practice.
    pub id: TaskId,
    /// When the message was taken from IN.
    pub received_at: Timestamp,
    /// The control file's subject, which GP Connect shows in the task list (GPCM-SD-092): patient
    /// data.
    pub subject: String,
    /// The sending organisation as the document names it.
    pub sender: String,
    /// The mailbox the message came from.
    pub sender_mailbox: String,
    /// The document's version, where it could be told.
    pub version: Option<u32>,
    /// Whether the document asks for action, or is for information.
    pub for_action: bool,
    /// The patient as the document names them: patient data.
    pub patient: String,
    /// The business code the practice answered: 30001 or 30004.
    pub matched: u32,
    /// The task whose document replaced this one.
    pub replaced_by: Option<TaskId>,
    /// The archived task whose document this one replaced.
    pub replaces: Option<TaskId>,
    /// Whether the document is null and void: a replacement of it could not be taken
    /// (GPCM-SD-127).
    pub void: bool,
    /// The document first, then its attachments.
    pub attachments: Vec<AttachmentInfo>,
}

impl fmt::Debug for Task {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Task")
            .field("id", &self.id)
            .field("version", &self.version)
            .field("matched", &self.matched)
            .field("replaced_by", &self.replaced_by)
            .finish_non_exhaustive()
    }
}

/// What a task holds, without the bytes. Its title may be patient data, which `Debug` leaves out.
#[derive(Clone, PartialEq, Eq)]
pub struct AttachmentInfo {
    /// Its place: 0 is the document.
    pub position: u32,
    /// Its title as the message states it; may be empty.
    pub title: String,
    /// Its content type as the message states it.
    pub content_type: String,
    /// Its size in bytes.
    pub size: u64,
}

impl fmt::Debug for AttachmentInfo {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "AttachmentInfo({}, {}, {} bytes)",
            self.position, self.content_type, self.size
        )
    }
}

/// The bytes of a document or attachment.
#[derive(Clone)]
pub struct AttachmentContent {
    /// Its content type as the message states it.
    pub content_type: String,
    /// Its bytes.
    pub bytes: Vec<u8>,
}

impl fmt::Debug for AttachmentContent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "AttachmentContent({}, {} bytes)",
            self.content_type,
            self.bytes.len()
        )
    }
}

/// Something that needs a person (GPCM-SD-094, GPCM-SD-095).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Alert {
    /// Its number.
    pub id: i64,
    /// When it was raised.
    pub at: Timestamp,
    /// What happened and what to do, without patient data.
    pub what: String,
    /// The consultation it is about.
    pub consultation: Option<ConsultationId>,
}

/// A message the practice took from IN, and what became of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReceivedMessage {
    /// When it was taken.
    pub taken_at: Timestamp,
    /// The id the exchange gave.
    pub transport_id: Option<String>,
    /// The mailbox it came from.
    pub sender_mailbox: Option<String>,
    /// The codes the practice answered, in order.
    pub answers: Vec<u32>,
    /// The task it raised.
    pub task: Option<TaskId>,
}

/// How much of everything a practice has.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counts {
    /// Documents in the inbox, archived ones apart.
    pub tasks: u64,
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
