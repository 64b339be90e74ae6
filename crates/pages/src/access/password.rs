//! Passwords as argon2id hashes with the parameters OWASP names (19 MiB, two passes).

use std::sync::OnceLock;

use argon2::Argon2;
use argon2::password_hash::{PasswordHasher, PasswordVerifier};
use nhs::Randomness;
use secrecy::{ExposeSecret, SecretString};

use crate::PagesError;

/// Characters a password has.
const LENGTH: std::ops::RangeInclusive<usize> = 12..=256;

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
    let right = Argon2::default()
        .verify_password(given.as_bytes(), hash.unwrap_or(nobody))
        .is_ok();
    Ok(right && hash.is_some())
}

fn derive(password: &[u8], salt: &[u8]) -> Result<String, PagesError> {
    Argon2::default()
        .hash_password_with_salt(password, salt)
        .map(|hash| hash.to_string())
        .map_err(|error| PagesError::Hash(error.to_string()))
}
