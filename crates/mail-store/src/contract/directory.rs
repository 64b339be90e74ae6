//! What the operator sets up: mailboxes, workflows, rights, certificates refused.

use std::fmt;
use std::sync::Arc;

use jiff::Timestamp;
use nhs::{MailboxId, OdsCode, WorkflowId};

use super::Purge;
use crate::StoreError;
use crate::audit::AuditEntry;
use crate::contract::sealed::{Resealed, ResealedCount, WaitingAddresses};

/// A mailbox as the operator set it up.
#[derive(Clone, PartialEq, Eq)]
pub struct MailboxRecord {
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
    /// False: it may neither send nor be sent to.
    pub active: bool,
    /// The password as sealed by the exchange.
    pub password: Vec<u8>,
}

impl fmt::Debug for MailboxRecord {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MailboxRecord")
            .field("id", &self.id)
            .finish_non_exhaustive()
    }
}

/// Which way a mailbox may use a workflow.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Right {
    /// It may send.
    Send,
    /// It may receive.
    Receive,
}

impl Right {
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Send => "send",
            Self::Receive => "receive",
        }
    }
}

/// A workflow and who may use it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RightRecord {
    /// The workflow.
    pub workflow: WorkflowId,
    /// Whether patient addresses are resolved for it.
    pub patient_routing: bool,
    /// Who may send it.
    pub senders: Vec<MailboxId>,
    /// Who may receive it.
    pub receivers: Vec<MailboxId>,
}

/// Everything the operator set up.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct DirectoryRecords {
    /// Rises with every change.
    pub version: i64,
    /// By id.
    pub mailboxes: Vec<MailboxRecord>,
    /// By id.
    pub workflows: Vec<RightRecord>,
    /// Serial numbers of certificates no longer accepted.
    pub revoked: Vec<String>,
}

