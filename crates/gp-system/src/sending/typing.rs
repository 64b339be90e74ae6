//! Forms that are kept while they are typed, before anything in them is checked.

use jiff::SignedDuration;

use super::drafting::{self, DAMAGED, MOST};
use crate::inner::Inner;
use crate::store::drafts::{self, StoredDraft};
use crate::{ConsultationId, DraftId, DraftLine, KeptDraft, PracticeError, TypedDraft, TypedForm};

/// The least time between two keepings by a form itself, whichever drafts of a user they are of.
const REST: SignedDuration = SignedDuration::from_secs(1);

/// A form to be kept.
pub struct Typed {
    /// The fields as they were typed.
    pub form: TypedForm,
    /// The patient as lists name them; empty where none is entered yet.
    pub patient: String,
    /// The consultation it changes or follows; counts for a new draft only.
    pub updates: Option<ConsultationId>,
    /// How often the draft had been kept when the form was shown; counts for a draft that is there.
    pub revision: u32,
    /// Whether nobody asked for it: the form keeps itself.
    pub by_itself: bool,
}

/// Keeps a form as it was typed, in a new draft or in one of the same user, whose report is then to be looked at
/// again. What the draft holds already is kept, whatever it was made from: the answer before may have been lost.
pub(crate) fn keep(
    inner: &Inner,
    id: Option<DraftId>,
    typed: &Typed,
    who: Option<&str>,
) -> Result<KeptDraft, PracticeError> {
    let form = serde_json::to_string(&typed.form).map_err(|_| DAMAGED)?;
    let now = inner.now();
    let rested = now.checked_sub(REST).unwrap_or(now);
    inner.store.write(|transaction| {
        if typed.by_itself && drafts::kept_last(transaction, who)?.is_some_and(|at| at > rested) {
            return Err(PracticeError::KeptJustNow);
        }
        let place = drafting::room(inner, transaction, id, who, now)?;
        let kept = |revision| KeptDraft {
            id: place,
            revision,
            at: now,
        };
        if id.is_some() {
            let new = (form.as_str(), typed.patient.as_str(), typed.revision);
            let revision = match drafts::set_form(transaction, place, who, now, new)? {
                Some(revision) => revision,
                None => drafting::held(transaction, place, who, now, |held| {
                    held.form.as_ref() == Some(&form)
                })?,
            };
            return Ok(kept(revision));
        }
        let draft = StoredDraft {
            body: None,
            form: Some(form),
            patient: typed.patient.clone(),
            updates: typed.updates,
            report: None,
            revision: 0,
        };
        Ok(kept(drafts::add(transaction, place, who, now, &draft)?))
    })
}

/// A user's draft with what was typed; none when it was sent, discarded, forgotten or is somebody else's.
pub(crate) fn typed(
    inner: &Inner,
    id: DraftId,
    who: Option<&str>,
) -> Result<Option<TypedDraft>, PracticeError> {
    let Some(stored) = drafting::by_id(inner, id, who)? else {
        return Ok(None);
    };
    let form = stored.form.as_deref().map(serde_json::from_str);
    Ok(Some(TypedDraft {
        form: form.transpose().map_err(|_| DAMAGED)?,
        consultation: drafting::consultation(&stored)?,
        updates: stored.updates,
        revision: stored.revision,
    }))
}

/// A user's drafts, the one kept last first.
pub(crate) fn list(inner: &Inner, who: Option<&str>) -> Result<Vec<DraftLine>, PracticeError> {
    let limit = drafting::kept_since(inner.now());
    inner
        .store
        .read(|connection| drafts::of(connection, who, limit, MOST))
}
