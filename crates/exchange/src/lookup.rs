//! Lookups that belong to no mailbox: who takes a workflow, a mailbox by its id, any message.

use nhs::{MailboxId, MessageId, OdsCode, WorkflowId};

use crate::directory::Mailbox;
use crate::envelope::Envelope;
use crate::{Exchange, ExchangeError};

impl Exchange {
    /// The active mailboxes of an organisation that take a workflow: the answer routing uses too.
    pub fn endpoint_lookup(&self, ods: &str, workflow: &str) -> Vec<Mailbox> {
        match (OdsCode::parse(ods), WorkflowId::parse(workflow)) {
            (Ok(ods), Ok(workflow)) => self
                .directory()
                .receivers(&workflow, Some(&ods))
                .into_iter()
                .cloned()
                .collect(),
            _ => Vec::new(),
        }
    }

    /// The active mailboxes that take a workflow.
    pub fn workflow_search(&self, workflow: &str) -> Vec<Mailbox> {
        match WorkflowId::parse(workflow) {
            Ok(workflow) => self
                .directory()
                .receivers(&workflow, None)
                .into_iter()
                .cloned()
                .collect(),
            Err(_) => Vec::new(),
        }
    }

    /// A mailbox by its exact id.
    ///
    /// # Errors
    ///
    /// [`ExchangeError::NotFound`].
    pub fn mailbox(&self, id: &str) -> Result<Mailbox, ExchangeError> {
        MailboxId::parse(id)
            .ok()
            .filter(|parsed| parsed.as_str() == id)
            .and_then(|id| {
                self.directory()
                    .member(&id)
                    .map(|member| member.mailbox.clone())
            })
            .ok_or(ExchangeError::NotFound)
    }

    /// A message, whosever it is: for operators.
    ///
    /// # Errors
    ///
    /// [`ExchangeError::NotFound`], [`ExchangeError::Store`].
    pub async fn message(&self, id: &str) -> Result<Envelope, ExchangeError> {
        let id = MessageId::parse(id).map_err(|_| ExchangeError::NotFound)?;
        let message = self
            .store()
            .message(&id)
            .await?
            .ok_or(ExchangeError::NotFound)?;
        Ok(self.describe(message))
    }
}
