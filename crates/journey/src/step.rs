//! An event with its time and place.

use std::fmt;

use jiff::Timestamp;

use crate::Event;

/// Where a step happened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Place {
    /// At the exchange.
    Exchange,
    /// At a practice, by the name people know it by.
    Practice(String),
}

impl fmt::Display for Place {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Exchange => formatter.write_str("exchange"),
            Self::Practice(name) => formatter.write_str(name),
        }
    }
}

/// One step of a message's way.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step {
    /// When.
    pub at: Timestamp,
    /// Where.
    pub place: Place,
    /// What happened.
    pub event: Event,
}

impl Step {
    /// Whether the same kind of thing happened in the same place, whatever the details.
    pub fn repeats(&self, other: &Self) -> bool {
        self.event.is_same_kind(&other.event) && self.place == other.place
    }
}
