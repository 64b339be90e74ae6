//! Taking an answer to one of our messages.

use itk3::ResponseCode;
use itk3::acknowledgement::Acknowledgement;
use nhs::MailboxId;
use rusqlite::Transaction;

use super::{Delivery, taken_event};
use crate::inner::Inner;
use crate::sending::outcome::{self, number};
use crate::store::received::{self, MessageIds, Taken};
use crate::store::{consultations, retention, sent};
use crate::{
    AnswerClass, ConsultationId, ConsultationRecord, ConsultationState, Event, PracticeError,
};

const UNMATCHED: &str = "An acknowledgement arrived that answers no message of ours. It was kept: \
    ask its sender what it is about.";
const OF_ANOTHER: &str = "An acknowledgement of a message of ours arrived from another mailbox than the \
    one that answered first, or without a mailbox of origin. It was kept and does not count: ask its \
    sender.";
const UNREADABLE_THERE: &str = "A practice answered that it could not read a message of ours, and so \
    could not name it. See which report lacks its acknowledgements, and send that one again.";

/// Takes an answer to one of our messages. Whatever is wrong with it, it is never answered itself.
pub(super) fn take(inner: &Inner, delivery: &Delivery) -> Result<(), PracticeError> {
    let data = delivery.data(inner)?;
    let read = data.as_deref().and_then(read);
    let understood = read
        .as_ref()
        .and_then(|answer| Some((answer, answer.code.meaning()?)));
    let Some((answer, code)) = understood else {
        return park(
            inner,
            delivery,
            read.as_ref(),
            "An acknowledgement arrived that could not be read. It was kept: tell its sender.",
        );
    };
    match consultation(inner, answer)? {
        Some(record) => match recipient(inner, delivery, &record)? {
            Some(recipient) => apply(inner, delivery, answer, code, &record, &recipient),
            None => {
                park(inner, delivery, Some(answer), OF_ANOTHER)?;
                inner.tell([received_event(None, code)]);
                Ok(())
            }
        },
        None => {
            let what = if answer.in_response_to.is_some() {
                UNMATCHED
            } else {
                UNREADABLE_THERE
            };
            park(inner, delivery, Some(answer), what)?;
            inner.tell([received_event(None, code)]);
            Ok(())
        }
    }
}

fn read(data: &[u8]) -> Option<Acknowledgement> {
    let document = fhir::xml::read(data, &fhir::Limits::default()).ok()?;
    itk3::acknowledgement::read(&document.root).ok()
}

/// Finds the consultation by the id of its header, tolerant of `urn:uuid:`, of case, and of
/// systems that name a bundle's id instead.
fn consultation(
    inner: &Inner,
    answer: &Acknowledgement,
) -> Result<Option<ConsultationRecord>, PracticeError> {
    let Some(id) = &answer.in_response_to else {
        return Ok(None);
    };
    let id = id.trim().to_ascii_lowercase();
    let id = id.strip_prefix("urn:uuid:").unwrap_or(&id);
    inner
        .store
        .read(|connection| sent::by_answered_id(connection, id))
}

/// The mailbox an acknowledgement came from, when that is the one that got the report. Where our
/// message went is known to the exchange alone; whoever answers first must have got it, for nobody
/// else knows its id, and no other mailbox is heard from then on.
fn recipient(
    inner: &Inner,
    delivery: &Delivery,
    record: &ConsultationRecord,
) -> Result<Option<MailboxId>, PracticeError> {
    let known = inner
        .store
        .read(|connection| consultations::recipient(connection, record.id))?;
    let sender = delivery.sender();
    Ok(sender.filter(|sender| known.is_none_or(|known| known == sender.as_str())))
}

fn received_event(record: Option<&ConsultationRecord>, code: ResponseCode) -> Event {
    let code = number(code);
    Event::AcknowledgementReceived {
        consultation: record.map(|record| record.id),
        class: AnswerClass::of(code),
        code,
    }
}

fn taken<'a>(
    inner: &Inner,
    delivery: &'a Delivery,
    sender: Option<&'a str>,
    answer: Option<&'a Acknowledgement>,
) -> Taken<'a> {
    Taken {
        key: &delivery.key,
        kept_as: &delivery.kept_as,
        transport_id: delivery.transport_id(),
        sender_mailbox: sender,
        at: inner.now(),
        is_document: false,
        ids: MessageIds {
            header: answer.and_then(|answer| answer.id.as_deref()),
            ..MessageIds::default()
        },
        accepted: false,
        task: None,
    }
}

fn park(
    inner: &Inner,
    delivery: &Delivery,
    answer: Option<&Acknowledgement>,
    what: &str,
) -> Result<(), PracticeError> {
    let sender = delivery.sender().map(|mailbox| mailbox.to_string());
    let is_new = inner.store.write(|transaction| {
        received::add(
            transaction,
            &taken(inner, delivery, sender.as_deref(), answer),
        )?;
        inner.alert_within(transaction, &format!("parked:{}", delivery.key), what, None)
    })?;
    inner.tell([taken_event(delivery)]);
    inner.tell_alert(is_new, what);
    Ok(())
}

fn apply(
    inner: &Inner,
    delivery: &Delivery,
    answer: &Acknowledgement,
    code: ResponseCode,
    record: &ConsultationRecord,
    recipient: &MailboxId,
) -> Result<(), PracticeError> {
    let class = AnswerClass::of(number(code));
    let conclusion = outcome::conclude(record, code);
    let has_moved = conclusion.state != record.state;
    let failed = conclusion.failure.as_ref().filter(|_| has_moved);
    let now = inner.now();
    let is_new = inner.store.write(|transaction| {
        let taken = taken(inner, delivery, Some(recipient.as_str()), Some(answer));
        received::add(transaction, &taken)?;
        consultations::set_recipient(transaction, record.id, recipient.as_str())?;
        let what = words(class, code, conclusion.counts);
        consultations::note(transaction, record.id, now, &what, Some(code.code()))?;
        if conclusion.counts {
            let (id, failure) = (record.id, conclusion.failure.as_ref());
            consultations::set_answer(transaction, id, class, number(code))?;
            consultations::conclude(transaction, id, conclusion.state, failure)?;
            let overdue = record.overdue && conclusion.state != ConsultationState::Delivered;
            consultations::set_overdue(transaction, id, overdue)?;
            if code == ResponseCode::ReplacementFailed {
                mark_void(inner, transaction, id)?;
            }
        }
        match failed {
            Some(failure) => outcome::alert_failure(inner, transaction, record.id, failure),
            None => Ok(false),
        }
    })?;
    inner.tell([taken_event(delivery), received_event(Some(record), code)]);
    if let Some(failure) = failed {
        outcome::tell_failure(inner, record.id, failure, is_new);
    }
    if has_moved && conclusion.state == ConsultationState::Delivered {
        inner.tell([Event::Delivered {
            consultation: record.id,
        }]);
    }
    Ok(())
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

fn words(class: AnswerClass, code: ResponseCode, counts: bool) -> String {
    let answer = match class {
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
