//! How fast a journey is told. A whole loop takes a third of a second, and nobody could follow it; so it is told again
//! from its recorded moments, in true order and with true times, at a pace that the reader chose.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

/// How many times slower than it happened.
const SLOWER: i32 = 10;
/// A wait is not drawn out beyond this.
const LONGEST: SignedDuration = SignedDuration::from_secs(4);

/// How long a moment is new to somebody who watches: a page asks again that often.
const FRESH: SignedDuration = SignedDuration::from_millis(700);

/// How fast a journey is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum Pace {
    /// As it happens.
    Live,
    /// Ten times slower; waits longer than a few seconds as they are.
    #[default]
    Slow,
    /// One step at a time, when the reader asks for it.
    Steps,
}

/// What of a journey is told at a moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Told {
    /// The moment of the journey that is shown.
    pub(crate) until: Timestamp,
    /// After how long something else will be shown; none when the telling has caught up.
    pub(crate) next: Option<Duration>,
    /// Whether it has just been reached, so that what moved is shown to move.
    pub(crate) is_fresh: bool,
}

impl Pace {
    /// Every pace in the order in which they are offered.
    pub(crate) const ALL: [Self; 3] = [Self::Live, Self::Slow, Self::Steps];

    /// Its name in addresses.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Live => "live",
            Self::Slow => "slow",
            Self::Steps => "steps",
        }
    }

    /// Its name for people.
    pub(crate) fn words(self) -> &'static str {
        match self {
            Self::Live => "as it happens",
            Self::Slow => "10 times slower",
            Self::Steps => "step by step",
        }
    }

    /// The pace of a name; the usual one for any other.
    pub(crate) fn parse(name: &str) -> Self {
        let mut all = Self::ALL.into_iter();
        all.find(|pace| pace.name() == name).unwrap_or_default()
    }

    /// What is told of a journey with these moments, in order, when its telling began at `since` and it is `now`.
    pub(crate) fn told(self, moments: &[Timestamp], since: Timestamp, now: Timestamp) -> Told {
        let caught_up = Told {
            until: now,
            next: None,
            is_fresh: false,
        };
        let Some((first, rest)) = moments.split_first().filter(|_| self == Self::Slow) else {
            return caught_up;
        };
        // it is of an address that anybody can write
        let mut at = since.max(*first).min(now);
        let mut last = *first;
        for moment in rest {
            let after = at + stretched(moment.duration_since(last));
            if after > now {
                return Told {
                    until: last,
                    next: Duration::try_from(after.duration_since(now)).ok(),
                    is_fresh: now.duration_since(at) < FRESH,
                };
            }
            (at, last) = (after, *moment);
        }
        // what has no next moment yet goes on as it happens
        let since_last = now.duration_since(at).max(SignedDuration::ZERO);
        Told {
            until: (last + since_last).min(now),
            next: None,
            is_fresh: since_last < FRESH,
        }
    }
}

/// How long a gap between two moments is told.
fn stretched(gap: SignedDuration) -> SignedDuration {
    gap.saturating_mul(SLOWER).min(LONGEST.max(gap))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn at(milliseconds: i64) -> Timestamp {
        Timestamp::from_millisecond(milliseconds).unwrap()
    }

    #[test]
    fn ten_times_slower_shows_each_moment_in_its_turn_and_says_when_the_next_is_due() {
        let moments = [at(1_000), at(1_021), at(1_040), at(1_400)];
        let told = |after: i64| Pace::Slow.told(&moments, at(1_000), at(1_000 + after));
        assert!(told(450).is_fresh && !told(1_200).is_fresh);
        let next = |milliseconds| Some(Duration::from_millis(milliseconds));
        for (after, until, wanted) in [
            (0, 1_000, next(210)),
            (209, 1_000, next(1)),
            (210, 1_021, next(190)),
            (400, 1_040, next(3_600)),
        ] {
            let told = told(after);
            assert_eq!(
                (told.until, told.next),
                (at(until), wanted),
                "after {after} ms"
            );
        }
        assert_eq!(told(4_000).next, None, "all of it is told");
        assert_eq!(told(4_000).until, at(1_400));
    }

    #[test]
    fn a_telling_that_began_at_an_impossible_time_is_told() {
        let moments = [at(1_000), at(1_021)];
        let told = |since| Pace::Slow.told(&moments, since, at(2_000)).until;
        assert_eq!(told(Timestamp::MIN), at(1_790 + 21));
        assert_eq!(told(Timestamp::MAX), at(1_000));
    }

    #[test]
    fn a_long_wait_is_not_drawn_out() {
        let moments = [at(0), at(60_000)];
        let told = Pace::Slow.told(&moments, at(0), at(60_000));
        assert_eq!(told.until, at(60_000));
        let told = Pace::Slow.told(&[at(0), at(2_000)], at(0), at(4_000));
        assert_eq!(told.until, at(2_000), "two seconds are told as four");
    }

    #[test]
    fn as_it_happens_is_now() {
        let moments = [at(0), at(21)];
        assert_eq!(Pace::Live.told(&moments, at(0), at(5)).until, at(5));
    }

    proptest! {
        #[test]
        fn nothing_is_told_before_it_happened_and_the_telling_never_goes_back(
            gaps in prop::collection::vec(0i64..20_000, 0..12),
            since in 0i64..100,
            steps in prop::collection::vec(0i64..9_000, 1..12),
        ) {
            let mut moments = vec![at(0)];
            let mut moment = 0;
            for gap in gaps {
                moment += gap;
                moments.push(at(moment));
            }
            let mut now = moment + since;
            let mut before = at(0);
            for step in steps {
                now += step;
                let told = Pace::Slow.told(&moments, at(since), at(now));
                prop_assert!(told.until <= at(now) && told.until >= before);
                before = told.until;
            }
        }
    }
}
