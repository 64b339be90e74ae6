//! Changing the vault key while servers run: two keys are known meanwhile, and everything sealed is sealed anew in
//! small steps. Each step may be cut short at any instant and taken again.

use mail_store::{Resealed, ResealedCount, WaitingAddress};
use zeroize::Zeroizing;

use crate::keyring::{KeyChange, KeyFiles, Purpose, Seen};
use crate::{ExchangeError, Operator};

/// Texts sealed anew in one transaction, at most: sends are held up no longer than by it.
const STEP: usize = 100;

/// The key's name in the audit trail.
const VAULT_KEY: &str = "vault key";

/// What sealing everything anew came to.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Resealing {
    /// Mailboxes' passwords sealed with the new key.
    pub passwords: u64,
    /// Patient addresses that wait, sealed with the new key.
    pub addresses: u64,
    /// Texts that neither key opens; they stay as they are.
    pub unreadable: u64,
}

/// A text, and how the current key seals it.
struct Anew {
    sealed: Vec<u8>,
    text: Zeroizing<Vec<u8>>,
}

impl Operator {
    /// Where the vault key and those beside it are.
    pub fn key_files(&self) -> &KeyFiles {
        self.keyring().files()
    }

    /// Makes the next vault key, which opens at once and does not seal yet; nothing when there is one.
    ///
    /// # Errors
    ///
    /// [`ExchangeError::KeyChangeUnfinished`], [`ExchangeError::KeyInUse`], [`ExchangeError::KeyFile`],
    /// [`ExchangeError::Store`].
    pub fn prepare_vault_key(&self) -> Result<(), ExchangeError> {
        let _lock = self.key_files().lock()?;
        self.prepare()
    }

    fn prepare(&self) -> Result<(), ExchangeError> {
        match self.key_files().change()? {
            KeyChange::UnderWay => Err(ExchangeError::KeyChangeUnfinished),
            KeyChange::Prepared => Ok(()),
            KeyChange::None => {
                self.key_files().prepare(self.randomness())?;
                self.note("prepare rotation")
            }
        }
    }

    /// Puts the next vault key in force, making it when there is none, and seals everything anew. A change that
    /// was cut short is gone on with. The old key still opens until [`Operator::finish_vault_key`].
    ///
    /// # Errors
    ///
    /// As [`Operator::prepare_vault_key`]; taking it again is safe.
    pub fn rotate_vault_key(&self) -> Result<Resealing, ExchangeError> {
        let files = self.key_files();
        let _lock = files.lock()?;
        if files.change()? != KeyChange::UnderWay {
            self.prepare()?;
            self.note("begin rotation")?;
            files.promote()?;
        }
        self.reseal()
    }

    /// Seals anew what was sealed with the old key since, and forgets that key. To be called when every server
    /// has had time to notice the new one.
    ///
    /// # Errors
    ///
    /// [`ExchangeError::NoKeyChange`]; as [`Operator::rotate_vault_key`].
    pub fn finish_vault_key(&self) -> Result<Resealing, ExchangeError> {
        let files = self.key_files();
        let _lock = files.lock()?;
        if files.change()? != KeyChange::UnderWay {
            return Err(ExchangeError::NoKeyChange);
        }
        let resealing = self.reseal()?;
        self.note("finish rotation")?;
        files.retire()?;
        Ok(resealing)
    }

    fn note(&self, action: &'static str) -> Result<(), ExchangeError> {
        Ok(self.directory().note_key(action, VAULT_KEY, self.now())?)
    }

    /// Says in the audit trail what was done to the environment's shared key.
    ///
    /// # Errors
    ///
    /// [`ExchangeError::Store`].
    pub fn note_shared_key(&self, action: &'static str) -> Result<(), ExchangeError> {
        Ok(self
            .directory()
            .note_key(action, "shared key", self.now())?)
    }

    /// Passes over everything until one finds nothing to do: a server that has not noticed the new key yet
    /// seals with the old one meanwhile.
    fn reseal(&self) -> Result<Resealing, ExchangeError> {
        self.keyring().refresh()?;
        let mut all = Resealing::default();
        loop {
            let mut pass = Resealing::default();
            self.reseal_passwords(&mut pass)?;
            self.reseal_addresses(&mut pass)?;
            all.passwords += pass.passwords;
            all.addresses += pass.addresses;
            all.unreadable = pass.unreadable;
            if pass.passwords + pass.addresses == 0 {
                return Ok(all);
            }
        }
    }

    fn reseal_passwords(&self, pass: &mut Resealing) -> Result<(), ExchangeError> {
        let mailboxes = self.directory().records()?.mailboxes;
        for some in mailboxes.chunks(STEP) {
            let mut texts = Vec::new();
            for mailbox in some {
                let (owner, was) = (mailbox.id.as_str(), &mailbox.password);
                let Some(Anew { sealed, .. }) = self.anew(Purpose::Password, owner, was, pass)?
                else {
                    continue;
                };
                texts.push(Resealed::Password {
                    mailbox: mailbox.id.clone(),
                    was: was.clone(),
                    sealed,
                });
            }
            self.put(&texts, pass)?;
        }
        Ok(())
    }

    fn reseal_addresses(&self, pass: &mut Resealing) -> Result<(), ExchangeError> {
        let limit = u32::try_from(STEP).unwrap_or(u32::MAX);
        let mut after = 0;
        loop {
            let page = self.directory().waiting_addresses(after, limit)?;
            let Some(last) = page.last else {
                return Ok(());
            };
            after = last;
            let mut texts = Vec::new();
            for waiting in page.addresses {
                texts.extend(self.address_anew(waiting, pass)?);
            }
            self.put(&texts, pass)?;
        }
    }

    fn address_anew(
        &self,
        waiting: WaitingAddress,
        pass: &mut Resealing,
    ) -> Result<Option<Resealed>, ExchangeError> {
        let (owner, was) = (waiting.message.as_str(), waiting.sealed.0);
        let anew = self.anew(Purpose::PatientAddress, owner, &was, pass)?;
        Ok(anew.map(|Anew { sealed, text }| {
            let address = String::from_utf8_lossy(&text);
            let order_key = self.keyring().order_key(waiting.sender.as_ref(), &address);
            Resealed::Address {
                seq: waiting.seq,
                was,
                sealed,
                order_key,
            }
        }))
    }

    /// The text and how it is sealed with the current key, when it was sealed with another.
    fn anew(
        &self,
        purpose: Purpose,
        owner: &str,
        sealed: &[u8],
        pass: &mut Resealing,
    ) -> Result<Option<Anew>, ExchangeError> {
        match self.keyring().see(purpose, owner, sealed) {
            Seen::Current => Ok(None),
            Seen::Unreadable => {
                pass.unreadable += 1;
                Ok(None)
            }
            Seen::Other(text) => {
                let keyring = self.keyring();
                let sealed = keyring.seal(purpose, owner, &text, self.randomness())?;
                Ok(Some(Anew { sealed, text }))
            }
        }
    }

    fn put(&self, texts: &[Resealed], pass: &mut Resealing) -> Result<(), ExchangeError> {
        if texts.is_empty() {
            return Ok(());
        }
        let ResealedCount {
            passwords,
            addresses,
            ..
        } = self.directory().reseal(texts, self.now())?;
        pass.passwords += passwords;
        pass.addresses += addresses;
        Ok(())
    }
}
