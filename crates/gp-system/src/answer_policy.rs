//! What a document that breaks no rule is answered: by the practice's own list of patients, or as
//! another policy decides.

use std::sync::Arc;

use itk3::{Asked, Received, ResponseCode};
use jiff::civil::Date;
use nhs::OdsCode;

use crate::patients::{Identity, PatientList, RegistrationStatus};

/// What becomes of a document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Decision {
    /// 20013, then this business code; filed where that is positive.
    Taken(ResponseCode),
    /// 20013 and 30002, and a person here is told: the patient's number and date of birth are those
    /// of somebody on the list who has another family name.
    NameDiffers,
    /// These codes, whatever the sender asked for; filed where the last is a positive business code.
    Answered(Vec<ResponseCode>),
    /// No answer at all.
    Unanswered,
    /// 20013, cut off in the middle.
    CutOff,
}

/// The list of patients as it stands when a document is judged.
pub(crate) struct PatientCheck<'a> {
    pub(crate) patients: Arc<PatientList>,
    pub(crate) practice: &'a OdsCode,
    pub(crate) today: Date,
}

impl PatientCheck<'_> {
    /// What the list of patients makes of a document.
    pub(crate) fn decide(&self, document: Option<&Received>) -> Decision {
        let patient = document.map(|document| &document.patient);
        let who = patient.and_then(|patient| {
            Some(Identity {
                number: patient.nhs_number?,
                born: patient.birth_date?,
                family_name: patient.family_name.as_ref()?,
            })
        });
        let status = who.map_or(RegistrationStatus::NotKnown, |who| {
            self.patients.registration(&who, self.practice, self.today)
        });
        match status {
            RegistrationStatus::NameDiffers => Decision::NameDiffers,
            status => Decision::Taken(status.response()),
        }
    }
}

/// Decides what a document that may be taken is answered.
pub(crate) trait AnswerPolicy: Send + Sync {
    /// What a message asks to be answered, before it is looked at whether it `is_refused`; none where the
    /// policy lets nobody ask.
    fn asked_for(
        &self,
        _document: Option<&Received>,
        _asked: Asked,
        _is_refused: bool,
    ) -> Option<Decision> {
        None
    }

    /// Of this document; none when the message broke no rule and yet could not be read as one.
    fn decide(&self, document: Option<&Received>, check: &PatientCheck<'_>) -> Decision;
}

/// The policy of a practice: whoever is on its list is known.
pub(crate) struct ByPatientList;

impl AnswerPolicy for ByPatientList {
    fn decide(&self, document: Option<&Received>, check: &PatientCheck<'_>) -> Decision {
        check.decide(document)
    }
}
