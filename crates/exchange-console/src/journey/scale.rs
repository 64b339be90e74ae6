//! Time from left to right, with long waits cut out so that the busy ends stay readable.

use jiff::{SignedDuration, Timestamp};

/// What a cut takes of the width.
const CUT: f64 = 74.0;
/// A wait is cut when it is at least so long, and more than half of what is left.
const LONG: SignedDuration = SignedDuration::from_secs(2);
const CUTS: usize = 6;

/// A wait that was cut: where it stands, and how long it is.
pub(crate) struct Cut {
    pub(crate) x: f64,
    pub(crate) width: f64,
    pub(crate) length: SignedDuration,
}

/// Which moment stands where.
pub(crate) struct Scale {
    first: Timestamp,
    left: f64,
    per_micro: f64,
    /// Waits that are cut, in order: from, to.
    cuts: Vec<(i64, i64)>,
}

impl Scale {
    /// Over these moments, in order, from `left` to `right`.
    pub(crate) fn over(moments: &[Timestamp], left: f64, right: f64) -> Self {
        let first = moments.first().copied().unwrap_or_default();
        let micros: Vec<i64> = moments.iter().map(|at| since(first, *at)).collect();
        let mut gaps: Vec<(i64, i64)> = micros
            .iter()
            .zip(micros.iter().skip(1))
            .map(|(from, to)| (*from, *to))
            .collect();
        gaps.sort_by_key(|(from, to)| from - to);
        let mut total = micros.last().copied().unwrap_or(0);
        let long = i64::try_from(LONG.as_micros()).unwrap_or(i64::MAX);
        let mut cuts = Vec::new();
        for (from, to) in gaps.into_iter().take(CUTS) {
            let length = to - from;
            if length < long || length * 2 < total {
                break;
            }
            cuts.push((from, to));
            total -= length;
        }
        cuts.sort_unstable();
        let width = right - left - CUT * as_width(cuts.len() as i64);
        Self {
            first,
            left,
            per_micro: width.max(1.0) / as_width(total.max(1)),
            cuts,
        }
    }

    /// Where a moment stands.
    pub(crate) fn x(&self, at: Timestamp) -> f64 {
        self.x_of(since(self.first, at))
    }

    fn x_of(&self, micros: i64) -> f64 {
        let (mut linear, mut gaps) = (micros, 0.0);
        for (from, to) in &self.cuts {
            if micros >= *to {
                linear -= to - from;
                gaps += CUT;
            } else if micros > *from {
                let part = as_width(micros - from) / as_width((to - from).max(1));
                linear -= micros - from;
                gaps += CUT * part;
            }
        }
        self.left + as_width(linear) * self.per_micro + gaps
    }

    /// What was cut.
    pub(crate) fn cuts(&self) -> Vec<Cut> {
        let cuts = self.cuts.iter().map(|(from, to)| Cut {
            x: self.x_of(*from),
            width: CUT,
            length: SignedDuration::from_micros(to - from),
        });
        cuts.collect()
    }

    /// Lines of the grid: at round times where nothing is cut, none where it is.
    pub(crate) fn ticks(&self, last: Timestamp) -> Vec<(f64, SignedDuration)> {
        let total = since(self.first, last);
        if !self.cuts.is_empty() || total <= 0 {
            return vec![(self.left, SignedDuration::ZERO)];
        }
        let step = round_step(total);
        (0..=total / step)
            .map(|number| {
                let micros = number * step;
                (self.x_of(micros), SignedDuration::from_micros(micros))
            })
            .collect()
    }
}

fn since(first: Timestamp, at: Timestamp) -> i64 {
    at.as_microsecond() - first.as_microsecond()
}

/// 1, 2, 4 or 5 with noughts, about ten of which make the whole.
fn round_step(total: i64) -> i64 {
    let mut power = 1;
    loop {
        for digit in [1, 2, 4, 5] {
            let step = digit * power;
            if total / step <= 10 {
                return step;
            }
        }
        power *= 10;
    }
}

/// A picture is some thousand units wide: what a float loses of a number is not seen.
#[allow(clippy::cast_precision_loss)]
fn as_width(number: i64) -> f64 {
    number as f64
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::indexing_slicing)]
mod tests {
    use super::*;

    fn at(millis: i64) -> Timestamp {
        Timestamp::from_millisecond(1_795_000_000_000 + millis).unwrap()
    }

    #[test]
    fn a_short_journey_is_drawn_to_scale() {
        let scale = Scale::over(&[at(0), at(100), at(400)], 100.0, 500.0);
        assert!((scale.x(at(0)) - 100.0).abs() < 0.01);
        assert!((scale.x(at(100)) - 200.0).abs() < 0.01);
        assert!((scale.x(at(400)) - 500.0).abs() < 0.01);
        assert!(scale.cuts().is_empty());
        assert_eq!(scale.ticks(at(400)).len(), 11);
    }

    #[test]
    fn a_wait_of_hours_is_cut_and_the_ends_stay_readable() {
        let day = 26 * 3_600_000;
        let moments = [at(0), at(200), at(day), at(day + 200)];
        let scale = Scale::over(&moments, 0.0, 474.0);
        assert_eq!(scale.cuts().len(), 1);
        assert!((scale.x(at(200)) - 200.0).abs() < 0.01);
        assert!((scale.x(at(day)) - 274.0).abs() < 0.01);
        assert!((scale.x(at(day + 200)) - 474.0).abs() < 0.01);
        assert_eq!(
            scale.cuts()[0].length,
            SignedDuration::from_millis(day - 200)
        );
    }

    #[test]
    fn one_moment_is_no_trouble() {
        let scale = Scale::over(&[at(5)], 10.0, 20.0);
        assert!((scale.x(at(5)) - 10.0).abs() < 0.01);
        assert_eq!(scale.ticks(at(5)).len(), 1);
    }
}
