//! Consultations that were entered and are looked at once more before they go.

use jiff::SignedDuration;
use send_document::BuildParams;

use crate::inner::Inner;
use crate::sending::submitting::{self, Place};
use crate::store::drafts::{self, StoredDraft};
use crate::{ConsultationId, Draft, DraftId, PracticeError};

/// Drafts nobody touched for so long are forgotten: they hold patient data.
const KEPT: SignedDuration = SignedDuration::from_hours(7 * 24);

/// Stores what was entered, under `id` when it changes a draft of the same user.
pub(crate) fn save(
    inner: &Inner,
    id: Option<DraftId>,
    draft: &Draft,
    who: Option<&str>,
) -> Result<DraftId, PracticeError> {
    let content = submitting::checked(inner, &draft.consultation)?;
    let id = id.unwrap_or_else(|| DraftId::new(inner.new_id()));
    let now = inner.now();
    let saved = inner.store.write(|transaction| {
        if let Ok(limit) = now.checked_sub(KEPT) {
            drafts::remove_before(transaction, limit)?;
        }
        if let Some(updates) = draft.updates {
            submitting::place(transaction, updates, &draft.consultation)?;
        }
        let stored = StoredDraft {
            body: content.body.clone(),
            updates: draft.updates,
        };
        drafts::save(transaction, id, who, now, &stored)
    })?;
    if saved { Ok(id) } else { Err(gone()) }
}

/// A user's draft; none when it was sent, discarded, forgotten or is somebody else's.
pub(crate) fn one(
    inner: &Inner,
    id: DraftId,
    who: Option<&str>,
) -> Result<Option<Draft>, PracticeError> {
    let stored = inner
        .store
        .read(|connection| drafts::one(connection, id, who))?;
    stored.map(read).transpose()
}

fn read(stored: StoredDraft) -> Result<Draft, PracticeError> {
    Ok(Draft {
        consultation: serde_json::from_str(&stored.body)
            .map_err(|_| PracticeError::Damaged { kind: "draft" })?,
        updates: stored.updates,
    })
}

/// The report of a draft, as it will be sent if nothing changes until then.
pub(crate) fn preview(inner: &Inner, draft: &Draft) -> Result<Vec<u8>, PracticeError> {
    let place = place(inner, draft)?;
    let params = BuildParams {
        ruleset: inner.config.ruleset,
        sender_mailbox: inner.config.mailbox.clone(),
        version: place.version,
        replaces: place.replaces,
        date_order: inner.config.date_order,
        now: inner.now(),
        randomness: inner.randomness.as_ref(),
    };
    send_document::build(&draft.consultation, &params)
        .map(|built| built.pdf)
        .map_err(|error| PracticeError::Consultation(error.to_string()))
}

fn place(inner: &Inner, draft: &Draft) -> Result<Place, PracticeError> {
    match draft.updates {
        Some(id) => inner
            .store
            .read(|connection| submitting::place(connection, id, &draft.consultation)),
        None => Ok(Place {
            version: 1,
            replaces: None,
            follows: None,
        }),
    }
}

/// Submits a draft, once: it is a consultation from then on.
pub(crate) fn send(
    inner: &Inner,
    id: DraftId,
    who: Option<&str>,
) -> Result<ConsultationId, PracticeError> {
    let draft = one(inner, id, who)?.ok_or_else(gone)?;
    let content = submitting::checked(inner, &draft.consultation)?;
    let sent = inner.store.write(|transaction| {
        if !drafts::remove(transaction, id, who)? {
            return Err(gone());
        }
        match draft.updates {
            Some(updates) => submitting::update_within(inner, transaction, updates, &content, who),
            None => submitting::submit_within(inner, transaction, &content, who),
        }
    })?;
    inner.changed.notify_one();
    Ok(sent)
}

/// Forgets a user's draft; tells whether it was there.
pub(crate) fn discard(
    inner: &Inner,
    id: DraftId,
    who: Option<&str>,
) -> Result<bool, PracticeError> {
    inner
        .store
        .write(|transaction| drafts::remove(transaction, id, who))
}

fn gone() -> PracticeError {
    PracticeError::Consultation("the draft was sent or discarded already".to_owned())
}
