//! What became of the pairs in OUT, by what the MESH client and the exchange say.

use jiff::SignedDuration;
use mesh::ControlFile;

use crate::inner::Inner;
use crate::sending::{outcome, recipient};
use crate::store::outbox::{OutboxState, Outgoing};
use crate::store::{consultations, outbox};
use crate::{ConsultationState, Event, Failure, PracticeError};

/// Looks where the MESH client moved our pairs: SENT gives the exchange's id, FAILED the reason.
pub(crate) fn follow_client(inner: &Inner) -> Result<(), PracticeError> {
    for outgoing in inner.store.read(outbox::unsent)? {
        let directories = &inner.directories;
        let copy = |directory| {
            directories
                .clients_copy(directory, &outgoing.base_name)
                .and_then(|bytes| ControlFile::read(&bytes).ok())
        };
        if let Some(control) = copy(&directories.client_sent) {
            note_recipient(inner, &outgoing, &control)?;
            record_sent(inner, &outgoing, control.dts_id.as_deref())?;
        } else if let Some(control) = copy(&directories.client_failed) {
            record_failed(inner, &outgoing, &control)?;
        }
    }
    Ok(())
}

fn note_recipient(
    inner: &Inner,
    outgoing: &Outgoing,
    control: &ControlFile,
) -> Result<(), PracticeError> {
    let Some(id) = outgoing.consultation else {
        return Ok(());
    };
    inner
        .store
        .write(|transaction| recipient::note_tracked(transaction, id, control))
}

/// Writes down that the exchange took a pair of ours. Harmless to repeat.
pub(crate) fn record_sent(
    inner: &Inner,
    outgoing: &Outgoing,
    transport_id: Option<&str>,
) -> Result<(), PracticeError> {
    let now = inner.now();
    let news = inner.store.write(|transaction| {
        if let Some(transport_id) = transport_id {
            outbox::set_transport_id(transaction, outgoing.id, transport_id)?;
        }
        outbox::set_state(transaction, outgoing.id, OutboxState::Sent, now)?;
        let Some(id) = outgoing.consultation else {
            return Ok(None);
        };
        let from = [ConsultationState::Placed];
        let moved = consultations::advance(transaction, id, &from, ConsultationState::Sent)?;
        if moved {
            consultations::note(
                transaction,
                id,
                now,
                "Sent: the exchange took the message",
                None,
            )?;
        }
        Ok(moved.then_some(id))
    })?;
    if let Some(consultation) = news {
        inner.tell([Event::Sent {
            consultation,
            transport: transport_id.map(str::to_owned),
        }]);
    }
    Ok(())
}

/// Writes down that a pair of ours did not get through.
pub(crate) fn record_failed(
    inner: &Inner,
    outgoing: &Outgoing,
    control: &ControlFile,
) -> Result<(), PracticeError> {
    let status = control.status.as_ref();
    let code = status.map_or("06", |status| status.code.as_str());
    let event = status.map_or("TRANSFER", |status| status.event.as_str());
    let failure = Failure::new(code, itk3::advice::of_report(event, code));
    inner.store.write(|transaction| {
        outbox::set_state(transaction, outgoing.id, OutboxState::Failed, inner.now())
    })?;
    match outgoing.consultation {
        Some(id) => outcome::fail(inner, id, &failure),
        None => inner.alert(
            &format!("answer:{}", outgoing.base_name),
            "An acknowledgement of ours could not be delivered: see the MESH client's log, the \
             sending practice will see it as missing.",
            None,
        ),
    }
}

/// Tells a person of acknowledgements that are missing for too long (GPCM-SD-095).
pub(crate) fn find_overdue(inner: &Inner) -> Result<(), PracticeError> {
    let patience =
        SignedDuration::from_mins(i64::from(inner.config.acknowledgement_overdue_minutes));
    let now = inner.now();
    let Ok(limit) = now.checked_sub(patience) else {
        return Ok(());
    };
    for id in inner
        .store
        .read(|connection| consultations::overdue(connection, limit))?
    {
        inner.store.write(|transaction| {
            consultations::set_overdue(transaction, id, true)?;
            consultations::note(transaction, id, now, "An acknowledgement is overdue", None)
        })?;
        inner.alert(
            &format!("overdue:{id}"),
            "An acknowledgement is missing for longer than allowed. Telephone the patient's \
             practice and ask whether the report arrived; send it again if it did not.",
            Some(id),
        )?;
    }
    Ok(())
}
