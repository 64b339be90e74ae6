//! String values that share the text they were read from.

use std::fmt;
use std::ops::{Deref, Range};
use std::sync::Arc;

/// A string value of the element tree: a constant, a string of its own, or a slice of the document
/// it was read from.
///
/// Cloning never copies the characters, so an attachment of 20 MB read from a message is held once,
/// in the message's own text, however often its element is cloned or moved. `Debug` shows only the
/// length, because a value may be about a patient.
#[derive(Clone)]
pub struct Text(Kept);

#[derive(Clone)]
enum Kept {
    Constant(&'static str),
    Own(Arc<str>),
    Slice {
        source: Arc<str>,
        range: Range<usize>,
    },
}

impl Text {
    /// The characters.
    pub fn as_str(&self) -> &str {
        match &self.0 {
            Kept::Constant(text) => text,
            Kept::Own(text) => text,
            Kept::Slice { source, range } => source.get(range.clone()).unwrap_or_default(),
        }
    }

    /// A constant; copies nothing.
    pub const fn constant(text: &'static str) -> Self {
        Self(Kept::Constant(text))
    }

    /// The part of `source` that `part` is, without a copy when it is one; else a copy.
    pub(crate) fn of_source(source: &Arc<str>, part: &str) -> Self {
        let range = (part.as_ptr() as usize)
            .checked_sub(source.as_ptr() as usize)
            .map(|start| start..start.saturating_add(part.len()))
            .filter(|range| {
                source
                    .get(range.clone())
                    .is_some_and(|same| std::ptr::eq(same, part))
            });
        match range {
            Some(range) => Self(Kept::Slice {
                source: Arc::clone(source),
                range,
            }),
            None => Self(Kept::Own(part.into())),
        }
    }
}

impl Deref for Text {
    type Target = str;
    fn deref(&self) -> &str {
        self.as_str()
    }
}

impl fmt::Debug for Text {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Text({} bytes)", self.len())
    }
}

impl PartialEq for Text {
    fn eq(&self, other: &Self) -> bool {
        self.as_str() == other.as_str()
    }
}

impl Eq for Text {}

impl PartialEq<str> for Text {
    fn eq(&self, other: &str) -> bool {
        self.as_str() == other
    }
}

impl PartialEq<&str> for Text {
    fn eq(&self, other: &&str) -> bool {
        self.as_str() == *other
    }
}

impl From<&str> for Text {
    fn from(text: &str) -> Self {
        Self(Kept::Own(text.into()))
    }
}

impl From<String> for Text {
    fn from(text: String) -> Self {
        Self(Kept::Own(text.into()))
    }
}

impl From<&String> for Text {
    fn from(text: &String) -> Self {
        Self::from(text.as_str())
    }
}

impl From<&Text> for Text {
    fn from(text: &Text) -> Self {
        text.clone()
    }
}

impl From<Arc<str>> for Text {
    fn from(text: Arc<str>) -> Self {
        Self(Kept::Own(text))
    }
}

impl From<bool> for Text {
    fn from(value: bool) -> Self {
        Self::constant(if value { "true" } else { "false" })
    }
}

impl From<i32> for Text {
    fn from(value: i32) -> Self {
        Self::from(value.to_string())
    }
}

impl From<u32> for Text {
    fn from(value: u32) -> Self {
        Self::from(value.to_string())
    }
}

impl From<jiff::Timestamp> for Text {
    /// An `instant` in UTC: `2026-01-14T09:30:12Z`, with up to milliseconds when there are any.
    fn from(value: jiff::Timestamp) -> Self {
        let milliseconds = value.subsec_nanosecond().rem_euclid(1_000_000_000) / 1_000_000;
        if milliseconds == 0 {
            Self::from(value.strftime("%Y-%m-%dT%H:%M:%SZ").to_string())
        } else {
            Self::from(value.strftime("%Y-%m-%dT%H:%M:%S.%3fZ").to_string())
        }
    }
}

impl From<jiff::civil::Date> for Text {
    /// A full `date`: `1946-06-23`.
    fn from(value: jiff::civil::Date) -> Self {
        Self::from(value.to_string())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_part_of_the_source_is_kept_without_a_copy_and_anything_else_as_its_own() {
        let source: Arc<str> = "resource äöü".into();
        let part = Text::of_source(&source, &source[3..9]);
        assert_eq!(part, "ource ");
        assert_eq!(part.as_ptr(), source[3..].as_ptr());
        assert_eq!(Text::of_source(&source, "elsewhere"), "elsewhere");
    }

    #[test]
    fn debug_never_shows_the_characters() {
        assert_eq!(format!("{:?}", Text::from("GARTON")), "Text(6 bytes)");
    }

    #[test]
    fn instants_are_in_utc() {
        let time: jiff::Timestamp = "2026-01-14T09:30:12.250Z".parse().unwrap();
        assert_eq!(Text::from(time), "2026-01-14T09:30:12.250Z");
        let time: jiff::Timestamp = "2026-01-14T10:30:12+01:00".parse().unwrap();
        assert_eq!(Text::from(time), "2026-01-14T09:30:12Z");
    }
}
