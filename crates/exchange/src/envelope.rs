//! What a message's sender, recipient or operator may know of it: its record, and who the two
//! mailboxes are.

use jiff::Timestamp;
use mail_store::{Failure, Message};
use nhs::{MailboxId, OdsCode};

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
    /// The message as it is stored; one being routed is accepted.
    pub message: Message,
    /// `None` for reports.
    pub sender: Option<Party>,
    /// `None` while a patient address is being resolved, when that failed, and for the sender of a
    /// message to a restricted patient.
    pub recipient: Option<Party>,
    /// When it leaves the inbox uncollected.
    pub inbox_expiry: Timestamp,
}

impl Envelope {
    /// On a report what it reports, on a failed message why it failed.
    pub fn failure(&self) -> Option<&Failure> {
        let message = &self.message;
        message.failure.as_ref().or(message.report.as_ref())
    }
}

impl Exchange {
    /// As one of its two mailboxes may see it: a sender does not learn where a restricted
    /// patient's message went.
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
        let party = |mailbox: &MailboxId| party(&directory, mailbox.clone());
        Envelope {
            sender: message.sender.as_ref().map(party),
            recipient: message.recipient.as_ref().map(party),
            inbox_expiry,
            message,
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
