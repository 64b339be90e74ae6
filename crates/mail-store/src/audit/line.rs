//! A line as it is hashed, and the hash.

use sha2::{Digest, Sha256};

/// The hash of a line.
pub type AuditHash = [u8; 32];

/// A line as it is hashed.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Line<'a> {
    /// 1, 2, 3 …
    pub(crate) number: i64,
    /// Microseconds since 1970, UTC.
    pub(crate) at: i64,
    pub(crate) actor: &'a str,
    pub(crate) action: &'a str,
    pub(crate) subject: &'a str,
    pub(crate) detail: &'a str,
}

/// What the first line follows.
pub(crate) fn before_the_first() -> AuditHash {
    Sha256::digest(b"restante audit trail 1").into()
}

impl Line<'_> {
    /// SHA-256 of the previous line's hash and this line's fields in order, each preceded by its
    /// length in four bytes, big-endian; numbers are eight bytes, big-endian.
    pub(crate) fn hash(&self, previous: &[u8]) -> AuditHash {
        let mut hash = Sha256::new();
        for field in [
            previous,
            &self.number.to_be_bytes(),
            &self.at.to_be_bytes(),
            self.actor.as_bytes(),
            self.action.as_bytes(),
            self.subject.as_bytes(),
            self.detail.as_bytes(),
        ] {
            let length = u32::try_from(field.len()).unwrap_or(u32::MAX);
            hash.update(length.to_be_bytes());
            hash.update(field);
        }
        hash.finalize().into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(actor: &'static str, action: &'static str) -> Line<'static> {
        Line {
            number: 1,
            at: 2,
            actor,
            action,
            subject: "",
            detail: "",
        }
    }

    #[test]
    fn the_border_between_fields_counts() {
        let previous = before_the_first();
        assert_ne!(
            line("ab", "c").hash(&previous),
            line("a", "bc").hash(&previous)
        );
    }

    #[test]
    fn the_form_is_fixed() {
        let mut by_hand = Vec::new();
        let previous: [u8; 32] = Sha256::digest(b"restante audit trail 1").into();
        by_hand.extend([0, 0, 0, 32]);
        by_hand.extend(previous);
        by_hand.extend([0, 0, 0, 8, 0, 0, 0, 0, 0, 0, 0, 1]);
        by_hand.extend([0, 0, 0, 8, 0, 0, 0, 0, 0, 0, 0, 2]);
        by_hand.extend([0, 0, 0, 1, b'a', 0, 0, 0, 2, b'b', b'c']);
        by_hand.extend([0; 8]);
        let expected: AuditHash = Sha256::digest(by_hand).into();
        assert_eq!(line("a", "bc").hash(&before_the_first()), expected);
    }
}
