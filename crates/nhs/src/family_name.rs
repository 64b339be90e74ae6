//! Family names, and when two spellings are the same name.

use std::fmt;

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

/// A family name as somebody wrote it, compared by [`FamilyName::matches`].
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct FamilyName(String);

/// Why a text is not a family name. Never carries the text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a family name is 1 to 100 characters without control characters")]
pub struct FamilyNameError;

impl FamilyName {
    /// Trims and checks. PDS allows 35 characters; other sources are longer.
    ///
    /// # Errors
    ///
    /// When nothing is left, more than 100 characters are, or one of them is a control character.
    pub fn parse(text: &str) -> Result<Self, FamilyNameError> {
        let name = text.trim();
        if (1..=100).contains(&name.chars().count()) && !name.chars().any(char::is_control) {
            Ok(Self(name.to_owned()))
        } else {
            Err(FamilyNameError)
        }
    }

    /// The name as it was written.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// What two spellings of one name share: accents dropped, `ß Æ Ø Ł Đ Þ` and their kin spelt
    /// out, upper case, letters A to Z only. A name with none of those is compared case-folded.
    ///
    /// The real trace's comparison is not published; this is the reading of `docs/spec/routing.md` §1.5.
    /// There is no prefix, sound or distance matching: a router that nobody watches must rather
    /// refuse (EPL-154) than misdeliver.
    pub fn key(&self) -> String {
        let mut key = String::with_capacity(self.0.len());
        for c in self.0.nfkd().filter(|c| !is_combining_mark(*c)) {
            match c {
                'ß' | 'ẞ' => key.push_str("SS"),
                'æ' | 'Æ' => key.push_str("AE"),
                'œ' | 'Œ' => key.push_str("OE"),
                'ø' | 'Ø' => key.push('O'),
                'ł' | 'Ł' => key.push('L'),
                'đ' | 'Đ' | 'ð' | 'Ð' => key.push('D'),
                'þ' | 'Þ' => key.push_str("TH"),
                'ı' => key.push('I'),
                c if c.is_ascii_alphabetic() => key.push(c.to_ascii_uppercase()),
                _ => {}
            }
        }
        if key.is_empty() {
            self.0.nfc().flat_map(char::to_lowercase).collect()
        } else {
            key
        }
    }

    /// Whether the two are one name by [`FamilyName::key`].
    pub fn matches(&self, other: &Self) -> bool {
        self.key() == other.key()
    }
}

impl fmt::Debug for FamilyName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("FamilyName(redacted)")
    }
}

impl serde::Serialize for FamilyName {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}

impl<'de> serde::Deserialize<'de> for FamilyName {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::parse(&text).map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn name(text: &str) -> FamilyName {
        FamilyName::parse(text).unwrap()
    }

    #[test]
    fn spellings_of_one_name_match() {
        for (left, right) in [
            ("Garton", "GARTON"),
            ("Garton", "gartón"),
            ("Thorne-Smith", "ThorneSmith"),
            ("O'MY GOODNESS", "omygoodness"),
            ("O’Reilly", "O'Reilly"),
            ("Weiß", "WEISS"),
            ("Łukasz", "lukasz"),
            ("Kociński", "KOCINSKI"),
            ("Müller", "Mu\u{308}ller"),
            ("李", "李"),
        ] {
            assert!(name(left).matches(&name(right)), "{left} {right}");
        }
    }

    #[test]
    fn different_names_do_not_match() {
        for (left, right) in [
            ("Garton", "Gartons"),
            ("Smith", "Smyth"),
            ("Smith", "Thorne-Smith"),
            ("李", "王"),
        ] {
            assert!(!name(left).matches(&name(right)), "{left} {right}");
        }
    }

    #[test]
    fn empty_long_and_control_characters_are_refused() {
        for text in ["", "   ", "a\nb", &"a".repeat(101)] {
            assert_eq!(FamilyName::parse(text), Err(FamilyNameError));
        }
    }

    proptest! {
        #[test]
        fn every_name_matches_itself_and_keeps_its_key_stable(text in "\\PC{1,100}") {
            if let Ok(parsed) = FamilyName::parse(&text) {
                prop_assert!(parsed.matches(&parsed.clone()));
                let shown = format!("{parsed:?}");
                prop_assert_eq!(shown, "FamilyName(redacted)");
            }
        }
    }
}
