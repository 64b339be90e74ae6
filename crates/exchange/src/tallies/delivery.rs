//! How long messages take to the inbox, in steps: percentiles of several servers and minutes do not add up, counts do.

use jiff::SignedDuration;

/// Milliseconds that a message of each step took at most; the last step has none.
const WITHIN: [u64; 23] = [
    1, 2, 3, 5, 7, 10, 15, 20, 30, 50, 75, 100, 150, 200, 300, 500, 750, 1_000, 2_000, 5_000,
    10_000, 60_000, 600_000,
];

/// The step of a message that took so long.
pub(super) fn step(took: SignedDuration) -> usize {
    let milliseconds = u64::try_from(took.as_millis()).unwrap_or(0);
    WITHIN
        .iter()
        .position(|within| milliseconds <= *within)
        .unwrap_or(WITHIN.len())
}

/// How many messages took how long from their acceptance to the inbox.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct DeliveryTimes([u64; WITHIN.len() + 1]);

impl DeliveryTimes {
    pub(super) fn add(&mut self, step: usize, messages: u64) {
        if let Some(counted) = self.0.get_mut(step) {
            *counted = counted.saturating_add(messages);
        }
    }

    pub(super) fn add_all(&mut self, other: &Self) {
        for (step, messages) in other.0.iter().enumerate() {
            self.add(step, *messages);
        }
    }

    /// Milliseconds within which so many of a hundred messages were in the inbox: one of a few values,
    /// ten minutes for all that took longer. `None` when there was no message.
    pub fn within(&self, percent: u64) -> Option<u64> {
        let all: u64 = self.0.iter().sum();
        let wanted = all.saturating_mul(percent).div_ceil(100).max(1);
        let mut seen = 0;
        let step = self.0.iter().position(|messages| {
            seen += messages;
            seen >= wanted
        })?;
        WITHIN.get(step).or(WITHIN.last()).copied()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_are_the_ends_of_steps() {
        let mut times = DeliveryTimes::default();
        assert_eq!(times.within(50), None);
        for milliseconds in [0, 12, 14, 14, 15, 15, 15, 15, 80, 3_600_000] {
            times.add(step(SignedDuration::from_millis(milliseconds)), 1);
        }
        let seen = [1, 50, 80, 90, 95, 100].map(|percent| times.within(percent));
        let expected = [1, 15, 15, 100, 600_000, 600_000];
        assert_eq!(seen, expected.map(Some));
        assert_eq!(step(SignedDuration::from_millis(-5)), 0);
    }
}
