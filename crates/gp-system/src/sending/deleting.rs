//! Deleting a consultation, before and after its report has left.

use send_document::Consultation;

use crate::inner::Inner;
use crate::store::{consultations, retention, sent};
use crate::{ConsultationId, Deletion, DeletionWarning, PracticeError};

const REMINDER: &str = "A consultation was deleted whose report had left. The practice where the \
    patient is registered still has the report: tell it by another route.";

/// What to warn of before a consultation is deleted; none when no report of it has left.
pub(crate) fn warning(
    inner: &Inner,
    id: ConsultationId,
) -> Result<Option<DeletionWarning>, PracticeError> {
    let Some(record) = inner.store.read(|connection| sent::by_id(connection, id))? else {
        return Ok(None);
    };
    if record.message_id.is_none() {
        return Ok(None);
    }
    content(inner, id).map(|content| content.map(warning_about))
}

/// A consultation as it was entered.
pub(crate) fn content(
    inner: &Inner,
    id: ConsultationId,
) -> Result<Option<Consultation>, PracticeError> {
    let body = inner
        .store
        .read(|connection| retention::body(connection, id))?;
    body.map(|body| {
        serde_json::from_str(&body).map_err(|_| PracticeError::Damaged {
            kind: "consultation",
        })
    })
    .transpose()
}

/// GPCM-SD-135: deletes a consultation, but one whose report has left only once somebody has seen
/// the warning. No message is sent; record and report are kept.
pub(crate) fn delete(
    inner: &Inner,
    id: ConsultationId,
    confirmed: bool,
    who: Option<&str>,
) -> Result<Deletion, PracticeError> {
    let now = inner.now();
    let withdrawn = inner.store.write(|transaction| {
        let withdrawn = retention::withdraw(transaction, id, now)?;
        if withdrawn {
            consultations::note_by(transaction, id, now, "Deleted before it was sent", who)?;
        }
        Ok(withdrawn)
    })?;
    if withdrawn {
        return Ok(Deletion::Withdrawn);
    }
    let Some(warning) = warning(inner, id)? else {
        let known = inner.store.read(|connection| sent::by_id(connection, id))?;
        return Err(match known {
            Some(_) => PracticeError::Gone("the consultation was deleted before"),
            None => PracticeError::NotFound("consultation"),
        });
    };
    if !confirmed {
        return Ok(Deletion::Warned(warning));
    }
    let is_new = inner.store.write(|transaction| {
        if !retention::delete(transaction, id, now)? {
            return Ok(false);
        }
        let what = "Deleted; the registered practice keeps its report";
        consultations::note_by(transaction, id, now, what, who)?;
        inner.alert_within(transaction, &format!("deleted:{id}"), REMINDER, Some(id))
    })?;
    inner.tell_alert(is_new, REMINDER);
    Ok(Deletion::Deleted)
}

fn warning_about(consultation: Consultation) -> DeletionWarning {
    let patient = consultation.patient;
    DeletionWarning {
        patient: patient.listed_name(),
        nhs_number: patient.nhs_number.spaced(),
        consultation_date: consultation.encounter.date,
        registered_practice: consultation.receiving_practice,
    }
}
