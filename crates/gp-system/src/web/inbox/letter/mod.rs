//! One letter: whom it is about, what it says, where it came from and what became of it. Its contents are drawn
//! here; the list beside it and what is done with it are not.

pub(in crate::web) mod banner;
mod bar;
pub(in crate::web) mod confirm;
mod files;
mod history;
mod journey;
mod narrative;
mod sections;
mod tab;
mod text;
pub(in crate::web) mod views;

use itk3::ReceivedSection;
use jiff::civil::Date;
use maud::{Markup, html};
use pages::{Problem, SiteAsset};

use crate::web::context::{Pages, View};
use crate::web::inbox::filter::Filter;
use crate::{AttachmentInfo, Neighbours, PatientMatch, ReceivedMessage, Task, TaskId, TaskStep};
use banner::Banner;
pub(in crate::web) use tab::Tab;

/// The rules of a letter beside those of all pages of work.
pub(in crate::web) static STYLE: SiteAsset =
    SiteAsset::style("letter.css", include_str!("../../../../assets/letter.css"));

/// A letter as one look at the records found it.
pub(in crate::web) struct Letter {
    pub(in crate::web) task: Task,
    sections: Vec<ReceivedSection>,
    history: Vec<TaskStep>,
    message: Option<ReceivedMessage>,
    compared: PatientMatch,
    today: Date,
}

/// What stands around a letter: the list it was opened from.
pub(in crate::web) struct Around<'a> {
    pub(in crate::web) view: &'a View,
    pub(in crate::web) filter: &'a Filter,
    /// The way back, where only the letter is in view.
    pub(in crate::web) back: Markup,
    pub(in crate::web) place: Option<Place>,
}

/// Where a letter stands in its list.
pub(in crate::web) struct Place {
    pub(in crate::web) neighbours: Neighbours,
    pub(in crate::web) total: u64,
}

impl Around<'_> {
    /// The address of a path of the inbox, from which one comes back to the same list.
    fn to(&self, path: &str) -> String {
        self.view.link(&self.filter.within(path))
    }

    /// The address of a path that knows nothing of the list.
    fn plain(&self, path: &str) -> String {
        self.view.link(path)
    }
}

impl Letter {
    pub(in crate::web) async fn load(
        view: &View,
        pages: &Pages,
        id: TaskId,
    ) -> Result<Self, Problem> {
        let found = pages
            .ask(view, move |practice| {
                let Some(task) = practice.task(id)? else {
                    return Ok(None);
                };
                let (sections, history) = (practice.task_sections(id)?, practice.task_history(id)?);
                Ok(Some(Self {
                    compared: practice.patient_match(&task),
                    today: practice.inner().today(),
                    message: practice.received_as(id)?,
                    task,
                    sections,
                    history,
                }))
            })
            .await?;
        found.ok_or_else(Problem::not_found)
    }

    /// The document, where it is a file that a page can show.
    fn document(&self) -> Option<&AttachmentInfo> {
        self.first().filter(|it| pages::is_shown(&it.content_type))
    }

    /// The document, where the letter has no text of its own.
    fn first(&self) -> Option<&AttachmentInfo> {
        let first = self.task.attachments.first();
        first.filter(|_| self.sections.is_empty())
    }

    /// What came with the document.
    fn files(&self) -> &[AttachmentInfo] {
        let documents = usize::from(self.first().is_some());
        self.task.attachments.get(documents..).unwrap_or_default()
    }
}

/// The letter: whom it is about, always in view; its views; and the one that is open.
pub(in crate::web) fn pane(
    letter: &Letter,
    around: &Around<'_>,
    tab: Tab,
    content: &Markup,
) -> Markup {
    html! {
        div.letter-banner #letter-banner data-live {
            (banner::show(&Banner {
                task: &letter.task,
                compared: &letter.compared,
                today: letter.today,
                before: around.back.clone(),
                after: html! {},
            }))
        }
        (bar::show(letter, around, tab))
        div.desk tabindex="0" role="region" aria-label=(tab.name()) { (content) }
    }
}

/// What the letter says, its first view.
pub(in crate::web) fn text(letter: &Letter, around: &Around<'_>) -> Markup {
    text::show(letter, around)
}
