//! The key that all mailboxes of an environment share, and while it is changed the old one too.

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::Arc;

use mesh::AuthorizationToken;
use nhs::MailboxId;
use parking_lot::{Mutex, RwLock};
use secrecy::SecretString;

use crate::watched::Stamp;

/// Why shared keys cannot be read.
pub type KeyError = Box<dyn std::error::Error + Send + Sync>;

type Read = dyn Fn() -> Result<Vec<SecretString>, KeyError> + Send + Sync;

/// The shared keys whose tokens are accepted: the key, and the old one while it is changed. Cheap to clone; the
/// clones share what [`SharedKeys::refresh`] reads.
#[derive(Clone)]
pub struct SharedKeys {
    inner: Arc<Inner>,
}

struct Inner {
    held: RwLock<Held>,
    files: Vec<PathBuf>,
    read: Option<Box<Read>>,
    /// Whether each mailbox signed last with the old key; only while there is one.
    signs_with_old: Mutex<HashMap<MailboxId, bool>>,
}

struct Held {
    keys: Arc<[SecretString]>,
    stamps: Vec<Option<Stamp>>,
}

impl SharedKeys {
    /// Keys from files, the one in force first, which are read again when one of these files changes.
    ///
    /// # Errors
    ///
    /// What reading them says.
    pub fn watched<E: Into<KeyError>>(
        files: Vec<PathBuf>,
        read: impl Fn() -> Result<Vec<SecretString>, E> + Send + Sync + 'static,
    ) -> Result<Self, E> {
        let stamps = stamps(&files);
        let keys = read()?.into();
        let read = move || read().map_err(E::into);
        Ok(Self::new(
            Held { keys, stamps },
            files,
            Some(Box::new(read)),
        ))
    }

    fn new(held: Held, files: Vec<PathBuf>, read: Option<Box<Read>>) -> Self {
        let inner = Inner {
            held: RwLock::new(held),
            files,
            read,
            signs_with_old: Mutex::default(),
        };
        Self {
            inner: Arc::new(inner),
        }
    }

    /// Reads the keys again if their files changed. Blocks. When that fails, they stay as they were.
    ///
    /// # Errors
    ///
    /// What reading them says.
    pub fn refresh(&self) -> Result<(), KeyError> {
        let Some(read) = &self.inner.read else {
            return Ok(());
        };
        let stamps = stamps(&self.inner.files);
        if self.inner.held.read().stamps == stamps {
            return Ok(());
        }
        let keys = read()?.into();
        let mut held = self.inner.held.write();
        *held = Held { keys, stamps };
        tracing::info!(
            keys = held.keys.len(),
            "the shared key's files changed: they are in force"
        );
        if held.keys.len() < 2 {
            self.inner.signs_with_old.lock().clear();
        }
        Ok(())
    }

    /// The place of the key under which a token's hash is right. A token with a wrong hash is tried with each,
    /// whosesoever it is.
    pub(crate) fn verify(
        &self,
        token: &AuthorizationToken,
        password: &SecretString,
    ) -> Option<usize> {
        let keys = Arc::clone(&self.inner.held.read().keys);
        keys.iter().position(|key| token.verify(password, key))
    }

    /// The key in force.
    pub(crate) fn in_force(&self) -> Option<SecretString> {
        self.inner.held.read().keys.first().cloned()
    }

    /// Says in the log which mailboxes still sign with the old key, once each.
    pub(crate) fn note(&self, mailbox: &MailboxId, place: usize) {
        if self.inner.held.read().keys.len() < 2 {
            return;
        }
        let old = place > 0;
        let before = self
            .inner
            .signs_with_old
            .lock()
            .insert(mailbox.clone(), old);
        match (before, old) {
            (Some(before), _) if before == old => {}
            (_, true) => tracing::info!(%mailbox, "a mailbox still signs with the old shared key"),
            (_, false) => tracing::info!(%mailbox, "a mailbox signs with the new shared key"),
        }
    }
}

fn stamps(files: &[PathBuf]) -> Vec<Option<Stamp>> {
    files.iter().map(|path| Stamp::of(path)).collect()
}

/// A key that does not change while the process runs.
impl From<SecretString> for SharedKeys {
    fn from(key: SecretString) -> Self {
        let keys = Arc::new([key]);
        let stamps = Vec::new();
        Self::new(Held { keys, stamps }, Vec::new(), None)
    }
}

/// As from a [`SecretString`].
impl From<String> for SharedKeys {
    fn from(key: String) -> Self {
        SecretString::from(key).into()
    }
}
