//! Why bytes are not the text that was expected.

/// Why bytes are not the text that was expected. Reading them again gives the same error.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TextError {
    /// A byte sequence that UTF-8 does not have.
    #[error(
        "expected UTF-8, found another byte sequence at line {line}, column {column} (offset {offset}); \
         save it as UTF-8"
    )]
    NotUtf8 {
        /// Bytes before it, a mark not counted.
        offset: usize,
        /// Line, from 1.
        line: usize,
        /// Column in characters, from 1.
        column: usize,
    },
    /// Half a character of UTF-16.
    #[error(
        "expected UTF-16, found half a character at line {line}, column {column}; save it as UTF-8"
    )]
    NotUtf16 {
        /// Line, from 1.
        line: usize,
        /// Column in characters, from 1.
        column: usize,
    },
    /// Another encoding where the format is UTF-8 by definition.
    #[error("expected UTF-8, found {found}; save it as UTF-8")]
    OnlyUtf8 {
        /// What it is in.
        found: &'static str,
    },
    /// An XML declaration with an encoding that is not read.
    #[error(
        "expected the encoding UTF-8, UTF-16, ISO-8859-1 or windows-1252, found {name} in the XML \
         declaration; save it as UTF-8"
    )]
    Declared {
        /// The name: at most 40 letters, digits and `-._:`.
        name: String,
    },
}
