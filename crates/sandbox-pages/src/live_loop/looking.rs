//! Which letter, which moment and which pace a reader asked for, by the address of the page.

use std::fmt::Write as _;

use jiff::Timestamp;
use serde::Deserialize;

use super::frame::Frame;
use super::letter::Letter;
use super::pace::{Pace, Told};
use super::stage::Stage;

/// The page's address behind the question mark. What cannot be read is as if it were not there.
#[derive(Debug, Clone, Default, Deserialize)]
pub(crate) struct Query {
    journey: Option<String>,
    step: Option<String>,
    pace: Option<String>,
    since: Option<String>,
}

/// What a reader asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Looking {
    /// The letter, by its number; without one, the latest.
    pub(crate) journey: Option<u64>,
    /// One stage of it, standing still.
    pub(crate) step: Option<Stage>,
    pub(crate) pace: Pace,
    /// When the telling began; without it, when the letter did.
    since: Option<Timestamp>,
}

impl From<Query> for Looking {
    fn from(query: Query) -> Self {
        let step: Option<usize> = query.step.and_then(|step| step.parse().ok());
        let since = query.since.and_then(|since| since.parse().ok());
        Self {
            journey: query.journey.and_then(|number| number.parse().ok()),
            step: step.and_then(Stage::of),
            pace: Pace::parse(query.pace.as_deref().unwrap_or_default()),
            since: since.and_then(|since| Timestamp::from_millisecond(since).ok()),
        }
    }
}

impl Looking {
    /// The letter that is shown.
    pub(crate) fn letter<'a>(&self, letters: &'a [Letter]) -> Option<&'a Letter> {
        match self.journey {
            Some(number) => letters.iter().find(|letter| letter.number == number),
            None => letters.first(),
        }
    }

    /// The picture of a letter, and when it changes by itself.
    pub(crate) fn frame<'a>(&self, letter: &'a Letter, now: Timestamp) -> (Frame<'a>, Told) {
        let told = self.told(letter, now);
        let stage = match (self.step, self.pace) {
            (Some(stage), _) => Some(stage),
            (None, Pace::Steps) => Some(Stage::Written),
            (None, _) => None,
        };
        match stage {
            Some(stage) => {
                let still = Told {
                    until: now,
                    next: None,
                    is_fresh: false,
                };
                (Frame::of_stage(letter, stage, now), still)
            }
            None => (Frame::at(letter, told.until), told),
        }
    }

    fn told(&self, letter: &Letter, now: Timestamp) -> Told {
        let since = self.since.unwrap_or_else(|| letter.started());
        self.pace.told(&letter.moments(), since, now)
    }

    /// The address of the page for a letter at this pace, at one of its stages or as it is.
    pub(crate) fn address(&self, journey: u64, step: Option<Stage>) -> String {
        let mut address = format!("/?journey={journey}");
        if let Some(step) = step {
            // writing to a string cannot fail
            _ = write!(address, "&step={}", step.number());
        }
        if self.pace != Pace::default() {
            _ = write!(address, "&pace={}", self.pace.name());
        }
        address
    }

    /// The address of what is shown now, at another pace.
    pub(crate) fn at_pace(&self, pace: Pace, shown: Option<u64>) -> String {
        let mut address = format!("/?pace={}", pace.name());
        let journey = if pace == Pace::Steps {
            shown
        } else {
            self.journey
        };
        if let Some(journey) = journey {
            _ = write!(address, "&journey={journey}");
        }
        address
    }
}
