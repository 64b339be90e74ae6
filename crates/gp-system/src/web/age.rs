//! How long ago something was, in words.

use jiff::{SignedDuration, Timestamp};
use maud::{Markup, html};

/// From here on what waits is old.
pub(super) const OLD: SignedDuration = SignedDuration::from_hours(48);

/// How long ago, such as `3 days`.
pub(super) fn words(since: Timestamp, now: Timestamp) -> String {
    let age = now.duration_since(since);
    let counted = |count: i64, one: &str| match count {
        1 => format!("1 {one}"),
        count => format!("{count} {one}s"),
    };
    match (age.as_hours(), age.as_mins()) {
        (48.., _) => counted(age.as_hours() / 24, "day"),
        (1.., _) => counted(age.as_hours(), "hour"),
        (_, 1..) => counted(age.as_mins(), "minute"),
        _ => "just now".to_owned(),
    }
}

/// The age of what waits; more than two days stand out.
pub(super) fn waiting(since: Timestamp, now: Timestamp) -> Markup {
    let is_old = now.duration_since(since) > OLD;
    html! {
        time class=(if is_old { "age age-old" } else { "age" }) datetime=(since) { (words(since, now)) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_age_is_told_in_the_unit_that_people_would_use() {
        let since = Timestamp::UNIX_EPOCH;
        let after = |minutes| words(since, since + SignedDuration::from_mins(minutes));
        assert_eq!(after(0), "just now");
        assert_eq!(after(1), "1 minute");
        assert_eq!(after(59), "59 minutes");
        assert_eq!(after(60), "1 hour");
        assert_eq!(after(47 * 60 + 59), "47 hours");
        assert_eq!(after(48 * 60), "2 days");
    }
}
