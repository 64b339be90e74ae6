//! What somebody does from the page or over `/api/v1`: send, answer, replay, delete.

use std::convert::Infallible;

use exchange::Envelope;
use futures_util::stream;
use http::{HeaderMap, HeaderName, HeaderValue};
use itk3::acknowledgement::{self, Reply};
use itk3::{Message, ResponseCode};
use mesh::SendHeaders;
use nhs::{MailboxId, MessageId, OdsCode};

use super::content;
use super::fault::{Fault, Kind, LONGEST_DELAY, MOST_TIMES};
use super::reading::{self, Opened};
use super::state::{Sandbox, SandboxError};

/// A message to be sent on behalf of a mailbox. Patient data: it has no `Debug`.
#[derive(Default)]
pub(crate) struct Outgoing {
    pub(crate) from: String,
    pub(crate) to: String,
    pub(crate) workflow: String,
    pub(crate) subject: String,
    pub(crate) local_id: String,
    pub(crate) file_name: String,
    pub(crate) content_type: String,
    pub(crate) body: Vec<u8>,
}

/// Sends a message as its mailbox would, without a token: the exchange's rules hold.
///
/// # Errors
///
/// [`SandboxError::Invalid`] for what no request could say; what the exchange refuses.
pub(crate) async fn send(sandbox: &Sandbox, outgoing: Outgoing) -> Result<MessageId, SandboxError> {
    let from = mailbox(&outgoing.from)?;
    let headers = headers(&[
        ("mex-to", &outgoing.to),
        ("mex-workflowid", &outgoing.workflow),
        ("mex-subject", &outgoing.subject),
        ("mex-localid", &outgoing.local_id),
        ("mex-filename", &outgoing.file_name),
        ("mex-content-type", &outgoing.content_type),
    ])?;
    hand_over(sandbox, &from, &headers, outgoing.body).await
}

/// Answers an ITK3 message with a code: the acknowledgement is in its sender's inbox when this returns.
///
/// # Errors
///
/// [`SandboxError::Invalid`] for a message that nobody answers; what the exchange refuses.
pub(crate) async fn reply(
    sandbox: &Sandbox,
    id: &str,
    code: ResponseCode,
) -> Result<MessageId, SandboxError> {
    let opened = reading::open(sandbox, id).await?;
    let (from, to) = answerer(&opened.envelope)?;
    let answer = acknowledgement(sandbox, &opened, code)?;
    let workflow = format!("{}_ACK", opened.envelope.message.workflow);
    let headers = headers(&[
        ("mex-to", to.as_str()),
        ("mex-workflowid", &workflow),
        ("mex-content-type", "application/xml"),
    ])?;
    hand_over(sandbox, &from, &headers, answer).await
}

/// Sends a message again, the same headers and bytes, as a new one.
///
/// # Errors
///
/// [`SandboxError::Invalid`] for a message that was not sent by a mailbox to one, or whose bytes are not at hand; what
/// the exchange refuses.
pub(crate) async fn replay(sandbox: &Sandbox, id: &str) -> Result<MessageId, SandboxError> {
    let envelope = sandbox.exchange().message(id).await?;
    let (to, from) = answerer(&envelope)?;
    let body = content::stored(sandbox.exchange(), &envelope).await?;
    let body = body.ok_or_else(|| {
        invalid("it cannot be replayed: its chunks are missing, or it is larger than 24 MiB")
    })?;
    let details = &envelope.message.details;
    let text = |bytes: &Option<Vec<u8>>| {
        String::from_utf8_lossy(bytes.as_deref().unwrap_or_default()).into_owned()
    };
    let flag = |set: bool| if set { "Y" } else { "" };
    let headers = headers(&[
        ("mex-to", to.as_str()),
        ("mex-workflowid", envelope.message.workflow.as_str()),
        ("mex-subject", &text(&details.subject)),
        ("mex-localid", &text(&details.local_id)),
        ("mex-filename", &text(&details.file_name)),
        ("mex-partnerid", &text(&details.partner_id)),
        ("mex-content-checksum", &text(&details.checksum)),
        ("mex-content-type", &text(&details.content_type)),
        ("mex-content-compressed", flag(details.compressed)),
        ("mex-content-encrypted", flag(details.encrypted)),
        ("content-encoding", if details.gzip { "gzip" } else { "" }),
    ])?;
    hand_over(sandbox, &from, &headers, body).await
}

/// Removes a message.
///
/// # Errors
///
/// When there is none, or the store fails.
pub(crate) async fn delete(sandbox: &Sandbox, id: &str) -> Result<(), SandboxError> {
    sandbox.exchange().remove_message(id).await?;
    sandbox.recorder().changed();
    Ok(())
}

