//! A message comes in: whether it may, then body, then record, then the answer.

use std::error::Error;

use bytes::Bytes;
use futures_util::stream::Stream;
use jiff::Timestamp;
use journey::Event;
use mail_store::{
    Details, Kind, Message, MessageState, NewMessage, Op, Outcome, Place, SealedAddress,
};
use mesh::{ChunkHeaders, ContentEncoding, HeaderText, SendHeaders};
use nhs::{MailboxId, MessageId, PatientAddress, WorkflowId};

use crate::caller::Caller;
use crate::keyring::Purpose;
use crate::routing::AtOnce;
use crate::to_its_end::ToItsEnd;
use crate::{Exchange, ExchangeError};

enum Destination {
    Mailbox(MailboxId),
    /// The address as text.
    Patient(String),
}

impl Destination {
    fn mailbox(&self) -> Option<&MailboxId> {
        match self {
            Self::Mailbox(mailbox) => Some(mailbox),
            Self::Patient(_) => None,
        }
    }
}

/// What the sender said about a message, in the bytes it came in.
fn details(headers: SendHeaders) -> Details {
    let bytes = |text: Option<HeaderText>| text.map(HeaderText::into_bytes);
    Details {
        local_id: bytes(headers.local_id),
        subject: bytes(headers.subject),
        file_name: bytes(headers.file_name),
        partner_id: bytes(headers.partner_id),
        checksum: headers.checksum.map(String::into_bytes),
        content_type: headers.content_type.map(String::into_bytes),
        gzip: headers.encoding == ContentEncoding::Gzip,
        compressed: headers.compressed,
        encrypted: headers.encrypted,
    }
}

impl Exchange {
    /// Accepts a message, or its first chunk. When this returns, message, body and place in the
    /// recipient's inbox (or the routing job) are durable.
    ///
    /// # Errors
    ///
    /// Whatever is wrong, nothing of the message is kept and sending it again is safe;
    /// [`ExchangeError::kind`] says whether that may help.
    pub async fn send<S, E>(
        &self,
        caller: &Caller,
        headers: SendHeaders,
        body: S,
    ) -> Result<MessageId, ExchangeError>
    where
        S: Stream<Item = Result<Bytes, E>> + Send + Unpin,
        E: Error + Send + Sync + 'static,
    {
        // held until the record is durable, or there will be none
        let local_id = headers.local_id.clone().map(HeaderText::into_bytes);
        let mut arrival = local_id.map(|local_id| self.arrivals().begin(caller.id(), &local_id));
        let destination = self.destination(caller, &headers)?;
        let chunks = headers.chunk_range.map_or(1, |range| range.total());
        if chunks == 0 || chunks > self.settings().max_chunks {
            return Err(ExchangeError::InvalidChunkRange(None));
        }
        if chunks > 1
            && self.store().uploads_of(caller.id()).await?
                >= self.settings().max_uploads_per_mailbox
        {
            return Err(ExchangeError::TooManyUploads);
        }
        self.check_room(caller.id()).await?;
        let mut allowance = self.allow(caller, 1).await?;
        let (declared, limit) = (headers.length, self.settings().max_request_bytes);
        let at_its_end = || {
            if let Some(arrival) = &mut arrival {
                arrival.is_whole();
            }
        };
        let body = self
            .take_in(caller, body, declared, limit, &mut allowance, at_its_end)
            .await?;
        if body.length() == 0 {
            return Err(ExchangeError::EmptyBody);
        }
        let message = NewMessage {
            id: self.new_id()?,
            kind: Kind::Data,
            sender: Some(caller.id().clone()),
            recipient: destination.mailbox().cloned(),
            workflow: headers.workflow.clone(),
            sent_at: self.now(),
            total_chunks: chunks,
            details: details(headers),
            report: None,
            body: Some(body),
        };
        let (exchange, caller) = (self.clone(), caller.clone());
        ToItsEnd::of(self, async move {
            let _arrival = arrival;
            let kept = exchange.keep(&caller, message, &destination).await?;
            allowance.accepted();
            Ok(kept)
        })
        .await
    }

