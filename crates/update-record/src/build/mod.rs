//! From a consultation to a message.

mod context;
mod document;
mod entries;
mod observations;

use itk3::payload::{BuildParams, Built};
use itk3::{Event, Handling, Header, Kind, RecipientType, urn_uuid};
use nhs::{PatientAddress, uuid_v4};
use uuid::Uuid;

use crate::BuildError;
use crate::consultation::{CheckedConsultation, Recipient};

/// Builds the message of a consultation. The version and what it replaces are those of `params`, or those
/// of the consultation where `params` has version 1 and replaces nothing.
///
/// # Errors
/// [`BuildError::Version`] where version and replacement do not agree.
pub fn build(
    consultation: &CheckedConsultation,
    params: &BuildParams<'_>,
) -> Result<Built, BuildError> {
    let params = &params.or_stated(consultation.version, consultation.replaces);
    let (version, replaces) = (params.version, params.replaces);
    if !params.is_in_order() {
        return Err(BuildError::Version(version));
    }
    let uuid = || uuid_v4(params.randomness);
    let (message_id, document_id, encounter) =
        (uuid(), uuid(), consultation.id.unwrap_or_else(uuid));
    let context = context::Context {
        consultation,
        now: params.now,
        randomness: params.randomness,
        encounter,
        composition: uuid(),
        pharmacy: uuid(),
        clinician: uuid(),
        patient: uuid(),
    };
    let payload = document::build(&context, document_id, version, replaces);
    let header = header(consultation, params, message_id, encounter);
    let message = itk3::message::build(&header, consultation.ods(), payload, params.randomness);
    let patient = &consultation.patient;
    let address = PatientAddress {
        nhs_number: patient.nhs_number,
        date_of_birth: patient.birth_date,
        family_name: patient.family.clone(),
    };
    Ok(Built {
        message: fhir::xml::write(&message),
        subject: subject(&context, version),
        to: address.format(params.date_order),
        local_id: consultation.ods().as_str().to_owned(),
        workflow: CheckedConsultation::workflow()?,
        message_id,
        document_id,
        version,
    })
}

fn header(
    consultation: &CheckedConsultation,
    params: &BuildParams<'_>,
    id: Uuid,
    encounter: Uuid,
) -> Header {
    let definitions = Kind::UPDATE_RECORD.definitions.current;
    Header {
        id,
        event: Event::UPDATE_RECORD,
        timestamp: params.now,
        endpoint: params.sender_mailbox.clone(),
        receiver: None,
        handling: Handling {
            business_acknowledgement: true,
            infrastructure_acknowledgement: true,
            recipient_type: match consultation.recipient_type {
                Recipient::ForInformation => RecipientType::ForInformation,
                Recipient::ForAction => RecipientType::ForAction,
            },
            message_definition: definitions.first().copied().unwrap_or_default().to_owned(),
            sender_reference: urn_uuid(&encounter.to_string()),
            local_extension: itk3::names::NONE.to_owned(),
        },
    }
}

/// UR-M05.
fn subject(context: &context::Context<'_>, version: u32) -> String {
    let consultation = context.consultation;
    let patient = &consultation.patient;
    let (given, family) = (patient.given.join(" "), patient.family.as_str());
    let (number, title) = (patient.nhs_number.digits(), context.title());
    let (name, ods) = (consultation.pharmacy.name.trim(), consultation.ods());
    format!(
        "{title} for {given} {family}, NHS Number: {number}, seen at {name}, ODS code: {ods}, version \
         {version}"
    )
}
