//! Prefilled messages, for the first minute and for tests.

use itk3::payload::BuildParams;
use nhs::{MailboxId, Randomness};
use send_document::{CheckedConsultation, Ruleset};

use super::actions::Outgoing;
use super::state::{Sandbox, SandboxError};

const CONSULTATION: &[u8] = include_bytes!("../../../send-document/examples/consultation.json");

/// A prefilled message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Example {
    /// A consultation report that keeps every rule.
    Letter,
    /// The same with a wrong check digit in the patient's NHS number.
    WrongNumber,
    /// Lines of text that are no message of ITK3.
    Text,
}

impl Example {
    pub(crate) const ALL: [(Self, &str, &str); 3] = [
        (Self::Letter, "letter", "A consultation report, valid"),
        (
            Self::WrongNumber,
            "wrong-number",
            "The same with a wrong NHS number: 20009",
        ),
        (Self::Text, "text", "Lines of text, not ITK3"),
    ];

    pub(crate) fn parse(name: &str) -> Option<Self> {
        let mut all = Self::ALL.into_iter();
        all.find(|(_, known, _)| *known == name).map(|(it, ..)| it)
    }
}

/// The example from one mailbox to another, with ids of its own.
///
/// # Errors
///
/// [`SandboxError::Invalid`] for a sender that is no mailbox's id.
pub(crate) fn outgoing(
    sandbox: &Sandbox,
    example: Example,
    from: &str,
    to: &str,
) -> Result<Outgoing, SandboxError> {
    let (from, to) = (from.to_owned(), to.to_owned());
    if example == Example::Text {
        return Ok(Outgoing {
            from,
            to,
            workflow: "TEST_WORKFLOW".to_owned(),
            content_type: "text/csv".to_owned(),
            file_name: "example.csv".to_owned(),
            body: b"mailbox,count\nX26ABC1,1\n".to_vec(),
            ..Outgoing::default()
        });
    }
    let sender = MailboxId::parse(&from)
        .map_err(|_| SandboxError::Invalid("choose the mailbox that sends".to_owned()))?;
    let built = letter(sandbox, sender, sandbox.randomness())
        .map_err(|_| SandboxError::Invalid("the example could not be built".to_owned()))?;
    let mut body = built.message;
    if example == Example::WrongNumber {
        let text = String::from_utf8_lossy(&body);
        body = text.replace("9693632109", "9693632108").into_bytes();
    }
    Ok(Outgoing {
        from,
        to,
        workflow: built.workflow.to_string(),
        subject: built.subject,
        local_id: built.local_id,
        content_type: "application/xml".to_owned(),
        file_name: String::new(),
        body,
    })
}

fn letter(
    sandbox: &Sandbox,
    sender: MailboxId,
    randomness: &dyn Randomness,
) -> Result<itk3::payload::Built, send_document::SendDocumentError> {
    let consultation = CheckedConsultation::from_json(CONSULTATION)?;
    let params = BuildParams {
        sender_mailbox: sender,
        version: 1,
        replaces: None,
        date_order: Ruleset::V1_3.date_order(),
        now: sandbox.exchange().now(),
        randomness,
    };
    Ok(send_document::build(&consultation, Ruleset::V1_3, &params)?.built)
}