    async fn keep(
        &self,
        caller: &Caller,
        mut message: NewMessage,
        destination: &Destination,
    ) -> Result<MessageId, ExchangeError> {
        let found = match destination {
            Destination::Patient(address) if message.total_chunks == 1 => {
                self.find_at_once(&message, address)
            }
            _ => None,
        };
        let kept = self
            .accept(caller, &mut message, destination, found.as_ref())
            .await;
        if let (Err(error), Some(body)) = (&kept, &message.body) {
            self.discard_refused(body, error).await;
        }
        let queued = kept? == Outcome::Queued;
        let id = message.id;
        if message.total_chunks == 1 {
            self.accepted(caller, &id, message.workflow);
            let mut recipient = message.recipient;
            if let Some(found) = found.filter(|_| !queued) {
                let (routed, mailbox) = found.told(&id);
                self.notify(&routed);
                recipient = Some(mailbox);
            }
            self.placed(&id, recipient, message.sent_at);
        }
        Ok(id)
    }

    /// What the store did: [`Outcome::Queued`] when the message waits to be routed though its mailbox was found.
    async fn accept(
        &self,
        caller: &Caller,
        message: &mut NewMessage,
        destination: &Destination,
        found: Option<&AtOnce>,
    ) -> Result<Outcome, ExchangeError> {
        loop {
            let accept = Op::Accept {
                message: Box::new(message.clone()),
                place: self.place(message, destination, found)?,
            };
            match self.commit_for(caller, accept).await? {
                kept @ (Outcome::Done | Outcome::Queued) => return Ok(kept),
                // another server process made the same id in the same microsecond: make another
                Outcome::Duplicate => message.id = self.new_id()?,
                _ => return Err(ExchangeError::Unregistered),
            }
        }
    }

    /// Where a new message goes. A patient address is sealed under the message's id.
    fn place(
        &self,
        message: &NewMessage,
        destination: &Destination,
        found: Option<&AtOnce>,
    ) -> Result<Place, ExchangeError> {
        let address = match destination {
            Destination::Mailbox(_) => None,
            Destination::Patient(address) => {
                let (id, text) = (message.id.as_str(), address.as_bytes());
                let (purpose, randomness) = (Purpose::PatientAddress, self.randomness());
                Some(SealedAddress {
                    sealed: self.keyring().seal(purpose, id, text, randomness)?,
                    order_key: self.keyring().order_key(message.sender.as_ref(), address),
                })
            }
        };
        Ok(match (message.total_chunks, address) {
            (1, None) => Place::Inbox,
            (1, Some(address)) => match found {
                Some(found) => found.place(address),
                None => Place::Routing(address),
            },
            (_, address) => Place::Uploading(address),
        })
    }

