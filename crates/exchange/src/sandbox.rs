//! What mesh-sandbox offers to tests (docs/spec/mesh-api.md §10); the server has routes for it only in
//! sandbox mode.

use std::collections::HashMap;
use std::fmt;

use jiff::Timestamp;
use mail_store::{
    Details, FailedAs, Failure, Kind, Message, MessageState, NewMessage, Op, Outcome, Place,
};
use mesh::status;
use nhs::{MailboxId, MessageId, WorkflowId};
use parking_lot::RwLock;

use crate::{Exchange, ExchangeError};

/// A report a test puts in an inbox.
pub struct NewReport {
    /// Whose inbox.
    pub mailbox: String,
    /// Its workflow.
    pub workflow: String,
    /// True: a non-delivery report (code 14, subject `NDR: …`), whatever the other fields say.
    pub undeliverable: bool,
    /// The code it reports.
    pub code: String,
    /// The text it reports.
    pub description: String,
    /// Its subject.
    pub subject: Option<String>,
    /// Its local id.
    pub local_id: Option<String>,
    /// Its file name.
    pub file_name: Option<String>,
    /// The message it reports on.
    pub linked: Option<String>,
}

impl fmt::Debug for NewReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("NewReport")
            .field("code", &self.code)
            .finish_non_exhaustive()
    }
}

/// A state a test puts a message in.
#[derive(Debug, Clone)]
pub struct NewEvent {
    /// The state.
    pub state: MessageState,
    /// For failures.
    pub code: Option<String>,
    /// For failures.
    pub event: Option<String>,
    /// For failures.
    pub description: Option<String>,
    /// For failures.
    pub linked: Option<String>,
}

/// Of each mailbox that was emptied, the last message that its lists no longer show. Not kept: after
/// a restart they show again what was acknowledged then.
#[derive(Default)]
pub(crate) struct EmptiedMailboxes {
    last_hidden: RwLock<HashMap<MailboxId, i64>>,
}

impl EmptiedMailboxes {
    /// Leaves out what a mailbox's lists no longer show.
    pub(crate) fn hide(&self, mailbox: &MailboxId, messages: &mut Vec<Message>) {
        let hidden = self.last_hidden.read();
        if let Some(last) = hidden.get(mailbox) {
            messages.retain(|message| message.seq > *last);
        }
    }

    fn empty(&self, mailbox: MailboxId, last: i64) {
        let mut hidden = self.last_hidden.write();
        hidden.insert(mailbox, last);
    }
}

/// How many messages of an inbox are taken out of it at once.
const RESET_STEP: usize = 256;

impl Exchange {
    /// Forgets all messages.
    pub async fn reset_all(&self) -> Result<(), ExchangeError> {
        self.forget(Timestamp::MAX).await
    }

    /// Empties a mailbox's inbox and its lists; what others sent it they can still track.
    pub async fn reset_mailbox(&self, id: &str) -> Result<(), ExchangeError> {
        let id = MailboxId::parse(id).map_err(|_| ExchangeError::NoSuchMailbox)?;
        if self.directory().member(&id).is_none() {
            return Err(ExchangeError::NoSuchMailbox);
        }
        let mut next = Some(0);
        while let Some(after) = next {
            let slice = self.store().inbox(&id, after, RESET_STEP, &|_| true);
            let slice = slice.await?;
            let take = |message| {
                vec![Op::Acknowledge {
                    mailbox: id.clone(),
                    message,
                    at: self.now(),
                }]
            };
            let jobs = slice.ids.into_iter().map(take).collect();
            for outcomes in self.store().commit_all(jobs).await? {
                outcomes?;
            }
            next = slice.next_after;
        }
        if let Some(last) = self.store().recent(1, i64::MAX).await?.first() {
            self.emptied_mailboxes().empty(id, last.seq);
        }
        Ok(())
    }

