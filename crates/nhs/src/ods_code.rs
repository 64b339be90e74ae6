//! ODS codes of organisations.

use std::fmt;

/// An ODS organisation code, upper-cased: 2 to 12 letters and digits.
///
/// Practices are one letter and five digits today (`A81001`), but PDS promises only
/// `^[0-9A-Z]+$`, and mesh-sandbox's own organisations are `X26` and `X27`.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, serde::Serialize)]
#[serde(transparent)]
pub struct OdsCode(String);

/// Why a text is not an ODS code.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("an ODS code is 2 to 12 letters and digits")]
pub struct OdsCodeError;

impl OdsCode {
    /// Trims and upper-cases, then checks length and characters.
    ///
    /// # Errors
    ///
    /// When it is not 2 to 12 letters and digits.
    pub fn parse(text: &str) -> Result<Self, OdsCodeError> {
        let code = text.trim().to_ascii_uppercase();
        let fits = (2..=12).contains(&code.len());
        if fits && code.bytes().all(|b| b.is_ascii_alphanumeric()) {
            Ok(Self(code))
        } else {
            Err(OdsCodeError)
        }
    }

    /// The code, upper case.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for OdsCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl<'de> serde::Deserialize<'de> for OdsCode {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::parse(&text).map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_seen_in_the_field_are_read_and_upper_cased() {
        for code in ["A81001", "a20047", " Y12345 ", "W97041", "X26", "0ARHC"] {
            assert_eq!(
                OdsCode::parse(code).unwrap().as_str(),
                code.trim().to_uppercase()
            );
        }
    }

    #[test]
    fn anything_else_is_refused() {
        for text in ["", "A", "A8 1001", "A81001/..", "ABCDEFGHIJKLM", "Ä81001"] {
            assert_eq!(OdsCode::parse(text), Err(OdsCodeError), "{text}");
        }
    }
}
