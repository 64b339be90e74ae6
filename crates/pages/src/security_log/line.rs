//! A line of the security log, and its hash.

use jiff::Timestamp;
use sha2::{Digest, Sha256};

/// One thing that somebody did or tried. Holds names of users, addresses and ids; nothing of a patient
/// and nothing a stranger wrote.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct SecurityLine {
    /// 1, 2, 3 …
    pub number: i64,
    /// When, to the microsecond.
    pub at: Timestamp,
    /// The user's name, `operator` for a command on the machine; empty when no user has the name given.
    pub who: String,
    /// The address it came from, as far as is known.
    pub from: String,
    /// What was done or tried, such as `sign-in`.
    pub action: String,
    /// To what: the address of a page within the service, or a user's name.
    pub subject: String,
    /// `ok`, `refused`, `locked`, `not found` or `failed`.
    pub outcome: String,
    /// Tells the user's sessions apart: part of a hash of a hash of its secret. Empty without a session.
    pub session: String,
    /// Over the previous line's hash and this line's fields, in hexadecimal.
    pub hash: String,
}

/// What the first line follows.
pub(super) fn before_the_first() -> String {
    hex(&Sha256::digest(b"restante security log 1"))
}

impl SecurityLine {
    /// SHA-256 of the previous line's hash in hexadecimal and this line's fields in order, each
    /// preceded by its length in four bytes, big-endian; numbers are eight bytes, big-endian.
    pub(super) fn hash_after(&self, previous: &str) -> String {
        let mut hash = Sha256::new();
        for field in [
            previous.as_bytes(),
            &self.number.to_be_bytes(),
            &self.at.as_microsecond().to_be_bytes(),
            self.who.as_bytes(),
            self.from.as_bytes(),
            self.action.as_bytes(),
            self.subject.as_bytes(),
            self.outcome.as_bytes(),
            self.session.as_bytes(),
        ] {
            let length = u32::try_from(field.len()).unwrap_or(u32::MAX);
            hash.update(length.to_be_bytes());
            hash.update(field);
        }
        hex(&hash.finalize())
    }
}

pub(super) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
