//! From a consultation to a message.

mod document;
mod narrative;
mod people;

use std::fmt;

use itk3::{Event, Handling, Header, RecipientType};
use jiff::Timestamp;
use nhs::{DateOrder, MailboxId, PatientAddress, Randomness, WorkflowId, uuid_v4};
use uuid::Uuid;

use crate::{CheckedConsultation, Consultation, Ruleset, SendDocumentError, names, pdf};

/// What the sending system decides about a message, beside the consultation itself.
#[derive(Clone)]
pub struct BuildParams<'a> {
    /// The release to build by.
    pub ruleset: Ruleset,
    /// The sender's own mailbox (GPCM-SD-046).
    pub sender_mailbox: MailboxId,
    /// 1 for the first report of a consultation, one more for each later one (GPCM-SD-098).
    pub version: u32,
    /// The previous version's [`BuiltMessage::document_id`]; given exactly when `version` is above
    /// 1 (GPCM-SD-123).
    pub replaces: Option<Uuid>,
    /// How the address writes the date of birth.
    pub date_order: DateOrder,
    /// The moment of building: Composition.date, MessageHeader.timestamp and the PDF's own date.
    pub now: Timestamp,
    /// Where the ids come from: the same randomness and input give the same bytes.
    pub randomness: &'a dyn Randomness,
}

/// A message ready to send, and what its control file or Mex headers say.
#[derive(Clone, PartialEq, Eq)]
pub struct BuiltMessage {
    /// The ITK3 message, FHIR STU3 XML, UTF-8.
    pub message: Vec<u8>,
    /// The report inside it, for the sender's own records.
    pub pdf: Vec<u8>,
    /// Subject (GPCM-SD-061). Holds patient data.
    pub subject: String,
    /// `GPPROVIDER_{nhs number}_{date of birth}_{surname}` (GPCM-SD-060). Holds patient data.
    pub to: String,
    /// The sender's ODS code (GPCM-SD-145).
    pub local_id: String,
    /// The workflow of the release (GPCM-SD-057).
    pub workflow: WorkflowId,
    /// MessageHeader.id: what acknowledgements name in response.identifier.
    pub message_id: Uuid,
    /// The outer Bundle.id: what some systems' acknowledgements name instead.
    pub bundle_id: String,
    /// The document's identifier: what the next version's `replaces` names.
    pub document_id: Uuid,
    /// The consultation's id, sent as SenderReference.
    pub encounter_id: Uuid,
    /// The version built.
    pub version: u32,
}

impl fmt::Debug for BuiltMessage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("BuiltMessage")
            .field("message_id", &self.message_id)
            .field("document_id", &self.document_id)
            .field("version", &self.version)
            .field("bytes", &self.message.len())
            .finish_non_exhaustive()
    }
}

/// Builds the message of a consultation: header, document, report and attachments.
///
/// # Errors
/// The consultation is confidential under 2.0, version and `replaces` do not agree, or the PDF
/// could not be made. Building the same again gives the same error.
pub fn build(
    consultation: &CheckedConsultation,
    params: &BuildParams<'_>,
) -> Result<BuiltMessage, SendDocumentError> {
    if consultation.confidential && params.ruleset == Ruleset::V2_0 {
        return Err(SendDocumentError::ConfidentialNotSent);
    }
    if params.version == 0 || (params.version > 1) != params.replaces.is_some() {
        let replaces = params.replaces.is_some();
        return Err(SendDocumentError::Version {
            version: params.version,
            replaces,
        });
    }
    let pdf = pdf::render(&pdf::Report {
        consultation,
        version: params.version,
        now: params.now,
        ruleset: params.ruleset,
    })?;
    let (message_id, document_id) = (uuid_v4(params.randomness), uuid_v4(params.randomness));
    let subject = narrative::sentence(consultation, params.ruleset, params.version);
    let payload = document::build(consultation, params, document_id, &subject, &pdf);
    let header = header(consultation, params, message_id);
    let ods_code = &consultation.practice.ods_code;
    let message = itk3::message::build(&header, ods_code, payload, params.randomness);
    Ok(BuiltMessage {
        bundle_id: message.value_at("id").unwrap_or_default().to_owned(),
        message: fhir::xml::write(&message),
        pdf,
        subject,
        to: patient_address(consultation, params.date_order),
        local_id: ods_code.as_str().to_owned(),
        workflow: WorkflowId::parse(params.ruleset.workflow())?,
        message_id,
        document_id,
        encounter_id: consultation.encounter.id,
        version: params.version,
    })
}

/// The length in characters of the longest subject that a message of this consultation can have,
/// under either release and with any version.
pub(crate) fn longest_subject(consultation: &Consultation) -> usize {
    [Ruleset::V1_3, Ruleset::V2_0]
        .map(|ruleset| {
            narrative::sentence(consultation, ruleset, u32::MAX)
                .chars()
                .count()
        })
        .into_iter()
        .max()
        .unwrap_or_default()
}

fn header(consultation: &Consultation, params: &BuildParams<'_>, id: Uuid) -> Header {
    Header {
        id,
        event: Event::SEND_DOCUMENT,
        timestamp: params.now,
        endpoint: params.sender_mailbox.clone(),
        receiver: None,
        handling: Handling {
            business_acknowledgement: true,
            infrastructure_acknowledgement: true,
            recipient_type: RecipientType::ForAction,
            message_definition: names::DEFINITION.to_owned(),
            sender_reference: consultation.encounter.id.to_string(),
            local_extension: match params.ruleset {
                Ruleset::V1_3 => names::LOCAL_EXTENSION.to_owned(),
                Ruleset::V2_0 => itk3::names::NONE.to_owned(),
            },
        },
    }
}

/// GPCM-SD-060.
fn patient_address(consultation: &Consultation, order: DateOrder) -> String {
    let patient = &consultation.patient;
    let address = PatientAddress {
        nhs_number: patient.nhs_number,
        date_of_birth: patient.birth_date,
        family_name: patient.family_name.clone(),
    };
    address.format(order)
}
