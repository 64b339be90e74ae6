//! Messages that an operator wants removed.

use async_trait::async_trait;
use jiff::Timestamp;
use nhs::MailboxId;

use super::MessageState;
use crate::StoreError;
use crate::audit::AuditEntry;

/// Which messages of a mailbox an operator wants removed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Purge {
    /// Who sent them.
    pub mailbox: MailboxId,
    /// In which states they are.
    pub states: Vec<MessageState>,
    /// They were sent before this.
    pub before: Timestamp,
}

impl Purge {
    /// The names of the states, with commas.
    pub(crate) fn states_text(&self) -> String {
        let names: Vec<_> = self.states.iter().map(|state| state.as_str()).collect();
        names.join(",")
    }

    /// The line in the audit trail that says who wanted what.
    pub(crate) fn audit_entry(&self, at: Timestamp) -> AuditEntry {
        let detail = format!("states={} before={}", self.states_text(), self.before);
        AuditEntry::new(at, ("operator", "purge mailbox"), &self.mailbox, detail)
    }
}

/// An order that no server has carried out yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PurgeOrder {
    /// For [`Op::EndPurge`](super::Op::EndPurge).
    pub number: i64,
    /// What is wanted.
    pub purge: Purge,
}

impl PurgeOrder {
    /// From the columns of a row.
    pub(crate) fn read(
        number: i64,
        mailbox: &str,
        states: &str,
        before: i64,
    ) -> Result<Self, StoreError> {
        let damaged = || StoreError::DamagedRecord("an order to remove messages");
        let states = states
            .split(',')
            .map(MessageState::parse)
            .collect::<Option<_>>();
        Ok(Self {
            number,
            purge: Purge {
                mailbox: MailboxId::parse(mailbox).map_err(|_| damaged())?,
                states: states.ok_or_else(damaged)?,
                before: Timestamp::from_microsecond(before).map_err(|_| damaged())?,
            },
        })
    }
}

/// Orders as servers read them. Operators give them through a [`Directory`](super::Directory).
#[async_trait]
pub trait Purging {
    /// Those not carried out, the oldest first. Cheap: servers ask every second.
    async fn purge_orders(&self) -> Result<Vec<PurgeOrder>, StoreError>;
}
