//! Consultations that were entered and are looked at once more before they go.

use jiff::{SignedDuration, Timestamp};
use rusqlite::Transaction;
use send_document::{CheckedConsultation, Consultation};

use crate::inner::Inner;
use crate::sending::building;
use crate::sending::place::Place;
use crate::sending::submitting::{self, Content};
use crate::store::clinicians;
use crate::store::drafts::{self, Report, StoredDraft};
use crate::{ConsultationId, Draft, DraftId, KeptDraft, PracticeError};

pub(super) const GONE: PracticeError =
    PracticeError::Gone("the draft was sent or discarded already");
const TYPED_ON: PracticeError = PracticeError::Changed(
    "the draft was typed on since its report was made; check the report again",
);
pub(super) const CHANGED: PracticeError = PracticeError::Changed(
    "the draft was kept in another window after your page was shown; nothing was sent or overwritten",
);
pub(super) const DAMAGED: PracticeError = PracticeError::Damaged { kind: "draft" };
/// Drafts nobody touched for this long are forgotten: they hold patient data.
const KEPT: SignedDuration = SignedDuration::from_hours(7 * 24);
/// Drafts of one user.
pub(super) const MOST: u32 = 50;

/// Stores what was entered with its report, under `id` when it changes a draft of the same user.
/// The report is built here, so that nothing is kept whose report cannot be made. What the draft holds already is
/// kept, whatever it was made from: somebody pressed a button twice.
pub(crate) fn save(
    inner: &Inner,
    id: Option<DraftId>,
    draft: Draft,
    who: Option<&str>,
) -> Result<KeptDraft, PracticeError> {
    let content = Content::of(inner, draft.consultation)?;
    let stored = stored(inner, content, draft.updates, draft.revision)?;
    let now = inner.now();
    inner.store.write(|transaction| {
        let place = room(inner, transaction, id, who, now)?;
        let revision = match id {
            None => drafts::add(transaction, place, who, now, &stored)?,
            Some(_) => match drafts::replace(transaction, place, who, now, &stored)? {
                Some(revision) => revision,
                None => held(transaction, place, who, now, |held| {
                    held.form.is_none() && held.body == stored.body
                })?,
            },
        };
        Ok(KeptDraft {
            id: place,
            revision,
            at: now,
        })
    })
}

/// The revision of a draft, where it is as it should be and nobody kept anything else.
pub(super) fn held(
    transaction: &Transaction<'_>,
    id: DraftId,
    who: Option<&str>,
    now: Timestamp,
    is_right: impl FnOnce(&StoredDraft) -> bool,
) -> Result<u32, PracticeError> {
    let held = drafts::by_id(transaction, id, who, kept_since(now))?.ok_or(GONE)?;
    if !is_right(&held) {
        return Err(CHANGED);
    }
    Ok(held.revision)
}

/// Since when a draft must have been kept not to be forgotten at this moment.
pub(crate) fn kept_since(now: Timestamp) -> Timestamp {
    now.checked_sub(KEPT).unwrap_or(Timestamp::MIN)
}

/// The id of a draft, a new one where `id` names none and there is room for one more. Drafts that nobody
/// touched for long are forgotten first.
pub(super) fn room(
    inner: &Inner,
    transaction: &Transaction<'_>,
    id: Option<DraftId>,
    who: Option<&str>,
    now: Timestamp,
) -> Result<DraftId, PracticeError> {
    drafts::remove_before(transaction, kept_since(now))?;
    match id {
        Some(id) => Ok(id),
        None if drafts::count(transaction, who)? >= MOST => Err(PracticeError::TooManyDrafts(MOST)),
        None => Ok(DraftId::new(inner.new_id())),
    }
}

fn stored(
    inner: &Inner,
    content: Content,
    updates: Option<ConsultationId>,
    revision: u32,
) -> Result<StoredDraft, PracticeError> {
    let place = place(inner, &content.consultation, updates)?;
    let built = building::build(inner, &content.consultation, &place)?;
    Ok(StoredDraft {
        patient: content.consultation.patient.listed_name(),
        body: Some(content.body),
        form: None,
        updates,
        report: Some(Report {
            version: place.version,
            pdf: built.pdf,
        }),
        revision,
    })
}

/// A user's draft, unless it is to be forgotten.
pub(super) fn by_id(
    inner: &Inner,
    id: DraftId,
    who: Option<&str>,
) -> Result<Option<StoredDraft>, PracticeError> {
    let limit = kept_since(inner.now());
    inner
        .store
        .read(|connection| drafts::by_id(connection, id, who, limit))
}

/// A user's draft as its report was looked at; none when it was typed on since, sent, discarded, forgotten or
/// is somebody else's.
pub(crate) fn draft(
    inner: &Inner,
    id: DraftId,
    who: Option<&str>,
) -> Result<Option<Draft>, PracticeError> {
    let stored = by_id(inner, id, who)?;
    stored.as_ref().map_or(Ok(None), read)
}

fn read(stored: &StoredDraft) -> Result<Option<Draft>, PracticeError> {
    let consultation = consultation(stored)?.filter(|_| stored.form.is_none());
    Ok(consultation.map(|consultation| Draft {
        consultation,
        updates: stored.updates,
        revision: stored.revision,
    }))
}

/// What a draft held when it was checked last.
pub(super) fn consultation(
    stored: &StoredDraft,
) -> Result<Option<CheckedConsultation>, PracticeError> {
    let body = stored.body.as_ref();
    body.map(|body| CheckedConsultation::from_json(body.as_bytes()))
        .transpose()
        .map_err(|_| DAMAGED)
}

/// The report of a user's draft, as it was built when the draft was saved. It is built anew only
/// where the version it would be sent as has changed since, or release 0.1 stored the draft.
pub(crate) fn report(
    inner: &Inner,
    id: DraftId,
    who: Option<&str>,
) -> Result<Option<Vec<u8>>, PracticeError> {
    let Some(stored) = by_id(inner, id, who)? else {
        return Ok(None);
    };
    let Some(draft) = read(&stored)? else {
        return Ok(None);
    };
    let place = place(inner, &draft.consultation, draft.updates)?;
    match stored.report {
        Some(report) if report.version == place.version => Ok(Some(report.pdf)),
        _ => {
            let built = building::build(inner, &draft.consultation, &place)?;
            let report = Report {
                version: place.version,
                pdf: built.pdf,
            };
            let made = (&report, stored.revision);
            inner
                .store
                .write(|transaction| drafts::set_report(transaction, id, who, made))?;
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

/// Submits a draft as somebody saw it, once: it is a consultation from then on.
pub(crate) fn send(
    inner: &Inner,
    (id, seen): (DraftId, u32),
    who: Option<&str>,
) -> Result<ConsultationId, PracticeError> {
    let stored = by_id(inner, id, who)?.ok_or(GONE)?;
    let draft = read(&stored)?.ok_or(TYPED_ON)?;
    if draft.revision != seen {
        return Err(CHANGED);
    }
    let content = Content::of(inner, draft.consultation)?;
    let sent = inner.store.write(|transaction| {
        // What is kept in another window at this moment is not lost.
        held(transaction, id, who, inner.now(), |before| {
            before.revision == seen
        })?;
        drafts::remove(transaction, id, who)?;
        if let Some(who) = who {
            let clinician = &content.consultation.practitioner;
            clinicians::remember(transaction, who, clinician, inner.now())?;
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
