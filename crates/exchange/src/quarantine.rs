//! What becomes of a message whose record or body was damaged on the disk: it leaves its inbox or
//! queue, so that it holds up nobody, its sender gets a report, and the operator finds it listed.

use mail_store::{Failure, Message, MessageState, Op, Outcome, StoreError};
use mesh::status;
use nhs::MessageId;

use crate::caller::Caller;
use crate::report::Verdict;
use crate::{Exchange, ExchangeError};

fn damaged() -> Verdict {
    Verdict {
        event: status::NOT_COLLECTED.event,
        code: status::NOT_COLLECTED.code,
        text: "The message was damaged in storage and not delivered; sending again is safe"
            .to_owned(),
    }
}

/// Of a message that its sender compressed wrongly, or whose bytes were cut before they came here.
fn unexpandable() -> Verdict {
    Verdict {
        text: "The message's gzip is damaged, so that it could not be expanded for its recipient, and it \
               was not delivered; compress it again and send it as a new message"
            .to_owned(),
        ..damaged()
    }
}

impl Exchange {
    /// Quarantines a message whose gzip cannot be expanded, for a recipient that does not take it as it
    /// is, and gives the answer. One that was acknowledged before stays as it is.
    pub async fn give_up_unexpandable(&self, message: &Message) -> ExchangeError {
        match self.unexpandable_job(message) {
            Ok(Some(job)) => match self.store().commit(job).await {
                Ok(_) => ExchangeError::Unexpandable,
                Err(error) => error.into(),
            },
            Ok(None) => ExchangeError::Unexpandable,
            Err(error) => error,
        }
    }

    /// The same when the answer has begun and nobody waits for it.
    pub fn note_unexpandable(&self, message: &Message) {
        let noted = self.unexpandable_job(message).and_then(|job| match job {
            Some(job) => Ok(self.store().submit(job)?),
            None => Ok(()),
        });
        if let Err(error) = noted {
            tracing::error!(%error, message = %message.id, "it could not be quarantined yet");
        }
    }

    fn unexpandable_job(&self, message: &Message) -> Result<Option<Vec<Op>>, ExchangeError> {
        if message.state != MessageState::Accepted {
            return Ok(None);
        }
        tracing::error!(message = %message.id, "its gzip cannot be expanded; the message is quarantined");
        self.quarantining_for(message, unexpandable()).map(Some)
    }

    /// A message whose record cannot be read. Only the operator learns of it: its sender is not known for
    /// certain.
    pub(crate) async fn set_aside(&self, seq: i64) -> Result<(), ExchangeError> {
        let (at, verdict) = (self.now(), damaged());
        let failure = Failure {
            at,
            code: verdict.code.to_owned(),
            event: verdict.event.to_owned(),
            description: verdict.text,
            linked: None,
        };
        let set_aside = Op::SetAside { seq, failure };
        if self.store().commit(vec![set_aside]).await?.first() == Some(&Outcome::Done) {
            tracing::error!(seq, "a message's record is damaged; it was quarantined");
        }
        Ok(())
    }

    /// The messages whose place in an inbox or queue was found damaged.
    pub(crate) async fn set_aside_damaged(&self) -> Result<(), ExchangeError> {
        for seq in self.store().damaged() {
            self.set_aside(seq).await?;
        }
        Ok(())
    }

    /// Turns damage met on the way to a recipient into its answer: the message is quarantined, and
    /// the recipient learns that it will not come.
    pub(crate) async fn quarantine_unread(
        &self,
        caller: &Caller,
        id: &MessageId,
        error: StoreError,
    ) -> ExchangeError {
        if !error.is_damage() {
            return error.into();
        }
        let seq = match self.store().seq_in_inbox(caller.id(), id).await {
            Ok(Some(seq)) => seq,
            Ok(None) => return error.into(),
            Err(error) => return error.into(),
        };
        match self.set_aside(seq).await {
            Ok(()) => ExchangeError::Damaged,
            Err(error) => error,
        }
    }

    /// The same for a message whose record can be read: its sender is sent a report.
    pub(crate) async fn quarantine(&self, message: &Message, error: StoreError) -> ExchangeError {
        if !error.is_damage() {
            return error.into();
        }
        let job = match self.quarantining(message) {
            Ok(job) => job,
            Err(error) => return error,
        };
        match self.store().commit(job).await {
            Ok(_) => ExchangeError::Damaged,
            Err(error) => error.into(),
        }
    }

    /// The job that quarantines a message.
    pub(crate) fn quarantining(&self, message: &Message) -> Result<Vec<Op>, ExchangeError> {
        tracing::error!(message = %message.id, "a stored body is damaged; the message is quarantined");
        self.quarantining_for(message, damaged())
    }

    fn quarantining_for(
        &self,
        message: &Message,
        verdict: Verdict,
    ) -> Result<Vec<Op>, ExchangeError> {
        let (ops, _) = self.giving_up(message, verdict, "")?;
        let set_aside = |op| match op {
            Op::Fail { failure, .. } => Op::SetAside {
                seq: message.seq,
                failure,
            },
            op => op,
        };
        Ok(ops.into_iter().map(set_aside).collect())
    }
}
