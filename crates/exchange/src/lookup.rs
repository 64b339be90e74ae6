//! Lookups that belong to no mailbox: who takes a workflow, a mailbox by its id, any message.

use mail_store::MessageFilter;
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

    /// Whether somebody has a right to a workflow, or a message here has it; as the workflow of acknowledgements, whether
    /// that is so of the one that they acknowledge.
    ///
    /// # Errors
    ///
    /// [`ExchangeError::Store`].
    pub async fn knows_workflow(&self, workflow: &WorkflowId) -> Result<bool, ExchangeError> {
        let plain = workflow.as_str().strip_suffix("_ACK");
        let plain = plain.and_then(|plain| WorkflowId::parse(plain).ok());
        for id in [Some(workflow), plain.as_ref()].into_iter().flatten() {
            if self.directory().workflows().any(|known| known == id) {
                return Ok(true);
            }
            let filter = MessageFilter {
                workflow: Some(id.clone()),
                ..MessageFilter::default()
            };
            let page = self.search_messages(&filter, i64::MAX, 1).await?;
            if !page.found.is_empty() {
                return Ok(true);
            }
        }
        Ok(false)
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
