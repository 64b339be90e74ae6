//! Authorisation tokens that are good for one request.

use std::collections::HashSet;
use std::sync::Arc;

use jiff::Timestamp;
use mail_store::{Op, Store, StoreError, TokenDigest};
use parking_lot::Mutex;

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

impl TokenUse {
    /// `None` when the token was used, or is in use by another request.
    pub(crate) async fn reserve(
        token: TokenDigest,
        forget_at: Timestamp,
        reservations: &Arc<Reservations>,
        store: &Store,
    ) -> Result<Option<Self>, StoreError> {
        if !reservations.insert(token) {
            return Ok(None);
        }
        let used = store.token_is_used(&token).await;
        if !matches!(used, Ok(false)) {
            reservations.remove(&token);
            return used.map(|_| None);
        }
        Ok(Some(Self {
            token,
            forget_at,
            state: Mutex::new(State::Reserved),
            beside: Mutex::default(),
            reservations: Arc::clone(reservations),
            store: store.clone(),
        }))
    }

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
