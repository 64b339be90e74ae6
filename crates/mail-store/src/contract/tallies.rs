//! How much happened, by the minute and by the hour, on all servers together.

use async_trait::async_trait;
use jiff::{SignedDuration, Timestamp};

use crate::StoreError;

/// What is counted in which span.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Span {
    /// Kept for 8 days.
    Minute,
    /// Kept for 92 days.
    Hour,
}

impl Span {
    /// Both.
    pub const ALL: [Self; 2] = [Self::Minute, Self::Hour];

    /// How long one is, in seconds.
    pub fn seconds(self) -> i64 {
        match self {
            Self::Minute => 60,
            Self::Hour => 3_600,
        }
    }

    /// How long each is kept.
    pub fn kept(self) -> SignedDuration {
        match self {
            Self::Minute => SignedDuration::from_hours(8 * 24),
            Self::Hour => SignedDuration::from_hours(92 * 24),
        }
    }

    /// When the one that holds a moment began.
    pub fn began(self, at: Timestamp) -> Timestamp {
        let into = at.as_second().rem_euclid(self.seconds());
        Timestamp::from_second(at.as_second() - into).unwrap_or(at)
    }
}

/// How much of something there was.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Amount {
    /// Added to what is there.
    More(u64),
    /// Takes the place of what is there if it is greater.
    Highest(u64),
}

impl Amount {
    /// As it is kept.
    pub(crate) fn number(self) -> i64 {
        let (Self::More(number) | Self::Highest(number)) = self;
        i64::try_from(number).unwrap_or(i64::MAX)
    }
}

/// What was counted, by its name: a word or two that tell of no person. There are few names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tally {
    /// What was counted; always in the same way.
    pub what: String,
    /// How much.
    pub amount: Amount,
}

/// What was counted in one span.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tallied {
    /// When the span began.
    pub began: Timestamp,
    /// What was counted.
    pub what: String,
    /// How much in all.
    pub amount: u64,
}

/// What was counted.
#[async_trait]
pub trait Tallies {
    /// What was counted in the spans that began from then on and before then, in order. Costs what it
    /// returns: some twenty rows a busy minute or hour.
    async fn tallies(
        &self,
        span: Span,
        from: Timestamp,
        before: Timestamp,
    ) -> Result<Vec<Tallied>, StoreError>;

    /// The minutes that began from then on and before then in which this was counted, in order.
    async fn minutes_with(
        &self,
        what: &str,
        from: Timestamp,
        before: Timestamp,
    ) -> Result<Vec<Timestamp>, StoreError>;
}
