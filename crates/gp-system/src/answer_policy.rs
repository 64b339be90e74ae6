//! What a document that breaks no rule is answered: by the practice's own list of patients, or as
//! another policy decides.

use std::sync::Arc;

use itk3::ResponseCode;
use jiff::civil::Date;
use nhs::OdsCode;
use send_document::ReceivedDocument;

use crate::patients::{PatientList, Standing};

/// What becomes of a document.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Decision {
    /// 20013, then this business code; filed where that is positive.
    Taken(ResponseCode),
    /// This infrastructure code and nothing after it.
    Refused(ResponseCode),
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
    /// The business code of a document's patient.
    pub(crate) fn code(&self, document: Option<&ReceivedDocument>) -> ResponseCode {
        let patient = document.map(|document| &document.patient);
        let details = patient.and_then(|patient| patient.nhs_number.zip(patient.birth_date));
        let standing = details.map_or(Standing::NotKnown, |(number, born)| {
            self.patients
                .standing(number, born, self.practice, self.today)
        });
        standing.response()
    }
}

/// Decides what a document that may be taken is answered.
pub(crate) trait AnswerPolicy: Send + Sync {
    /// Of this document; none when the message broke no rule and yet could not be read as one.
    fn decide(&self, document: Option<&ReceivedDocument>, check: &PatientCheck<'_>) -> Decision;
}

/// The policy of a practice: whoever is on its list is known.
pub(crate) struct ByPatientList;

impl AnswerPolicy for ByPatientList {
    fn decide(&self, document: Option<&ReceivedDocument>, check: &PatientCheck<'_>) -> Decision {
        Decision::Taken(check.code(document))
    }
}
