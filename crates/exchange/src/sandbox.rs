//! What mesh-sandbox offers to tests (docs/spec/mesh-api.md §10); the server has routes for it only in
//! sandbox mode.

use std::fmt;

use mail_store::{Details, Failure, Kind, MessageState, NewMessage, Op, Outcome, Place};
use mesh::status;
use nhs::{MailboxId, MessageId, WorkflowId};

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

impl Exchange {
    /// Forgets all messages.
    pub async fn reset_all(&self) -> Result<(), ExchangeError> {
        self.store()
            .commit(vec![Op::Reset {
                mailbox: None,
                at: self.now(),
            }])
            .await?;
        Ok(())
    }

    /// Empties a mailbox's inbox and its lists; what others sent it they can still track.
    pub async fn reset_mailbox(&self, id: &str) -> Result<(), ExchangeError> {
        let id = MailboxId::parse(id).map_err(|_| ExchangeError::NoSuchMailbox)?;
        if self.directory().member(&id).is_none() {
            return Err(ExchangeError::NoSuchMailbox);
        }
        self.store().bring_lists_up_to_date().await?;
        self.store()
            .commit(vec![Op::Reset {
                mailbox: Some(id),
                at: self.now(),
            }])
            .await?;
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
                file_name: new.file_name.map(String::into_bytes),
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

    /// Puts a message in a state; `accepted` puts it back in its inbox.
    pub async fn add_event(&self, id: &str, new: NewEvent) -> Result<(), ExchangeError> {
        let message = MessageId::parse(id).map_err(|_| ExchangeError::NotFound)?;
        let at = self.now();
        let failure = Failure {
            at,
            code: new.code.unwrap_or_default(),
            event: new.event.unwrap_or_default(),
            description: new.description.unwrap_or_default(),
            linked: new.linked,
        };
        let set = Op::SetState {
            message,
            state: new.state,
            failure: Some(failure),
            at,
        };
        match self.store().commit(vec![set]).await?.first() {
            Some(Outcome::Done) => Ok(()),
            _ => Err(ExchangeError::NotFound),
        }
    }
}
