//! The tasks of the workflow inbox, as callers see them.

use std::fmt;

use jiff::Timestamp;

use crate::{StatedPatient, TaskId};

/// Whether a task waits for somebody, and what became of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TaskState {
    /// Somebody is to look at it.
    Open,
    /// Filed to the patient's record.
    Filed,
    /// Not for this practice to keep, for the reason given. Send Document knows no message that
    /// says so: the sender is told by another route.
    Returned,
    /// Replaced by a newer version, or null and void.
    Archived,
}

impl TaskState {
    /// Every state, in the order of a task's way.
    pub const ALL: [Self; 4] = [Self::Open, Self::Filed, Self::Returned, Self::Archived];

    /// The word stored in the record, and used in the pages' addresses.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Filed => "filed",
            Self::Returned => "returned",
            Self::Archived => "archived",
        }
    }

    /// Reads [`TaskState::as_str`]; none for any other word.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.as_str() == text)
    }
}

impl fmt::Display for TaskState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Open => "To do",
            Self::Filed => "Filed",
            Self::Returned => "Returned",
            Self::Archived => "Archived",
        })
    }
}

/// Tasks on one page of the inbox.
pub(crate) const INBOX_PAGE: u32 = 50;

/// What to show of the inbox. The default is every task, the latest first.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct InboxQuery {
    /// Only tasks in this state.
    pub state: Option<TaskState>,
    /// Only those for action, or only those for information.
    pub for_action: Option<bool>,
    /// Only those of this sender.
    pub sender: Option<String>,
    /// Only those assigned to this user.
    pub assigned_to: Option<String>,
    /// Only those that nobody opened yet.
    pub unread: bool,
    /// Only those received at this moment or later.
    pub received_from: Option<Timestamp>,
    /// Only those received before this moment.
    pub received_before: Option<Timestamp>,
    /// Only those whose subject, patient, NHS number or sender has words beginning with each of
    /// these words; or whose NHS number begins with these digits. Patient data.
    pub search: String,
    /// In which order.
    pub sort: InboxSort,
    /// Whether that order is turned round: the earliest first, or from A to Z.
    pub ascending: bool,
    /// The page, from 1; one that is not there is the nearest that is.
    pub page: u32,
}

/// By what the inbox is sorted.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum InboxSort {
    /// When tasks arrived.
    #[default]
    Received,
    /// The sender's name.
    Sender,
    /// The patient's name.
    Patient,
    /// The subject.
    Subject,
}

/// One page of the inbox.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InboxPage {
    /// The tasks, without their attachments.
    pub tasks: Vec<Task>,
    /// How many tasks the query finds.
    pub total: u64,
    /// Whether a search found more than it tells: `total` of the latest are given.
    pub is_cut: bool,
    /// This page, from 1.
    pub page: u32,
    /// How many pages there are.
    pub pages: u32,
}

/// What stands before and behind a task in a list of the inbox.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Neighbours {
    /// The task before it; none of the first.
    pub previous: Option<TaskId>,
    /// The task behind it; none of the last.
    pub next: Option<TaskId>,
    /// Its place, from 1; none when the list does not have it, or no longer.
    pub position: Option<u64>,
}

impl Neighbours {
    /// The page of the list that has the task, from 1.
    pub fn page(&self) -> Option<u64> {
        let before = self.position?.checked_sub(1)?;
        Some(before / u64::from(INBOX_PAGE) + 1)
    }
}

/// One step of a task's history. Its note may hold patient data, which `Debug` leaves out.
#[derive(Clone, PartialEq, Eq)]
pub struct TaskStep {
    /// When it happened.
    pub at: Timestamp,
    /// The user who did it; nobody when the system did.
    pub who: Option<String>,
    /// What happened, in words without patient data.
    pub what: String,
    /// What the user wrote.
    pub note: Option<String>,
}

impl fmt::Debug for TaskStep {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TaskStep")
            .field("at", &self.at)
            .field("what", &self.what)
            .finish_non_exhaustive()
    }
}

/// A document waiting in, or archived from, the workflow inbox. Holds patient data, which `Debug`
/// leaves out.
#[derive(Clone, PartialEq, Eq)]
pub struct Task {
    /// Its id in this practice.
    pub id: TaskId,
    /// Its number, counted from 1 as tasks arrive: for people to say.
    pub number: u32,
    /// Whether it waits for somebody, and what became of it.
    pub state: TaskState,
    /// Why it was returned.
    pub reason: Option<String>,
    /// The user it is assigned to.
    pub assigned_to: Option<String>,
    /// When the message was taken from IN.
    pub received_at: Timestamp,
    /// The control file's subject, which GP Connect shows in the task list (GPCM-SD-092): patient
    /// data.
    pub subject: String,
    /// The type of the document: `Consultation Summary` for every document of the older workflow,
    /// what the document says of itself for others.
    pub kind: String,
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
    /// The patient's NHS number, ten digits: patient data.
    pub nhs_number: Option<String>,
    /// The patient's names and birth date as the document states them; none where an older release
    /// took it and did not write them down.
    pub stated: Option<StatedPatient>,
    /// How that compared with the practice's own list when it came, in words without patient data.
    pub match_then: Option<String>,
    /// The business code the practice answered: 30001 or 30004.
    pub matched: u32,
    /// The task whose document replaced this one.
    pub replaced_by: Option<TaskId>,
    /// The archived task whose document this one replaced.
    pub replaces: Option<TaskId>,
    /// Whether the document is null and void: a replacement of it could not be taken
    /// (GPCM-SD-127).
    pub void: bool,
    /// How often the same document arrived once more; each time was answered 20007 or 20008.
    pub repeats: u32,
    /// When somebody who works on letters first opened it; none while nobody has.
    pub opened_at: Option<Timestamp>,
    /// Whether it is filed by a review of its entries (an Update Record), and never as a whole.
    pub needs_review: bool,
    /// The document first, then its attachments. Empty in a list of the inbox.
    pub attachments: Vec<AttachmentInfo>,
}

impl fmt::Debug for Task {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Task")
            .field("id", &self.id)
            .field("state", &self.state)
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
