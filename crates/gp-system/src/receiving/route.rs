//! Where an arrival goes, by its control file: the practice's distributor.

use itk3::Kind;
use mesh::{ControlFile, MessageType};
use nhs::WorkflowId;

use crate::PracticeConfig;

/// Where an arrival goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Route {
    /// A report of the client or the exchange.
    Report,
    /// On the workflow of a payload that is taken here.
    Message,
    /// On the workflow of a payload that is answered with 20010 here.
    SwitchedOff,
    /// An answer to a message of ours.
    Acknowledgement,
    /// On a workflow that is not served here, or is another program's: left in IN.
    Foreign,
    /// On a workflow that is served nowhere, for nobody else reads the mailbox.
    NotUnderstood,
}

impl Route {
    /// By the table of payloads, and what the practice takes of it.
    pub(super) fn of(control: &ControlFile, config: &PracticeConfig) -> Self {
        if control.message_type() == Some(MessageType::Report) {
            return Self::Report;
        }
        let workflow = control.workflow_id.as_deref();
        let Some(workflow) = workflow.and_then(|id| WorkflowId::parse(id).ok()) else {
            return Self::unserved(config);
        };
        if config.other_workflows.contains(&workflow) {
            return Self::Foreign;
        }
        let mut kinds = Kind::of_workflow(workflow.as_str());
        match kinds.next().map(|kind| kind.family) {
            Some(family) if config.payloads.contains(&family) => Self::Message,
            Some(family) if config.refused_payloads.contains(&family) => Self::SwitchedOff,
            None if is_answered_on(&workflow) => Self::Acknowledgement,
            _ => Self::unserved(config),
        }
    }

    fn unserved(config: &PracticeConfig) -> Self {
        if config.only_reader {
            Self::NotUnderstood
        } else {
            Self::Foreign
        }
    }

    /// Whether it carries a payload, whatever becomes of it.
    pub(super) fn is_message(self) -> bool {
        matches!(self, Self::Message | Self::SwitchedOff)
    }
}

/// Whether acknowledgements of some payload travel on a workflow.
fn is_answered_on(workflow: &WorkflowId) -> bool {
    let mut requests = Kind::rows().iter().flat_map(|kind| kind.workflows);
    requests.any(|request| {
        WorkflowId::parse(request).is_ok_and(|request| request.acknowledgement() == *workflow)
    })
}