/// Removes all messages, and forgets the refused requests.
///
/// # Errors
///
/// When the store fails.
pub(crate) async fn delete_all(sandbox: &Sandbox) -> Result<(), SandboxError> {
    sandbox.exchange().reset_all().await?;
    sandbox.recorder().forget_messages();
    sandbox.recorder().forget_refusals();
    Ok(())
}

/// Switches a fault of the MESH API on, in place of the one that was.
///
/// # Errors
///
/// [`SandboxError::Invalid`] where it is for no request, or for a mailbox that is not there.
pub(crate) fn fault(
    sandbox: &Sandbox,
    kind: Kind,
    times: u32,
    mailbox: &str,
    milliseconds: u64,
) -> Result<(), SandboxError> {
    if !(1..=MOST_TIMES).contains(&times) {
        return Err(invalid(&format!(
            "a fault is for 1 to {MOST_TIMES} requests"
        )));
    }
    if milliseconds > LONGEST_DELAY {
        return Err(invalid(&format!(
            "an answer is held back for {LONGEST_DELAY} milliseconds at most"
        )));
    }
    let mailbox = match mailbox.trim() {
        "" => None,
        given => {
            let known = sandbox.exchange().mailboxes();
            let mut ids = known.iter().map(|known| known.id.as_str());
            let found = ids.find(|id| id.eq_ignore_ascii_case(given));
            let found = found.ok_or_else(|| invalid("there is no such mailbox in this sandbox"))?;
            Some(found.to_owned())
        }
    };
    sandbox.faults().switch(Some(Fault {
        fault: kind,
        times,
        mailbox,
        milliseconds,
        met: 0,
    }));
    sandbox.recorder().changed();
    Ok(())
}

/// Who answers a message, and whom: its recipient and its sender.
fn answerer(envelope: &Envelope) -> Result<(MailboxId, MailboxId), SandboxError> {
    let parties = envelope.recipient.as_ref().zip(envelope.sender.as_ref());
    let (recipient, sender) =
        parties.ok_or_else(|| invalid("it has no sender or no recipient that is a mailbox"))?;
    Ok((recipient.mailbox.clone(), sender.mailbox.clone()))
}

fn acknowledgement(
    sandbox: &Sandbox,
    opened: &Opened,
    code: ResponseCode,
) -> Result<Vec<u8>, SandboxError> {
    let nobody = || invalid("only a message of ITK3 is answered with a code");
    let itk3 = opened.itk3.as_ref().ok_or_else(nobody)?;
    if itk3.acknowledgement.is_some() {
        return Err(invalid("it is an acknowledgement: nobody answers it"));
    }
    let message = itk3.document.as_ref();
    let message = message.and_then(|document| Message::of(&document.root));
    let recipient = opened.envelope.recipient.as_ref().ok_or_else(nobody)?;
    let organisation = match &recipient.ods {
        Some(ods) => ods.clone(),
        None => OdsCode::parse("X26").map_err(|_| nobody())?,
    };
    let reference = message.as_ref().map(|message| message.handling());
    let reference = reference.and_then(|handling| handling.sender_reference);
    let reply = Reply {
        in_response_to: message.as_ref().and_then(Message::id).map(str::to_owned),
        sender_reference: reference.map(str::to_owned),
        code,
        issue: None,
        diagnostics: None,
        organisation,
        endpoint: recipient.mailbox.clone(),
        timestamp: sandbox.exchange().now(),
    };
    let answer = acknowledgement::build(&reply, sandbox.randomness());
    Ok(fhir::xml::write(&answer))
}

async fn hand_over(
    sandbox: &Sandbox,
    from: &MailboxId,
    headers: &HeaderMap,
    body: Vec<u8>,
) -> Result<MessageId, SandboxError> {
    let headers = SendHeaders::read(headers).map_err(|faults| invalid(&faults.to_string()))?;
    let exchange = sandbox.exchange();
    exchange.check_declared_length(body.len() as u64)?;
    let caller = exchange.caller_without_token(from)?;
    let body = stream::iter([Ok::<_, Infallible>(body.into())]);
    Ok(exchange.send(&caller, headers, body).await?)
}

fn mailbox(text: &str) -> Result<MailboxId, SandboxError> {
    MailboxId::parse(text.trim())
        .map_err(|_| invalid("choose the mailbox that sends, such as X26ABC1"))
}

/// Headers of a request, empty ones left out.
fn headers(list: &[(&'static str, &str)]) -> Result<HeaderMap, SandboxError> {
    let mut headers = HeaderMap::new();
    for (name, value) in list {
        if value.is_empty() {
            continue;
        }
        let bytes = HeaderValue::from_bytes(value.as_bytes());
        let value = bytes.map_err(|_| {
            invalid(&format!(
                "{name} holds a line break or another character that no header can"
            ))
        })?;
        headers.insert(HeaderName::from_static(name), value);
    }
    Ok(headers)
}

fn invalid(words: &str) -> SandboxError {
    SandboxError::Invalid(words.to_owned())
}
