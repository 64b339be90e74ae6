//! What every page of the console works with.

use exchange::{Exchange, ExchangeError};
use pages::Problem;

use crate::journeys::Journeys;
use crate::role::ExchangeRole;

/// The exchange that is looked at, and what is remembered of its messages.
#[derive(Clone)]
pub struct Console {
    pub(crate) exchange: Exchange,
    pub(crate) journeys: Journeys,
}

impl Console {
    /// A console over an exchange, whose observer the journeys must be.
    pub fn new(exchange: Exchange, journeys: Journeys) -> Self {
        Self { exchange, journeys }
    }
}

/// A page of the console.
pub(crate) type View = pages::View<ExchangeRole>;

/// What the exchange's error is for somebody who looks at a page.
pub(crate) fn problem(error: ExchangeError) -> Problem {
    match error {
        ExchangeError::NotFound | ExchangeError::DoesNotExist | ExchangeError::NoSuchMailbox => {
            Problem::not_found()
        }
        error => {
            tracing::error!(%error, "a page could not be shown");
            Problem::internal()
        }
    }
}
