//! One key, and what is derived from it.

use nhs::Randomness;
use ring::aead::{AES_256_GCM, Aad, LessSafeKey, Nonce, UnboundKey};
use ring::hmac;
use zeroize::Zeroizing;

use super::Purpose;
use crate::ExchangeError;

/// Bytes of a key; what a key file holds beyond them does not count.
pub(super) const KEY_BYTES: usize = 32;
const NONCE_BYTES: usize = 12;
const FORMAT: u8 = 1;

/// What one key seals, signs and digests with.
pub(super) struct Key {
    sealing: LessSafeKey,
    signing: hmac::Key,
    digesting: hmac::Key,
}

impl Key {
    pub(super) fn new(key: &[u8; KEY_BYTES]) -> Result<Self, ExchangeError> {
        let root = hmac::Key::new(hmac::HMAC_SHA256, key);
        let sealing = hmac::sign(&root, b"restante sealing 1");
        let signing = hmac::sign(&root, b"restante page tokens 1");
        let digesting = hmac::sign(&root, b"restante digests 1");
        let sealing = UnboundKey::new(&AES_256_GCM, sealing.as_ref())
            .map_err(|_| ExchangeError::SealedValue)?;
        Ok(Self {
            sealing: LessSafeKey::new(sealing),
            signing: hmac::Key::new(hmac::HMAC_SHA256, signing.as_ref()),
            digesting: hmac::Key::new(hmac::HMAC_SHA256, digesting.as_ref()),
        })
    }

    pub(super) fn seal(
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

    /// The text; `None` when it was sealed with another key, for another purpose or owner, or is damaged.
    pub(super) fn open(
        &self,
        purpose: Purpose,
        owner: &str,
        sealed: &[u8],
    ) -> Option<Zeroizing<Vec<u8>>> {
        let rest = sealed.strip_prefix(&[FORMAT])?;
        let (nonce, rest) = rest.split_first_chunk::<NONCE_BYTES>()?;
        let mut text = Zeroizing::new(rest.to_vec());
        let aad = Aad::from(format!("{}{owner}", purpose.label()));
        let nonce = Nonce::assume_unique_for_key(*nonce);
        let opened = self.sealing.open_in_place(nonce, aad, &mut text);
        let length = opened.ok()?.len();
        text.truncate(length);
        Some(text)
    }

    pub(super) fn sign(&self, message: &[u8]) -> hmac::Tag {
        hmac::sign(&self.signing, message)
    }

    pub(super) fn digest(&self, purpose: &str, text: &[u8]) -> [u8; 16] {
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
