//! A place in the trail, and where it begins.

use std::fmt;

use super::line::{AuditHash, before_the_first};

/// The action of the line that says where a shortened trail begins.
pub(crate) const SHORTENED: &str = "audit shortened";

/// A place in the trail: a line's number and its hash.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AuditHead {
    /// The line's number; 0 before the first.
    pub number: i64,
    /// Its hash.
    pub hash: AuditHash,
}

impl AuditHead {
    /// The inverse of its text, `NUMBER:HASH` with the hash in hexadecimal.
    pub fn parse(text: &str) -> Option<Self> {
        let (number, hash) = text.split_once(':')?;
        Self::from_texts(number, hash)
    }

    fn from_texts(number: &str, hash: &str) -> Option<Self> {
        Some(Self {
            number: number.parse().ok()?,
            hash: parse_hash(hash)?,
        })
    }

    /// Where a trail begins: before its first line, or after the last line forgotten, as subject and
    /// detail of the newest line about that tell.
    pub(crate) fn beginning(shortened: Option<(String, String)>) -> Self {
        shortened
            .and_then(|(number, hash)| Self::from_texts(&number, &hash))
            .unwrap_or(Self {
                number: 0,
                hash: before_the_first(),
            })
    }
}

/// A hash in hexadecimal, in lower case.
pub fn hash_text(hash: &AuditHash) -> String {
    hash.iter().map(|byte| format!("{byte:02x}")).collect()
}

impl fmt::Display for AuditHead {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.number, hash_text(&self.hash))
    }
}

/// The inverse of [`hash_text`].
pub fn parse_hash(hex: &str) -> Option<AuditHash> {
    if hex.len() != 64 || !hex.is_ascii() {
        return None;
    }
    let mut hash = [0u8; 32];
    for (place, byte) in hash.iter_mut().enumerate() {
        *byte = u8::from_str_radix(hex.get(2 * place..2 * place + 2)?, 16).ok()?;
    }
    Some(hash)
}
