//! A message goes out: listing, downloading, acknowledging.

use journey::Event;
use mail_store::{Kind, Message, MessageState, Op, Outcome};
use nhs::MessageId;

use crate::body::BodyStream;
use crate::caller::Caller;
use crate::envelope::Envelope;
use crate::page_token::{self, List};
use crate::workflow_filter::WorkflowFilter;
use crate::{Exchange, ExchangeError};

/// Which part of an inbox.
#[derive(Debug, Clone, Default)]
pub struct InboxQuery {
    /// The most ids it may have.
    pub max_results: usize,
    /// A page token, or the id of the last message of the page before; the message may have been
    /// acknowledged since.
    pub continue_from: Option<String>,
    /// Which workflows.
    pub workflow_filter: Option<WorkflowFilter>,
}

/// Part of an inbox.
#[derive(Debug, Clone)]
pub struct InboxPage {
    /// Ids, oldest first.
    pub ids: Vec<MessageId>,
    /// Continues the list; `None` at its end.
    pub next: Option<String>,
    /// How many messages wait, whatever the filter; at most ten thousand in PostgreSQL.
    pub count: u64,
}

/// A message, or one chunk of it.
pub struct Download {
    /// About the message.
    pub envelope: Envelope,
    /// `None` for reports, which have no body.
    pub chunk: Option<Chunk>,
}

/// One chunk.
pub struct Chunk {
    /// 1 to the envelope's total.
    pub number: u32,
    /// Bytes as stored.
    pub length: u64,
    /// The bytes as stored: gzip when the envelope's details say so.
    pub body: BodyStream,
}

impl Exchange {
    /// Lists what waits.
    ///
    /// # Errors
    ///
    /// [`ExchangeError::PageToken`] for a `continue_from` of another list; [`ExchangeError::Store`].
    pub async fn inbox(
        &self,
        caller: &Caller,
        query: InboxQuery,
    ) -> Result<InboxPage, ExchangeError> {
        let after = match &query.continue_from {
            None => 0,
            // Seldom, and large: whoever waits in an inbox would carry the room for it.
            Some(anchor) => Box::pin(self.inbox_anchor(caller, anchor)).await?,
        };
        let filter = query.workflow_filter;
        let slice = self
            .store()
            .inbox(caller.id(), after, query.max_results, &|workflow| {
                filter
                    .as_ref()
                    .is_none_or(|filter| filter.accepts(workflow))
            })
            .await?;
        let next = slice
            .next_after
            .map(|position| page_token::write(self.keyring(), caller.id(), List::Inbox, position));
        Ok(InboxPage {
            ids: slice.ids,
            next,
            count: self.store().approximate_count(caller.id()).await?,
        })
    }

    async fn inbox_anchor(&self, caller: &Caller, anchor: &str) -> Result<i64, ExchangeError> {
        if let Some(position) = page_token::read(self.keyring(), caller.id(), List::Inbox, anchor) {
            return Ok(position);
        }
        let id = MessageId::parse(anchor).map_err(|_| ExchangeError::PageToken)?;
        let message = self
            .store()
            .message(&id)
            .await?
            .ok_or(ExchangeError::PageToken)?;
        if message.recipient.as_ref() != Some(caller.id()) {
            return Err(ExchangeError::PageToken);
        }
        self.store()
            .inbox_position(message.seq)
            .await?
            .ok_or(ExchangeError::PageToken)
    }

    /// How many messages wait.
    ///
    /// # Errors
    ///
    /// [`ExchangeError::Store`].
    pub async fn count(&self, caller: &Caller) -> Result<u64, ExchangeError> {
        Ok(self.store().count(caller.id()).await?)
    }

    async fn find(&self, id: &str) -> Result<Message, ExchangeError> {
        let id = MessageId::parse(id).map_err(|_| ExchangeError::DoesNotExist)?;
        self.store()
            .message(&id)
            .await?
            .ok_or(ExchangeError::DoesNotExist)
    }

    /// A damaged message leaves the inbox of whoever asks for it.
    async fn find_for(&self, caller: &Caller, id: &str) -> Result<Message, ExchangeError> {
        match self.find(id).await {
            Err(ExchangeError::Store(error)) => match MessageId::parse(id) {
                Ok(id) => Err(self.quarantine_unread(caller, &id, error).await),
                Err(_) => Err(error.into()),
            },
            other => other,
        }
    }

    /// About a message, for its recipient or its sender.
    ///
    /// # Errors
    ///
    /// [`ExchangeError::DoesNotExist`], [`ExchangeError::Gone`], [`ExchangeError::Damaged`];
    /// [`ExchangeError::Store`].
    pub async fn envelope(&self, caller: &Caller, id: &str) -> Result<Envelope, ExchangeError> {
        let message = self.find_for(caller, id).await?;
        if message.recipient.as_ref() == Some(caller.id()) {
            match message.state {
                MessageState::Accepted | MessageState::Acknowledged => {}
                _ => return Err(ExchangeError::Gone),
            }
        } else if message.sender.as_ref() != Some(caller.id()) {
            return Err(ExchangeError::DoesNotExist);
        }
        Ok(self.describe_to(caller.id(), message))
    }

