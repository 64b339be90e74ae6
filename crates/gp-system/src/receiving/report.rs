//! Taking a report of the client or the exchange.

use mesh::{ControlFile, Status};

use super::Delivery;
use crate::directories::Place;
use crate::inner::Inner;
use crate::sending::following;
use crate::store::consultations;
use crate::store::outbox::{self, Outgoing};
use crate::store::received::{self, MessageIds, Taken};
use crate::{Event, PracticeError};

/// Takes a report of the client (COLLECT, TRANSFER, RECEIVE) or of the exchange (EPL-150 to
/// EPL-154, 14). Reports are not messages: none is answered.
pub(super) fn take(inner: &Inner, delivery: &Delivery) -> Result<(), PracticeError> {
    let subject = about(inner, delivery)?;
    apply(inner, delivery, subject.as_ref())?;
    // Last, so that a crash before it only repeats what may be repeated.
    inner.store.write(|transaction| {
        received::add(
            transaction,
            &Taken {
                key: &delivery.key,
                kept_as: &delivery.kept_as,
                transport_id: delivery.transport_id(),
                sender_mailbox: None,
                at: inner.now(),
                is_document: false,
                ids: MessageIds::default(),
                accepted: false,
                task: None,
                place: Place::Received,
            },
        )
    })
}

fn apply(
    inner: &Inner,
    delivery: &Delivery,
    about: Option<&Outgoing>,
) -> Result<(), PracticeError> {
    let Some(status) = &delivery.control.status else {
        return tell_of_unexplained(inner, delivery);
    };
    if status.status == Status::Success {
        return about.map_or(Ok(()), |outgoing| note_success(inner, delivery, outgoing));
    }
    inner.tell([Event::ReportReceived {
        consultation: about.and_then(|outgoing| outgoing.consultation),
        code: status.code.as_str().to_owned(),
    }]);
    match about {
        Some(outgoing) => following::record_failed(inner, outgoing, &delivery.control),
        None => tell_of_unexplained(inner, delivery),
    }
}

fn note_success(
    inner: &Inner,
    delivery: &Delivery,
    outgoing: &Outgoing,
) -> Result<(), PracticeError> {
    let Some(status) = &delivery.control.status else {
        return Ok(());
    };
    let note = match (&status.event, status.code.as_str()) {
        (mesh::StatusEvent::Transfer, "05") => {
            "The MESH client could not send yet and will try again"
        }
        (mesh::StatusEvent::Transfer, _) => {
            return following::record_sent(inner, outgoing, delivery.transport_id());
        }
        (mesh::StatusEvent::Collect, _) => "The MESH client took the message",
        _ => return Ok(()),
    };
    let Some(id) = outgoing.consultation else {
        return Ok(());
    };
    let now = inner.now();
    inner
        .store
        .write(|transaction| consultations::note(transaction, id, now, note, None))
}

/// Which pair of ours a report is about: by the exchange's id (a server's report names it as
/// partner id), by the name the client gave the report, or, failing both, by the subject.
fn about(inner: &Inner, delivery: &Delivery) -> Result<Option<Outgoing>, PracticeError> {
    let ControlFile {
        partner_id,
        dts_id,
        subject,
        ..
    } = &delivery.control;
    let ids: Vec<&str> = [partner_id, dts_id]
        .into_iter()
        .flatten()
        .map(String::as_str)
        .collect();
    inner.store.read(|connection| {
        if let Some(found) = outbox::by_transport(connection, &ids)? {
            return Ok(Some(found));
        }
        if let Some(found) = outbox::by_report_name(connection, &delivery.found.base)? {
            return Ok(Some(found));
        }
        match subject.as_deref() {
            Some(subject) => {
                // A report of non-delivery may carry the subject behind this mark.
                let subject = subject.strip_prefix("NDR: ").unwrap_or(subject);
                outbox::by_subject(connection, subject)
            }
            None => Ok(None),
        }
    })
}

fn tell_of_unexplained(inner: &Inner, delivery: &Delivery) -> Result<(), PracticeError> {
    inner.alert(
        &format!("report:{}", delivery.key),
        "A report of a failure arrived that names no message of ours. It was kept: see the MESH \
         client's log.",
        None,
    )
}
