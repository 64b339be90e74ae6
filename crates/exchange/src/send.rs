use std::borrow::Cow;
use std::error::Error;
use std::fmt;

use bytes::Bytes;
use futures_util::stream::Stream;
use journey::Event;
use mail_store::{
    Details, Kind, MessageState, NewMessage, Op, OrderKey, Outcome, Place, SealedAddress,
};
use mesh::Recipient;
use nhs::{MailboxId, MessageId, WorkflowId};
use zeroize::Zeroizing;

use crate::authenticate::Caller;
use crate::vault::Purpose;
use crate::{Exchange, ExchangeError};

/// A message to be sent, or the first chunk of one.
pub struct SendRequest {
    /// `Mex-To` as received: a mailbox id or a patient address.
    pub to: Vec<u8>,
    /// `Mex-WorkflowID`.
    pub workflow: WorkflowId,
    /// `Mex-From`, when present.
    pub from: Option<Vec<u8>>,
    /// The n of a `Mex-Chunk-Range` of `1:n`; 1 without one.
    pub chunks: u32,
    /// What else the sender said.
    pub details: Details,
}

impl fmt::Debug for SendRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SendRequest")
            .field("workflow", &self.workflow)
            .finish_non_exhaustive()
    }
}

/// A later chunk.
#[derive(Debug, Clone)]
pub struct ChunkRequest {
    /// The message id from the path, as it is.
    pub message: String,
    /// The number from the path.
    pub number: u32,
    /// `Mex-Chunk-Range`, when present and well formed.
    pub range: Option<(u32, u32)>,
    /// `Content-Encoding: gzip`.
    pub gzip: bool,
}

/// Header values are UTF-8 or else Latin-1.
fn decode(bytes: &[u8]) -> Cow<'_, str> {
    match std::str::from_utf8(bytes) {
        Ok(text) => Cow::Borrowed(text),
        Err(_) => Cow::Owned(bytes.iter().map(|byte| char::from(*byte)).collect()),
    }
}

enum Destination {
    Mailbox(MailboxId),
    /// The address as text.
    Patient(String),
}

impl Exchange {
    /// Accepts a message, or its first chunk. When this returns, message, body and place in the
    /// recipient's inbox (or the routing job) are durable.
    pub async fn send<S, E>(
        &self,
        caller: &Caller,
        request: SendRequest,
        body: S,
    ) -> Result<MessageId, ExchangeError>
    where
        S: Stream<Item = Result<Bytes, E>> + Send + Unpin,
        E: Error + Send + Sync + 'static,
    {
        let destination = self.destination(caller, &request)?;
        if request.chunks == 0 || request.chunks > self.settings().max_chunks {
            return Err(ExchangeError::InvalidChunkRange(None));
        }
        if request.chunks > 1
            && self.store().uploads_of(caller.id()).await?
                >= self.settings().max_uploads_per_mailbox
        {
            return Err(ExchangeError::TooManyUploads);
        }
        let body = self
            .take_in(body, self.settings().max_request_bytes)
            .await?;
        if body.length() == 0 {
            return Err(ExchangeError::EmptyBody);
        }
        loop {
            let id = self.new_id()?;
            let accept = self.accept(caller, &request, &destination, body.clone(), &id)?;
            match self.commit_for(caller, vec![accept]).await?.first() {
                Some(Outcome::Done) => {
                    if request.chunks == 1 {
                        let recipient = match destination {
                            Destination::Mailbox(recipient) => Some(recipient),
                            Destination::Patient(_) => None,
                        };
                        self.accepted(caller, &id, request.workflow, recipient);
                    }
                    return Ok(id);
                }
                // another server process made the same id in the same microsecond: make another
                Some(Outcome::Duplicate) => {}
                _ => return Err(ExchangeError::Unregistered),
            }
        }
    }

    fn accept(
        &self,
        caller: &Caller,
        request: &SendRequest,
        destination: &Destination,
        body: mail_store::Body,
        id: &MessageId,
    ) -> Result<Op, ExchangeError> {
        let (recipient, address) = match destination {
            Destination::Mailbox(mailbox) => (Some(mailbox.clone()), None),
            Destination::Patient(text) => {
                let purpose = Purpose::PatientAddress;
                let bytes = text.as_bytes();
                let sealed = self
                    .vault()
                    .seal(purpose, id.as_str(), bytes, self.randomness())?;
                let order_key = self.order_key(caller.id(), text);
                (None, Some(SealedAddress { sealed, order_key }))
            }
        };
        let place = match (request.chunks, address) {
            (1, None) => Place::Inbox,
            (1, Some(address)) => Place::Routing(address),
            (_, address) => Place::Uploading(address),
        };
        let message = NewMessage {
            id: id.clone(),
            kind: Kind::Data,
            sender: Some(caller.id().clone()),
            recipient,
            workflow: request.workflow.clone(),
            sent_at: self.now(),
            total_chunks: request.chunks,
            details: request.details.clone(),
            report: None,
            body: Some(body),
        };
        Ok(Op::Accept {
            message: Box::new(message),
            place,
        })
    }

