//! Dates and times in fields of their own for each part, and what is wrong with which part.

use jiff::civil::{Date, Time};
use maud::Markup;
use pages::components::{DateInput, Errors, Part};

use super::fields::Fields;

/// A date or time that the form asks for.
pub(super) struct Question {
    /// The beginning of its fields' names: `birth_date` has `birth_date_day`, …
    pub(super) name: &'static str,
    /// What is asked.
    pub(super) legend: &'static str,
    /// What errors call it.
    pub(super) what: &'static str,
    pub(super) hint: &'static str,
}

pub(super) const BORN: Question = Question {
    name: "birth_date",
    legend: "Date of birth",
    what: "Date of birth",
    hint: "For example, 23 6 1946",
};
pub(super) const SEEN_ON: Question = Question {
    name: "date",
    legend: "When the patient was seen",
    what: "The date when the patient was seen",
    hint: "For example, 22 11 2026",
};
pub(super) const SEEN_AT: Question = Question {
    name: "time",
    legend: "Time",
    what: "The time when the patient was seen",
    hint: "24 hours: half past two is 14 30",
};

/// A part of a date or time: its name, its label, what must be there, its digits.
type Shape = (&'static str, &'static str, (i16, i16), u8);
const DATE: [Shape; 3] = [
    ("day", "Day", (1, 31), 2),
    ("month", "Month", (1, 12), 2),
    ("year", "Year", (1800, 2199), 4),
];
const TIME: [Shape; 2] = [
    ("hour", "Hour", (0, 23), 2),
    ("minute", "Minute", (0, 59), 2),
];

impl Question {
    fn part(&self, part: &str) -> String {
        format!("{}_{part}", self.name)
    }

    /// The fields of a date.
    pub(super) fn date_fields(&self, fields: &Fields, errors: &Errors) -> Markup {
        self.fields(&DATE, fields, errors)
    }

    /// The fields of a time.
    pub(super) fn time_fields(&self, fields: &Fields, errors: &Errors) -> Markup {
        self.fields(&TIME, fields, errors)
    }

    fn fields(&self, shapes: &[Shape], fields: &Fields, errors: &Errors) -> Markup {
        let parts: Vec<Part<'_>> = shapes
            .iter()
            .map(|(name, label, _, digits)| Part {
                name,
                label,
                value: fields.get(&self.part(name)),
                digits: *digits,
            })
            .collect();
        DateInput::new(self.name, self.legend, &parts)
            .hint(self.hint)
            .show(errors)
    }

    pub(super) fn set_date(&self, fields: &mut Fields, date: Date) {
        let parts = [
            ("day", i16::from(date.day())),
            ("month", i16::from(date.month())),
            ("year", date.year()),
        ];
        for (part, value) in parts {
            fields.set(&self.part(part), &value.to_string());
        }
    }

    pub(super) fn set_time(&self, fields: &mut Fields, time: Time) {
        for (part, value) in [("hour", time.hour()), ("minute", time.minute())] {
            fields.set(&self.part(part), &format!("{value:02}"));
        }
    }

    /// The date, up to `latest`, or what is wrong with which part.
    pub(super) fn date(&self, fields: &Fields, latest: Date, errors: &mut Errors) -> Option<Date> {
        let [day, month, year] = self.numbers(&DATE, fields, errors)?;
        let small = |number: i16| i8::try_from(number).ok();
        let Ok(date) = Date::new(year, small(month)?, small(day)?) else {
            let words = format!(
                "{} must be a real date: that month has no day {day}",
                self.what
            );
            errors.add(self.part("day"), words);
            return None;
        };
        if date > latest {
            let part = if year > latest.year() { "year" } else { "day" };
            let words = format!("{} must be today or in the past", self.what);
            errors.add(self.part(part), words);
            return None;
        }
        Some(date)
    }

