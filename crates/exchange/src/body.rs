//! Bodies, in as they arrive and out as they are stored.

use std::error::Error;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use futures_util::stream::{Stream, StreamExt};
use mail_store::{Body, Message, StoreError};

use crate::caller::Caller;
use crate::quota::Allowance;
use crate::{Exchange, ExchangeError};

/// The bytes of one chunk as stored. Should they prove damaged on the way, the stream ends in an
/// error and the message is quarantined.
pub struct BodyStream {
    pub(crate) bytes: mail_store::BodyStream,
    pub(crate) of: Option<(Exchange, Message)>,
}

impl Stream for BodyStream {
    type Item = Result<Bytes, ExchangeError>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let next = ready!(self.bytes.poll_next_unpin(cx));
        if let Some(Err(error)) = &next
            && error.is_damage()
            && let Some((exchange, message)) = self.of.take()
        {
            let job = exchange.quarantining(&message);
            if let Err(error) = job.and_then(|job| Ok(exchange.store().submit(job)?)) {
                tracing::error!(%error, message = %message.id, "it could not be quarantined yet");
            }
        }
        Poll::Ready(next.map(|bytes| bytes.map_err(Into::into)))
    }
}

impl Exchange {
    /// Refuses a request by the length it declares, before a byte of it is read. A body without a
    /// declared length, or with a wrong one, is still counted as it arrives.
    ///
    /// # Errors
    ///
    /// [`ExchangeError::TooLarge`].
    pub fn check_declared_length(&self, bytes: u64) -> Result<(), ExchangeError> {
        let limit = self.settings().max_request_bytes;
        if bytes > limit {
            return Err(ExchangeError::TooLarge { limit });
        }
        Ok(())
    }

    /// Takes a body in; it is durable when this returns, but kept only once a record names it. Its
    /// bytes are taken of the allowance as they come. `declared`: how many there will be.
    /// `at_its_end` is called when all of it has arrived.
    pub(crate) async fn take_in<S, E>(
        &self,
        caller: &Caller,
        mut bytes: S,
        declared: Option<u64>,
        limit: u64,
        allowance: &mut Allowance,
        at_its_end: impl FnOnce(),
    ) -> Result<Body, ExchangeError>
    where
        S: Stream<Item = Result<Bytes, E>> + Send + Unpin,
        E: Error + Send + Sync + 'static,
    {
        let unique = nhs::uuid_v4(self.randomness()).as_u128();
        let sink = self.store().body(caller.id().clone(), self.now(), unique);
        let mut sink = sink.expecting(declared);
        let refusal = loop {
            match bytes.next().await {
                None => {
                    at_its_end();
                    return Ok(sink.finish().await?);
                }
                Some(Err(error)) => {
                    tracing::info!(%error, "a request ended before its body did; nothing of it is kept");
                    break ExchangeError::BodyBrokenOff;
                }
                Some(Ok(bytes)) if sink.length() + bytes.len() as u64 > limit => {
                    break ExchangeError::TooLarge { limit };
                }
                Some(Ok(bytes)) => {
                    let length = bytes.len() as u64;
                    let room = self.check_room_for_body(sink.length(), length);
                    match room.and_then(|()| allowance.take(length)) {
                        Ok(()) => sink.write(bytes).await?,
                        Err(refused) => break refused,
                    }
                }
            }
        };
        sink.abort().await?;
        Err(refusal)
    }

    /// Deletes a body that was taken in and whose request was then refused, unless it is not certain
    /// that no record names it.
    pub(crate) async fn discard_refused(&self, body: &Body, refusal: &ExchangeError) {
        if let ExchangeError::Store(
            StoreError::Uncertain | StoreError::Halted | StoreError::Closing,
        ) = refusal
        {
            return;
        }
        if let Err(error) = self.store().discard(body).await {
            tracing::warn!(%error, "a refused body could not be deleted yet");
        }
    }
}
