//! What one request takes of its mailbox's quota while it is under way.

use nhs::MailboxId;

use super::account::Amount;
use super::settings::Quota;
use crate::caller::Caller;
use crate::{Exchange, ExchangeError};

/// Taken byte by byte as a body arrives. Given back when dropped, unless it was
/// [accepted](Allowance::accepted).
pub(crate) struct Allowance {
    exchange: Exchange,
    mailbox: MailboxId,
    /// `None` where nothing is limited.
    quota: Option<Quota>,
    taken: Amount,
    accepted: bool,
}

impl Exchange {
    /// Lets a caller send a message (1), or a later chunk of one (0), before its body is taken in.
    ///
    /// # Errors
    ///
    /// [`ExchangeError::MailboxFull`], [`ExchangeError::TooManyBytes`]; [`ExchangeError::Store`].
    pub(crate) async fn allow(
        &self,
        caller: &Caller,
        messages: u64,
    ) -> Result<Allowance, ExchangeError> {
        let quota = self.settings().quota.of(caller.id());
        let is_limited = quota != Quota::default();
        let mut allowance = Allowance {
            exchange: self.clone(),
            mailbox: caller.id().clone(),
            quota: is_limited.then_some(quota),
            taken: Amount::default(),
            accepted: false,
        };
        if is_limited {
            let begun = Amount { messages, bytes: 0 };
            allowance.read_usage(false).await?;
            if let Err(ExchangeError::MailboxFull { .. }) = allowance.take_amount(begun) {
                // nobody is refused for what is no longer so
                allowance.read_usage(true).await?;
                allowance.take_amount(begun)?;
            }
        }
        Ok(allowance)
    }
}

impl Allowance {
    /// Takes the next bytes of the body.
    ///
    /// # Errors
    ///
    /// As [`Exchange::allow`].
    pub(crate) fn take(&mut self, bytes: u64) -> Result<(), ExchangeError> {
        self.take_amount(Amount { messages: 0, bytes })
    }

    /// What was taken is stored now.
    pub(crate) fn accepted(mut self) {
        self.accepted = true;
    }

    fn take_amount(&mut self, more: Amount) -> Result<(), ExchangeError> {
        let Some(quota) = &self.quota else {
            return Ok(());
        };
        let now = self.exchange.now();
        let accounts = self.exchange.accounts();
        accounts.take(&self.mailbox, quota, more, now)?;
        self.taken.add(more);
        Ok(())
    }

    /// Asks the store what the mailbox's messages take, unless that was asked within the last second.
    async fn read_usage(&self, anew: bool) -> Result<(), ExchangeError> {
        let (accounts, now) = (self.exchange.accounts(), self.exchange.now());
        if let Some(counted) = accounts.begin_reading(&self.mailbox, now, anew) {
            let usage = self.exchange.store().usage(&self.mailbox).await?;
            accounts.end_reading(&self.mailbox, usage, counted, now);
        }
        Ok(())
    }
}

impl Drop for Allowance {
    fn drop(&mut self) {
        if self.quota.is_some() {
            let accepted = self.accepted.then(|| self.exchange.now());
            let accounts = self.exchange.accounts();
            accounts.end(&self.mailbox, self.taken, accepted);
        }
    }
}
