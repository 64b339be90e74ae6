//! A practice: consultations out, documents in, acknowledgements both ways, the workflow inbox and
//! its pages.
//!
//! It meets the MESH client only in the mailbox's directories, and speaks GP Connect Send Document
//! over ITK3: [`Practice::submit`] stores a consultation, which is built, placed in OUT and followed
//! until both acknowledgements are received; what appears in IN is kept, judged, answered and raised as
//! a workflow task. Every state is on disk before anybody is told of it.

mod alert;
mod alert_kind;
mod alert_work;
mod answer_policy;
mod config;
mod directories;
mod error;
mod event;
mod inbox_habits;
mod inner;
mod patients;
mod practice;
mod received;
mod receiving;
mod records;
mod rehearsal;
mod retention;
mod review;
mod review_work;
mod round;
mod scan;
mod sending;
mod standing;
mod store;
mod stored_message;
mod task;
mod task_work;
mod templates;
mod tidying;
mod watching;
pub mod web;

pub use alert::{
    Alert, AlertAct, AlertChoice, AlertDeed, AlertGroup, AlertGroups, AlertPage, AlertReopening,
    AlertRow, AlertStep, AlertSubject, Settlement,
};
pub use alert_kind::AlertKind;
pub use config::{LONGEST_WAIT_MINUTES, PracticeConfig};
pub use error::PracticeError;
pub use event::{AnswerClass, Event, Observer};
pub use inbox_habits::{InboxHabit, InboxHabits, InboxTallies, InboxView};
pub use patients::{
    ListedPatient, PatientDifference, PatientFact, PatientListStanding, PatientMatch, StatedPatient,
};
pub use practice::Practice;
pub use received::{AnswerProgress, PlacedAnswer, ReceivedFinding, ReceivedMessage};
pub use records::{
    ConsultationId, ConsultationRecord, ConsultationState, Counts, Deletion, DeletionWarning,
    Draft, DraftId, DraftLine, Failure, GivenAnswer, KeptDraft, SentCounts, SentPage, SentQuery,
    SentState, Summary, TaskId, TimelineEntry, TypedDraft, TypedForm,
};
pub use retention::{Keep, Removal, Removed, Retention};
pub use review::{Filed, ReviewOutcome, ReviewThen, ReviewWork, TaskReview, Withdrawal};
pub use scan::{Scan, ScanError, ScannedBy, ScannerAddress};
pub use sending::outcome::is_positive_answer;
pub use sending::typing::Typed;
pub use standing::{Standing, UnsentAlerts, Waiting};
pub use store::{Store, check_records};
pub use stored_message::StoredMessage;
pub use task::{
    AttachmentContent, AttachmentInfo, InboxPage, InboxQuery, InboxSort, Neighbours, Task,
    TaskState, TaskStep,
};
pub use task_work::{TaskAct, TaskWork};
pub use templates::{Template, TemplateNote};
