//! Round numbers for axes, and words for times beside them.

use jiff::Timestamp;

use crate::labels::in_london;

/// The most steps of a y axis.
const STEPS: u64 = 5;

/// The values of a y axis from 0 on: round, five at most beside it, and none of the values higher than the last.
pub(super) fn ticks(highest: u64) -> Vec<u64> {
    let mut unit = 1_u64;
    let step = loop {
        let round = [1, 2, 5].into_iter().map(|of| unit.saturating_mul(of));
        let fits = |step: &u64| highest.div_ceil(*step) <= STEPS;
        match round.into_iter().find(fits) {
            Some(step) => break step,
            None if unit > u64::MAX / 10 => break unit,
            None => unit *= 10,
        }
    };
    let last = highest.div_ceil(step).max(1);
    (0..=last)
        .map(|number| number.saturating_mul(step))
        .collect()
}

/// Seconds in the unit in which the highest of them is best read: its name and how many seconds it has.
pub(super) fn unit(highest: u64) -> (&'static str, u64) {
    match highest {
        0..300 => ("seconds", 1),
        300..18_000 => ("minutes", 60),
        _ => ("hours", 3_600),
    }
}

/// `14:42`, or `14:00 Thu` where the day is not told by the time before it.
pub(super) fn clock(at: Timestamp, with_day: bool) -> String {
    let form = if with_day { "%H:%M %a" } else { "%H:%M" };
    in_london(at, form)
}

/// `26 Nov 14:00`.
pub(super) fn moment(at: Timestamp) -> String {
    in_london(at, "%-d %b %H:%M")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn axes_have_round_values_up_to_the_highest() {
        for (highest, expected) in [
            (0, vec![0, 1]),
            (1, vec![0, 1]),
            (5, vec![0, 1, 2, 3, 4, 5]),
            (26, vec![0, 10, 20, 30]),
            (92, vec![0, 20, 40, 60, 80, 100]),
            (455, vec![0, 100, 200, 300, 400, 500]),
        ] {
            assert_eq!(ticks(highest), expected, "{highest}");
        }
        assert!(ticks(u64::MAX).len() < 12);
    }
}
