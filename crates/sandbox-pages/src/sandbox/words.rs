//! How times, lengths and counts are written.

use jiff::Timestamp;
use maud::{Markup, html};

/// `48,312 bytes`.
pub(crate) fn bytes(count: u64) -> String {
    match count {
        1 => "1 byte".to_owned(),
        count => format!("{} bytes", grouped(count)),
    }
}

/// Digits in groups of three.
pub(crate) fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut grouped = String::with_capacity(digits.len() * 4 / 3);
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    grouped
}

/// `1 error`, `2 errors`.
pub(crate) fn counted(count: usize, what: &str) -> String {
    match count {
        1 => format!("1 {what}"),
        count => format!("{count} {what}s"),
    }
}

/// The same with a capital letter in front.
pub(crate) fn capital(text: &str) -> String {
    let mut letters = text.chars();
    match letters.next() {
        Some(first) => first.to_uppercase().chain(letters).collect(),
        None => String::new(),
    }
}

/// The time of day to the second; its `datetime` has the rest.
pub(crate) fn clock_time(at: Timestamp) -> Markup {
    html! { time datetime=(at) title=(in_zone(at, "%-d %b %Y")) { (in_zone(at, "%H:%M:%S")) } }
}

/// Day and time of day to the millisecond.
pub(crate) fn exact_time(at: Timestamp) -> Markup {
    html! { time datetime=(at) { (in_zone(at, "%-d %b %Y, %H:%M:%S.%3f")) } }
}

fn in_zone(at: Timestamp, format: &str) -> String {
    at.to_zoned(nhs::uk_time_zone())
        .strftime(format)
        .to_string()
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_grouped_by_three() {
        for (number, text) in [(1, "1 byte"), (999, "999 bytes"), (1_000, "1,000 bytes")] {
            assert_eq!(bytes(number), text);
        }
        assert_eq!(grouped(12_345_678), "12,345,678");
    }

    #[test]
    fn times_are_those_of_london() {
        let at: Timestamp = "2026-07-01T11:02:03.045Z".parse().unwrap();
        assert!(clock_time(at).into_string().contains(">12:02:03<"));
        assert!(
            exact_time(at)
                .into_string()
                .contains("1 Jul 2026, 12:02:03.045")
        );
    }
}
