//! A working day, pressed into the time there is: when messages are due.

use std::time::Duration;

/// A month of 60 million messages has 21 working days; of such a day's busiest hour the share of the highest peak: 78 of
/// 2,500 a second.
const BUSIEST: f64 = 78.0 / 2_500.0;
/// Each hour's share of the busiest.
const HOURS: [f64; 24] = [
    0.02, 0.02, 0.02, 0.02, 0.02, 0.03, 0.08, 0.25, 0.65, 0.95, 1.0, 0.95, 0.85, 0.8, 0.9, 0.95,
    0.9, 0.75, 0.45, 0.25, 0.12, 0.08, 0.04, 0.03,
];
const PIECES: usize = 96;
/// Quarters of an hour in which the backlogs of systems that send in batches come, all at once.
const PEAKS: [usize; 3] = [36, 52, 70];

/// How many messages are due until when.
pub(super) struct Curve {
    piece: f64,
    /// A second, in each quarter of an hour.
    rates: [f64; PIECES],
}

/// When a message is due.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Due {
    pub(super) after: Duration,
    pub(super) at_a_peak: bool,
}

impl Curve {
    /// `peak` messages a second at the highest, in a day of that length.
    pub(super) fn new(peak: f64, day: Duration) -> Self {
        let rate = |piece: usize| {
            let hour = HOURS.get(piece / 4).copied().unwrap_or_default();
            if PEAKS.contains(&piece) {
                peak
            } else {
                peak * BUSIEST * hour
            }
        };
        Self {
            piece: day.as_secs_f64() / PIECES as f64,
            rates: std::array::from_fn(rate),
        }
    }

    /// When so many messages have become due; `None` after the day.
    pub(super) fn due(&self, messages: f64) -> Option<Due> {
        let mut left = messages;
        for (number, rate) in self.rates.iter().enumerate() {
            let within = rate * self.piece;
            if left < within {
                let seconds = self.piece * (number as f64 + left / within);
                return Some(Due {
                    after: Duration::from_secs_f64(seconds),
                    at_a_peak: PEAKS.contains(&number),
                });
            }
            left -= within;
        }
        None
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn a_day_of_a_nation_has_its_messages_and_three_peaks_of_a_quarter_of_an_hour() {
        let curve = Curve::new(2_500.0, Duration::from_secs(86_400));
        let quarters = curve.rates.iter().zip(0..);
        let ordinary: f64 = quarters
            .filter(|(_, quarter)| !PEAKS.contains(quarter))
            .map(|(rate, _)| rate * 900.0)
            .sum();
        // 60 million in 21 days, less what the quarters of the peaks would have
        assert!((2_600_000.0..2_900_000.0).contains(&ordinary), "{ordinary}");
        let noon = curve.due(ordinary).unwrap();
        assert!(noon.after < Duration::from_secs(86_400));
        assert!(curve.due(ordinary + 3.0 * 2_500.0 * 900.0 + 1.0).is_none());
    }

    #[test]
    fn messages_are_due_one_after_the_other() {
        let curve = Curve::new(100.0, Duration::from_secs(96));
        let dues: Vec<Due> = (0..).map_while(|n| curve.due(f64::from(n))).collect();
        assert!(dues.is_sorted_by(|one, other| one.after <= other.after));
        let at_peaks = dues.iter().filter(|due| due.at_a_peak).count();
        assert!((298..=302).contains(&at_peaks), "{at_peaks}");
    }
}
