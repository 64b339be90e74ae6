//! The bytes of a message or of one of its chunks, as its record names them.

use std::fmt;

use bytes::Bytes;
use sha2::{Digest, Sha256};

/// A finished body: small ones as bytes, large ones by the key of their durable object.
#[derive(Clone)]
pub enum Body {
    /// At most 32 KB.
    Inline(Bytes),
    /// A file, or an object in a bucket.
    Object {
        /// Never used twice.
        key: String,
        /// Bytes.
        length: u64,
        /// Of the bytes.
        sha256: [u8; 32],
    },
}

impl Body {
    /// Bytes.
    pub fn length(&self) -> u64 {
        match self {
            Self::Inline(bytes) => bytes.len() as u64,
            Self::Object { length, .. } => *length,
        }
    }

    /// The SHA-256 of the bytes: of a large body as it was computed when it came.
    pub fn sha256(&self) -> [u8; 32] {
        match self {
            Self::Inline(bytes) => Sha256::digest(bytes).into(),
            Self::Object { sha256, .. } => *sha256,
        }
    }
}

impl fmt::Debug for Body {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Body({} bytes)", self.length())
    }
}
