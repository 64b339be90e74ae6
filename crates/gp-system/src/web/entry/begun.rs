//! What a form begins from: nothing, a draft, or a consultation that is stored already.

use pages::Problem;
use send_document::{Consultation, Practitioner};

use super::fields::Fields;
use super::{filling, reading};
use crate::web::context::{Pages, View};
use crate::{ConsultationId, DraftId, TypedForm};

/// Where a form leads, and what it begins from.
#[derive(Default)]
pub(super) struct Begun {
    /// What is not on the form is taken from here: addresses, telephone numbers, attachments.
    pub(super) base: Option<Consultation>,
    /// The draft it changes.
    pub(super) draft: Option<DraftId>,
    /// How often the draft had been kept when the form was shown.
    pub(super) revision: u32,
    /// Whether the draft was kept since, in another window.
    pub(super) is_behind: bool,
    /// The consultation it changes or follows.
    pub(super) updates: Option<ConsultationId>,
    /// What was typed and not checked yet.
    form: Option<TypedForm>,
    /// The clinicians remembered for the user, the one used last first.
    pub(super) known: Vec<Practitioner>,
    /// Whether the form holds something that no draft holds.
    pub(super) is_unsaved: bool,
}

impl Begun {
    /// A new consultation.
    pub(super) async fn new(view: &View, pages: &Pages) -> Result<Self, Problem> {
        Ok(Self {
            known: pages.ask(view, |practice| practice.clinicians()).await?,
            ..Self::default()
        })
    }

    /// A draft of this user.
    pub(super) async fn draft(view: &View, pages: &Pages, id: DraftId) -> Result<Self, Problem> {
        let look = move |practice: &crate::Practice| {
            let Some(draft) = practice.typed_draft(id)? else {
                return Ok(None);
            };
            let before = match (&draft.consultation, draft.updates) {
                (None, Some(updates)) => practice.content(updates)?,
                _ => None,
            };
            Ok(Some((draft, before, practice.clinicians()?)))
        };
        let found = pages.ask(view, look).await?;
        let (draft, before, known) = found.ok_or_else(Problem::not_found)?;
        let checked = draft.consultation.map(|checked| checked.into_inner());
        Ok(Self {
            base: checked.or(before),
            draft: Some(id),
            revision: draft.revision,
            is_behind: false,
            updates: draft.updates,
            form: draft.form,
            known,
            is_unsaved: false,
        })
    }

    /// A consultation that is changed or followed.
    pub(super) async fn update(
        view: &View,
        pages: &Pages,
        id: ConsultationId,
    ) -> Result<Self, Problem> {
        let content = pages
            .ask(view, move |practice| practice.content(id))
            .await?;
        Ok(Self {
            base: Some(content.ok_or_else(Problem::not_found)?),
            updates: Some(id),
            ..Self::new(view, pages).await?
        })
    }

    /// What a posted form says that it began from.
    pub(super) async fn posted(
        view: &View,
        pages: &Pages,
        fields: &Fields,
    ) -> Result<Self, Problem> {
        if let Some(id) = DraftId::parse(fields.get("draft")) {
            return Ok(Self::draft(view, pages, id).await?.seen(fields));
        }
        match ConsultationId::parse(fields.get("updates")) {
            Some(id) => Self::update(view, pages, id).await,
            None => Self::new(view, pages).await,
        }
    }

    /// The same of a posted form, whose page may have shown the draft as it was before.
    pub(super) fn seen(self, fields: &Fields) -> Self {
        let revision = fields.seen();
        Self {
            is_behind: revision != self.revision,
            revision,
            ..self
        }
    }

    /// The same of a form that holds something which no draft holds.
    pub(super) fn unsaved(self) -> Self {
        Self {
            is_unsaved: true,
            ..self
        }
    }

    /// The fields as they stand: what was typed last, what was entered, or an empty form.
    pub(super) fn fields(&self, pages: &Pages) -> Fields {
        match (&self.form, &self.base) {
            (Some(form), _) => Fields::from(form.clone()),
            (None, Some(base)) => filling::from_consultation(base, &self.known),
            (None, None) => filling::new(pages, &self.known),
        }
    }

    /// The path the form posts to.
    pub(super) fn to(&self) -> String {
        match (self.draft, self.updates) {
            (Some(draft), _) => format!("/drafts/{draft}/edit"),
            (None, Some(updates)) => format!("/sent/{updates}/edit"),
            (None, None) => "/new".to_owned(),
        }
    }

    /// What the form is read with.
    pub(super) fn around<'a>(&'a self, pages: &'a Pages) -> reading::Around<'a> {
        let inner = pages.practice.inner();
        reading::Around {
            config: pages.practice.config(),
            known: &self.known,
            today: inner.today(),
            encounter: inner.new_id(),
        }
    }
}
