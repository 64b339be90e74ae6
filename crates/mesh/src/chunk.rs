//! The chunk range `k:n` of `Mex-Chunk-Range`.

use std::fmt;
use std::str::FromStr;

use crate::MeshError;

/// One chunk's place in its message: chunk `index` of `total`, both from 1.
///
/// A report, which has no body, is `1:0` in an answer ([`ChunkRange::REPORT`]); no client sends that.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct ChunkRange {
    index: u32,
    total: u32,
}

impl ChunkRange {
    /// The longest header value the API takes.
    pub const MAX_CHARS: usize = 20;
    /// A whole message in one request.
    pub const WHOLE: Self = Self { index: 1, total: 1 };
    /// The range of a report.
    pub const REPORT: Self = Self { index: 1, total: 0 };

    /// Chunk `index` of `total`; `1 ≤ index ≤ total`.
    ///
    /// # Errors
    ///
    /// [`MeshError::ChunkRange`].
    pub fn new(index: u32, total: u32) -> Result<Self, MeshError> {
        if index >= 1 && index <= total {
            Ok(Self { index, total })
        } else {
            Err(MeshError::ChunkRange)
        }
    }

    /// Reads `k:n`; blanks around the numbers are tolerated. `1:0` is refused.
    ///
    /// # Errors
    ///
    /// [`MeshError::ChunkRange`].
    pub fn parse(text: &str) -> Result<Self, MeshError> {
        let (index, total) = Self::numbers(text)?;
        Self::new(index, total)
    }

    /// Reads the range of an answer, where `1:0` stands for a report.
    ///
    /// # Errors
    ///
    /// [`MeshError::ChunkRange`].
    pub fn parse_received(text: &str) -> Result<Self, MeshError> {
        match Self::numbers(text)? {
            (1, 0) => Ok(Self::REPORT),
            (index, total) => Self::new(index, total),
        }
    }

    fn numbers(text: &str) -> Result<(u32, u32), MeshError> {
        if text.chars().count() > Self::MAX_CHARS {
            return Err(MeshError::ChunkRange);
        }
        let (index, total) = text.split_once(':').ok_or(MeshError::ChunkRange)?;
        Ok((number(index)?, number(total)?))
    }

    /// The chunk's number, from 1.
    pub fn index(&self) -> u32 {
        self.index
    }

    /// How many chunks the message has.
    pub fn total(&self) -> u32 {
        self.total
    }

    /// Whether this is chunk 1.
    pub fn is_first(&self) -> bool {
        self.index == 1
    }

    /// Whether no chunk follows.
    pub fn is_last(&self) -> bool {
        self.index >= self.total
    }
}

fn number(text: &str) -> Result<u32, MeshError> {
    let text = text.trim();
    if text.is_empty() || !text.bytes().all(|b| b.is_ascii_digit()) {
        return Err(MeshError::ChunkRange);
    }
    text.parse().map_err(|_| MeshError::ChunkRange)
}

impl fmt::Display for ChunkRange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.index, self.total)
    }
}

impl FromStr for ChunkRange {
    type Err = MeshError;
    fn from_str(text: &str) -> Result<Self, MeshError> {
        Self::parse(text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn only_whole_numbers_in_range_are_a_chunk_range() {
        assert_eq!(ChunkRange::parse("1:1"), Ok(ChunkRange::WHOLE));
        assert_eq!(ChunkRange::parse(" 2 : 3 ").unwrap().to_string(), "2:3");
        for text in [
            "",
            "1",
            "0:1",
            "2:1",
            "1:0",
            "+1:2",
            "-1:2",
            "1:2:3",
            "a:b",
            "1:99999999999",
        ] {
            assert_eq!(
                ChunkRange::parse(text),
                Err(MeshError::ChunkRange),
                "{text}"
            );
        }
        assert_eq!(ChunkRange::parse_received("1:0"), Ok(ChunkRange::REPORT));
        assert!(ChunkRange::REPORT.is_last());
    }

    proptest! {
        #[test]
        fn what_is_written_is_read(total in 1u32.., seed in 0u32..) {
            let range = ChunkRange::new(seed % total + 1, total).unwrap();
            if range.to_string().len() <= ChunkRange::MAX_CHARS {
                prop_assert_eq!(ChunkRange::parse(&range.to_string()), Ok(range));
            }
        }

        #[test]
        fn any_text_is_read_or_refused(text in "\\PC{0,30}") {
            let _ = ChunkRange::parse(&text);
            let _ = ChunkRange::parse_received(&text);
        }
    }
}
