use jiff::{SignedDuration, Timestamp};
use send_document::Consultation;
use uuid::Uuid;

use crate::inner::Inner;
use crate::patients::Standing;
use crate::store::consultations::{self, NewConsultation};
use crate::{ConsultationId, ConsultationState, PracticeError};

/// Stores a new consultation; it is sent as version 1 once its wait time has passed.
pub(crate) fn submit(
    inner: &Inner,
    consultation: &Consultation,
) -> Result<ConsultationId, PracticeError> {
    let content = checked(inner, consultation)?;
    let id = ConsultationId::new(inner.new_id());
    store_new(inner, id, &content, 1, None)?;
    Ok(id)
}

/// Changes a consultation. Within its wait time the clock starts again and only the latest content
/// is sent (GPCM-SD-142). Afterwards the change is a consultation of its own: the next version,
/// replacing the one before, or, where that one failed, another attempt at the same version. A void
/// one is followed by a new first version.
pub(crate) fn update(
    inner: &Inner,
    id: ConsultationId,
    consultation: &Consultation,
) -> Result<ConsultationId, PracticeError> {
    let content = checked(inner, consultation)?;
    let now = inner.now();
    let edited = inner.store.write(|transaction| {
        consultations::edit(
            transaction,
            &content.record(id, 0, None, now, due(inner, now)),
        )
    })?;
    if edited {
        return Ok(id);
    }
    let before = inner
        .store
        .read(|connection| consultations::predecessor(connection, id))?;
    let Some(before) = before else {
        return Err(refused("it is not known here"));
    };
    let (version, replaces) = if before.record.deleted_at.is_some() {
        return Err(refused("it was deleted; enter it as a new consultation"));
    } else if before.record.void {
        // Both documents are void there (GPCM-SD-128): what is sent now replaces nothing.
        (1, None)
    } else if before.record.state == ConsultationState::Failed {
        (before.record.version, before.replaces)
    } else if before.has_successor {
        return Err(refused("a later version exists; change that one"));
    } else if !is_same_patient(&before.body, consultation) {
        return Err(refused(
            "a new version is about the same patient as the one it replaces",
        ));
    } else {
        (before.record.version + 1, before.document)
    };
    let successor = ConsultationId::new(inner.new_id());
    store_new(inner, successor, &content, version, replaces)?;
    Ok(successor)
}

fn refused(why: &str) -> PracticeError {
    PracticeError::Consultation(why.to_owned())
}

/// The receiving practice archives what is replaced: it must not be another patient's.
fn is_same_patient(body: &str, consultation: &Consultation) -> bool {
    serde_json::from_str::<Consultation>(body)
        .is_ok_and(|before| before.patient.nhs_number == consultation.patient.nhs_number)
}

struct Content {
    body: String,
    patient: String,
}

impl Content {
    fn record(
        &self,
        id: ConsultationId,
        version: u32,
        replaces: Option<Uuid>,
        submitted_at: Timestamp,
        due_at: Timestamp,
    ) -> NewConsultation<'_> {
        NewConsultation {
            id,
            body: &self.body,
            patient: &self.patient,
            version,
            replaces,
            submitted_at,
            due_at,
        }
    }
}

/// GPCM-SD-083: a practice sends no report to itself.
pub(crate) fn is_own_patient(inner: &Inner, consultation: &Consultation) -> bool {
    let patient = &consultation.patient;
    let standing = inner.patients.current().standing(
        patient.nhs_number,
        patient.birth_date,
        &inner.config.ods,
        inner.today(),
    );
    standing == Standing::Known
}

fn checked(inner: &Inner, consultation: &Consultation) -> Result<Content, PracticeError> {
    consultation
        .validate()
        .map_err(|error| PracticeError::Consultation(error.to_string()))?;
    if is_own_patient(inner, consultation) {
        return Err(PracticeError::OwnPatient);
    }
    let body = serde_json::to_string(consultation)
        .map_err(|_| PracticeError::Consultation("it could not be written as JSON".to_owned()))?;
    let patient = &consultation.patient;
    let patient = format!(
        "{}, {}",
        patient.family_name.as_str(),
        patient.given_names.join(" ")
    );
    Ok(Content { body, patient })
}

fn due(inner: &Inner, now: Timestamp) -> Timestamp {
    let wait = SignedDuration::from_mins(i64::from(inner.config.wait_minutes));
    now.saturating_add(wait).unwrap_or(now)
}

fn store_new(
    inner: &Inner,
    id: ConsultationId,
    content: &Content,
    version: u32,
    replaces: Option<Uuid>,
) -> Result<(), PracticeError> {
    let now = inner.now();
    inner.store.write(|transaction| {
        consultations::add(
            transaction,
            &content.record(id, version, replaces, now, due(inner, now)),
        )?;
        consultations::note(transaction, id, now, "Stored, waiting to be sent", None)
    })?;
    inner.changed.notify_one();
    Ok(())
}
