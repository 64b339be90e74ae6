//! What an operator sets up: mailboxes, rights, revoked certificates.

use std::path::Path;
use std::sync::Arc;

use jiff::Timestamp;
use mail_store::{Directory, MailboxRecord, Purge, Right, StoreOptions};
use nhs::{Clock, MailboxId, OdsCode, Randomness, WorkflowId};
use secrecy::{ExposeSecret, SecretString};

use crate::ExchangeError;
use crate::directory::Mailbox;
use crate::keyring::{Keyring, Purpose};

/// A mailbox to be added.
pub struct NewMailbox {
    /// Its id.
    pub id: MailboxId,
    /// Its name, for people.
    pub name: String,
    /// Its organisation.
    pub ods: OdsCode,
    /// The organisation's name; may be empty.
    pub organisation_name: String,
    /// Who pays; may be empty.
    pub billing_entity: String,
    /// What its tokens are signed with.
    pub password: SecretString,
}

/// A workflow and who may use it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Workflow {
    /// Its id.
    pub id: WorkflowId,
    /// Who may send it.
    pub senders: Vec<MailboxId>,
    /// Who may receive it.
    pub receivers: Vec<MailboxId>,
    /// Whether patient addresses are resolved for it.
    pub patient_routing: bool,
}

/// What operators do. Works on a store whether or not a server runs on it; a running server takes
/// changes over within a second. Every change leaves a line in the audit trail. The functions
/// block for the time of a disk sync.
#[derive(Clone)]
pub struct Operator {
    directory: Directory,
    keyring: Keyring,
    clock: Arc<dyn Clock>,
    randomness: Arc<dyn Randomness>,
}

impl Operator {
    /// Opens the store in a directory, creating it and its key when they are new.
    ///
    /// # Errors
    ///
    /// [`ExchangeError::KeyFile`], [`ExchangeError::KeyTooShort`], [`ExchangeError::Store`].
    pub fn open(
        directory: &Path,
        randomness: Arc<dyn Randomness>,
        clock: Arc<dyn Clock>,
    ) -> Result<Self, ExchangeError> {
        let (options, key_file) = (StoreOptions::default(), directory.join("key"));
        Self::open_with(&options, directory, &key_file, randomness, clock)
    }

    /// As [`Operator::open`], for a store whose records may be elsewhere and whose key is in a file
    /// of its own. With records in PostgreSQL every server needs the same key.
    ///
    /// # Errors
    ///
    /// [`ExchangeError::KeyFile`], [`ExchangeError::KeyTooShort`], [`ExchangeError::Store`].
    pub fn open_with(
        options: &StoreOptions,
        directory: &Path,
        key_file: &Path,
        randomness: Arc<dyn Randomness>,
        clock: Arc<dyn Clock>,
    ) -> Result<Self, ExchangeError> {
        let records = options.operators_directory(directory)?;
        let keyring = Keyring::open_or_create(key_file, randomness.as_ref())?;
        Ok(Self::new(records, keyring, clock, randomness))
    }

    pub(crate) fn new(
        directory: Directory,
        keyring: Keyring,
        clock: Arc<dyn Clock>,
        randomness: Arc<dyn Randomness>,
    ) -> Self {
        Self {
            directory,
            keyring,
            clock,
            randomness,
        }
    }

    /// The same for somebody whom the audit trail is to name, in place of `operator`.
    #[must_use]
    pub fn used_by(self, who: String) -> Self {
        Self {
            directory: self.directory.used_by(who),
            ..self
        }
    }

    pub(crate) fn directory(&self) -> &Directory {
        &self.directory
    }

    pub(crate) fn keyring(&self) -> &Keyring {
        &self.keyring
    }

    pub(crate) fn now(&self) -> Timestamp {
        self.clock.now()
    }

    pub(crate) fn randomness(&self) -> &dyn Randomness {
        self.randomness.as_ref()
    }

    fn seal(&self, id: &MailboxId, password: &SecretString) -> Result<Vec<u8>, ExchangeError> {
        let password = password.expose_secret().as_bytes();
        self.keyring.seal(
            Purpose::Password,
            id.as_str(),
            password,
            self.randomness.as_ref(),
        )
    }

    /// Adds an active mailbox.
    ///
    /// # Errors
    ///
    /// [`ExchangeError::MailboxExists`], [`ExchangeError::Store`].
    pub fn add_mailbox(&self, new: NewMailbox) -> Result<(), ExchangeError> {
        let record = MailboxRecord {
            password: self.seal(&new.id, &new.password)?,
            id: new.id,
            name: new.name,
            ods: new.ods,
            organisation_name: new.organisation_name,
            billing_entity: new.billing_entity,
            active: true,
        };
        match self.directory.add_mailbox(&record, self.clock.now())? {
            true => Ok(()),
            false => Err(ExchangeError::MailboxExists),
        }
    }

    /// All mailboxes, by id.
    ///
    /// # Errors
    ///
    /// [`ExchangeError::Store`].
    pub fn mailboxes(&self) -> Result<Vec<Mailbox>, ExchangeError> {
        Ok(self
            .directory
            .records()?
            .mailboxes
            .into_iter()
            .map(Mailbox::from)
            .collect())
    }

