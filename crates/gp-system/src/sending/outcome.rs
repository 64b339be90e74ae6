//! What an acknowledgement or a failure makes of a consultation.

use itk3::{Class, ResponseCode};
use rusqlite::Transaction;

use crate::inner::Inner;
use crate::store::consultations;
use crate::{
    AnswerClass, ConsultationId, ConsultationRecord, ConsultationState, Event, Failure,
    PracticeError, failure,
};

impl AnswerClass {
    /// The class of a response code, by its first digit.
    pub(crate) fn of(code: u32) -> Self {
        if code / 10_000 == 3 {
            Self::Business
        } else {
            Self::Infrastructure
        }
    }
}

/// The digits of a response code.
pub(crate) fn number(code: ResponseCode) -> u32 {
    u32::from(code as u16)
}

/// Marks a consultation as failed and tells a person (GPCM-SD-094). A consultation that was
/// delivered stays delivered, and one that failed keeps its first reason.
pub(crate) fn fail(
    inner: &Inner,
    id: ConsultationId,
    failure: &Failure,
) -> Result<(), PracticeError> {
    let now = inner.now();
    let open = [
        ConsultationState::Waiting,
        ConsultationState::Placed,
        ConsultationState::Sent,
        ConsultationState::Received,
    ];
    let (failed, is_new) = inner.store.write(|transaction| {
        consultations::note(transaction, id, now, &failure.reason, Some(&failure.code))?;
        let moved = consultations::advance(transaction, id, &open, ConsultationState::Failed)?;
        if !moved {
            return Ok((false, false));
        }
        consultations::conclude(transaction, id, ConsultationState::Failed, Some(failure))?;
        Ok((true, alert_failure(inner, transaction, id, failure)?))
    })?;
    if failed {
        tell_failure(inner, id, failure, is_new);
    }
    Ok(())
}

/// Raises the alert of a failure in the failure's own transaction; tells whether it is new.
pub(crate) fn alert_failure(
    inner: &Inner,
    transaction: &Transaction<'_>,
    id: ConsultationId,
    failure: &Failure,
) -> Result<bool, PracticeError> {
    inner.alert_within(
        transaction,
        &format!("failed:{id}"),
        &words(failure),
        Some(id),
    )
}

/// Tells of a failure once it is durable.
pub(crate) fn tell_failure(inner: &Inner, id: ConsultationId, failure: &Failure, is_new: bool) {
    inner.tell([Event::Failed {
        consultation: id,
        code: failure.code.clone(),
    }]);
    inner.tell_alert(is_new, &words(failure));
}

fn words(failure: &Failure) -> String {
    format!("{} ({}). {}", failure.reason, failure.code, failure.advice)
}

/// What one acknowledgement makes of a consultation, whatever order the two arrive in.
pub(crate) struct Conclusion {
    pub(crate) state: ConsultationState,
    pub(crate) failure: Option<Failure>,
    /// Whether the code counts; a second answer of the same class is only noted.
    pub(crate) counts: bool,
}

pub(crate) fn conclude(record: &ConsultationRecord, code: ResponseCode) -> Conclusion {
    let class = AnswerClass::of(number(code));
    let earlier = match class {
        AnswerClass::Infrastructure => record.infrastructure,
        AnswerClass::Business => record.business,
    };
    if earlier.is_some() {
        return Conclusion {
            state: record.state,
            failure: record.failure.clone(),
            counts: false,
        };
    }
    if !is_success(code) {
        return Conclusion {
            state: ConsultationState::Failed,
            failure: Some(failure::of_response(code)),
            counts: true,
        };
    }
    let (infrastructure, business) = match class {
        AnswerClass::Infrastructure => (Some(number(code)), record.business),
        AnswerClass::Business => (record.infrastructure, Some(number(code))),
    };
    let refused = [infrastructure, business]
        .into_iter()
        .flatten()
        .any(|code| !is_positive_answer(code));
    let state = match (infrastructure, business) {
        _ if refused => ConsultationState::Failed,
        (Some(_), Some(_)) => ConsultationState::Delivered,
        (Some(_), None) => ConsultationState::Received,
        _ => record.state,
    };
    // An acknowledgement outranks a report of failure: the practice has the document after all.
    let failure = if state == ConsultationState::Failed {
        record.failure.clone()
    } else {
        None
    };
    Conclusion {
        state,
        failure,
        counts: true,
    }
}

/// Whether the code is a positive answer to a Send Document message; referral codes are none.
fn is_success(code: ResponseCode) -> bool {
    is_positive_answer(number(code)) && code.is_positive() && code.class() != Class::Retired
}

/// Whether a response code, five digits, says that a Send Document message was received well.
pub fn is_positive_answer(code: u32) -> bool {
    matches!(code, 20013 | 30001 | 30004)
}