    /// Who gets it, if the sender may send it there. A patient address is only looked at when it is
    /// routed: its faults come back as reports, never in the answer (docs/spec/routing.md §1.7).
    fn destination(
        &self,
        caller: &Caller,
        headers: &SendHeaders,
    ) -> Result<Destination, ExchangeError> {
        let to = headers.recipient.trim();
        if to.is_empty() {
            return Err(ExchangeError::ToMissing);
        }
        let strict = !self.settings().sandbox;
        if let Some(from) = &headers.sender
            && strict
            && !from.trim().is_empty()
            && !from.trim().eq_ignore_ascii_case(caller.id().as_str())
        {
            return Err(ExchangeError::InvalidFrom);
        }
        let directory = self.directory();
        let rights = self.settings().enforce_workflow_rights;
        if rights && !directory.may_send(caller.id(), &headers.workflow) {
            return Err(ExchangeError::SenderNotAllowed);
        }
        if PatientAddress::is_meant(to) {
            return if directory.routes_patients(&headers.workflow) {
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
        if rights && !directory.may_receive(&recipient, &headers.workflow) {
            return Err(ExchangeError::WorkflowNotRegistered);
        }
        Ok(Destination::Mailbox(recipient))
    }

    fn accepted(&self, caller: &Caller, id: &MessageId, workflow: WorkflowId) {
        tracing::debug!(message = %id, sender = %caller.id(), "message accepted");
        self.notify(&Event::Accepted {
            message: id.clone(),
            sender: caller.id().clone(),
            workflow,
        });
    }

    /// Tells whose inbox an accepted message is in, or has it routed.
    fn placed(&self, id: &MessageId, recipient: Option<MailboxId>, at: Timestamp) {
        match recipient {
            Some(recipient) => {
                self.count_delivery(at);
                self.notify(&Event::Delivered {
                    message: id.clone(),
                    recipient,
                });
            }
            None => self.routing_wanted().notify_one(),
        }
    }

    /// Accepts a later chunk, in any order; one sent again replaces the one before. With the last
    /// missing chunk the message is delivered, or routed, in the same transaction. `message` and
    /// `number` are the path's, as they are; without a well-formed range there are no `headers`.
    ///
    /// # Errors
    ///
    /// As [`Exchange::send`]; the chunks that came before are kept.
    pub async fn send_chunk<S, E>(
        &self,
        caller: &Caller,
        message: &str,
        number: u32,
        headers: Option<ChunkHeaders>,
        body: S,
    ) -> Result<MessageId, ExchangeError>
    where
        S: Stream<Item = Result<Bytes, E>> + Send + Unpin,
        E: Error + Send + Sync + 'static,
    {
        let id = MessageId::parse(message).map_err(|_| ExchangeError::NotFound)?;
        let declared = headers.and_then(|headers| headers.length);
        let message = self.unfinished(caller, &id, number, headers).await?;
        self.check_room(caller.id()).await?;
        let mut allowance = self.allow(caller, 0).await?;
        let so_far = self.store().uploaded_bytes(message.seq).await?;
        let left = self.settings().max_message_bytes.saturating_sub(so_far);
        let limit = self.settings().max_request_bytes.min(left);
        let body = self
            .take_in(caller, body, declared, limit, &mut allowance, || ())
            .await?;
        let (exchange, caller) = (self.clone(), caller.clone());
        ToItsEnd::of(self, async move {
            let at = exchange.now();
            let chunk = Op::Chunk {
                message: id.clone(),
                number,
                body: body.clone(),
                at,
            };
            let kept = match exchange.commit_for(&caller, chunk).await {
                Ok(Outcome::Done) => Ok(()),
                Ok(Outcome::NotFound) => Err(ExchangeError::NotFound),
                Ok(_) => Err(ExchangeError::AlreadyUploaded(id.clone())),
                Err(error) => Err(error),
            };
            if let Err(error) = &kept {
                exchange.discard_refused(&body, error).await;
            }
            kept?;
            allowance.accepted();
            // the chunk is kept and its token used: whatever happens now, it is not to be sent again
            match exchange.store().message(&id).await {
                Ok(Some(now)) if now.state != MessageState::Uploading => {
                    tracing::info!(message = %id, chunks = message.total_chunks, "the last chunk has come");
                    exchange.accepted(&caller, &id, message.workflow);
                    exchange.placed(&id, message.recipient, at);
                }
                Ok(_) => {}
                Err(error) => {
                    tracing::warn!(message = %id, %error, "a chunk is kept; whether it was the last is not told to who watches");
                    exchange.routing_wanted().notify_one();
                }
            }
            Ok(id)
        })
        .await
    }

    /// The caller's message, if this chunk may be one of it.
    async fn unfinished(
        &self,
        caller: &Caller,
        id: &MessageId,
        number: u32,
        headers: Option<ChunkHeaders>,
    ) -> Result<Message, ExchangeError> {
        let headers = headers.filter(|headers| headers.range.index() == number);
        let ChunkHeaders {
            range, encoding, ..
        } = headers.ok_or_else(|| ExchangeError::InvalidChunkRange(Some(id.clone())))?;
        let message = self.store().message(id).await?;
        let message = message.ok_or(ExchangeError::NotFound)?;
        if message.sender.as_ref() != Some(caller.id()) {
            return Err(ExchangeError::Forbidden);
        }
        if message.state != MessageState::Uploading {
            return Err(ExchangeError::AlreadyUploaded(id.clone()));
        }
        if number > message.total_chunks {
            return Err(ExchangeError::ChunkNotExpected(id.clone()));
        }
        if range.total() != message.total_chunks {
            return Err(ExchangeError::InvalidChunkRange(Some(id.clone())));
        }
        if (encoding == ContentEncoding::Gzip) != message.details.gzip {
            return Err(ExchangeError::EncodingChanged(id.clone()));
        }
        Ok(message)
    }
}
