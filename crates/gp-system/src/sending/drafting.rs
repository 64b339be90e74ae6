//! Consultations that were entered and are looked at once more before they go.

use jiff::SignedDuration;
use send_document::{CheckedConsultation, Consultation};

use crate::inner::Inner;
use crate::sending::building;
use crate::sending::place::Place;
use crate::sending::submitting::{self, Content};
use crate::store::drafts::{self, Report, StoredDraft};
use crate::{ConsultationId, Draft, DraftId, PracticeError};

const GONE: PracticeError = PracticeError::Gone("the draft was sent or discarded already");
/// Drafts nobody touched for this long are forgotten: they hold patient data.
const KEPT: SignedDuration = SignedDuration::from_hours(7 * 24);

/// Stores what was entered with its report, under `id` when it changes a draft of the same user.
/// The report is built here, so that nothing is kept whose report cannot be made.
pub(crate) fn save(
    inner: &Inner,
    id: Option<DraftId>,
    draft: Draft,
    who: Option<&str>,
) -> Result<DraftId, PracticeError> {
    let content = Content::of(inner, draft.consultation)?;
    let stored = stored(inner, content, draft.updates)?;
    let id = id.unwrap_or_else(|| DraftId::new(inner.new_id()));
    let now = inner.now();
    let saved = inner.store.write(|transaction| {
        if let Ok(limit) = now.checked_sub(KEPT) {
            drafts::remove_before(transaction, limit)?;
        }
        drafts::save(transaction, id, who, now, &stored)
    })?;
    if saved { Ok(id) } else { Err(GONE) }
}

fn stored(
    inner: &Inner,
    content: Content,
    updates: Option<ConsultationId>,
) -> Result<StoredDraft, PracticeError> {
    let place = place(inner, &content.consultation, updates)?;
    let built = building::build(inner, &content.consultation, &place)?;
    Ok(StoredDraft {
        body: content.body,
        updates,
        report: Some(Report {
            version: place.version,
            pdf: built.pdf,
        }),
    })
}

/// A user's draft; none when it was sent, discarded, forgotten or is somebody else's.
pub(crate) fn draft(
    inner: &Inner,
    id: DraftId,
    who: Option<&str>,
) -> Result<Option<Draft>, PracticeError> {
    let stored = inner
        .store
        .read(|connection| drafts::by_id(connection, id, who))?;
    stored.as_ref().map(read).transpose()
}

fn read(stored: &StoredDraft) -> Result<Draft, PracticeError> {
    Ok(Draft {
        consultation: CheckedConsultation::from_json(stored.body.as_bytes())
            .map_err(|_| PracticeError::Damaged { kind: "draft" })?,
        updates: stored.updates,
    })
}

/// The report of a user's draft, as it was built when the draft was saved. It is built anew only
/// where the version it would be sent as has changed since, or release 0.1 stored the draft.
pub(crate) fn report(
    inner: &Inner,
    id: DraftId,
    who: Option<&str>,
) -> Result<Option<Vec<u8>>, PracticeError> {
    let stored = inner
        .store
        .read(|connection| drafts::by_id(connection, id, who))?;
    let Some(stored) = stored else {
        return Ok(None);
    };
    let draft = read(&stored)?;
    let place = place(inner, &draft.consultation, draft.updates)?;
    match stored.report {
        Some(report) if report.version == place.version => Ok(Some(report.pdf)),
        _ => {
            let built = building::build(inner, &draft.consultation, &place)?;
            let report = Report {
                version: place.version,
                pdf: built.pdf,
            };
            inner
                .store
                .write(|transaction| drafts::set_report(transaction, id, who, &report))?;
            Ok(Some(report.pdf))
        }
    }
}

fn place(
    inner: &Inner,
    consultation: &Consultation,
    updates: Option<ConsultationId>,
) -> Result<Place, PracticeError> {
    match updates {
        Some(id) => inner
            .store
            .read(|connection| Place::of_update(connection, id, consultation)),
        None => Ok(Place::FIRST),
    }
}

/// Submits a draft, once: it is a consultation from then on.
pub(crate) fn send(
    inner: &Inner,
    id: DraftId,
    who: Option<&str>,
) -> Result<ConsultationId, PracticeError> {
    let draft = draft(inner, id, who)?.ok_or(GONE)?;
    let content = Content::of(inner, draft.consultation)?;
    let sent = inner.store.write(|transaction| {
        if !drafts::remove(transaction, id, who)? {
            return Err(GONE);
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
