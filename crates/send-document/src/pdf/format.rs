//! The template's own ways of writing names, dates and telephone numbers.

use jiff::civil::{Date, DateTime};

use crate::consultation::Patient;

/// `SMITH, John Simon (Mr)`.
pub(super) fn patient_name(patient: &Patient) -> String {
    let mut name = patient.family_name.as_str().to_uppercase();
    if !patient.given_names.is_empty() {
        name.push_str(", ");
        name.push_str(&patient.given_names.join(" "));
    }
    if let Some(title) = &patient.title {
        name.push_str(&format!(" ({title})"));
    }
    name
}

/// `23-Jun-1946`.
pub(super) fn date(date: Date) -> String {
    date.strftime("%d-%b-%Y").to_string()
}

/// `02-Mar-2026 09:30`.
pub(super) fn date_time(moment: DateTime) -> String {
    moment.strftime("%d-%b-%Y %H:%M").to_string()
}

/// `area local [x ext]`, with a space before the last four digits of a local number longer than
/// six: `0113 496 0000`, `01228 555123 x21`. What is not a United Kingdom number is kept as it is.
pub(super) fn phone(written: &str) -> String {
    let lower = written.trim().to_ascii_lowercase();
    let (number, extension) = match lower.split_once("ext").or_else(|| lower.split_once('x')) {
        Some((number, extension)) => (number, Some(extension)),
        None => (lower.as_str(), None),
    };
    let digits: String = number.chars().filter(char::is_ascii_digit).collect();
    let plain = number
        .chars()
        .all(|c| c.is_ascii_digit() || " -()".contains(c));
    if !plain || !digits.starts_with('0') || !(10..=11).contains(&digits.len()) {
        return written.trim().to_owned();
    }
    let (area, local) = digits.split_at(area_digits(&digits));
    let local = match local.len() {
        0..=6 => local.to_owned(),
        length => {
            let (first, last) = local.split_at(length - 4);
            format!("{first} {last}")
        }
    };
    let extension = extension.map(|e| e.trim_matches(|c: char| !c.is_ascii_digit()));
    match extension.filter(|e| !e.is_empty()) {
        Some(extension) => format!("{area} {local} x{extension}"),
        None => format!("{area} {local}"),
    }
}

/// How many digits the area code of a United Kingdom number has (Ofcom's numbering plan; the few
/// six-digit codes are written with five).
fn area_digits(digits: &str) -> usize {
    let mut chars = digits.chars().skip(1);
    let (second, third, fourth) = (chars.next(), chars.next(), chars.next());
    match (second, third, fourth) {
        (Some('2'), _, _) => 3,
        (Some('1'), Some('1'), _) | (Some('1'), _, Some('1')) => 4,
        (Some('3' | '8' | '9'), _, _) => 4,
        _ => 5,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn phone_numbers_are_spaced_as_the_template_asks() {
        for (written, printed) in [
            ("01134960000", "0113 496 0000"),
            ("0113 496 0000", "0113 496 0000"),
            ("020 79460958", "020 7946 0958"),
            ("01228555123", "01228 555123"),
            ("01228 555123 ext. 21", "01228 555123 x21"),
            ("07700 900123", "07700 900123"),
            ("0121-496-0123", "0121 496 0123"),
            ("0303 444 0000", "0303 444 0000"),
            ("+44 113 496 0000", "+44 113 496 0000"),
            ("999", "999"),
            ("ask reception", "ask reception"),
        ] {
            assert_eq!(phone(written), printed);
        }
    }
}
