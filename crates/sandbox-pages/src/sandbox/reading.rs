//! A message opened: its envelope, its control data, its content, and what the check says of it.

use std::sync::Arc;

use exchange::{Envelope, Exchange};
use fhir::Document;
use itk3::{Payload, Received};
use jiff::SignedDuration;
use jiff::civil::DateTime;
use mesh::{ControlFile, StatusEvent, StatusRecord};
use message_check::Checked;
use nhs::{MessageId, PatientAddress, WorkflowId};
use send_document::Budget;

use super::content::{self, Content};
use super::look::Look;
use super::request::Asked;
use super::state::{Sandbox, SandboxError};

/// Bytes at the beginning of a message within which it must say that it is FHIR.
const BEGINNING: usize = 8 * 1024;

/// A message opened. Patient data: it has no `Debug`.
pub(crate) struct Opened {
    pub(crate) envelope: Envelope,
    /// The request that sent it, where it was heard.
    pub(crate) sent: Option<Arc<Asked>>,
    /// What a client would write beside it.
    pub(crate) control: ControlFile,
    /// `None` for a report, an unfinished message and one that is too large.
    pub(crate) content: Option<Content>,
    /// Why the content cannot be looked into.
    pub(crate) trouble: Option<String>,
    /// What is in it, where it is FHIR.
    pub(crate) itk3: Option<Itk3>,
}

/// A message of ITK3, or what tries to be one.
pub(crate) struct Itk3 {
    /// `None` when it cannot be read.
    pub(crate) document: Option<Document>,
    pub(crate) checked: Checked,
    /// By whose rules it is read; none for an acknowledgement.
    pub(crate) payload: Option<&'static dyn Payload>,
    /// What it says, where it is no acknowledgement and can be read.
    pub(crate) received: Option<Received>,
    /// What it answers, where it is one.
    pub(crate) acknowledgement: Option<itk3::acknowledgement::Acknowledgement>,
}

/// Opens a message.
///
/// # Errors
///
/// [`SandboxError`] when there is none, or it cannot be read from the store.
pub(crate) async fn open(sandbox: &Sandbox, id: &str) -> Result<Opened, SandboxError> {
    let envelope = sandbox.exchange().message(id).await?;
    open_known(sandbox, envelope).await
}

/// The same of a message whose envelope is known.
pub(crate) async fn open_known(
    sandbox: &Sandbox,
    envelope: Envelope,
) -> Result<Opened, SandboxError> {
    let turn = sandbox.looks().acquire().await;
    let _turn = turn.map_err(|_| SandboxError::Stopped)?;
    let exchange = sandbox.exchange();
    let (content, trouble) = match content::read(exchange, &envelope).await {
        Ok(content) => (content, None),
        Err(error @ SandboxError::Gzip) => (None, Some(error.to_string())),
        Err(error) => return Err(error),
    };
    let sent = sandbox.recorder().sent(&envelope.message.id);
    let control = control_file(&envelope, sent.as_deref());
    let workflow = envelope.message.workflow.clone();
    let Some(content) = content else {
        return Ok(Opened {
            envelope,
            sent,
            control,
            content,
            trouble,
            itk3: None,
        });
    };
    let exchange = exchange.clone();
    let looked = tokio::task::spawn_blocking(move || {
        let itk3 = is_fhir(&content.bytes)
            .then(|| look_into(&exchange, &content.bytes, &control, &workflow));
        (content, control, itk3)
    });
    let (content, control, itk3) = looked.await.map_err(|_| SandboxError::Stopped)?;
    Ok(Opened {
        envelope,
        sent,
        control,
        content: Some(content),
        trouble,
        itk3,
    })
}