/// One change by the operator.
pub(crate) enum Change<'a> {
    AddMailbox(&'a MailboxRecord),
    SetActive(&'a MailboxId, bool),
    SetPassword(&'a MailboxId, &'a [u8]),
    SetRights {
        workflow: &'a WorkflowId,
        right: Right,
        mailboxes: &'a [MailboxId],
        allowed: bool,
    },
    SetPatientRouting(&'a WorkflowId, bool),
    Revoke(&'a str),
}

impl Change<'_> {
    /// Action, subject and detail of the change's line in the audit trail.
    fn audit(&self) -> (&'static str, &str, String) {
        let none = String::new();
        match self {
            Self::AddMailbox(mailbox) => ("add mailbox", mailbox.id.as_str(), none),
            Self::SetActive(mailbox, true) => ("enable mailbox", mailbox.as_str(), none),
            Self::SetActive(mailbox, false) => ("disable mailbox", mailbox.as_str(), none),
            Self::SetPassword(mailbox, _) => ("change password", mailbox.as_str(), none),
            Self::SetRights {
                workflow,
                right,
                mailboxes,
                allowed,
            } => {
                let action = if *allowed {
                    "allow workflow"
                } else {
                    "deny workflow"
                };
                let names: Vec<_> = mailboxes.iter().map(MailboxId::as_str).collect();
                let detail = format!("{}={}", right.as_str(), names.join(","));
                (action, workflow.as_str(), detail)
            }
            Self::SetPatientRouting(workflow, true) => {
                ("enable patient routing", workflow.as_str(), none)
            }
            Self::SetPatientRouting(workflow, false) => {
                ("disable patient routing", workflow.as_str(), none)
            }
            Self::Revoke(serial) => ("revoke certificate", serial, none),
        }
    }

    /// The change's line in the audit trail.
    pub(crate) fn audit_entry(&self, by: &str, at: Timestamp) -> AuditEntry {
        let (action, subject, detail) = self.audit();
        AuditEntry::new(at, (by, action), subject, detail)
    }
}

/// Where a directory is kept. The functions block.
pub(crate) trait DirectoryBackend: Send + Sync {
    /// Makes a change, raises the version and writes a line in the audit trail, all in one
    /// transaction. False, and nothing of it, when the change does not apply: the mailbox to add
    /// exists, the one to change does not. A change that changes nothing leaves no trace either. `by` is
    /// who makes it, as the trail names them.
    fn change(&self, change: &Change<'_>, by: &str, at: Timestamp) -> Result<bool, StoreError>;
    fn records(&self) -> Result<DirectoryRecords, StoreError>;
    /// Keeps an order and writes a line in the audit trail, in one transaction; the order's number.
    fn order_purge(&self, purge: &Purge, at: Timestamp) -> Result<i64, StoreError>;
    /// How many messages an order removed; `None` while it is not carried out.
    fn purged(&self, order: i64) -> Result<Option<u64>, StoreError>;
    /// Adds a line to the audit trail.
    fn note(&self, entry: AuditEntry) -> Result<(), StoreError>;
    /// The addresses that wait with messages behind a place in the order of arrival, at most `limit`.
    fn waiting_addresses(&self, after: i64, limit: u32) -> Result<WaitingAddresses, StoreError>;
    /// Puts each text in the place of the old one, if that is still there, and writes a line in the
    /// audit trail when there was one, all in one transaction.
    fn reseal(&self, texts: &[Resealed], at: Timestamp) -> Result<ResealedCount, StoreError>;
}

/// The operator's side of a store: works beside a running server, which notices by the version.
/// Its functions block for the time of a transaction.
#[derive(Clone)]
pub struct Directory {
    backend: Arc<dyn DirectoryBackend>,
    /// Who makes changes, as the audit trail names them.
    by: String,
}

impl Directory {
    pub(crate) fn new(backend: Arc<dyn DirectoryBackend>) -> Self {
        let by = "operator".to_owned();
        Self { backend, by }
    }

    /// The same for somebody whom the audit trail is to name, in place of `operator`.
    #[must_use]
    pub fn used_by(self, by: String) -> Self {
        Self { by, ..self }
    }

    fn change(&self, change: &Change<'_>, at: Timestamp) -> Result<bool, StoreError> {
        self.backend.change(change, &self.by, at)
    }

    /// Adds a mailbox; false when the id is taken.
    ///
    /// # Errors
    ///
    /// When the database cannot be reached or changed; nothing was changed then.
    pub fn add_mailbox(&self, mailbox: &MailboxRecord, at: Timestamp) -> Result<bool, StoreError> {
        self.change(&Change::AddMailbox(mailbox), at)
    }

    /// Switches a mailbox on or off; false when there is none.
    ///
    /// # Errors
    ///
    /// When the database cannot be reached or changed; nothing was changed then.
    pub fn set_active(
        &self,
        mailbox: &MailboxId,
        active: bool,
        at: Timestamp,
    ) -> Result<bool, StoreError> {
        self.change(&Change::SetActive(mailbox, active), at)
    }

    /// Gives a mailbox another sealed password; false when there is none.
    ///
    /// # Errors
    ///
    /// When the database cannot be reached or changed; nothing was changed then.
    pub fn set_password(
        &self,
        mailbox: &MailboxId,
        sealed: &[u8],
        at: Timestamp,
    ) -> Result<bool, StoreError> {
        self.change(&Change::SetPassword(mailbox, sealed), at)
    }

    /// Allows or denies mailboxes a workflow. A workflow not known before becomes known.
    ///
    /// # Errors
    ///
    /// When the database cannot be reached or changed; nothing was changed then.
    pub fn set_rights(
        &self,
        workflow: &WorkflowId,
        right: Right,
        mailboxes: &[MailboxId],
        allowed: bool,
        at: Timestamp,
    ) -> Result<(), StoreError> {
        let change = Change::SetRights {
            workflow,
            right,
            mailboxes,
            allowed,
        };
        self.change(&change, at).map(drop)
    }

    /// Says whether patient addresses are resolved for a workflow.
    ///
    /// # Errors
    ///
    /// When the database cannot be reached or changed; nothing was changed then.
    pub fn set_patient_routing(
        &self,
        workflow: &WorkflowId,
        enabled: bool,
        at: Timestamp,
    ) -> Result<(), StoreError> {
        let change = Change::SetPatientRouting(workflow, enabled);
        self.change(&change, at).map(drop)
    }

    /// Refuses a certificate from now on.
    ///
    /// # Errors
    ///
    /// When the database cannot be reached or changed; nothing was changed then.
    pub fn revoke(&self, serial: &str, at: Timestamp) -> Result<(), StoreError> {
        self.change(&Change::Revoke(serial), at).map(drop)
    }

    /// Says in the audit trail what was done to a key, which is not in the store.
    ///
    /// # Errors
    ///
    /// When the database cannot be reached or changed.
    pub fn note_key(
        &self,
        action: &'static str,
        key: &str,
        at: Timestamp,
    ) -> Result<(), StoreError> {
        let entry = AuditEntry::new(at, ("operator", action), key, "");
        self.backend.note(entry)
    }

    /// Says in the audit trail what an operator did that changed nothing, such as a journey exported.
    ///
    /// # Errors
    ///
    /// When the database cannot be reached or changed.
    pub fn note_act(
        &self,
        action: &'static str,
        subject: &str,
        at: Timestamp,
    ) -> Result<(), StoreError> {
        let entry = AuditEntry::new(at, ("operator", action), subject, "");
        self.backend.note(entry)
    }

    /// The addresses that wait with messages behind a place in the order of arrival, at most `limit`.
    ///
    /// # Errors
    ///
    /// When the database cannot be reached.
    pub fn waiting_addresses(
        &self,
        after: i64,
        limit: u32,
    ) -> Result<WaitingAddresses, StoreError> {
        self.backend.waiting_addresses(after, limit)
    }

    /// Puts each text in the place of the old one, if that is still there, and says how many were.
    ///
    /// # Errors
    ///
    /// When the database cannot be reached or changed; nothing was changed then.
    pub fn reseal(&self, texts: &[Resealed], at: Timestamp) -> Result<ResealedCount, StoreError> {
        self.backend.reseal(texts, at)
    }

    /// Everything the operator set up.
    ///
    /// # Errors
    ///
    /// When the database cannot be reached, or a record is damaged.
    pub fn records(&self) -> Result<DirectoryRecords, StoreError> {
        self.backend.records()
    }

    /// Orders the removal of messages, which a server carries out within a second or two; or
    /// [`Store::carry_out_purges`](crate::Store::carry_out_purges), where no server runs. Returns the
    /// order's number.
    ///
    /// # Errors
    ///
    /// When the database cannot be reached or changed; nothing was ordered then.
    pub fn order_purge(&self, purge: &Purge, at: Timestamp) -> Result<i64, StoreError> {
        self.backend.order_purge(purge, at)
    }

    /// How many messages an order removed; `None` while it is not carried out.
    ///
    /// # Errors
    ///
    /// When the database cannot be reached.
    pub fn purged(&self, order: i64) -> Result<Option<u64>, StoreError> {
        self.backend.purged(order)
    }
}
