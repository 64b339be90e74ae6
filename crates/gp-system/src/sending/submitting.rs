//! Taking a consultation in, and changing one.

use jiff::{SignedDuration, Timestamp};
use rusqlite::Transaction;
use send_document::{CheckedConsultation, Consultation};

use crate::inner::Inner;
use crate::sending::place::Place;
use crate::store::consultations::{self, NewConsultation};
use crate::{ConsultationId, PracticeError};

/// Stores a new consultation; it is sent as version 1 once its wait time has passed.
pub(crate) fn submit(
    inner: &Inner,
    consultation: Consultation,
    who: Option<&str>,
) -> Result<ConsultationId, PracticeError> {
    let content = Content::of(inner, consultation.check()?)?;
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
    store_new(inner, transaction, content, &Place::FIRST, who)
}

/// Changes a consultation. Within its wait time the clock starts again and only the latest content
/// is sent (GPCM-SD-142). Afterwards the change is a consultation of its own: the next version,
/// replacing the one before, or, where that one failed, another attempt at the same version. A void
/// one is followed by a new first version, once.
pub(crate) fn update(
    inner: &Inner,
    id: ConsultationId,
    consultation: Consultation,
    who: Option<&str>,
) -> Result<ConsultationId, PracticeError> {
    let content = Content::of(inner, consultation.check()?)?;
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
    let subject = content.subject();
    // Of an edit, version and place stay as they are.
    let record = content.record(&subject, id, &Place::FIRST, inner);
    if consultations::edit(transaction, &record)? {
        let what = "Changed, the wait starts again";
        consultations::note_by(transaction, id, record.submitted_at, what, who)?;
        return Ok(id);
    }
    let place = Place::of_update(transaction, id, &content.consultation)?;
    store_new(inner, transaction, content, &place, who)
}

/// A consultation that may be sent from here, in the form it is stored in.
pub(crate) struct Content {
    pub(crate) consultation: CheckedConsultation,
    pub(crate) body: String,
}

impl Content {
    /// Refuses a patient of this very practice.
    pub(crate) fn of(
        inner: &Inner,
        consultation: CheckedConsultation,
    ) -> Result<Self, PracticeError> {
        if is_own_patient(inner, &consultation) {
            return Err(PracticeError::OwnPatient);
        }
        let body = serde_json::to_string(&consultation).map_err(|_| PracticeError::Damaged {
            kind: "consultation",
        })?;
        Ok(Self { consultation, body })
    }

    fn subject(&self) -> Subject {
        let patient = &self.consultation.patient;
        Subject {
            patient: patient.listed_name(),
            nhs_number: patient.nhs_number.digits(),
        }
    }

    fn record<'a>(
        &'a self,
        subject: &'a Subject,
        id: ConsultationId,
        place: &Place,
        inner: &Inner,
    ) -> NewConsultation<'a> {
        let now = inner.now();
        NewConsultation {
            id,
            body: &self.body,
            patient: &subject.patient,
            nhs_number: &subject.nhs_number,
            receiving_practice: &self.consultation.receiving_practice,
            version: place.version,
            replaces: place.replaces,
            follows: place.follows,
            submitted_at: now,
            due_at: due(inner, now),
        }
    }
}

/// Whom a consultation is about, as lists and searches find it.
struct Subject {
    patient: String,
    nhs_number: String,
}

/// GPCM-SD-083: a practice sends no report to itself.
pub(crate) fn is_own_patient(inner: &Inner, consultation: &Consultation) -> bool {
    let patient = &consultation.patient;
    inner.patients.current().is_registered_here(
        patient.nhs_number,
        patient.birth_date,
        &inner.config.ods,
        inner.today(),
    )
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
    let id = ConsultationId::new(inner.new_id());
    let subject = content.subject();
    let record = content.record(&subject, id, place, inner);
    consultations::add(transaction, &record)?;
    let what = "Stored, waiting to be sent";
    consultations::note_by(transaction, id, record.submitted_at, what, who)?;
    Ok(id)
}
