use mesh::ControlFile;
use send_document::{BuildParams, BuiltMessage, Consultation};

use crate::inner::Inner;
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

fn message(inner: &Inner, due: &Due) -> Result<BuiltMessage, Failure> {
    let consultation: Consultation = serde_json::from_str(&due.body)
        .map_err(|_| unbuilt("The stored consultation could not be read".to_owned()))?;
    if submitting::is_own_patient(inner, &consultation) {
        return Err(own_patient());
    }
    let params = BuildParams {
        ruleset: inner.config.ruleset,
        sender_mailbox: inner.config.mailbox.clone(),
        version: due.version,
        replaces: due.replaces,
        date_order: inner.config.date_order,
        now: inner.now(),
        randomness: inner.randomness.as_ref(),
    };
    send_document::build(&consultation, &params).map_err(|error| unbuilt(error.to_string()))
}

fn store(inner: &Inner, due: &Due, built: &BuiltMessage) -> Result<(), PracticeError> {
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
                bundle_id: bundle_id(&built.message).as_deref(),
                document_id: &built.document_id.to_string(),
            },
        )?;
        outbox::add_consultation(transaction, &base, due.id)
    })
}

/// The outer bundle's id, which some systems name in place of the header's.
fn bundle_id(message: &[u8]) -> Option<String> {
    let document = fhir::xml::read(message, &fhir::Limits::default()).ok()?;
    document.root.value_at("id").map(str::to_ascii_lowercase)
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
