use jiff::{SignedDuration, Timestamp};
use rusqlite::{Connection, Transaction};
use send_document::Consultation;
use uuid::Uuid;

use crate::inner::Inner;
use crate::patients::Standing;
use crate::store::consultations::{self, NewConsultation};
use crate::store::succession;
use crate::{ConsultationId, ConsultationState, PracticeError};

/// Stores a new consultation; it is sent as version 1 once its wait time has passed.
pub(crate) fn submit(
    inner: &Inner,
    consultation: &Consultation,
    who: Option<&str>,
) -> Result<ConsultationId, PracticeError> {
    let content = checked(inner, consultation)?;
    let id = inner
        .store
        .write(|transaction| submit_within(inner, transaction, &content, who))?;
    inner.changed.notify_one();
    Ok(id)
}

pub(crate) fn submit_within(
    inner: &Inner,
    transaction: &Transaction<'_>,
    content: &Content,
    who: Option<&str>,
) -> Result<ConsultationId, PracticeError> {
    let place = Place {
        version: 1,
        replaces: None,
        follows: None,
    };
    store_new(inner, transaction, content, &place, who)
}

/// Changes a consultation. Within its wait time the clock starts again and only the latest content
/// is sent (GPCM-SD-142). Afterwards the change is a consultation of its own: the next version,
/// replacing the one before, or, where that one failed, another attempt at the same version. A void
/// one is followed by a new first version, once.
pub(crate) fn update(
    inner: &Inner,
    id: ConsultationId,
    consultation: &Consultation,
    who: Option<&str>,
) -> Result<ConsultationId, PracticeError> {
    let content = checked(inner, consultation)?;
    let followed = inner
        .store
        .write(|transaction| update_within(inner, transaction, id, &content, who))?;
    inner.changed.notify_one();
    Ok(followed)
}

pub(crate) fn update_within(
    inner: &Inner,
    transaction: &Transaction<'_>,
    id: ConsultationId,
    content: &Content,
    who: Option<&str>,
) -> Result<ConsultationId, PracticeError> {
    let now = inner.now();
    let nowhere = Place {
        version: 0,
        replaces: None,
        follows: None,
    };
    let record = content.record(id, &nowhere, now, due(inner, now));
    if consultations::edit(transaction, &record)? {
        let what = "Changed, the wait starts again";
        consultations::note_by(transaction, id, now, what, who)?;
        return Ok(id);
    }
    let place = place(transaction, id, &content.consultation)?;
    store_new(inner, transaction, content, &place, who)
}

/// Where a report stands among the reports of its consultation.
pub(crate) struct Place {
    pub(crate) version: u32,
    pub(crate) replaces: Option<Uuid>,
    pub(crate) follows: Option<ConsultationId>,
}

/// Where an update of a consultation will stand, or why there can be none.
pub(crate) fn place(
    connection: &Connection,
    id: ConsultationId,
    consultation: &Consultation,
) -> Result<Place, PracticeError> {
    let Some(before) = succession::predecessor(connection, id)? else {
        return Err(refused("it is not known here"));
    };
    let record = &before.record;
    let (version, replaces) = if record.deleted_at.is_some() {
        return Err(refused("it was deleted; enter it as a new consultation"));
    } else if record.state == ConsultationState::Waiting && record.message_id.is_none() {
        (record.version, before.replaces)
    } else if before.has_successor {
        return Err(refused("a later version exists; change that one"));
    } else if record.void {
        // Both documents are void there (GPCM-SD-128): what is sent now replaces nothing.
        (1, None)
    } else if record.state == ConsultationState::Failed {
        (record.version, before.replaces)
    } else if !is_same_patient(&before.body, consultation) {
        return Err(refused(
            "a new version is about the same patient as the one it replaces",
        ));
    } else {
        (record.version + 1, before.document)
    };
    Ok(Place {
        version,
        replaces,
        follows: Some(id),
    })
}

fn refused(why: &str) -> PracticeError {
    PracticeError::Consultation(why.to_owned())
}

/// The receiving practice archives what is replaced: it must not be another patient's.
fn is_same_patient(body: &str, consultation: &Consultation) -> bool {
    serde_json::from_str::<Consultation>(body)
        .is_ok_and(|before| before.patient.nhs_number == consultation.patient.nhs_number)
}

/// A consultation that may be sent, as it is stored.
pub(crate) struct Content {
    consultation: Consultation,
    pub(crate) body: String,
    patient: String,
}

impl Content {
    fn record(
        &self,
        id: ConsultationId,
        place: &Place,
        submitted_at: Timestamp,
        due_at: Timestamp,
    ) -> NewConsultation<'_> {
        NewConsultation {
            id,
            body: &self.body,
            patient: &self.patient,
            version: place.version,
            replaces: place.replaces,
            follows: place.follows,
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

/// Refuses what cannot be sent.
pub(crate) fn checked(
    inner: &Inner,
    consultation: &Consultation,
) -> Result<Content, PracticeError> {
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
    Ok(Content {
        consultation: consultation.clone(),
        body,
        patient,
    })
}

fn due(inner: &Inner, now: Timestamp) -> Timestamp {
    let wait = SignedDuration::from_mins(i64::from(inner.config.wait_minutes));
    now.saturating_add(wait).unwrap_or(now)
}

fn store_new(
    inner: &Inner,
    transaction: &Transaction<'_>,
    content: &Content,
    place: &Place,
    who: Option<&str>,
) -> Result<ConsultationId, PracticeError> {
    let (id, now) = (ConsultationId::new(inner.new_id()), inner.now());
    let record = content.record(id, place, now, due(inner, now));
    consultations::add(transaction, &record)?;
    consultations::note_by(transaction, id, now, "Stored, waiting to be sent", who)?;
    Ok(id)
}
