//! Taking an answer to one of our messages.

use itk3::ResponseCode;
use itk3::acknowledgement::Acknowledgement;
use nhs::MailboxId;

use super::{Delivery, taken_event};
use crate::directories::Place;
use crate::inner::Inner;
use crate::sending::outcome::{self, number};
use crate::store::received::{self, MessageIds, Taken};
use crate::store::{answers, consultations, retention, sent};
use crate::{AnswerClass, ConsultationRecord, Event, GivenAnswer, PracticeError};

const UNMATCHED: &str = "An acknowledgement arrived that answers no message of ours. It was kept: \
    ask its sender what it is about.";
const OF_ANOTHER: &str = "An acknowledgement of a message of ours arrived from another mailbox than the \
    one that got the message, or without a mailbox of origin. It was kept and does not count: ask its \
    sender.";
const DISPUTED: &str = "Acknowledgements of one message of ours arrived from another mailbox than the one \
    that answered first. None of them counts until somebody says, on the consultation's page, which \
    mailbox got the message: ask the MESH service desk, or the patient's practice.";
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
        Some(record) => match origin(delivery, &record) {
            Origin::Recipient(mailbox) => apply(inner, delivery, (answer, code), &record, &mailbox),
            Origin::Rival(mailbox) => dispute(inner, delivery, (answer, code), &record, &mailbox),
            Origin::Other => {
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

/// Where an answer came from.
enum Origin {
    /// The mailbox that got the report, as far as is known.
    Recipient(MailboxId),
    /// Another than the one that answered before, and nobody knows which of them got the report.
    Rival(MailboxId),
    /// A mailbox that did not get the report, or no mailbox at all.
    Other,
}

/// Judges where an answer came from. Where our message went is known to the exchange alone, unless
/// the MESH client or a person has told.
fn origin(delivery: &Delivery, record: &ConsultationRecord) -> Origin {
    let Some(sender) = delivery.sender() else {
        return Origin::Other;
    };
    if let Some(recipient) = &record.recipient {
        return if sender.as_str() == recipient {
            Origin::Recipient(sender)
        } else {
            Origin::Other
        };
    }
    let mut mailboxes = record.answers.iter().filter_map(|it| it.mailbox.as_deref());
    if mailboxes.all(|mailbox| mailbox == sender.as_str()) {
        Origin::Recipient(sender)
    } else {
        Origin::Rival(sender)
    }
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
        place: Place::Received,
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

/// Lets an answer count.
fn apply(
    inner: &Inner,
    delivery: &Delivery,
    (answer, code): (&Acknowledgement, ResponseCode),
    record: &ConsultationRecord,
    mailbox: &MailboxId,
) -> Result<(), PracticeError> {
    let given = given(inner, mailbox, code);
    let counted = inner.store.write(|transaction| {
        let taken = taken(inner, delivery, Some(mailbox.as_str()), Some(answer));
        received::add(transaction, &taken)?;
        answers::add(transaction, record.id, &given)?;
        outcome::count(inner, transaction, record, code)
    })?;
    inner.tell([taken_event(delivery), received_event(Some(record), code)]);
    counted.tell(inner, record.id);
    Ok(())
}

/// Takes back what the first mailbox's answers decided: either of the two may be the one that has
/// nothing to say, and a wrong "delivered" is as bad as a wrong refusal.
fn dispute(
    inner: &Inner,
    delivery: &Delivery,
    (answer, code): (&Acknowledgement, ResponseCode),
    record: &ConsultationRecord,
    mailbox: &MailboxId,
) -> Result<(), PracticeError> {
    let (id, given) = (record.id, given(inner, mailbox, code));
    let was_voided = record
        .infrastructure
        .is_some_and(|code| code == number(ResponseCode::ReplacementFailed));
    let is_new = inner.store.write(|transaction| {
        let taken = taken(inner, delivery, Some(mailbox.as_str()), Some(answer));
        received::add(transaction, &taken)?;
        answers::add(transaction, id, &given)?;
        answers::undecide(transaction, id, given.at)?;
        if was_voided {
            retention::restore_with_replaced(transaction, id)?;
        }
        let what = "Undecided: a second mailbox acknowledged the message";
        consultations::note(transaction, id, given.at, what, Some(code.code()))?;
        inner.alert_within(transaction, &format!("disputed:{id}"), DISPUTED, Some(id))
    })?;
    inner.tell([taken_event(delivery), received_event(Some(record), code)]);
    inner.tell_alert(is_new, DISPUTED);
    Ok(())
}

fn given(inner: &Inner, mailbox: &MailboxId, code: ResponseCode) -> GivenAnswer {
    GivenAnswer {
        at: inner.now(),
        mailbox: Some(mailbox.to_string()),
        code: number(code),
    }
}