    /// Puts a report in an inbox.
    pub async fn add_report(&self, new: NewReport) -> Result<MessageId, ExchangeError> {
        let recipient = MailboxId::parse(&new.mailbox).map_err(|_| ExchangeError::NoSuchMailbox)?;
        if self.directory().member(&recipient).is_none() {
            return Err(ExchangeError::NoSuchMailbox);
        }
        let now = self.now();
        let ndr = status::NOT_COLLECTED;
        // as in mesh-sandbox, a non-delivery report has the file name of every message without one
        let file_name = new.file_name.filter(|_| !new.undeliverable);
        let (code, event, description, subject) = if new.undeliverable {
            let subject = new
                .subject
                .map_or_else(|| "NDR".to_owned(), |subject| format!("NDR: {subject}"));
            let text = format!(
                "Message not collected by recipient after {} days",
                self.settings().inbox_expiry_days
            );
            (ndr.code.to_owned(), ndr.event, text, Some(subject))
        } else {
            (new.code, "TRANSFER", new.description, new.subject)
        };
        let id = self.new_id()?;
        let report = NewMessage {
            id: id.clone(),
            kind: Kind::Report,
            sender: None,
            recipient: Some(recipient),
            workflow: WorkflowId::parse(&new.workflow)
                .map_err(|_| ExchangeError::WorkflowNotRegistered)?,
            sent_at: now,
            total_chunks: 0,
            details: Details {
                subject: subject.map(String::into_bytes),
                local_id: new.local_id.map(String::into_bytes),
                file_name: file_name.map(String::into_bytes),
                ..Details::default()
            },
            report: Some(Failure {
                at: now,
                code,
                event: event.to_owned(),
                description,
                linked: new.linked,
            }),
            body: None,
        };
        let accept = Op::Accept {
            message: Box::new(report),
            place: Place::Inbox,
        };
        self.store().commit(vec![accept]).await?;
        Ok(id)
    }

    /// Puts a message in a state, by the operations that lead there; `accepted` puts it back in its
    /// inbox. A message that lacks chunks or has no recipient yet stays as it is, and none begins to
    /// lack chunks again: [`ExchangeError::StateOutOfReach`].
    pub async fn add_event(&self, id: &str, new: NewEvent) -> Result<(), ExchangeError> {
        let id = MessageId::parse(id).map_err(|_| ExchangeError::NotFound)?;
        let message = self.store().message(&id).await?;
        let message = message.ok_or(ExchangeError::NotFound)?;
        if new.state == MessageState::Uploading {
            return Err(ExchangeError::StateOutOfReach);
        }
        let at = self.now();
        if message.recipient.is_some() && message.state != MessageState::Accepted {
            let message = id.clone();
            let redeliver = Op::Redeliver { message, at };
            self.store().commit(vec![redeliver]).await?;
        }
        let op = match (new.state, message.recipient) {
            (MessageState::Error, _) => new.failing(id, FailedAs::Error, at),
            (MessageState::Undeliverable, _) => new.failing(id, FailedAs::Undeliverable, at),
            (MessageState::Acknowledged, Some(mailbox)) => Op::Acknowledge {
                mailbox,
                message: id,
                at,
            },
            (MessageState::Accepted, _) if message.state != MessageState::Uploading => {
                return Ok(());
            }
            _ => return Err(ExchangeError::StateOutOfReach),
        };
        match self.store().commit(vec![op]).await?.first() {
            Some(Outcome::Done) => Ok(()),
            _ => Err(ExchangeError::StateOutOfReach),
        }
    }
}

impl NewEvent {
    fn failing(self, message: MessageId, failed_as: FailedAs, at: Timestamp) -> Op {
        let failure = Failure {
            at,
            code: self.code.unwrap_or_default(),
            event: self.event.unwrap_or_default(),
            description: self.description.unwrap_or_default(),
            linked: self.linked,
        };
        Op::Fail {
            message,
            failed_as,
            failure,
        }
    }
}
