use jiff::Timestamp;
use mail_store::{Details, Failure, Kind, Message, MessageState};
use nhs::{MailboxId, MessageId, OdsCode, WorkflowId};

use crate::Exchange;
use crate::directory::Directory;

/// A mailbox as a message's sender or recipient.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Party {
    /// Its id.
    pub mailbox: MailboxId,
    /// Its name; empty when the mailbox is gone.
    pub name: String,
    /// Its organisation; `None` when the mailbox is gone.
    pub ods: Option<OdsCode>,
    /// The organisation's name; may be empty.
    pub organisation_name: String,
    /// Who pays; may be empty.
    pub billing_entity: String,
}

/// Everything known about a message but its body.
#[derive(Debug, Clone)]
pub struct Envelope {
    /// Its id.
    pub id: MessageId,
    /// Data or report.
    pub kind: Kind,
    /// `None` for reports.
    pub sender: Option<Party>,
    /// `None` while a patient address is being resolved, when that failed, and for the sender of a
    /// message to a restricted patient.
    pub recipient: Option<Party>,
    /// The workflow.
    pub workflow: WorkflowId,
    /// What the sender said about it.
    pub details: Details,
    /// 0 for reports.
    pub total_chunks: u32,
    /// Bytes as stored, all chunks; 0 while uploading.
    pub size: u64,
    /// When its first byte was accepted.
    pub sent_at: Timestamp,
    /// When its last byte was accepted.
    pub accepted_at: Option<Timestamp>,
    /// Its state; a message being routed is accepted.
    pub state: MessageState,
    /// When it came into that state.
    pub state_at: Timestamp,
    /// When it leaves the inbox uncollected.
    pub inbox_expiry: Timestamp,
    /// When the recipient took it.
    pub acknowledged_at: Option<Timestamp>,
    /// On a report what it reports, on a failed message why it failed.
    pub failure: Option<Failure>,
}

impl Exchange {
    /// As one of its two mailboxes may see it: a sender is not told where a restricted patient's
    /// message went.
    pub(crate) fn describe_to(&self, reader: &MailboxId, mut message: Message) -> Envelope {
        if message.recipient_hidden && message.recipient.as_ref() != Some(reader) {
            message.recipient = None;
        }
        self.describe(message)
    }

    pub(crate) fn describe(&self, message: Message) -> Envelope {
        let directory = self.directory();
        let accepted = message.accepted_at.unwrap_or(message.sent_at);
        let inbox_expiry = accepted
            .checked_add(self.settings().inbox_expiry())
            .unwrap_or(Timestamp::MAX);
        Envelope {
            sender: message.sender.map(|mailbox| party(&directory, mailbox)),
            recipient: message.recipient.map(|mailbox| party(&directory, mailbox)),
            id: message.id,
            kind: message.kind,
            workflow: message.workflow,
            details: message.details,
            total_chunks: message.total_chunks,
            size: message.size,
            sent_at: message.sent_at,
            accepted_at: message.accepted_at,
            state: message.state,
            state_at: message.state_at,
            inbox_expiry,
            acknowledged_at: message.acknowledged_at,
            failure: message.failure.or(message.report),
        }
    }
}

fn party(directory: &Directory, mailbox: MailboxId) -> Party {
    match directory.member(&mailbox) {
        None => Party {
            mailbox,
            name: String::new(),
            ods: None,
            organisation_name: String::new(),
            billing_entity: String::new(),
        },
        Some(member) => Party {
            mailbox,
            name: member.mailbox.name.clone(),
            ods: Some(member.mailbox.ods.clone()),
            organisation_name: member.mailbox.organisation_name.clone(),
            billing_entity: member.mailbox.billing_entity.clone(),
        },
    }
}
