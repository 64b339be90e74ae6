//! A plain model of the record store: what the other homes do, in the simplest way that is right.
//! Nothing is fast, nothing is durable.

mod directory;
mod progress;
mod read;
mod state;
mod write;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use state::State;

/// Records in memory.
#[derive(Clone, Default)]
pub(crate) struct Memory {
    state: Arc<Mutex<State>>,
}

impl Memory {
    /// The side that reads and the side that writes.
    pub(crate) fn new() -> (Self, Self) {
        let memory = Self::default();
        (memory.clone(), memory)
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
