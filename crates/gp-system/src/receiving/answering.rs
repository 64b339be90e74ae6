//! Building the answers to a message.

use itk3::acknowledgement::{self, Reply};
use mesh::ControlFile;
use nhs::{MailboxId, WorkflowId};

use super::Delivery;
use super::verdict::{Answer, Verdict};
use crate::PracticeError;
use crate::inner::Inner;
use crate::sending::outcome::number;

/// An answer whose pair stands under `sent/`, ready for the outbox.
pub(super) struct StoredAnswer {
    pub(super) base_name: String,
    pub(super) code: u32,
}

/// Builds and stores the pairs of a verdict's answers, addressed to the mailbox the message came
/// from on the workflow's `_ACK`. Without a mailbox of origin nobody can be answered.
pub(super) fn store_answers(
    inner: &Inner,
    delivery: &Delivery,
    verdict: &Verdict,
) -> Result<Vec<StoredAnswer>, PracticeError> {
    let workflow = WorkflowId::parse(delivery.workflow()).ok();
    let Some((sender, workflow)) = delivery.sender().zip(workflow) else {
        return Ok(Vec::new());
    };
    let base = inner.base_name(delivery.transport_id());
    let mut stored = Vec::new();
    for (place, answer) in (1..).zip(&verdict.answers) {
        let code = number(answer.code);
        let kind = if code / 10_000 == 3 {
            "busAck"
        } else {
            "infAck"
        };
        let message = message(inner, verdict, answer);
        let control = control(inner, verdict, kind, &sender, &workflow);
        // In the order of the answers, for a client that sends by name.
        let base_name = format!("{base}_{place}_{kind}");
        inner
            .directories
            .store_built(&base_name, &message, &control.write())?;
        stored.push(StoredAnswer { base_name, code });
    }
    Ok(stored)
}

fn message(inner: &Inner, verdict: &Verdict, answer: &Answer) -> Vec<u8> {
    let reply = Reply {
        in_response_to: verdict.header_id.clone(),
        sender_reference: verdict.sender_reference.clone(),
        code: answer.code,
        issue: answer.issue,
        diagnostics: answer.diagnostics.clone(),
        organisation: inner.config.ods.clone(),
        endpoint: inner.config.mailbox.clone(),
        timestamp: inner.now(),
    };
    let mut bytes = fhir::xml::write(&acknowledgement::build(&reply, inner.randomness.as_ref()));
    if answer.cut_off {
        bytes.truncate(bytes.len() / 2);
    }
    bytes
}

fn control(
    inner: &Inner,
    verdict: &Verdict,
    kind: &str,
    sender: &MailboxId,
    workflow: &WorkflowId,
) -> ControlFile {
    // The header's id is the sender's text: only what looks like an id goes into a local id.
    let id = verdict
        .header_id
        .as_deref()
        .filter(|id| id.len() <= 64 && id.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-'));
    ControlFile {
        subject: Some("ITK3 response".to_owned()),
        local_id: Some(format!("{kind}-{}", id.unwrap_or("unreadable"))),
        compress: Some(true),
        encrypted: Some(false),
        ..ControlFile::data(
            &inner.config.mailbox,
            sender.as_str(),
            &workflow.acknowledgement(),
        )
    }
}
