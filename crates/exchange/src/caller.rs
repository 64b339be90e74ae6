//! A caller during one request: what is committed in its name, together with its token's use.

use std::fmt;
use std::sync::Arc;

use mail_store::{Op, Outcome, StoreError};
use nhs::MailboxId;

use crate::directory::{Mailbox, Member};
use crate::error::Refusal;
use crate::token_use::TokenUse;
use crate::{Exchange, ExchangeError};

/// A mailbox that has proved who it is, for one request.
#[derive(Clone)]
pub struct Caller {
    pub(crate) member: Arc<Member>,
    pub(crate) token: Option<Arc<TokenUse>>,
}

impl Caller {
    /// The mailbox.
    pub fn mailbox(&self) -> &Mailbox {
        &self.member.mailbox
    }

    pub(crate) fn id(&self) -> &MailboxId {
        &self.member.mailbox.id
    }

    /// Gives an operation to the job that will record the token's use; back when there is none.
    pub(crate) fn beside_token(&self, op: Op) -> Option<Op> {
        match &self.token {
            Some(token) => token.record_beside(op),
            None => Some(op),
        }
    }
}

impl fmt::Debug for Caller {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Caller").field(self.id()).finish()
    }
}

/// What the caller is about to be answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Answer {
    /// The request is over; its token is used up.
    Final,
    /// The caller is asked to send the same again, token included (the Python client does so after
    /// 425, 429, 502, 503 and 504).
    TryAgain,
}

impl Exchange {
    /// Commits for a caller, with the token's use before it in the same transaction.
    pub(crate) async fn commit_for(
        &self,
        caller: &Caller,
        op: Op,
    ) -> Result<Outcome, ExchangeError> {
        let token = caller.token.as_deref();
        let token = token.and_then(|token| Some((token, token.op()?)));
        let outcome = match token {
            None => self.store().commit(vec![op]).await?.pop(),
            Some((token, token_used)) => {
                let outcomes = self.store().commit(vec![token_used, op]).await?;
                token.recorded();
                self.refuse_if_used_before(outcomes.first())?;
                outcomes.into_iter().nth(1)
            }
        };
        // the store answers each operation it tried
        outcome.ok_or(ExchangeError::Store(StoreError::Halted))
    }

    /// To be called when the answer is known and before it is given: records the token's use, or
    /// releases the token. Free when the request's own work has recorded it. While the store takes
    /// no writes the token is refused from memory, so that reading goes on.
    ///
    /// # Errors
    ///
    /// [`ExchangeError::Refused`] when another server process took the same token meanwhile;
    /// [`ExchangeError::Store`].
    pub async fn conclude(&self, caller: &Caller, answer: Answer) -> Result<(), ExchangeError> {
        let Some(token) = &caller.token else {
            return Ok(());
        };
        if answer == Answer::TryAgain {
            token.release();
            return Ok(());
        }
        let Some(job) = token.job() else {
            return Ok(());
        };
        let outcomes = match self.store().commit(job).await {
            Err(error @ (StoreError::DiskFull | StoreError::Halted)) => {
                tracing::warn!(%error, by = %caller.id(), "a token's use is kept in memory only");
                token.refuse_from_now_on();
                return Ok(());
            }
            // the caller is asked to send the same again
            Err(error) if error.is_worth_retrying() => {
                token.release();
                // a token that was used up after all is refused, which does no harm
                return Err(match error {
                    StoreError::Uncertain => StoreError::Busy.into(),
                    error => error.into(),
                });
            }
            outcomes => outcomes?,
        };
        token.recorded();
        self.refuse_if_used_before(outcomes.first())
    }

    fn refuse_if_used_before(&self, token: Option<&Outcome>) -> Result<(), ExchangeError> {
        match token {
            Some(Outcome::Duplicate) => Err(self.refused(Refusal::UsedBefore)),
            _ => Ok(()),
        }
    }

    pub(crate) fn refused(&self, reason: Refusal) -> ExchangeError {
        ExchangeError::Refused {
            reason,
            disclose: self.settings().sandbox,
        }
    }
}
