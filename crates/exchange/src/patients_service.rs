//! How the service that knows where patients are registered answers, as this server sees it.

use jiff::{SignedDuration, Timestamp};
use parking_lot::Mutex;

use crate::Exchange;

/// What was seen of it last.
#[derive(Default)]
pub(crate) struct Answers(Mutex<PatientsService>);

/// How the patients' service answers.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct PatientsService {
    /// When it answered last, and how long that took; `None` when it was not asked since this process began.
    pub answered: Option<(Timestamp, SignedDuration)>,
    /// Since when it has not answered; `None` while it does.
    pub away_since: Option<Timestamp>,
}

impl Answers {
    pub(crate) fn note(&self, asked: Timestamp, now: Timestamp, answered: bool) {
        let mut seen = self.0.lock();
        if answered {
            *seen = PatientsService {
                answered: Some((now, now.duration_since(asked))),
                away_since: None,
            };
        } else {
            seen.away_since.get_or_insert(asked);
        }
    }
}

impl Exchange {
    /// How the service that knows where patients are registered answers.
    pub fn patients_service(&self) -> PatientsService {
        *self.answers().0.lock()
    }
}
