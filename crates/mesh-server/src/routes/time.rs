//! Times as the API writes them: in UTC and without a zone.

use jiff::Timestamp;
use jiff::civil::{Date, DateTime};
use jiff::tz::TimeZone;

/// The moment as a clock in UTC shows it.
pub(super) fn civil(at: Timestamp) -> DateTime {
    at.to_zoned(TimeZone::UTC).datetime()
}

/// `2026-01-14T09:30:13.123456`.
pub(super) fn iso(at: Timestamp) -> String {
    civil(at).strftime("%Y-%m-%dT%H:%M:%S%.6f").to_string()
}

/// `20260114093013`.
pub(super) fn digits(at: Timestamp) -> String {
    mesh::status::format_time(civil(at))
}

/// Reads ISO 8601 with a zone, without one (UTC is meant then), or a date alone.
pub(super) fn read_iso(text: &str) -> Option<Timestamp> {
    let text = text.trim();
    let in_utc = |time: DateTime| {
        time.to_zoned(TimeZone::UTC)
            .map(|zoned| zoned.timestamp())
            .ok()
    };
    // A plus sign that was not encoded arrives as a blank.
    let zoned = text.rfind(' ').filter(|at| *at > 11).map(|at| {
        let (before, after) = text.split_at_checked(at).unwrap_or((text, ""));
        format!("{before}+{}", after.trim_start())
    });
    let zoned = zoned.as_deref().unwrap_or(text);
    zoned
        .parse::<Timestamp>()
        .ok()
        .or_else(|| text.parse::<DateTime>().ok().and_then(in_utc))
        .or_else(|| {
            text.parse::<Date>()
                .ok()
                .and_then(|date| in_utc(date.at(0, 0, 0, 0)))
        })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn iso_times_with_and_without_a_zone_are_read() {
        for text in [
            "2022-05-20T14:35:52Z",
            "2022-05-20T14:35:52",
            "2022-05-20 14:35:52",
            "2022-05-20T15:35:52+01:00",
            "2022-05-20T15:35:52 01:00",
        ] {
            let read = read_iso(text).map(|at| at.to_string());
            assert_eq!(read.as_deref(), Some("2022-05-20T14:35:52Z"), "{text}");
        }
        assert_eq!(
            read_iso("2022-05-20").unwrap().to_string(),
            "2022-05-20T00:00:00Z"
        );
        for text in ["", "yesterday", "2022-13-01", "-", "2022-05-20T25:00:00"] {
            assert_eq!(read_iso(text), None, "{text}");
        }
    }

    proptest! {
        #[test]
        fn any_text_is_read_or_refused(text in "\\PC{0,40}") {
            let _ = read_iso(&text);
        }
    }
}