    /// A message or a chunk of it, for its recipient, until it is acknowledged (mesh-sandbox gives
    /// it out afterwards too).
    ///
    /// # Errors
    ///
    /// [`ExchangeError::Forbidden`] for a message of another mailbox, [`ExchangeError::Gone`] after its
    /// acknowledgement, [`ExchangeError::DoesNotExist`] for a chunk past the total,
    /// [`ExchangeError::Damaged`]; [`ExchangeError::Store`].
    pub async fn download(
        &self,
        caller: &Caller,
        id: &str,
        number: u32,
    ) -> Result<Download, ExchangeError> {
        let message = self.find_for(caller, id).await?;
        if message.recipient.as_ref() != Some(caller.id()) {
            return Err(ExchangeError::Forbidden);
        }
        match message.state {
            MessageState::Accepted => {}
            MessageState::Acknowledged if self.settings().sandbox => {}
            _ => return Err(ExchangeError::Gone),
        }
        if message.kind == Kind::Report {
            self.downloaded(caller, &message, 0);
            return Ok(Download {
                envelope: self.describe(message),
                chunk: None,
            });
        }
        if number == 0 || number > message.total_chunks {
            return Err(ExchangeError::DoesNotExist);
        }
        let (length, bytes) = match self.open_chunk(&message, number).await {
            Err(ExchangeError::Store(error)) => return Err(self.quarantine(&message, error).await),
            other => other?,
        };
        let body = BodyStream {
            bytes,
            of: Some((self.clone(), message.clone())),
        };
        let chunk = Some(Chunk {
            number,
            length,
            body,
        });
        self.downloaded(caller, &message, number);
        Ok(Download {
            envelope: self.describe(message),
            chunk,
        })
    }

    /// The bytes of a chunk that was just downloaded, from their beginning once more.
    ///
    /// # Errors
    ///
    /// [`ExchangeError::Damaged`]; [`ExchangeError::Store`].
    pub async fn chunk_again(
        &self,
        message: &Message,
        number: u32,
    ) -> Result<BodyStream, ExchangeError> {
        let (_, bytes) = match self.open_chunk(message, number).await {
            Err(ExchangeError::Store(error)) => return Err(self.quarantine(message, error).await),
            other => other?,
        };
        Ok(BodyStream {
            bytes,
            of: Some((self.clone(), message.clone())),
        })
    }

    async fn open_chunk(
        &self,
        message: &Message,
        number: u32,
    ) -> Result<(u64, mail_store::BodyStream), ExchangeError> {
        let body = self.store().chunk(message.seq, number).await?;
        let body = body.ok_or(ExchangeError::DoesNotExist)?;
        Ok((body.length(), self.store().read(body).await?))
    }

    /// The audit's line is committed with the token's use, before the bytes flow; without single-use
    /// tokens (mesh-sandbox) nobody waits for it.
    fn downloaded(&self, caller: &Caller, message: &Message, chunk: u32) {
        let line = Op::Audit {
            at: self.now(),
            actor: caller.id().to_string(),
            action: "collected",
            subject: message.id.to_string(),
            detail: format!("chunk={chunk}"),
        };
        if let Some(line) = caller.beside_token(line)
            && let Err(error) = self.store().submit(vec![line])
        {
            tracing::warn!(%error, message = %message.id, by = %caller.id(), "collected, not audited");
        }
        self.notify(&Event::Downloaded {
            message: message.id.clone(),
            by: caller.id().clone(),
            chunk,
        });
    }

    /// The recipient takes a message; doing so again changes nothing.
    ///
    /// # Errors
    ///
    /// [`ExchangeError::Forbidden`], [`ExchangeError::DoesNotExist`]; [`ExchangeError::Store`], after which
    /// acknowledging again is safe.
    pub async fn acknowledge(&self, caller: &Caller, id: &str) -> Result<MessageId, ExchangeError> {
        let message = self.find_for(caller, id).await?;
        if message.recipient.as_ref() != Some(caller.id()) {
            return Err(ExchangeError::Forbidden);
        }
        if message.state != MessageState::Accepted {
            return Ok(message.id);
        }
        let acknowledge = Op::Acknowledge {
            mailbox: caller.id().clone(),
            message: message.id.clone(),
            at: self.now(),
        };
        if self.commit_for(caller, acknowledge).await? == Outcome::Done {
            tracing::debug!(message = %message.id, by = %caller.id(), "message acknowledged");
            let by = caller.id().clone();
            self.notify(&Event::Acknowledged {
                message: message.id.clone(),
                by,
            });
        }
        Ok(message.id)
    }
}