    /// The time, or what is wrong with which part.
    pub(super) fn time(&self, fields: &Fields, errors: &mut Errors) -> Option<Time> {
        let [hour, minute] = self.numbers(&TIME, fields, errors)?;
        let small = |number: i16| i8::try_from(number).ok();
        Time::new(small(hour)?, small(minute)?, 0, 0).ok()
    }

    fn numbers<const N: usize>(
        &self,
        shapes: &[Shape; N],
        fields: &Fields,
        errors: &mut Errors,
    ) -> Option<[i16; N]> {
        let value = |part: &str| fields.get(&self.part(part));
        if shapes.iter().all(|(part, ..)| value(part).is_empty()) {
            let parts: Vec<&str> = shapes.iter().map(|(part, ..)| *part).collect();
            let words = format!("{} is missing: enter {}", self.what, parts.join(", "));
            errors.add(self.part(shapes.first()?.0), words);
            return None;
        }
        let mut numbers = [0; N];
        let mut is_whole = true;
        for (number, (part, label, (least, most), _)) in numbers.iter_mut().zip(shapes) {
            let value = value(part);
            match value.parse::<i16>() {
                Ok(read) if (*least..=*most).contains(&read) => *number = read,
                _ => {
                    is_whole = false;
                    let words = if value.is_empty() {
                        format!("{} must include a {part}", self.what)
                    } else {
                        format!(
                            "{}: {label} must be a number from {least} to {most}",
                            self.what
                        )
                    };
                    errors.add(self.part(part), words.replace("a hour", "an hour"));
                }
            }
        }
        is_whole.then_some(numbers)
    }
}

/// `27 Nov 2026`.
pub(super) fn day(date: Date) -> String {
    date.strftime("%-d\u{a0}%b\u{a0}%Y").to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The fields with what is wrong in them.
    fn wrong(day: &str, month: &str, year: &str) -> Vec<(&'static str, String)> {
        let mut fields = Fields::default();
        for (part, value) in [("day", day), ("month", month), ("year", year)] {
            fields.set(&format!("birth_date_{part}"), value);
        }
        let mut errors = Errors::new();
        let today = "2026-11-22".parse().unwrap();
        let read = BORN.date(&fields, today, &mut errors);
        let parts = ["day", "month", "year"].into_iter();
        let told: Vec<_> = parts
            .filter_map(|part| Some((part, errors.of(&BORN.part(part))?.to_owned())))
            .collect();
        assert_eq!(read.is_some(), told.is_empty());
        told
    }

    #[test]
    fn an_error_names_the_part_it_is_about() {
        assert_eq!(wrong("23", "6", "1946"), []);
        assert_eq!(wrong("01", "01", "1900"), []);
        for (day, month, year, part, words) in [
            ("", "", "", "day", "is missing: enter day, month, year"),
            ("", "6", "1946", "day", "must include a day"),
            ("23", "", "1946", "month", "must include a month"),
            ("23", "6", "", "year", "must include a year"),
            (
                "32",
                "6",
                "1946",
                "day",
                "Day must be a number from 1 to 31",
            ),
            (
                "6",
                "23",
                "1946",
                "month",
                "Month must be a number from 1 to 12",
            ),
            (
                "23",
                "6",
                "46",
                "year",
                "Year must be a number from 1800 to 2199",
            ),
            ("x", "6", "1946", "day", "Day must be a number"),
            ("31", "6", "1946", "day", "that month has no day 31"),
            ("29", "2", "1947", "day", "that month has no day 29"),
            ("23", "11", "2026", "day", "must be today or in the past"),
            ("1", "1", "2027", "year", "must be today or in the past"),
        ] {
            let told = wrong(day, month, year);
            let [(about, said)] = told.as_slice() else {
                panic!("{day} {month} {year}: {told:?}");
            };
            assert_eq!(*about, part);
            assert!(said.contains(words), "{said}");
        }
        assert_eq!(wrong("40", "13", "1946").len(), 2);
    }
}
