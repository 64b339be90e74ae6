//! Mailboxes and rights as the operator set them up, in memory.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use mail_store::{DirectoryRecords, RightRecord};
use nhs::{MailboxId, OdsCode, WorkflowId};
use secrecy::SecretString;

use crate::ExchangeError;
use crate::keyring::{Keyring, Purpose};

/// A mailbox, as everyone may know it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mailbox {
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
}

impl From<mail_store::MailboxRecord> for Mailbox {
    fn from(record: mail_store::MailboxRecord) -> Self {
        Self {
            id: record.id,
            name: record.name,
            ods: record.ods,
            organisation_name: record.organisation_name,
            billing_entity: record.billing_entity,
            active: record.active,
        }
    }
}

/// A mailbox with its password.
pub(crate) struct Member {
    pub(crate) mailbox: Mailbox,
    pub(crate) password: SecretString,
}

struct Workflow {
    patient_routing: bool,
    senders: HashSet<MailboxId>,
    receivers: Vec<MailboxId>,
    /// The receivers again, by organisation: each send and each routing asks about one of them, and
    /// there are thousands of practices.
    receivers_of: HashMap<OdsCode, Vec<MailboxId>>,
}

impl Workflow {
    fn new(record: RightRecord, members: &HashMap<MailboxId, Arc<Member>>) -> Self {
        let mut receivers_of: HashMap<OdsCode, Vec<MailboxId>> = HashMap::new();
        for id in &record.receivers {
            if let Some(member) = members.get(id) {
                let ods = member.mailbox.ods.clone();
                receivers_of.entry(ods).or_default().push(id.clone());
            }
        }
        Self {
            patient_routing: record.patient_routing,
            senders: record.senders.into_iter().collect(),
            receivers: record.receivers,
            receivers_of,
        }
    }

    fn receivers(&self, ods: Option<&OdsCode>) -> &[MailboxId] {
        match ods {
            None => &self.receivers,
            Some(ods) => self.receivers_of.get(ods).map_or(&[], Vec::as_slice),
        }
    }
}

/// What the operator set up, as of one version; replaced whole when it changes.
#[derive(Default)]
pub(crate) struct Directory {
    pub(crate) version: i64,
    members: HashMap<MailboxId, Arc<Member>>,
    workflows: HashMap<WorkflowId, Workflow>,
    revoked: HashSet<String>,
}

impl Directory {
    pub(crate) fn build(
        records: DirectoryRecords,
        keyring: &Keyring,
    ) -> Result<Self, ExchangeError> {
        let mut members = HashMap::with_capacity(records.mailboxes.len());
        for record in records.mailboxes {
            let password = keyring.open(Purpose::Password, record.id.as_str(), &record.password)?;
            let password = SecretString::from(String::from_utf8_lossy(&password).into_owned());
            let member = Member {
                mailbox: record.into(),
                password,
            };
            members.insert(member.mailbox.id.clone(), Arc::new(member));
        }
        let workflows = records.workflows.into_iter().map(|record| {
            let id = record.workflow.clone();
            (id, Workflow::new(record, &members))
        });
        let workflows = workflows.collect();
        Ok(Self {
            version: records.version,
            members,
            workflows,
            revoked: records.revoked.into_iter().collect(),
        })
    }

    pub(crate) fn member(&self, id: &MailboxId) -> Option<&Arc<Member>> {
        self.members.get(id)
    }

    pub(crate) fn members(&self) -> impl Iterator<Item = &Arc<Member>> {
        self.members.values()
    }

    /// Every workflow's id, in no order.
    pub(crate) fn workflows(&self) -> impl Iterator<Item = &WorkflowId> {
        self.workflows.keys()
    }

    pub(crate) fn is_revoked(&self, serial: &str) -> bool {
        self.revoked.contains(serial)
    }

    pub(crate) fn may_send(&self, mailbox: &MailboxId, workflow: &WorkflowId) -> bool {
        self.workflows
            .get(workflow)
            .is_some_and(|workflow| workflow.senders.contains(mailbox))
    }

    pub(crate) fn may_receive(&self, mailbox: &MailboxId, workflow: &WorkflowId) -> bool {
        let Some((member, workflow)) = self.members.get(mailbox).zip(self.workflows.get(workflow))
        else {
            return false;
        };
        let of_organisation = workflow.receivers(Some(&member.mailbox.ods));
        of_organisation.contains(mailbox)
    }

    pub(crate) fn routes_patients(&self, workflow: &WorkflowId) -> bool {
        self.workflows
            .get(workflow)
            .is_some_and(|workflow| workflow.patient_routing)
    }

    /// The active mailboxes that take a workflow, of one organisation or of all.
    pub(crate) fn receivers(&self, workflow: &WorkflowId, ods: Option<&OdsCode>) -> Vec<&Mailbox> {
        let Some(workflow) = self.workflows.get(workflow) else {
            return Vec::new();
        };
        workflow
            .receivers(ods)
            .iter()
            .filter_map(|id| self.members.get(id))
            .map(|member| &member.mailbox)
            .filter(|mailbox| mailbox.active)
            .collect()
    }
}