/// What was found in a message, from the last look or by a new one; `None` while its chunks are missing.
///
/// # Errors
///
/// As [`open`].
pub(crate) async fn look(
    sandbox: &Sandbox,
    envelope: &Envelope,
) -> Result<Option<Arc<Look>>, SandboxError> {
    let id: &MessageId = &envelope.message.id;
    if envelope.message.state == exchange::MessageState::Uploading {
        return Ok(None);
    }
    if let Some(known) = sandbox.recorder().look(id) {
        return Ok(Some(known));
    }
    let look = Arc::new(Look::of(&open_known(sandbox, envelope.clone()).await?));
    sandbox.recorder().keep_look(id, Arc::clone(&look));
    Ok(Some(look))
}

/// Whether it is FHIR, or means to be.
fn is_fhir(bytes: &[u8]) -> bool {
    let beginning = bytes.get(..BEGINNING).unwrap_or(bytes);
    let text = String::from_utf8_lossy(beginning);
    let text = text.trim_start_matches('\u{feff}').trim_start();
    match text.as_bytes().first() {
        Some(b'<') => text.contains("hl7.org/fhir"),
        Some(b'{') => text.contains("\"resourceType\""),
        _ => false,
    }
}

fn look_into(
    exchange: &Exchange,
    bytes: &[u8],
    control: &ControlFile,
    workflow: &WorkflowId,
) -> Itk3 {
    let until = exchange.now() + SignedDuration::from_secs(message_check::CHECK_SECONDS);
    let in_time = || exchange.now() < until;
    let budget = Budget::of(&in_time);
    let document = message_check::read(bytes).ok();
    let answers = document
        .as_ref()
        .is_some_and(|document| itk3::is_acknowledgement(&document.root));
    let known = message_check::KNOWN
        .iter()
        .any(|payload| payload.takes(workflow));
    // A test's own workflow says nothing of what an ITK3 message may travel on.
    let control = known.then_some(control);
    let checked = message_check::check(bytes, control, None, &budget);
    let workflow = known.then_some(workflow);
    let payload = document
        .as_ref()
        .filter(|_| !answers)
        .map(|document| message_check::of_message(Some(document), workflow, None));
    let received = payload
        .zip(document.as_ref())
        .and_then(|(payload, document)| payload.read(document).ok());
    let acknowledgement = document
        .as_ref()
        .filter(|_| answers)
        .and_then(|document| itk3::acknowledgement::read(&document.root).ok());
    Itk3 {
        document,
        checked,
        payload,
        received,
        acknowledgement,
    }
}

/// The control file of a message: as its sender wrote it where it was sent to a patient's practice, else as its
/// recipient's client would write it.
fn control_file(envelope: &Envelope, sent: Option<&Asked>) -> ControlFile {
    let (message, details) = (&envelope.message, &envelope.message.details);
    let text = |bytes: &Option<Vec<u8>>| {
        bytes
            .as_ref()
            .map(|bytes| String::from_utf8_lossy(bytes).into_owned())
    };
    let asked_for = sent.and_then(|sent| sent.header("mex-to"));
    let patient = asked_for.filter(|to| PatientAddress::is_meant(to));
    let recipient = envelope.recipient.as_ref().map(|it| it.mailbox.to_string());
    ControlFile {
        version: Some("1.0".to_owned()),
        address_type: Some("DTS".to_owned()),
        message_type: Some("Data".to_owned()),
        from_dts: envelope.sender.as_ref().map(|it| it.mailbox.to_string()),
        to_dts: patient.map(str::to_owned).or(recipient),
        subject: text(&details.subject),
        local_id: text(&details.local_id),
        dts_id: Some(message.id.to_string()),
        partner_id: text(&details.partner_id),
        compress: None,
        encrypted: Some(details.encrypted),
        workflow_id: Some(message.workflow.to_string()),
        data_checksum: text(&details.checksum),
        is_compressed: Some(details.compressed),
        status: patient.is_none().then(|| {
            let at = message.sent_at.to_zoned(jiff::tz::TimeZone::UTC).datetime();
            arrived(at)
        }),
        ..ControlFile::default()
    }
}

fn arrived(at: DateTime) -> StatusRecord {
    StatusRecord::success(at, StatusEvent::Transfer, "Transfer to recipient mailbox")
}
