//! A header's value as text that still knows its bytes.

use std::borrow::Cow;
use std::fmt;
use std::ops::Deref;

/// The text of a header. Clients send UTF-8 and Latin-1, and a value leaves the exchange in the
/// bytes it came in.
#[derive(Clone, PartialEq, Eq)]
pub struct HeaderText {
    text: String,
    latin_1: bool,
}

impl HeaderText {
    /// Reads a value: UTF-8, else Latin-1, in which any bytes are text.
    pub fn from_bytes(bytes: &[u8]) -> Self {
        match decode(bytes) {
            Cow::Borrowed(text) => Self::from(text),
            Cow::Owned(text) => Self {
                text,
                latin_1: true,
            },
        }
    }

    /// The text alone.
    pub fn into_string(self) -> String {
        self.text
    }

    /// The bytes it was read from.
    pub fn into_bytes(self) -> Vec<u8> {
        if self.latin_1 {
            // read from bytes, so that every character is one
            self.text
                .chars()
                .filter_map(|c| u8::try_from(c).ok())
                .collect()
        } else {
            self.text.into_bytes()
        }
    }
}

/// A value's bytes as text: UTF-8, else Latin-1.
pub fn decode(bytes: &[u8]) -> Cow<'_, str> {
    match std::str::from_utf8(bytes) {
        Ok(text) => Cow::Borrowed(text),
        Err(_) => Cow::Owned(bytes.iter().map(|byte| char::from(*byte)).collect()),
    }
}

impl Deref for HeaderText {
    type Target = str;

    fn deref(&self) -> &str {
        &self.text
    }
}

impl From<String> for HeaderText {
    fn from(text: String) -> Self {
        Self {
            text,
            latin_1: false,
        }
    }
}

impl From<&str> for HeaderText {
    fn from(text: &str) -> Self {
        text.to_owned().into()
    }
}

impl fmt::Debug for HeaderText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("HeaderText(redacted)")
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn values_are_utf_8_or_else_latin_1() {
        let (utf_8, latin_1) = ("Müller".as_bytes(), b"M\xFCller");
        assert_eq!(&*HeaderText::from_bytes(utf_8), "Müller");
        assert_eq!(&*HeaderText::from_bytes(latin_1), "Müller");
        assert_eq!(HeaderText::from_bytes(latin_1).into_bytes(), latin_1);
    }

    proptest! {
        #[test]
        fn any_bytes_come_back_as_they_were(bytes: Vec<u8>) {
            prop_assert_eq!(HeaderText::from_bytes(&bytes).into_bytes(), bytes);
        }
    }
}