    /// Switches a mailbox on or off.
    ///
    /// # Errors
    ///
    /// [`ExchangeError::NoSuchMailbox`], [`ExchangeError::Store`].
    pub fn set_active(&self, id: &MailboxId, active: bool) -> Result<(), ExchangeError> {
        found(self.directory.set_active(id, active, self.clock.now())?)
    }

    /// Gives a mailbox another password.
    ///
    /// # Errors
    ///
    /// [`ExchangeError::NoSuchMailbox`], [`ExchangeError::Store`].
    pub fn set_password(
        &self,
        id: &MailboxId,
        password: &SecretString,
    ) -> Result<(), ExchangeError> {
        let sealed = self.seal(id, password)?;
        found(self.directory.set_password(id, &sealed, self.clock.now())?)
    }

    /// Lets mailboxes send and receive a workflow.
    ///
    /// # Errors
    ///
    /// [`ExchangeError::NoSuchMailbox`], and then no right was given; [`ExchangeError::Store`].
    pub fn allow(
        &self,
        workflow: &WorkflowId,
        send: &[MailboxId],
        receive: &[MailboxId],
    ) -> Result<(), ExchangeError> {
        self.set_rights(workflow, send, receive, true)
    }

    /// Takes those rights away.
    ///
    /// # Errors
    ///
    /// [`ExchangeError::Store`].
    pub fn deny(
        &self,
        workflow: &WorkflowId,
        send: &[MailboxId],
        receive: &[MailboxId],
    ) -> Result<(), ExchangeError> {
        self.set_rights(workflow, send, receive, false)
    }

    fn set_rights(
        &self,
        workflow: &WorkflowId,
        send: &[MailboxId],
        receive: &[MailboxId],
        allowed: bool,
    ) -> Result<(), ExchangeError> {
        if allowed {
            let known = self.mailboxes()?;
            let is_known = |id: &MailboxId| known.iter().any(|mailbox| mailbox.id == *id);
            found(send.iter().chain(receive).all(is_known))?;
        }
        let now = self.clock.now();
        self.directory
            .set_rights(workflow, Right::Send, send, allowed, now)?;
        self.directory
            .set_rights(workflow, Right::Receive, receive, allowed, now)?;
        Ok(())
    }

    /// Says whether patient addresses are resolved for a workflow.
    ///
    /// # Errors
    ///
    /// [`ExchangeError::Store`].
    pub fn set_patient_routing(
        &self,
        workflow: &WorkflowId,
        enabled: bool,
    ) -> Result<(), ExchangeError> {
        Ok(self
            .directory
            .set_patient_routing(workflow, enabled, self.clock.now())?)
    }

    /// All workflows, by id.
    ///
    /// # Errors
    ///
    /// [`ExchangeError::Store`].
    pub fn workflows(&self) -> Result<Vec<Workflow>, ExchangeError> {
        let records = self.directory.records()?.workflows;
        Ok(records
            .into_iter()
            .map(|record| Workflow {
                id: record.workflow,
                senders: record.senders,
                receivers: record.receivers,
                patient_routing: record.patient_routing,
            })
            .collect())
    }

    /// Orders the removal of messages that a mailbox sent; the order's number. A running server
    /// carries it out within two seconds.
    ///
    /// # Errors
    ///
    /// [`ExchangeError::NoSuchMailbox`], [`ExchangeError::Store`].
    pub fn order_purge(&self, purge: &Purge) -> Result<i64, ExchangeError> {
        let known = self.directory.records()?.mailboxes;
        if !known.iter().any(|mailbox| mailbox.id == purge.mailbox) {
            return Err(ExchangeError::NoSuchMailbox);
        }
        Ok(self.directory.order_purge(purge, self.clock.now())?)
    }

    /// How many messages an order removed; `None` while it is not carried out.
    ///
    /// # Errors
    ///
    /// [`ExchangeError::Store`].
    pub fn purged(&self, order: i64) -> Result<Option<u64>, ExchangeError> {
        Ok(self.directory.purged(order)?)
    }

    /// Refuses a certificate from now on, by its serial number in hexadecimal.
    ///
    /// # Errors
    ///
    /// [`ExchangeError::Store`].
    pub fn revoke_certificate(&self, serial: &str) -> Result<(), ExchangeError> {
        let digits = serial.replace(':', "").to_ascii_lowercase();
        Ok(self
            .directory
            .revoke(digits.trim_start_matches('0'), self.clock.now())?)
    }

    /// The serial numbers refused.
    ///
    /// # Errors
    ///
    /// [`ExchangeError::Store`].
    pub fn revoked_certificates(&self) -> Result<Vec<String>, ExchangeError> {
        Ok(self.directory.records()?.revoked)
    }
}

fn found(found: bool) -> Result<(), ExchangeError> {
    if found {
        Ok(())
    } else {
        Err(ExchangeError::NoSuchMailbox)
    }
}
