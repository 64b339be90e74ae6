//! A plain model of a backend: what the contract asks, in the simplest way that is right. Nothing is
//! fast, nothing is durable. Tests hold the backends against it; it is in no product.

mod directory;
mod progress;
mod read;
mod sealed;
mod state;
mod tallies;
mod write;

use std::sync::Arc;

use parking_lot::{Mutex, MutexGuard};
use state::State;

use crate::arrivals::Arrivals;

/// Records in memory.
#[derive(Clone, Default)]
pub(crate) struct Model {
    state: Arc<Mutex<State>>,
    arrivals: Arrivals,
}

impl Model {
    /// The side that reads and the side that writes.
    pub(crate) fn new() -> (Self, Self) {
        let model = Self::default();
        (model.clone(), model)
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock()
    }
}
