//! From a record to a message.

mod bundle;
mod content;
mod narrative;
mod people;

use std::fmt;

use itk3::payload::{BuildParams, Built};
use itk3::{Event, Handling, Header};
use nhs::{PatientAddress, WorkflowId, uuid_v4};
use uuid::Uuid;

use crate::document::DocumentRecord;
use crate::{
    CheckedConsultation, CheckedDocument, Consultation, Ruleset, SendDocumentError, names, pdf,
};
use content::Content;

/// The message of a consultation, and what the sender keeps beside it.
#[derive(Clone, PartialEq, Eq)]
pub struct BuiltReport {
    /// The message and its envelope.
    pub built: Built,
    /// The report inside it, for the sender's own records.
    pub pdf: Vec<u8>,
    /// The outer Bundle.id: what some systems' acknowledgements name instead of the header's.
    pub bundle_id: String,
}

impl fmt::Debug for BuiltReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("BuiltReport").field(&self.built).finish()
    }
}

/// Builds the message of a consultation: header, document, report and attachments. Each version's
/// `params` name the version before as replaced (GPCM-SD-098, 123); the SenderReference is the
/// consultation's id.
///
/// # Errors
/// The consultation is confidential under 2.0, version and `replaces` do not agree, or the PDF
/// could not be made. Building the same again gives the same error.
pub fn build(
    consultation: &CheckedConsultation,
    ruleset: Ruleset,
    params: &BuildParams<'_>,
) -> Result<BuiltReport, SendDocumentError> {
    if consultation.confidential && ruleset == Ruleset::V2_0 {
        return Err(SendDocumentError::ConfidentialNotSent);
    }
    in_order(params)?;
    let pdf = pdf::render(&pdf::Report {
        consultation,
        version: params.version,
        now: params.now,
        ruleset,
    })?;
    let content = Content::of_consultation(consultation, Some(&pdf));
    let (built, bundle_id) = message(&content, ruleset, params)?;
    Ok(BuiltReport {
        built,
        pdf,
        bundle_id,
    })
}

/// Builds the message of a document. The version and what it replaces are those of `params`, or those
/// of the document where `params` has version 1 and replaces nothing.
///
/// # Errors
/// The release cannot carry it, or version and `replaces` do not agree. Building the same again gives the same
/// error.
pub fn build_document(
    document: &CheckedDocument,
    ruleset: Ruleset,
    params: &BuildParams<'_>,
) -> Result<Built, SendDocumentError> {
    document.carried_by(ruleset)?;
    let params = params.or_stated(document.version, document.replaces);
    in_order(&params)?;
    let activity = document.id.unwrap_or_else(|| uuid_v4(params.randomness));
    let content = Content::of_document(document, document.files(), activity, ruleset);
    Ok(message(&content, ruleset, &params)?.0)
}

/// GPCM-SD-098 and 123.
fn in_order(params: &BuildParams<'_>) -> Result<(), SendDocumentError> {
    if params.is_in_order() {
        return Ok(());
    }
    Err(SendDocumentError::Version {
        version: params.version,
        replaces: params.replaces.is_some(),
    })
}

/// The message with this content, and its outer Bundle.id.
fn message(
    content: &Content<'_>,
    ruleset: Ruleset,
    params: &BuildParams<'_>,
) -> Result<(Built, String), SendDocumentError> {
    let (message_id, document_id) = (uuid_v4(params.randomness), uuid_v4(params.randomness));
    let subject = narrative::sentence(content, ruleset, params.version);
    let payload = bundle::build(content, ruleset, params, document_id, &subject);
    let header = header(content, ruleset, params, message_id);
    let ods_code = content.custodian.ods_code;
    let message = itk3::message::build(&header, ods_code, payload, params.randomness);
    let bundle_id = message.value_at("id").unwrap_or_default().to_owned();
    let address = PatientAddress {
        nhs_number: content.patient.nhs_number,
        date_of_birth: content.patient.birth_date,
        family_name: content.patient.family_name.clone(),
    };
    let built = Built {
        message: fhir::xml::write(&message),
        subject,
        to: address.format(params.date_order),
        local_id: ods_code.as_str().to_owned(),
        workflow: WorkflowId::parse(ruleset.workflow())?,
        message_id,
        document_id,
        version: params.version,
    };
    Ok((built, bundle_id))
}

/// The length in characters of the longest subject that a message of this consultation can have,
/// under either release and with any version.
pub(crate) fn longest_subject(consultation: &Consultation) -> usize {
    longest(&Content::of_consultation(consultation, None))
}

/// The same of a document.
pub(crate) fn longest_document_subject(document: &DocumentRecord) -> usize {
    longest(&without_files(document))
}

/// Whether a receiver can take the subject of a document's message apart.
pub(crate) fn is_subject_readable(document: &DocumentRecord) -> bool {
    let content = without_files(document);
    RELEASES
        .iter()
        .all(|release| narrative::is_readable(&content, *release))
}

const RELEASES: [Ruleset; 2] = [Ruleset::V1_3, Ruleset::V2_0];

fn longest(content: &Content<'_>) -> usize {
    let sentences = RELEASES.map(|ruleset| narrative::sentence(content, ruleset, u32::MAX));
    let lengths = sentences.iter().map(|sentence| sentence.chars().count());
    lengths.max().unwrap_or_default()
}

fn without_files(document: &DocumentRecord) -> Content<'_> {
    Content::of_document(document, &[], Uuid::nil(), Ruleset::default())
}

fn header(content: &Content<'_>, ruleset: Ruleset, params: &BuildParams<'_>, id: Uuid) -> Header {
    Header {
        id,
        event: Event::SEND_DOCUMENT,
        timestamp: params.now,
        endpoint: params.sender_mailbox.clone(),
        receiver: None,
        handling: Handling {
            business_acknowledgement: true,
            infrastructure_acknowledgement: true,
            recipient_type: content.recipient,
            message_definition: names::DEFINITION.to_owned(),
            sender_reference: content.activity.to_string(),
            local_extension: match ruleset {
                Ruleset::V1_3 => names::LOCAL_EXTENSION.to_owned(),
                Ruleset::V2_0 => itk3::names::NONE.to_owned(),
            },
        },
    }
}
