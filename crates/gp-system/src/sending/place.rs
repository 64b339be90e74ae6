//! Where a report stands among the reports of its consultation.

use rusqlite::Connection;
use send_document::Consultation;
use uuid::Uuid;

use crate::store::succession;
use crate::{ConsultationId, ConsultationState, PracticeError};

/// The version of a report, and what it replaces.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Place {
    pub(crate) version: u32,
    /// The document it replaces at the registered practice.
    pub(crate) replaces: Option<Uuid>,
    /// The consultation it was entered as an update of.
    pub(crate) follows: Option<ConsultationId>,
}

impl Place {
    /// Of a consultation that updates none.
    pub(crate) const FIRST: Self = Self {
        version: 1,
        replaces: None,
        follows: None,
    };

    /// Of an update of a consultation, or why there can be none.
    pub(crate) fn of_update(
        connection: &Connection,
        id: ConsultationId,
        consultation: &Consultation,
    ) -> Result<Self, PracticeError> {
        let before = succession::predecessor(connection, id)?
            .ok_or(PracticeError::NotFound("consultation"))?;
        let record = &before.record;
        let (version, replaces) = if record.deleted_at.is_some() {
            return Err(PracticeError::Gone(
                "the consultation was deleted; enter it as a new one",
            ));
        } else if record.state == ConsultationState::Waiting && record.message_id.is_none() {
            (record.version, before.replaces)
        } else if before.has_successor {
            return Err(PracticeError::Changed(
                "a later version exists; change that one",
            ));
        } else if record.void {
            // Both documents are void there (GPCM-SD-128): what is sent now replaces nothing.
            (1, None)
        } else if record.state == ConsultationState::Failed {
            (record.version, before.replaces)
        } else if !is_same_patient(&before.body, consultation) {
            return Err(PracticeError::OtherPatient);
        } else {
            (record.version + 1, before.document)
        };
        Ok(Self {
            version,
            replaces,
            follows: Some(id),
        })
    }
}

/// The receiving practice archives what is replaced: it must not be another patient's.
fn is_same_patient(body: &str, consultation: &Consultation) -> bool {
    serde_json::from_str::<Consultation>(body)
        .is_ok_and(|before| before.patient.nhs_number == consultation.patient.nhs_number)
}
