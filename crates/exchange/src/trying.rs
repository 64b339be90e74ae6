//! A message that waits to be routed, tried at once because an operator wants it.

use std::collections::VecDeque;

use jiff::{SignedDuration, Timestamp};
use mail_store::{Op, Outcome};
use nhs::MessageId;
use parking_lot::Mutex;

use crate::{Exchange, ExchangeError};

/// Tries within [`WINDOW`] that operators may ask for, of all messages together: PDS is not to be flooded by hand.
const MOST: usize = 20;
const WINDOW: SignedDuration = SignedDuration::from_mins(1);
/// How long the same message is not tried again.
const PAUSE: SignedDuration = SignedDuration::from_secs(30);

/// What operators asked for within the last minute.
#[derive(Default)]
pub(crate) struct Tries(Mutex<VecDeque<(Timestamp, MessageId)>>);

impl Tries {
    /// How long to wait; or this one is counted.
    fn take(&self, message: &MessageId, now: Timestamp) -> Result<(), SignedDuration> {
        let mut tries = self.0.lock();
        let ago = |at: Timestamp| now.duration_since(at).abs();
        while tries.front().is_some_and(|(at, _)| ago(*at) >= WINDOW) {
            tries.pop_front();
        }
        let same = tries.iter().rev().find(|(_, tried)| tried == message);
        if let Some((at, _)) = same.filter(|(at, _)| ago(*at) < PAUSE) {
            return Err(PAUSE - ago(*at));
        }
        if let Some((first, _)) = tries.front().filter(|_| tries.len() >= MOST) {
            return Err(WINDOW - ago(*first));
        }
        tries.push_back((now, message.clone()));
        Ok(())
    }

    /// Nothing was tried: it does not count.
    fn give_back(&self, message: &MessageId, at: Timestamp) {
        let mut tries = self.0.lock();
        tries.retain(|(tried_at, tried)| tried != message || *tried_at != at);
    }
}

impl Exchange {
    /// Has a message routed now that waits for its next try, and those before it to the same patient from
    /// the same sender, without which it may not go. Each message once in half a minute, and twenty a
    /// minute of all. What does not wait is not counted, and not in the audit trail.
    ///
    /// # Errors
    ///
    /// [`ExchangeError::NotFound`] when it does not wait (any more); [`ExchangeError::TriedJustNow`];
    /// [`ExchangeError::Store`].
    pub async fn try_now(&self, id: &str, who: &str) -> Result<(), ExchangeError> {
        let message = MessageId::parse(id).map_err(|_| ExchangeError::NotFound)?;
        if self.store().message(&message).await?.is_none() {
            return Err(ExchangeError::NotFound);
        }
        let at = self.now();
        if let Err(wait) = self.tries().take(&message, at) {
            let retry_after = wait.try_into().unwrap_or_default();
            return Err(ExchangeError::TriedJustNow { retry_after });
        }
        let try_now = Op::TryNow {
            message: message.clone(),
            at,
        };
        let noted = Op::Audit {
            at,
            actor: format!("console user {who}"),
            action: "try now",
            subject: message.to_string(),
            detail: String::new(),
        };
        // in one job: there is no change without its line
        let outcomes = self.store().commit(vec![try_now, noted]).await?;
        if outcomes.first() != Some(&Outcome::Done) {
            self.tries().give_back(&message, at);
            return Err(ExchangeError::NotFound);
        }
        self.routing_wanted().notify_one();
        Ok(())
    }
}
