//! Passwords as argon2id hashes with the parameters OWASP names (19 MiB, two passes).

use std::cell::RefCell;
use std::sync::OnceLock;

use argon2::password_hash::{self, PasswordHasher};
use argon2::{Algorithm, Argon2, Block, Params, PasswordHash, Version};
use nhs::Randomness;
use secrecy::{ExposeSecret, SecretString};
use subtle::ConstantTimeEq;

use crate::PagesError;

/// Characters a password has.
pub(crate) const LENGTH: std::ops::RangeInclusive<usize> = 12..=256;

/// The hash of a new password, with its parameters and salt.
pub(super) fn hashed(
    password: &SecretString,
    randomness: &dyn Randomness,
) -> Result<String, PagesError> {
    if !LENGTH.contains(&password.expose_secret().chars().count()) {
        return Err(PagesError::Password);
    }
    let mut salt = [0; 16];
    randomness.fill(&mut salt);
    derive(password.expose_secret().as_bytes(), &salt)
}

/// Whether the password has this hash. Without a hash as much work is done, and the answer is no.
pub(super) fn is_right(password: &SecretString, hash: Option<&str>) -> Result<bool, PagesError> {
    static NOBODY: OnceLock<String> = OnceLock::new();
    let given = password.expose_secret();
    if given.len() > 4 * LENGTH.end() {
        return Ok(false);
    }
    let nobody = match NOBODY.get() {
        Some(known) => known,
        None => {
            let made = derive(b"nobody has this password", &[7; 16])?;
            NOBODY.get_or_init(|| made)
        }
    };
    let right = has_hash(given.as_bytes(), hash.unwrap_or(nobody)).unwrap_or(false);
    Ok(right && hash.is_some())
}

thread_local! {
    /// The memory a password is looked at in. Kept by the thread: given back and asked for again each
    /// time, it leaves an allocator with several times as much.
    static MEMORY: RefCell<Vec<Block>> = const { RefCell::new(Vec::new()) };
}

fn has_hash(password: &[u8], hash: &str) -> password_hash::Result<bool> {
    let known = PasswordHash::new(hash)?;
    let (Some(salt), Some(expected)) = (known.salt, known.hash) else {
        return Ok(false);
    };
    let params = Params::try_from(&known)?;
    let algorithm = Algorithm::try_from(known.algorithm.as_str())?;
    let version = known
        .version
        .map_or(Ok(Version::default()), Version::try_from)?;
    let mut computed = vec![0; expected.len()];
    MEMORY.with_borrow_mut(|memory| {
        memory.resize(params.block_count(), Block::default());
        Argon2::new(algorithm, version, params).hash_password_into_with_memory(
            password,
            &salt,
            &mut computed,
            memory,
        )
    })?;
    Ok(computed.ct_eq(expected.as_bytes()).into())
}

fn derive(password: &[u8], salt: &[u8]) -> Result<String, PagesError> {
    Argon2::default()
        .hash_password_with_salt(password, salt)
        .map(|hash| hash.to_string())
        .map_err(|error| PagesError::Hash(error.to_string()))
}
