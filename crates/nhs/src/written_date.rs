//! Dates in the ways that lists write them: by systems, by spreadsheets, by hand.

use jiff::civil::Date;

const MONTHS: [&str; 12] = [
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
];

/// Reads a full date of the years 1800 to 2199, in ISO order (`1980-02-29`, `19800229`), day first as the
/// United Kingdom writes it (`29/02/1980`, `29.2.1980`, `29021980`), or with the month's name
/// (`29-Feb-1980`, `29 February 1980`, `February 29, 1980`). A time of day behind it and an apostrophe before
/// it, as spreadsheets leave them, are passed over.
///
/// `None` for all else: a year of two digits, month first in figures, a date that the calendar has not.
///
/// ```
/// let date = nhs::written_date("29/02/1980 00:00:00").unwrap();
/// assert_eq!(date.to_string(), "1980-02-29");
/// assert!(nhs::written_date("02/29/1980").is_none());
/// ```
pub fn written_date(text: &str) -> Option<Date> {
    let text = text.trim();
    let day = without_time(text.strip_prefix('\'').unwrap_or(text).trim());
    let parts: Vec<&str> = day
        .split(['-', '/', '.', ' ', ','])
        .filter(|part| !part.is_empty())
        .collect();
    let (year, month, day) = match *parts.as_slice() {
        [digits] => return eight_digits(digits),
        [year, month, day] if year.len() == 4 => (year, month, day),
        [month, day, year] if named_month(month).is_some() => (year, month, day),
        [day, month, year] => (year, month, day),
        _ => return None,
    };
    let month = named_month(month).or_else(|| number(month, 2))?;
    date(
        number(year, 4).filter(|_| year.len() == 4)?,
        month,
        number(day, 2)?,
    )
}

/// Cuts off `T00:00:00+00:00`, ` 00:00`, ` 00:00:00 AM`.
fn without_time(text: &str) -> &str {
    let is_time = |text: &str| {
        let mut characters = text.chars();
        let digits = characters.next().is_some_and(|c| c.is_ascii_digit());
        digits
            && text.contains(':')
            && characters.all(|c| c.is_ascii_digit() || ":.+-Z".contains(c))
    };
    if let Some((day, time)) = text.split_once('T')
        && is_time(time)
    {
        return day;
    }
    let upper = text.to_ascii_uppercase();
    let ends_in_half = upper.ends_with(" AM") || upper.ends_with(" PM");
    let text = match text.len().checked_sub(3) {
        Some(at) if ends_in_half => text.get(..at).unwrap_or(text),
        _ => text,
    };
    match text.trim_end().rsplit_once(' ') {
        Some((day, time)) if is_time(time) => day,
        _ => text,
    }
}

/// `YYYYMMDD` or `DDMMYYYY`: no date of these centuries reads both ways (see `DateOfBirth`).
fn eight_digits(text: &str) -> Option<Date> {
    let born = crate::DateOfBirth::parse_eight_digits(text).ok()?;
    Some(born.date())
}

fn named_month(text: &str) -> Option<i16> {
    let text = text.to_ascii_lowercase();
    let is_it = |name: &&str| *name == text || name.get(..3) == Some(text.as_str());
    let at = MONTHS.iter().position(is_it)?;
    i16::try_from(at + 1).ok()
}

fn number(text: &str, most: usize) -> Option<i16> {
    let digits = !text.is_empty() && text.len() <= most && text.bytes().all(|b| b.is_ascii_digit());
    text.parse().ok().filter(|_| digits)
}

fn date(year: i16, month: i16, day: i16) -> Option<Date> {
    let (month, day) = (i8::try_from(month).ok()?, i8::try_from(day).ok()?);
    let date = Date::new(year, month, day).ok()?;
    (1800..=2199).contains(&year).then_some(date)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_date_is_read_however_a_list_writes_it() {
        for text in [
            "1980-02-29",
            "'1980-02-29",
            "19800229",
            "29021980",
            "29/02/1980",
            "29/2/1980",
            "29-02-1980",
            "29.02.1980",
            "1980/02/29",
            "1980-02-29 00:00:00",
            "1980-02-29T00:00:00+00:00",
            "1980-02-29T00:00:00.000Z",
            "29/02/1980 00:00",
            "29/02/1980 12:00:00 AM",
            "29-Feb-1980",
            "29 FEB 1980",
            "29 February 1980",
            "Feb 29, 1980",
        ] {
            let read = written_date(text).map(|date| date.to_string());
            assert_eq!(read.as_deref(), Some("1980-02-29"), "{text}");
        }
    }

    #[test]
    fn what_can_be_read_in_two_ways_or_in_none_is_not_read() {
        for text in [
            "",
            "1980",
            "1980-02",
            "02/29/1980",
            "29/02/80",
            "29-Feb-80",
            "30/02/1980",
            "29316",
            "unknown",
            "29/Fe/1980",
            "29-Febr-1980",
            "1979-02-29",
            "29/02/1780",
            "１9800229",
            "29/02/1980/1",
            "-29/02/1980 x",
        ] {
            assert_eq!(written_date(text), None, "{text}");
        }
    }

    proptest! {
        #[test]
        fn any_text_is_read_or_not(text in "\\PC{0,30}") {
            let _ = written_date(&text);
        }
    }
}
