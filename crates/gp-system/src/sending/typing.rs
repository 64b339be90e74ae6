//! Forms that are kept while they are typed, before anything in them is checked.

use jiff::{SignedDuration, Timestamp};

use super::drafting::{self, DAMAGED, GONE, MOST};
use crate::inner::Inner;
use crate::store::drafts::{self, StoredDraft};
use crate::{ConsultationId, DraftId, DraftLine, PracticeError, TypedDraft, TypedForm};

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
    /// Whether nobody asked for it: the form keeps itself.
    pub by_itself: bool,
}

/// Keeps a form as it was typed, in a new draft or in one of the same user, whose report is then to be looked at
/// again. Returns the draft and when it was kept.
pub(crate) fn keep(
    inner: &Inner,
    id: Option<DraftId>,
    typed: &Typed,
    who: Option<&str>,
) -> Result<(DraftId, Timestamp), PracticeError> {
    let form = serde_json::to_string(&typed.form).map_err(|_| DAMAGED)?;
    let now = inner.now();
    let rested = now.checked_sub(REST).unwrap_or(now);
    inner.store.write(|transaction| {
        if typed.by_itself && drafts::kept_last(transaction, who)?.is_some_and(|at| at > rested) {
            return Err(PracticeError::KeptJustNow);
        }
        let place = drafting::room(inner, transaction, id, who, now)?;
        if id.is_some() {
            let kept = drafts::set_form(transaction, place, who, now, (&form, &typed.patient))?;
            return kept.then_some((place, now)).ok_or(GONE);
        }
        let draft = StoredDraft {
            body: None,
            form: Some(form),
            patient: typed.patient.clone(),
            updates: typed.updates,
            report: None,
            revision: 0,
        };
        drafts::add(transaction, place, who, now, &draft)?;
        Ok((place, now))
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