    /// Who gets it, if the sender may send it there. A patient address is only looked at when it is
    /// routed: its faults come back as reports, never in the answer (docs/spec/routing.md §1.7).
    fn destination(
        &self,
        caller: &Caller,
        request: &SendRequest,
    ) -> Result<Destination, ExchangeError> {
        let to = decode(&request.to);
        let to = to.trim();
        if to.is_empty() {
            return Err(ExchangeError::ToMissing);
        }
        let strict = !self.settings().sandbox;
        if let Some(from) = request.from.as_deref().map(decode)
            && strict
            && !from.trim().is_empty()
            && from.trim().to_ascii_uppercase() != caller.id().as_str()
        {
            return Err(ExchangeError::InvalidFrom);
        }
        let directory = self.directory();
        let rights = self.settings().enforce_workflow_rights;
        if rights && !directory.may_send(caller.id(), &request.workflow) {
            return Err(ExchangeError::SenderNotAllowed);
        }
        if Recipient::is_patient_address(to) {
            return if directory.routes_patients(&request.workflow) {
                self.check_probing(caller.id())?;
                Ok(Destination::Patient(to.to_owned()))
            } else {
                Err(ExchangeError::Unregistered)
            };
        }
        let recipient = MailboxId::parse(to).map_err(|_| ExchangeError::Unregistered)?;
        if !directory
            .member(&recipient)
            .is_some_and(|member| member.mailbox.active)
        {
            return Err(ExchangeError::Unregistered);
        }
        if rights && !directory.may_receive(&recipient, &request.workflow) {
            return Err(ExchangeError::WorkflowNotRegistered);
        }
        Ok(Destination::Mailbox(recipient))
    }

    /// Messages of one sender to one patient, however the address is written, are delivered in the
    /// order in which they were accepted.
    fn order_key(&self, sender: &MailboxId, address: &str) -> OrderKey {
        let patient = match Recipient::parse(address) {
            Ok(Recipient::Patient(patient)) => Zeroizing::new(patient.nhs_number.digits()),
            _ => Zeroizing::new(address.to_owned()),
        };
        let text = Zeroizing::new(format!("{sender} {}", patient.as_str()));
        self.vault()
            .digest("sender and patient of a routing job", text.as_bytes())
    }

    fn accepted(
        &self,
        caller: &Caller,
        id: &MessageId,
        workflow: WorkflowId,
        recipient: Option<MailboxId>,
    ) {
        tracing::info!(message = %id, sender = %caller.id(), "message accepted");
        self.tell(&Event::Accepted {
            message: id.clone(),
            sender: caller.id().clone(),
            workflow,
        });
        match recipient {
            Some(recipient) => self.tell(&Event::Delivered {
                message: id.clone(),
                recipient,
            }),
            None => self.routing_wanted().notify_one(),
        }
    }

    /// Accepts a later chunk, in any order; one sent again replaces the one before. With the last
    /// missing chunk the message is delivered, or routed, in the same transaction.
    pub async fn send_chunk<S, E>(
        &self,
        caller: &Caller,
        request: ChunkRequest,
        body: S,
    ) -> Result<MessageId, ExchangeError>
    where
        S: Stream<Item = Result<Bytes, E>> + Send + Unpin,
        E: Error + Send + Sync + 'static,
    {
        let id = MessageId::parse(&request.message).map_err(|_| ExchangeError::NotFound)?;
        let Some((number, total)) = request.range else {
            return Err(ExchangeError::InvalidChunkRange(Some(id)));
        };
        if number == 0 || number > total || number != request.number {
            return Err(ExchangeError::InvalidChunkRange(Some(id)));
        }
        let message = self
            .store()
            .message(&id)
            .await?
            .ok_or(ExchangeError::NotFound)?;
        if message.sender.as_ref() != Some(caller.id()) {
            return Err(ExchangeError::Forbidden);
        }
        if message.state != MessageState::Uploading {
            return Err(ExchangeError::AlreadyUploaded(id));
        }
        if number > message.total_chunks {
            return Err(ExchangeError::ChunkNotExpected(id));
        }
        if total != message.total_chunks {
            return Err(ExchangeError::InvalidChunkRange(Some(id)));
        }
        if request.gzip != message.details.gzip {
            return Err(ExchangeError::EncodingChanged(id));
        }
        let so_far = self.store().uploaded_bytes(message.seq).await?;
        let left = self.settings().max_message_bytes.saturating_sub(so_far);
        let body = self
            .take_in(body, self.settings().max_request_bytes.min(left))
            .await?;
        let chunk = Op::Chunk {
            message: id.clone(),
            number,
            body,
            at: self.now(),
        };
        match self.commit_for(caller, vec![chunk]).await?.first() {
            Some(Outcome::Done) => {}
            Some(Outcome::NotFound) => return Err(ExchangeError::NotFound),
            _ => return Err(ExchangeError::AlreadyUploaded(id)),
        }
        let now = self.store().message(&id).await?;
        if now.is_some_and(|message| message.state != MessageState::Uploading) {
            self.accepted(caller, &id, message.workflow, message.recipient);
        }
        Ok(id)
    }
}
