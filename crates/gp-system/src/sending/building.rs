//! Making the message of a consultation.

use mesh::ControlFile;
use send_document::{BuildParams, BuiltReport, CheckedConsultation, SendDocumentError};

use crate::inner::Inner;
use crate::sending::place::Place;
use crate::sending::{outcome, submitting};
use crate::store::consultations::{self, Built, Due};
use crate::store::outbox;
use crate::{Failure, PracticeError};

/// Builds every consultation whose wait time has passed (step 1 of a message's way).
pub(crate) fn build_due(inner: &Inner) -> Result<(), PracticeError> {
    let now = inner.now();
    for due in inner
        .store
        .read(|connection| consultations::due(connection, now))?
    {
        match message(inner, &due) {
            Ok(built) => store(inner, &due, &built)?,
            Err(failure) => outcome::fail(inner, due.id, &failure)?,
        }
    }
    Ok(())
}

/// Builds the message of a consultation that stands at this place.
pub(crate) fn build(
    inner: &Inner,
    consultation: &CheckedConsultation,
    place: &Place,
) -> Result<BuiltReport, SendDocumentError> {
    let params = BuildParams {
        sender_mailbox: inner.config.mailbox.clone(),
        version: place.version,
        replaces: place.replaces,
        date_order: inner.config.date_order(),
        now: inner.now(),
        randomness: inner.randomness.as_ref(),
    };
    send_document::build(consultation, inner.config.ruleset, &params)
}

fn message(inner: &Inner, due: &Due) -> Result<BuiltReport, Failure> {
    let consultation = CheckedConsultation::from_json(due.body.as_bytes())
        .map_err(|_| unbuilt("The stored consultation could not be read".to_owned()))?;
    if submitting::is_own_patient(inner, &consultation) {
        return Err(own_patient());
    }
    let place = Place {
        version: due.version,
        replaces: due.replaces,
        follows: None,
    };
    build(inner, &consultation, &place).map_err(|error| unbuilt(error.to_string()))
}

fn store(inner: &Inner, due: &Due, report: &BuiltReport) -> Result<(), PracticeError> {
    let built = &report.built;
    let base = inner.base_name(Some(&due.id.to_string()));
    let control = ControlFile {
        subject: Some(built.subject.clone()),
        local_id: Some(built.local_id.clone()),
        compress: Some(true),
        encrypted: Some(false),
        allow_chunking: Some(true),
        ..ControlFile::data(&inner.config.mailbox, &built.to, &built.workflow)
    };
    inner
        .directories
        .store_built(&base, &built.message, &control.write())?;
    inner.store.write(|transaction| {
        consultations::set_built(
            transaction,
            due.id,
            &Built {
                subject: &built.subject,
                message_id: &built.message_id.to_string(),
                bundle_id: &report.bundle_id,
                document_id: &built.document_id.to_string(),
            },
        )?;
        outbox::add_consultation(transaction, &base, due.id)
    })
}

fn unbuilt(reason: String) -> Failure {
    Failure {
        code: "build".to_owned(),
        reason,
        advice: "Correct the consultation, then send it again.".to_owned(),
    }
}

/// GPCM-SD-083, when the patient registered here while the consultation waited.
fn own_patient() -> Failure {
    Failure {
        code: "own-patient".to_owned(),
        reason: "The patient is registered here by now, so no report is sent".to_owned(),
        advice: "File the consultation in the patient's own record.".to_owned(),
    }
}
