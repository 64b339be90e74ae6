//! What every page of the console works with.

use std::sync::Arc;

use exchange::{ErrorKind, Exchange, ExchangeError};
use pages::Problem;
use parking_lot::Mutex;

use crate::certificates::Certificates;
use crate::journeys::Journeys;
use crate::role::ExchangeRole;
use crate::settings::Setup;

/// The exchange that is looked at, and what is remembered of its messages.
#[derive(Clone)]
pub struct Console {
    pub(crate) exchange: Exchange,
    pub(crate) journeys: Journeys,
    pub(crate) notices: Notices,
    pub(crate) certificates: Certificates,
    pub(crate) setup: Setup,
}

/// What operators are to know beside what the exchange itself tells, such as certificates that end soon; sentences
/// for the first page. Cheap to clone.
#[derive(Clone, Default)]
pub struct Notices(Arc<Mutex<Vec<String>>>);

impl Notices {
    /// Puts these in the place of the former ones.
    pub fn set(&self, notices: Vec<String>) {
        *self.0.lock() = notices;
    }

    /// What is to be done, each in a sentence without a full stop.
    pub fn all(&self) -> Vec<String> {
        self.0.lock().clone()
    }
}

impl Console {
    /// A console over an exchange, whose observer the journeys must be.
    pub fn new(exchange: Exchange, journeys: Journeys) -> Self {
        Self {
            exchange,
            journeys,
            notices: Notices::default(),
            certificates: Certificates::default(),
            setup: Setup::default(),
        }
    }

    /// With these notices on its first page.
    #[must_use]
    pub fn with_notices(self, notices: Notices) -> Self {
        Self { notices, ..self }
    }

    /// With these certificates on its pages.
    #[must_use]
    pub fn with_certificates(self, certificates: Certificates) -> Self {
        Self {
            certificates,
            ..self
        }
    }

    /// With what its page of settings shows.
    #[must_use]
    pub fn with_setup(self, setup: Setup) -> Self {
        Self { setup, ..self }
    }
}

/// A page of the console.
pub(crate) type View = pages::View<ExchangeRole>;

/// What the exchange's error is for somebody who looks at a page.
pub(crate) fn problem(error: ExchangeError) -> Problem {
    match error.kind() {
        ErrorKind::Unavailable => return Problem::unavailable(),
        ErrorKind::Uncertain => return Problem::uncertain(),
        _ => {}
    }
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
