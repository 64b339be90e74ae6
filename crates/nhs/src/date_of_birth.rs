//! Dates of birth, in the orders that files and addresses write them.

use std::fmt;

use jiff::civil::Date;

/// A patient's full date of birth. A partial date (`1946` or `1946-06`, which PDS may hold) is not
/// one: it can never be matched.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct DateOfBirth(Date);

/// The order in which an address writes the date of birth; the sources disagree.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum DateOrder {
    /// `DDMMYYYY`, as the Send Document 1.3 texts have it.
    #[default]
    DayMonthYear,
    /// `YYYYMMDD`, as the endpoint lookup guide and Send Document 2.x have it.
    YearMonthDay,
}

/// Why a text is not a full date of birth. Never carries the text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a date of birth is a real date, written in full, from 1800 to 2199")]
pub struct DateOfBirthError;

impl DateOfBirth {
    /// Reads `YYYY-MM-DD`, as FHIR and the registry write it.
    ///
    /// # Errors
    ///
    /// When it is not of this form, not a real date, or not of the years 1800 to 2199.
    pub fn parse_iso(text: &str) -> Result<Self, DateOfBirthError> {
        match text.as_bytes() {
            [y1, y2, y3, y4, b'-', m1, m2, b'-', d1, d2] => {
                Self::from_digits([*y1, *y2, *y3, *y4], [*m1, *m2], [*d1, *d2])
            }
            _ => Err(DateOfBirthError),
        }
    }

    /// Reads the eight digits of a patient address, `DDMMYYYY` or `YYYYMMDD`.
    ///
    /// The sources disagree on the order, yet no date of these four centuries reads as a real date
    /// both ways: `DDMMYYYY` taken as `YYYYMMDD` has month 18 to 21, and `YYYYMMDD` taken as
    /// `DDMMYYYY` has a year of at most 1231. The tests go over every date.
    ///
    /// # Errors
    ///
    /// When it is not eight digits, or in neither order a real date of the years 1800 to 2199.
    pub fn parse_eight_digits(text: &str) -> Result<Self, DateOfBirthError> {
        Self::parse_with_order(text).map(|(date, _)| date)
    }

    /// [`Self::parse_eight_digits`], with the order they were written in.
    ///
    /// # Errors
    ///
    /// As [`Self::parse_eight_digits`].
    pub fn parse_with_order(text: &str) -> Result<(Self, DateOrder), DateOfBirthError> {
        let &[a, b, c, d, e, f, g, h] =
            <&[u8; 8]>::try_from(text.as_bytes()).map_err(|_| DateOfBirthError)?;
        if let Ok(date) = Self::from_digits([a, b, c, d], [e, f], [g, h]) {
            return Ok((date, DateOrder::YearMonthDay));
        }
        Self::from_digits([e, f, g, h], [c, d], [a, b]).map(|date| (date, DateOrder::DayMonthYear))
    }

    fn from_digits(year: [u8; 4], month: [u8; 2], day: [u8; 2]) -> Result<Self, DateOfBirthError> {
        let number = |digits: &[u8]| {
            digits.iter().try_fold(0i16, |n, b| {
                b.is_ascii_digit()
                    .then(|| n * 10 + i16::from(b - b'0'))
                    .ok_or(DateOfBirthError)
            })
        };
        let (year, month, day) = (number(&year)?, number(&month)?, number(&day)?);
        if !(1800..=2199).contains(&year) {
            return Err(DateOfBirthError);
        }
        let small = |n: i16| i8::try_from(n).map_err(|_| DateOfBirthError);
        Date::new(year, small(month)?, small(day)?)
            .map(Self)
            .map_err(|_| DateOfBirthError)
    }

    /// `1946-06-23`.
    pub fn iso(&self) -> String {
        self.0.to_string()
    }

    /// `23061946`, the order of the Send Document 1.3 texts and the default of what we send.
    pub fn day_month_year(&self) -> String {
        format!(
            "{:02}{:02}{:04}",
            self.0.day(),
            self.0.month(),
            self.0.year()
        )
    }

    /// `19460623`, the order of the endpoint lookup guide and Send Document 2.x.
    pub fn year_month_day(&self) -> String {
        format!(
            "{:04}{:02}{:02}",
            self.0.year(),
            self.0.month(),
            self.0.day()
        )
    }

    /// The calendar date.
    pub fn date(&self) -> Date {
        self.0
    }
}

impl From<Date> for DateOfBirth {
    fn from(date: Date) -> Self {
        Self(date)
    }
}

impl fmt::Debug for DateOfBirth {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("DateOfBirth(redacted)")
    }
}

impl serde::Serialize for DateOfBirth {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.iso())
    }
}

impl<'de> serde::Deserialize<'de> for DateOfBirth {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::parse_iso(&text).map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_orders_of_every_date_from_1800_to_2199_are_read_as_that_date() {
        let mut date = Date::constant(1800, 1, 1);
        let last = Date::constant(2199, 12, 31);
        let mut dates = 0;
        loop {
            let birth = DateOfBirth(date);
            assert_eq!(
                DateOfBirth::parse_eight_digits(&birth.day_month_year()),
                Ok(birth)
            );
            assert_eq!(
                DateOfBirth::parse_eight_digits(&birth.year_month_day()),
                Ok(birth)
            );
            assert_eq!(DateOfBirth::parse_iso(&birth.iso()), Ok(birth));
            dates += 1;
            if date == last {
                break;
            }
            date = date.tomorrow().unwrap();
        }
        assert_eq!(dates, 146_097);
    }

    #[test]
    fn partial_impossible_and_foreign_texts_are_refused() {
        for text in [
            "",
            "1946",
            "1946-06",
            "1946-02-30",
            "1946-6-23",
            "23/06/1946",
            "+946-06-23",
        ] {
            assert_eq!(
                DateOfBirth::parse_iso(text),
                Err(DateOfBirthError),
                "{text}"
            );
        }
        for text in [
            "",
            "2306194",
            "32011946",
            "19461332",
            "00000000",
            "99999999",
            "２３０６",
        ] {
            assert_eq!(
                DateOfBirth::parse_eight_digits(text),
                Err(DateOfBirthError),
                "{text}"
            );
        }
    }

    #[test]
    fn debug_never_shows_the_date() {
        let shown = format!("{:?}", DateOfBirth::parse_iso("1946-06-23").unwrap());
        assert!(!shown.contains("46"));
    }
}
