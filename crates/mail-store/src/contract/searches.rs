//! Messages and lines of the audit trail by what is known of them.
//!
//! A search looks at so many records at a time and no more, whatever is stored: a page of it may be short, or
//! empty, and have a next one. What narrows it by an index ([`MessageFilter::among`]) makes that rare.

use async_trait::async_trait;
use jiff::Timestamp;
use nhs::{MailboxId, WorkflowId};

use super::{AuditLine, Kind, Message, MessageState};
use crate::StoreError;

/// How many messages one search looks at.
pub const MESSAGES_LOOKED_AT: u32 = 5_000;
/// How many lines of the audit trail one search looks at.
pub const LINES_LOOKED_AT: u32 = 100_000;

/// How a message stands, as its state and kind tell it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// Chunks are missing.
    Uploading,
    /// The patient's practice is looked up.
    Routing,
    /// In the recipient's inbox.
    Waiting,
    /// Taken by the recipient.
    Acknowledged,
    /// Failed for good.
    Failed,
}

impl Standing {
    /// Of a message.
    pub fn of(message: &Message) -> Self {
        match message.state {
            MessageState::Uploading => Self::Uploading,
            MessageState::Accepted if message.recipient.is_none() => Self::Routing,
            MessageState::Accepted => Self::Waiting,
            MessageState::Acknowledged => Self::Acknowledged,
            MessageState::Undeliverable | MessageState::Error => Self::Failed,
        }
    }
}

/// Which messages; all that is given must hold.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct MessageFilter {
    /// Data or report.
    pub kind: Option<Kind>,
    /// How they stand.
    pub standing: Option<Standing>,
    /// Of a workflow.
    pub workflow: Option<WorkflowId>,
    /// Sent by or to a mailbox.
    pub mailbox: Option<MailboxId>,
    /// Only those it sent, with the mailbox.
    pub sent_by_it: bool,
    /// Sent at this time or later.
    pub from: Option<Timestamp>,
    /// Sent before this time.
    pub until: Option<Timestamp>,
}

/// What an index finds at once, of which a search looks at each.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Among<'a> {
    All,
    Uploading,
    Routing,
    Failed,
    Reports,
    Mailbox(&'a MailboxId),
    Workflow(&'a WorkflowId),
}

impl MessageFilter {
    /// Whether a message is wanted.
    pub(crate) fn wants(&self, message: &Message) -> bool {
        let of_mailbox = |mailbox: &MailboxId| {
            message.sender.as_ref() == Some(mailbox)
                || (!self.sent_by_it && message.recipient.as_ref() == Some(mailbox))
        };
        self.kind.is_none_or(|kind| message.kind == kind)
            && self
                .standing
                .is_none_or(|standing| Standing::of(message) == standing)
            && self
                .workflow
                .as_ref()
                .is_none_or(|workflow| message.workflow == *workflow)
            && self.mailbox.as_ref().is_none_or(of_mailbox)
            && self.from.is_none_or(|from| message.sent_at >= from)
            && self.until.is_none_or(|until| message.sent_at < until)
    }

    /// The index that leaves least to be looked at.
    pub(crate) fn among(&self) -> Among<'_> {
        match (self.standing, self.kind, &self.mailbox, &self.workflow) {
            (Some(Standing::Uploading), ..) => Among::Uploading,
            (Some(Standing::Routing), ..) => Among::Routing,
            (Some(Standing::Failed), ..) => Among::Failed,
            (_, Some(Kind::Report), ..) => Among::Reports,
            (_, _, Some(mailbox), _) => Among::Mailbox(mailbox),
            (_, _, _, Some(workflow)) => Among::Workflow(workflow),
            _ => Among::All,
        }
    }
}

/// Part of what a search finds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found<T> {
    /// The newest first.
    pub found: Vec<T>,
    /// Before which place to go on; `None` when there is nothing more.
    pub next: Option<i64>,
}

/// Which lines of the audit trail; all that is given must hold.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AuditFilter {
    /// About a message (reports about it included), mailbox, workflow or certificate.
    pub subject: Option<String>,
    /// Done by a mailbox, or about it.
    pub mailbox: Option<MailboxId>,
    /// Done by exactly this one.
    pub actor: Option<String>,
    /// Exactly this was done.
    pub action: Option<String>,
    /// At this time or later.
    pub from: Option<Timestamp>,
    /// Before this time.
    pub until: Option<Timestamp>,
}

/// Searches over messages and audit lines, each bounded in what it looks at.
#[async_trait]
pub trait Searches {
    /// Messages with a `seq` below `before_seq`, at most `limit`.
    async fn search_messages(
        &self,
        filter: &MessageFilter,
        before_seq: i64,
        limit: u32,
    ) -> Result<Found<Message>, StoreError>;

    /// Lines with a number below `before`, at most `limit`.
    async fn search_audit(
        &self,
        filter: &AuditFilter,
        before: i64,
        limit: u32,
    ) -> Result<Found<AuditLine>, StoreError>;
}
