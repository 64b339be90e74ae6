//! Secrets as they are kept and compared: by hash, and in constant time.

use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

use super::session::SessionKey;

/// What is kept of a secret.
pub(super) fn hash(secret: &str) -> SessionKey {
    SessionKey(Sha256::digest(secret.as_bytes()).into())
}

/// Whether two secrets are the same, in a time that does not tell where they differ.
pub(crate) fn same(one: &str, other: &str) -> bool {
    one.as_bytes().ct_eq(other.as_bytes()).into()
}
