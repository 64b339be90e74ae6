//! The keys of an exchange: what they seal, sign and digest.

use std::path::Path;
use std::sync::Arc;

use durable::{Access, Exposure, FileError};
use nhs::Randomness;
use ring::aead::{AES_256_GCM, Aad, LessSafeKey, Nonce, UnboundKey};
use ring::hmac;
use zeroize::Zeroizing;

use crate::ExchangeError;

/// Bytes of a key; what a key file holds beyond them does not count.
const KEY_BYTES: usize = 32;
/// The longest key file.
const MAX_KEY_FILE_BYTES: u64 = 64 * 1024;
const NONCE_BYTES: usize = 12;
const FORMAT: u8 = 1;

/// Seals what the database must not hold in clear: mailbox passwords (the token's HMAC needs the
/// password itself) and patient addresses waiting to be routed. AES-256-GCM under a key kept in a
/// file of its own.
#[derive(Clone)]
pub struct Keyring {
    sealing: Arc<LessSafeKey>,
    signing: Arc<hmac::Key>,
    digesting: Arc<hmac::Key>,
}

/// What a sealed text is for; a text sealed for one purpose opens for no other.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Purpose {
    Password,
    PatientAddress,
}

impl Purpose {
    fn label(self) -> &'static str {
        match self {
            Self::Password => "restante mailbox password 1:",
            Self::PatientAddress => "restante patient address 1:",
        }
    }
}

impl Keyring {
    /// Reads the 32-byte key file, or creates it with permissions 0600. Refuses a key file others
    /// may read.
    ///
    /// # Errors
    ///
    /// [`ExchangeError::KeyFile`], [`ExchangeError::KeyTooShort`].
    pub fn open_or_create(path: &Path, randomness: &dyn Randomness) -> Result<Self, ExchangeError> {
        let key = match read_key(path) {
            Err(error) if error.is_missing() => create_key(path, randomness),
            read => read,
        };
        let key = key.map_err(ExchangeError::KeyFile)?;
        let key = key.first_chunk::<KEY_BYTES>();
        Self::from_key(key.ok_or_else(|| ExchangeError::KeyTooShort(path.to_owned()))?)
    }

    fn from_key(key: &[u8; KEY_BYTES]) -> Result<Self, ExchangeError> {
        let root = hmac::Key::new(hmac::HMAC_SHA256, key);
        let sealing = hmac::sign(&root, b"restante sealing 1");
        let signing = hmac::sign(&root, b"restante page tokens 1");
        let digesting = hmac::sign(&root, b"restante digests 1");
        let sealing = UnboundKey::new(&AES_256_GCM, sealing.as_ref())
            .map_err(|_| ExchangeError::SealedValue)?;
        Ok(Self {
            sealing: Arc::new(LessSafeKey::new(sealing)),
            signing: Arc::new(hmac::Key::new(hmac::HMAC_SHA256, signing.as_ref())),
            digesting: Arc::new(hmac::Key::new(hmac::HMAC_SHA256, digesting.as_ref())),
        })
    }

    /// Seals a text for a purpose and an owner, the id without which it will not open again.
    pub(crate) fn seal(
        &self,
        purpose: Purpose,
        owner: &str,
        text: &[u8],
        randomness: &dyn Randomness,
    ) -> Result<Vec<u8>, ExchangeError> {
        let mut nonce = [0u8; NONCE_BYTES];
        randomness.fill(&mut nonce);
        let mut sealed = text.to_vec();
        self.sealing
            .seal_in_place_append_tag(
                Nonce::assume_unique_for_key(nonce),
                Aad::from(format!("{}{owner}", purpose.label())),
                &mut sealed,
            )
            .map_err(|_| ExchangeError::SealedValue)?;
        let mut out = Vec::with_capacity(1 + NONCE_BYTES + sealed.len());
        out.push(FORMAT);
        out.extend_from_slice(&nonce);
        out.append(&mut sealed);
        Ok(out)
    }

    pub(crate) fn open(
        &self,
        purpose: Purpose,
        owner: &str,
        sealed: &[u8],
    ) -> Result<Zeroizing<Vec<u8>>, ExchangeError> {
        let rest = sealed
            .strip_prefix(&[FORMAT])
            .ok_or(ExchangeError::SealedValue)?;
        let (nonce, rest) = rest
            .split_first_chunk::<NONCE_BYTES>()
            .ok_or(ExchangeError::SealedValue)?;
        let mut text = Zeroizing::new(rest.to_vec());
        let length = self
            .sealing
            .open_in_place(
                Nonce::assume_unique_for_key(*nonce),
                Aad::from(format!("{}{owner}", purpose.label())),
                &mut text,
            )
            .map_err(|_| ExchangeError::SealedValue)?
            .len();
        text.truncate(length);
        Ok(text)
    }

    /// A signature that only this server can make, for page tokens.
    pub(crate) fn sign(&self, message: &[u8]) -> hmac::Tag {
        hmac::sign(&self.signing, message)
    }

    /// A keyed hash for a purpose: equal texts are recognised, and nothing else is learned.
    pub(crate) fn digest(&self, purpose: &str, text: &[u8]) -> [u8; 16] {
        let mut context = hmac::Context::with_key(&self.digesting);
        context.update(purpose.as_bytes());
        context.update(b":");
        context.update(text);
        let mut digest = [0u8; 16];
        for (to, from) in digest.iter_mut().zip(context.sign().as_ref()) {
            *to = *from;
        }
        digest
    }
}

/// The key, if nobody but the file's owner can reach it.
fn read_key(path: &Path) -> Result<Zeroizing<Vec<u8>>, FileError> {
    let file = durable::read_secret(path, MAX_KEY_FILE_BYTES)?;
    match file.exposure {
        // the superuser at work on the store of the service's user
        Some(Exposure::Owner { mode, .. }) if mode & 0o077 == 0 => Ok(file.contents),
        _ => file.unexposed(),
    }
}

/// Under its name whole or not at all: no other process ever reads half a key.
fn create_key(path: &Path, randomness: &dyn Randomness) -> Result<Zeroizing<Vec<u8>>, FileError> {
    if let Some(parent) = path
        .parent()
        .filter(|parent| !parent.as_os_str().is_empty())
    {
        durable::create_directory(parent, Access::Owner)?;
    }
    let mut key = Zeroizing::new(vec![0u8; KEY_BYTES]);
    randomness.fill(key.as_mut());
    match durable::write_new(path, &key, Access::Owner) {
        // another process was quicker
        Err(error) if error.is_taken() => read_key(path),
        written => written.map(|()| key),
    }
}
