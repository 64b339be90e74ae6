//! The keys of an exchange: what they seal, sign and digest.

mod files;
mod key;

use std::path::Path;
use std::sync::Arc;

use nhs::{MailboxId, Randomness};
use parking_lot::RwLock;
use zeroize::Zeroizing;

pub use files::{KeyChange, KeyFiles};

use crate::ExchangeError;
use crate::watched::Stamp;
use key::Key;

/// Seals what the database must not hold in clear: mailbox passwords (the token's HMAC needs the
/// password itself) and patient addresses waiting to be routed. AES-256-GCM under a key kept in a
/// file of its own. While that key is changed, what was sealed with another one opens too. Cheap to clone; the
/// clones share what [`Keyring::refresh`] reads.
#[derive(Clone)]
pub struct Keyring {
    files: Arc<KeyFiles>,
    held: Arc<RwLock<Arc<Held>>>,
}

struct Held {
    current: Key,
    others: Vec<Key>,
    /// Of the files, before they were read.
    stamps: Vec<Option<Stamp>>,
}

/// What a sealed text is for; a text sealed for one purpose opens for no other.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Purpose {
    Password,
    PatientAddress,
}

/// What a sealed text is, seen from the current key.
pub(crate) enum Seen {
    /// Sealed with it.
    Current,
    /// Sealed with another known key.
    Other(Zeroizing<Vec<u8>>),
    /// No known key opens it.
    Unreadable,
}

impl Purpose {
    fn label(self) -> &'static str {
        match self {
            Self::Password => "restante mailbox password 1:",
            Self::PatientAddress => "restante patient address 1:",
        }
    }
}

impl Held {
    fn read(files: &KeyFiles) -> Result<Self, ExchangeError> {
        let stamps = files.stamps();
        let mut keys = files.read()?.into_iter();
        let first = keys.next().ok_or(ExchangeError::SealedValue)?;
        let others = keys.map(|key| Key::new(&key));
        Ok(Self {
            current: Key::new(&first)?,
            others: others.collect::<Result<_, _>>()?,
            stamps,
        })
    }

    fn keys(&self) -> impl Iterator<Item = &Key> {
        std::iter::once(&self.current).chain(&self.others)
    }

    fn open(&self, purpose: Purpose, owner: &str, sealed: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
        self.keys().find_map(|key| key.open(purpose, owner, sealed))
    }
}

impl Keyring {
    /// Reads the 32-byte key file, or creates it with permissions 0600; and the keys beside it while it is
    /// changed. Refuses a key file others may reach.
    ///
    /// # Errors
    ///
    /// [`ExchangeError::KeyFile`], [`ExchangeError::KeyTooShort`].
    pub fn open_or_create(path: &Path, randomness: &dyn Randomness) -> Result<Self, ExchangeError> {
        let files = KeyFiles::new(path);
        files::open_or_create(path, randomness)?;
        let held = Arc::new(Held::read(&files)?);
        Ok(Self {
            files: Arc::new(files),
            held: Arc::new(RwLock::new(held)),
        })
    }

    /// Reads the key files again if they changed. Blocks. When that fails, the keys stay as they were.
    ///
    /// # Errors
    ///
    /// As [`Keyring::open_or_create`].
    pub fn refresh(&self) -> Result<(), ExchangeError> {
        if self.held().stamps == self.files.stamps() {
            return Ok(());
        }
        let held = Held::read(&self.files)?;
        tracing::info!(
            keys = held.keys().count(),
            "the vault key's files changed: they are in force"
        );
        *self.held.write() = Arc::new(held);
        Ok(())
    }

    fn held(&self) -> Arc<Held> {
        Arc::clone(&self.held.read())
    }

    /// Where the keys are.
    pub(crate) fn files(&self) -> &KeyFiles {
        &self.files
    }

    /// Seals a text for a purpose and an owner, the id without which it will not open again.
    pub(crate) fn seal(
        &self,
        purpose: Purpose,
        owner: &str,
        text: &[u8],
        randomness: &dyn Randomness,
    ) -> Result<Vec<u8>, ExchangeError> {
        self.held().current.seal(purpose, owner, text, randomness)
    }

    /// Opens a text. One that no known key opens may have been sealed with a key that another server had
    /// read a moment before this one: then the files are looked at.
    pub(crate) fn open(
        &self,
        purpose: Purpose,
        owner: &str,
        sealed: &[u8],
    ) -> Result<Zeroizing<Vec<u8>>, ExchangeError> {
        if let Some(text) = self.held().open(purpose, owner, sealed) {
            return Ok(text);
        }
        self.refresh()?;
        let text = self.held().open(purpose, owner, sealed);
        text.ok_or(ExchangeError::SealedValue)
    }

    /// Which key a text was sealed with.
    pub(crate) fn see(&self, purpose: Purpose, owner: &str, sealed: &[u8]) -> Seen {
        let held = self.held();
        if held.current.open(purpose, owner, sealed).is_some() {
            return Seen::Current;
        }
        held.open(purpose, owner, sealed)
            .map_or(Seen::Unreadable, Seen::Other)
    }

    /// A signature that only this server can make, for page tokens.
    pub(crate) fn sign(&self, message: &[u8]) -> Vec<u8> {
        self.held().current.sign(message).as_ref().to_vec()
    }

    /// The signatures that were made or will be made for a message while the key is changed.
    pub(crate) fn signatures(&self, message: &[u8]) -> Vec<Vec<u8>> {
        let held = self.held();
        let tags = held.keys().map(|key| key.sign(message).as_ref().to_vec());
        tags.collect()
    }

    /// A keyed hash for a purpose: equal texts are recognised, and nothing else is learned. It follows the
    /// current key.
    pub(crate) fn digest(&self, purpose: &str, text: &[u8]) -> [u8; 16] {
        self.held().current.digest(purpose, text)
    }

    /// Messages of one sender to one patient, however the address is written, have the same.
    pub(crate) fn order_key(&self, sender: Option<&MailboxId>, address: &str) -> [u8; 16] {
        let patient = match mesh::Recipient::parse(address) {
            Ok(mesh::Recipient::Patient(patient)) => Zeroizing::new(patient.nhs_number.digits()),
            _ => Zeroizing::new(address.to_owned()),
        };
        let sender = sender.map_or("", MailboxId::as_str);
        let text = Zeroizing::new(format!("{sender} {}", patient.as_str()));
        self.digest("sender and patient of a routing job", text.as_bytes())
    }
}
