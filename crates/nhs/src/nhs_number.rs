//! NHS numbers with their check digit.

use std::fmt;

/// An NHS number: ten digits whose last is the Modulus 11 check digit of the first nine
/// (weights 10 to 2; a remainder that would need the digit 10 makes the number invalid).
///
/// `0000000000` and `9999999999` pass the arithmetic but stand for "no match" and "several
/// matches" in PDS batch traces, so they are refused.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct NhsNumber(u64);

/// Why a text is not an NHS number. Never carries the text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NhsNumberError {
    /// Not ten digits after spaces and hyphens are taken away.
    #[error("an NHS number is 10 digits, spaces and hyphens apart")]
    NotTenDigits,
    /// The tenth digit is not the Modulus 11 check digit.
    #[error("the check digit (Modulus 11) of the NHS number is wrong")]
    CheckDigit,
    /// All zeros or all nines.
    #[error("the NHS number is one of the two reserved values")]
    Reserved,
}

impl NhsNumber {
    /// Reads `9434765919`, `943 476 5919` or `943-476-5919`.
    ///
    /// # Errors
    ///
    /// When there are not ten digits, the check digit is wrong, or the number is one of the two reserved.
    pub fn parse(text: &str) -> Result<Self, NhsNumberError> {
        let mut value = 0u64;
        let mut count = 0u32;
        let mut sum = 0u64;
        let mut last = 0u64;
        for c in text.trim().chars().filter(|c| *c != ' ' && *c != '-') {
            let digit = c
                .to_digit(10)
                .map(u64::from)
                .ok_or(NhsNumberError::NotTenDigits)?;
            if count == 10 {
                return Err(NhsNumberError::NotTenDigits);
            }
            if count < 9 {
                sum += digit * u64::from(10 - count);
            }
            value = value * 10 + digit;
            last = digit;
            count += 1;
        }
        if count != 10 {
            return Err(NhsNumberError::NotTenDigits);
        }
        if value == 0 || value == 9_999_999_999 {
            return Err(NhsNumberError::Reserved);
        }
        match (11 - sum % 11) % 11 {
            10 => Err(NhsNumberError::CheckDigit),
            check if check == last => Ok(Self(value)),
            _ => Err(NhsNumberError::CheckDigit),
        }
    }

    /// The ten digits, as they travel in messages: `9434765919`.
    pub fn digits(&self) -> String {
        format!("{:010}", self.0)
    }

    /// The ten digits as people read them: `943 476 5919`.
    pub fn spaced(&self) -> String {
        format!(
            "{:03} {:03} {:04}",
            self.0 / 10_000_000,
            self.0 / 10_000 % 1_000,
            self.0 % 10_000
        )
    }

    /// The number as an integer, for keyed indexes.
    pub fn value(&self) -> u64 {
        self.0
    }
}

impl fmt::Debug for NhsNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("NhsNumber(redacted)")
    }
}

impl serde::Serialize for NhsNumber {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.digits())
    }
}

impl<'de> serde::Deserialize<'de> for NhsNumber {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::parse(&text).map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn published_test_numbers_are_read_in_every_spelling() {
        for text in ["9693632109", "969 363 2109", "969-363-2109", " 9693632109 "] {
            let number = NhsNumber::parse(text).unwrap();
            assert_eq!(number.digits(), "9693632109");
            assert_eq!(number.spaced(), "969 363 2109");
        }
        assert_eq!(
            NhsNumber::parse("0010000010").map(|n| n.digits()),
            Err(NhsNumberError::CheckDigit)
        );
    }

    #[test]
    fn wrong_length_check_digit_and_reserved_values_are_told_apart() {
        assert_eq!(NhsNumber::parse(""), Err(NhsNumberError::NotTenDigits));
        assert_eq!(
            NhsNumber::parse("12345678"),
            Err(NhsNumberError::NotTenDigits)
        );
        assert_eq!(
            NhsNumber::parse("96936321090"),
            Err(NhsNumberError::NotTenDigits)
        );
        assert_eq!(
            NhsNumber::parse("969363210X"),
            Err(NhsNumberError::NotTenDigits)
        );
        assert_eq!(
            NhsNumber::parse("9000000000"),
            Err(NhsNumberError::CheckDigit)
        );
        assert_eq!(
            NhsNumber::parse("4857773456"),
            Err(NhsNumberError::CheckDigit)
        );
        assert_eq!(
            NhsNumber::parse("0000000000"),
            Err(NhsNumberError::Reserved)
        );
        assert_eq!(
            NhsNumber::parse("9999999999"),
            Err(NhsNumberError::Reserved)
        );
    }

    #[test]
    fn debug_never_shows_the_number() {
        let shown = format!("{:?}", NhsNumber::parse("9693632109").unwrap());
        assert!(!shown.contains("9693"));
    }

    proptest! {
        #[test]
        fn any_text_is_refused_or_read_back_as_itself(text in "\\PC{0,14}") {
            if let Ok(number) = NhsNumber::parse(&text) {
                prop_assert_eq!(NhsNumber::parse(&number.digits()), Ok(number));
            }
        }

        #[test]
        fn one_wrong_digit_is_always_noticed(stem in 100_000_000u64..999_999_999, place in 0usize..10, other in 0u8..10) {
            let valid = (0..10).map(|d| format!("{stem}{d}")).find(|t| NhsNumber::parse(t).is_ok());
            if let Some(text) = valid {
                let mut bytes = text.clone().into_bytes();
                if bytes[place] != b'0' + other {
                    bytes[place] = b'0' + other;
                    prop_assert!(NhsNumber::parse(std::str::from_utf8(&bytes).unwrap()).is_err());
                }
            }
        }
    }
}
