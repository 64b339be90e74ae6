//! How one entry is hidden: a keyed hash of its subject places it, and the same hash is the key it
//! is encrypted under. Without the subject (an NHS number) and the registry key, an entry can
//! neither be found nor read, and the entries of a file cannot be listed.

use ring::aead::{AES_256_GCM, Aad, LessSafeKey, Nonce, UnboundKey};
use ring::hmac::{self, HMAC_SHA256, HMAC_SHA512};
use subtle::ConstantTimeEq;

use super::key::RegistryKey;
use crate::PdsError;

const DAMAGED: PdsError = PdsError::RegistryDamaged("an entry could not be sealed or opened");

/// The keys of one table of one snapshot. Each snapshot has its own salt, so that an entry of one
/// cannot be told in, or moved to, another.
pub(crate) struct TableKeys {
    place: hmac::Key,
    bucket: hmac::Key,
}

/// Where an entry is and what opens it: one HMAC-SHA-512 over the subject.
pub(crate) struct Place {
    /// Orders the entries of a table; its high bits choose the bucket.
    pub position: u64,
    /// Tells entries of a bucket apart before any is opened.
    pub fingerprint: u32,
    key: [u8; 32],
    nonce: [u8; 12],
}

impl TableKeys {
    pub(crate) fn new(key: &RegistryKey, table: &str, salt: &[u8; 32]) -> Self {
        let derived = |purpose: &str| {
            let label = [purpose.as_bytes(), b"\0", table.as_bytes(), b"\0", salt].concat();
            hmac::Key::new(HMAC_SHA512, derive(key, &label).as_ref())
        };
        let bucket = [b"bucket\0", table.as_bytes(), b"\0", salt].concat();
        Self {
            place: derived("place"),
            bucket: hmac::Key::new(HMAC_SHA256, derive(key, &bucket).as_ref()),
        }
    }

    pub(crate) fn place(&self, subject: &[u8]) -> Place {
        let tag = hmac::sign(&self.place, subject);
        let mut bytes = tag.as_ref().iter().copied();
        Place {
            position: u64::from_le_bytes(take(&mut bytes)),
            fingerprint: u32::from_le_bytes(take(&mut bytes)),
            key: take(&mut bytes),
            nonce: take(&mut bytes),
        }
    }

    /// Whether a bucket is as it was written.
    pub(crate) fn is_whole(&self, number: u64, entries: &[u8], check: &[u8]) -> bool {
        self.bucket_check(number, entries).ct_eq(check).into()
    }

    /// The check value of a bucket: damage, exchange and removal of entries all change it.
    pub(crate) fn bucket_check(&self, number: u64, entries: &[u8]) -> [u8; 8] {
        let mut context = hmac::Context::with_key(&self.bucket);
        context.update(&number.to_le_bytes());
        context.update(entries);
        take(&mut context.sign().as_ref().iter().copied())
    }
}

impl Place {
    /// Encrypts an entry. One subject occurs once in a table, so its key seals one text only.
    pub(crate) fn seal(&self, mut entry: Vec<u8>) -> Result<Vec<u8>, PdsError> {
        self.cipher()?
            .seal_in_place_append_tag(self.nonce(), Aad::empty(), &mut entry)
            .map_err(|_| DAMAGED)?;
        Ok(entry)
    }

    /// Decrypts an entry; `None` when it belongs to another subject.
    pub(crate) fn open(&self, sealed: &[u8]) -> Result<Option<Vec<u8>>, PdsError> {
        let mut entry = sealed.to_vec();
        let length = match self
            .cipher()?
            .open_in_place(self.nonce(), Aad::empty(), &mut entry)
        {
            Ok(opened) => opened.len(),
            Err(_) => return Ok(None),
        };
        entry.truncate(length);
        Ok(Some(entry))
    }

    fn cipher(&self) -> Result<LessSafeKey, PdsError> {
        UnboundKey::new(&AES_256_GCM, &self.key)
            .map(LessSafeKey::new)
            .map_err(|_| DAMAGED)
    }

    fn nonce(&self) -> Nonce {
        Nonce::assume_unique_for_key(self.nonce)
    }
}

/// A short keyed hash of a name's spelling key.
pub(crate) struct NameKeys(hmac::Key);

impl NameKeys {
    pub(crate) fn new(key: &RegistryKey, salt: &[u8; 32]) -> Self {
        let label = [b"name\0".as_slice(), salt].concat();
        Self(hmac::Key::new(HMAC_SHA256, derive(key, &label).as_ref()))
    }

    pub(crate) fn hash(&self, name_key: &str) -> [u8; 8] {
        take(
            &mut hmac::sign(&self.0, name_key.as_bytes())
                .as_ref()
                .iter()
                .copied(),
        )
    }
}

/// The check value of a manifest, in hexadecimal.
pub(crate) fn manifest_check(key: &RegistryKey, manifest: &[u8]) -> String {
    let tag = hmac::sign(&manifest_key(key), manifest);
    tag.as_ref()
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect()
}

/// Whether a manifest is as it was written.
pub(crate) fn is_manifest_whole(key: &RegistryKey, manifest: &[u8], check: &str) -> bool {
    let expected = manifest_check(key, manifest);
    expected.as_bytes().ct_eq(check.as_bytes()).into()
}

fn manifest_key(key: &RegistryKey) -> hmac::Key {
    hmac::Key::new(HMAC_SHA256, derive(key, b"manifest").as_ref())
}

fn derive(key: &RegistryKey, label: &[u8]) -> hmac::Tag {
    hmac::sign(&hmac::Key::new(HMAC_SHA512, key.bytes()), label)
}

/// The next `N` bytes of a hash, which is always long enough for what is taken from it here.
fn take<const N: usize>(bytes: &mut impl Iterator<Item = u8>) -> [u8; N] {
    std::array::from_fn(|_| bytes.next().unwrap_or_default())
}
