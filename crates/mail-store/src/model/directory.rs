//! The operator's directory.

use std::sync::Arc;

use jiff::Timestamp;
use nhs::{MailboxId, WorkflowId};

use super::Model;
use crate::StoreError;
use crate::audit::AuditEntry;
use crate::contract::directory::{Change, DirectoryBackend};
use crate::contract::{
    Directory, DirectoryRecords, MailboxRecord, Purge, Resealed, ResealedCount, Right, RightRecord,
    WaitingAddresses,
};

impl Model {
    pub(super) fn operators(&self) -> Directory {
        Directory::new(Arc::new(self.clone()))
    }
}

impl DirectoryBackend for Model {
    fn change(&self, change: &Change<'_>, by: &str, at: Timestamp) -> Result<bool, StoreError> {
        let mut state = self.state();
        let before = state.directory.clone();
        if !apply(&mut state.directory, change) {
            return Ok(false);
        }
        if state.directory == before {
            return Ok(true);
        }
        state.directory.version += 1;
        state.note(change.audit_entry(by, at));
        Ok(true)
    }

    fn records(&self) -> Result<DirectoryRecords, StoreError> {
        Ok(self.state().directory.clone())
    }

    fn order_purge(&self, purge: &Purge, at: Timestamp) -> Result<i64, StoreError> {
        let mut state = self.state();
        state.purges.push((purge.clone(), None));
        state.note(purge.audit_entry(at));
        Ok(i64::try_from(state.purges.len()).unwrap_or(i64::MAX))
    }

    fn purged(&self, order: i64) -> Result<Option<u64>, StoreError> {
        let place = usize::try_from(order - 1).unwrap_or(usize::MAX);
        let state = self.state();
        Ok(state.purges.get(place).and_then(|(_, removed)| *removed))
    }

    fn note(&self, entry: AuditEntry) -> Result<(), StoreError> {
        self.state().note(entry);
        Ok(())
    }

    fn waiting_addresses(&self, after: i64, limit: u32) -> Result<WaitingAddresses, StoreError> {
        Ok(Model::waiting_addresses(self, after, limit))
    }

    fn reseal(&self, texts: &[Resealed], at: Timestamp) -> Result<ResealedCount, StoreError> {
        Ok(self.reseal_texts(texts, at))
    }
}

fn apply(directory: &mut DirectoryRecords, change: &Change<'_>) -> bool {
    match change {
        Change::AddMailbox(new) => {
            if find(directory, &new.id).is_some() {
                return false;
            }
            directory.mailboxes.push((*new).clone());
            directory.mailboxes.sort_by(|a, b| a.id.cmp(&b.id));
        }
        Change::SetActive(id, active) => match find(directory, id) {
            None => return false,
            Some(mailbox) => mailbox.active = *active,
        },
        Change::SetPassword(id, sealed) => match find(directory, id) {
            None => return false,
            Some(mailbox) => mailbox.password = sealed.to_vec(),
        },
        Change::SetRights {
            workflow,
            right,
            mailboxes,
            allowed,
        } => change_workflow(directory, workflow, |record| {
            let holders = match right {
                Right::Send => &mut record.senders,
                Right::Receive => &mut record.receivers,
            };
            holders.retain(|holder| !mailboxes.contains(holder));
            if *allowed {
                holders.extend_from_slice(mailboxes);
                holders.sort();
                holders.dedup();
            }
        }),
        Change::SetPatientRouting(workflow, enabled) => {
            change_workflow(directory, workflow, |record| {
                record.patient_routing = *enabled;
            });
        }
        Change::Revoke(serial) => {
            directory.revoked.push((*serial).to_owned());
            directory.revoked.sort();
            directory.revoked.dedup();
        }
    }
    true
}

fn find<'a>(directory: &'a mut DirectoryRecords, id: &MailboxId) -> Option<&'a mut MailboxRecord> {
    directory
        .mailboxes
        .iter_mut()
        .find(|mailbox| mailbox.id == *id)
}

/// A workflow not known before becomes known.
fn change_workflow(
    directory: &mut DirectoryRecords,
    id: &WorkflowId,
    change: impl FnOnce(&mut RightRecord),
) {
    let known = directory
        .workflows
        .iter_mut()
        .find(|record| record.workflow == *id);
    if let Some(record) = known {
        change(record);
        return;
    }
    let mut record = RightRecord {
        workflow: id.clone(),
        patient_routing: false,
        senders: Vec::new(),
        receivers: Vec::new(),
    };
    change(&mut record);
    directory.workflows.push(record);
    directory
        .workflows
        .sort_by(|a, b| a.workflow.cmp(&b.workflow));
}
