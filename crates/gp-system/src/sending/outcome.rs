//! What an acknowledgement or a failure makes of a consultation.

use itk3::{Class, ResponseCode};
use rusqlite::Transaction;

use crate::inner::Inner;
use crate::store::{consultations, retention, sent};
use crate::{
    AnswerClass, ConsultationId, ConsultationRecord, ConsultationState, Event, Failure,
    PracticeError,
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
            return Ok((false, contradiction(inner, transaction, id, failure)?));
        }
        consultations::conclude(transaction, id, ConsultationState::Failed, Some(failure))?;
        Ok((true, alert_failure(inner, transaction, id, failure)?))
    })?;
    if failed {
        tell_failure(inner, id, failure, is_new);
    } else {
        inner.tell_alert(is_new, CONTRADICTED);
    }
    Ok(())
}

const CONTRADICTED: &str = "The exchange reports that a report of ours was not delivered, and yet a mailbox \
    has acknowledged it. Telephone the patient's practice and ask whether the report is there.";

/// Raises an alert when the exchange says of a delivered report that nobody got it: whoever
/// acknowledged it may not be who should have. Tells whether it is new.
fn contradiction(
    inner: &Inner,
    transaction: &Transaction<'_>,
    id: ConsultationId,
    failure: &Failure,
) -> Result<bool, PracticeError> {
    let is_undelivered = failure.code == "14" || failure.code.starts_with("EPL-");
    let record = sent::by_id(transaction, id)?;
    let delivered = record.is_some_and(|it| it.state == ConsultationState::Delivered);
    if !is_undelivered || !delivered {
        return Ok(false);
    }
    inner.alert_within(
        transaction,
        &format!("contradicted:{id}"),
        CONTRADICTED,
        Some(id),
    )
}

/// Raises the alert of a failure in the failure's own transaction; tells whether it is new.
fn alert_failure(
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
fn tell_failure(inner: &Inner, id: ConsultationId, failure: &Failure, is_new: bool) {
    inner.tell([Event::Failed {
        consultation: id,
        code: failure.code.clone(),
    }]);
    inner.tell_alert(is_new, &words(failure));
}

fn words(failure: &Failure) -> String {
    format!("{} ({}). {}", failure.reason, failure.code, failure.advice)
}

/// Lets an answer count: writes down what it makes of the consultation. Tells whether the
/// consultation failed by it, and whether an alert of that is new.
pub(crate) fn count(
    inner: &Inner,
    transaction: &Transaction<'_>,
    record: &ConsultationRecord,
    code: ResponseCode,
) -> Result<Counted, PracticeError> {
    let conclusion = conclude(record, code);
    let now = inner.now();
    let what = words_of_answer(code, conclusion.counts);
    consultations::note(transaction, record.id, now, &what, Some(code.code()))?;
    if conclusion.counts {
        let (id, failure) = (record.id, conclusion.failure.as_ref());
        consultations::set_answer(transaction, id, AnswerClass::of(number(code)), number(code))?;
        consultations::conclude(transaction, id, conclusion.state, failure)?;
        let overdue = record.overdue && conclusion.state != ConsultationState::Delivered;
        consultations::set_overdue(transaction, id, overdue)?;
        if code == ResponseCode::ReplacementFailed {
            mark_void(inner, transaction, id)?;
        }
    }
    let has_moved = conclusion.state != record.state;
    let failed = conclusion.failure.filter(|_| has_moved);
    let is_new = match &failed {
        Some(failure) => alert_failure(inner, transaction, record.id, failure)?,
        None => false,
    };
    Ok(Counted {
        delivered: has_moved && conclusion.state == ConsultationState::Delivered,
        failed,
        is_new,
    })
}

/// What an answer that counts has changed.
pub(crate) struct Counted {
    delivered: bool,
    failed: Option<Failure>,
    /// Whether the alert of the failure is new.
    is_new: bool,
}

impl Counted {
    /// Tells of it once it is durable.
    pub(crate) fn tell(&self, inner: &Inner, id: ConsultationId) {
        if let Some(failure) = &self.failed {
            tell_failure(inner, id, failure, self.is_new);
        }
        let delivered = Event::Delivered { consultation: id };
        inner.tell(self.delivered.then_some(delivered));
    }
}

/// GPCM-SD-128: the replacement and what it replaces are null and void.
fn mark_void(
    inner: &Inner,
    transaction: &Transaction<'_>,
    id: ConsultationId,
) -> Result<(), PracticeError> {
    for void in retention::void_with_replaced(transaction, id)? {
        let what = "Null and void: the replacement failed";
        consultations::note(transaction, void, inner.now(), what, None)?;
    }
    Ok(())
}

fn words_of_answer(code: ResponseCode, counts: bool) -> String {
    let answer = match AnswerClass::of(number(code)) {
        AnswerClass::Infrastructure => "Infrastructure acknowledgement",
        AnswerClass::Business => "Business acknowledgement",
    };
    let again = if counts {
        ""
    } else {
        ", one more than expected: noted only"
    };
    format!("{answer}: {}{again}", code.display())
}

/// What one acknowledgement makes of a consultation, whatever order the two arrive in.
struct Conclusion {
    state: ConsultationState,
    failure: Option<Failure>,
    /// Whether the code counts; a second answer of the same class is only noted.
    counts: bool,
}

fn conclude(record: &ConsultationRecord, code: ResponseCode) -> Conclusion {
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
            failure: Some(Failure::new(code.code(), itk3::advice::of_response(code))),
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
