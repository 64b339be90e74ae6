//! Authorisation tokens that are good for one request.

use std::collections::HashSet;
use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use mail_store::{Op, Store, StoreError, TokenDigest};
use mesh::AuthorizationToken;
use parking_lot::Mutex;

use crate::Exchange;

/// Tokens of requests still being served.
#[derive(Debug, Default)]
pub(crate) struct Reservations(Mutex<HashSet<TokenDigest>>);

impl Reservations {
    fn insert(&self, token: TokenDigest) -> bool {
        self.0.lock().insert(token)
    }

    fn remove(&self, token: &TokenDigest) {
        self.0.lock().remove(token);
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Reserved,
    Recorded,
    Released,
}

/// One use of a single-use token: reserved while the request is served, then recorded for good,
/// or released when the answer asks the caller to try again with it.
pub(crate) struct TokenUse {
    token: TokenDigest,
    forget_at: Timestamp,
    state: Mutex<State>,
    beside: Mutex<Vec<Op>>,
    reservations: Arc<Reservations>,
    store: Store,
}

impl Exchange {
    /// Keeps a token for one request; `None` when it was used, or is in use by another request.
    pub(crate) async fn reserve(
        &self,
        token: &AuthorizationToken,
    ) -> Result<Option<TokenUse>, StoreError> {
        let mut digest = TokenDigest::default();
        for (to, from) in digest.iter_mut().zip(token.replay_key()) {
            *to = from;
        }
        if !self.reservations().insert(digest) {
            return Ok(None);
        }
        let used = self.store().token_is_used(&digest).await;
        if !matches!(used, Ok(false)) {
            self.reservations().remove(&digest);
            return used.map(|_| None);
        }
        // a token is timely until its window has passed; a minute more for its missing seconds
        let remember = self.settings().token_window() + SignedDuration::from_mins(2);
        let issued = token.timestamp().unwrap_or_else(|| self.now());
        let forget_at = issued.checked_add(remember).unwrap_or(issued);
        Ok(Some(TokenUse {
            token: digest,
            forget_at: forget_at.max(self.now()),
            state: Mutex::new(State::Reserved),
            beside: Mutex::default(),
            reservations: Arc::clone(self.reservations()),
            store: self.store().clone(),
        }))
    }
}

impl TokenUse {
    /// The operation that records the use; `None` when it is recorded or released already.
    pub(crate) fn op(&self) -> Option<Op> {
        (self.state() == State::Reserved).then_some(Op::UseToken {
            token: self.token,
            forget_at: self.forget_at,
        })
    }

    /// Adds what is to be recorded together with the use, when that is still to come.
    pub(crate) fn record_beside(&self, op: Op) -> Option<Op> {
        if self.state() != State::Reserved {
            return Some(op);
        }
        self.beside.lock().push(op);
        None
    }

    /// The use and what was added to it.
    pub(crate) fn job(&self) -> Option<Vec<Op>> {
        let mut beside = self.beside.lock();
        let beside = std::mem::take(&mut *beside);
        self.op()
            .map(|op| std::iter::once(op).chain(beside).collect())
    }

    /// The store cannot record the use now: the token stays refused until the server stops.
    pub(crate) fn refuse_from_now_on(&self) {
        *self.state.lock() = State::Recorded;
    }

    pub(crate) fn recorded(&self) {
        self.leave(State::Recorded);
    }

    pub(crate) fn release(&self) {
        if self.state() == State::Reserved {
            self.leave(State::Released);
        }
    }

    fn state(&self) -> State {
        *self.state.lock()
    }

    fn leave(&self, state: State) {
        *self.state.lock() = state;
        self.reservations.remove(&self.token);
    }
}

impl Drop for TokenUse {
    /// A request that was cut off counts as served. Should the store not take the record, the
    /// reservation stays, and with it the refusal, until the server stops.
    fn drop(&mut self) {
        if let Some(job) = self.job()
            && self.store.submit(job).is_ok()
        {
            self.reservations.remove(&self.token);
        }
    }
}
