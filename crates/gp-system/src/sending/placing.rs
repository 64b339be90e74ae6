//! Handing decided pairs to the MESH client, exactly once each.

use crate::inner::Inner;
use crate::records::Summary;
use crate::store::outbox::{OutboxState, Outgoing};
use crate::store::{consultations, outbox, sent};
use crate::{AnswerClass, ConsultationState, Event, PracticeError};

/// Places every decided pair in OUT, exactly once each.
///
/// The control file first stands in OUT under a hidden name; the record says so; then one rename
/// hands the pair over. After a crash the hidden name tells whether that rename happened, so
/// nothing is lost and nothing is sent twice.
pub(crate) fn place_all(inner: &Inner, summary: &mut Summary) -> Result<(), PracticeError> {
    for outgoing in inner.store.read(outbox::unplaced)? {
        if outgoing.state == OutboxState::Pending {
            inner.directories.prepare_placing(&outgoing.base_name)?;
            inner.store.write(|transaction| {
                outbox::set_state(transaction, outgoing.id, OutboxState::Placing, inner.now())
            })?;
        }
        inner.directories.finish_placing(&outgoing.base_name)?;
        record(inner, &outgoing, summary)?;
    }
    Ok(())
}

fn record(inner: &Inner, outgoing: &Outgoing, summary: &mut Summary) -> Result<(), PracticeError> {
    let now = inner.now();
    inner.store.write(|transaction| {
        outbox::set_state(transaction, outgoing.id, OutboxState::Placed, now)?;
        if let Some(id) = outgoing.consultation {
            let from = [ConsultationState::Waiting];
            consultations::advance(transaction, id, &from, ConsultationState::Placed)?;
            consultations::set_placed_at(transaction, id, now)?;
            consultations::note(transaction, id, now, "Handed to the MESH client", None)?;
        }
        Ok(())
    })?;
    if let Some(code) = outgoing.code {
        summary.acknowledgements_placed += 1;
        inner.tell([Event::Acknowledged {
            class: AnswerClass::of(code),
            code,
        }]);
    }
    if let Some(consultation) = outgoing.consultation {
        summary.placed += 1;
        let record = inner
            .store
            .read(|connection| sent::by_id(connection, consultation))?;
        let message = record
            .and_then(|record| record.message_id)
            .unwrap_or_default();
        inner.tell([Event::Placed {
            consultation,
            message,
        }]);
    }
    Ok(())
}
