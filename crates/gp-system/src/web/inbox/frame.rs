//! The page of the inbox: the list, and beside it the letter that is opened.

use jiff::{SignedDuration, Timestamp};
use maud::{Markup, html};
use pages::Problem;
use pages::components::Errors;

use super::filter::Filter;
use super::{SCRIPT, STYLE, choices, keys, letter, rows, undo};
use crate::web::context::{Pages, View};
use crate::{InboxPage, InboxTallies, InboxView, Neighbours, PatientMatch, Practice, Task, TaskId};

/// From here on a letter is old.
pub(super) const OLD: SignedDuration = SignedDuration::from_hours(48);

/// The list as it was found, for a page to be drawn around it.
pub(super) struct Inbox<'a> {
    pub(super) view: &'a View,
    pub(super) filter: Filter,
    /// What is searched for.
    pub(super) words: String,
    /// Whether the words of this search are no longer kept.
    pub(super) is_forgotten: bool,
    pub(super) found: InboxPage,
    /// How the patient of each compares with the practice's list.
    pub(super) matches: Vec<PatientMatch>,
    pub(super) senders: Vec<String>,
    pub(super) tallies: InboxTallies,
    /// Whether single keys do nothing for this user.
    pub(super) keys_off: bool,
    /// Views this user keeps, and how many letters each finds.
    pub(super) kept: Vec<(InboxView, u64)>,
    /// What was done just now and can be undone.
    pub(super) undoable: Vec<Task>,
    /// The letter that is opened.
    pub(super) open: Option<TaskId>,
    pub(super) now: Timestamp,
}

impl<'a> Inbox<'a> {
    pub(super) async fn of(
        view: &'a View,
        pages: &Pages,
        filter: Filter,
        open: Option<TaskId>,
    ) -> Result<Self, Problem> {
        let words = view.kept_text(&filter.search);
        let is_forgotten = words.is_none() && !filter.search.is_empty();
        let words = words.unwrap_or_default();
        let now = pages.practice.inner().now();
        let user = view.session().user().to_owned();
        let asked = (filter, words.clone(), user, now);
        let looked = pages
            .ask(view, move |practice| look(practice, asked))
            .await?;
        Ok(Self {
            view,
            filter: looked.filter,
            words,
            is_forgotten,
            found: looked.found,
            matches: looked.matches,
            senders: looked.senders,
            tallies: looked.tallies,
            keys_off: looked.keys_off,
            kept: looked.kept,
            undoable: looked.undoable,
            open,
            now,
        })
    }

    /// The whole page. What stands in the right pane has the page's `h1` when a letter is opened.
    pub(super) fn beside(&self, title: &str, errors: &Errors, pane: Markup) -> Markup {
        let page = self.view.page(title).errors(errors);
        let page = match self.open {
            Some(_) => page.without_heading(),
            None => page,
        };
        let count = self.tallies.open;
        let tab = match (count, self.open) {
            (0, None) => "Inbox".to_owned(),
            (0, Some(_)) => format!("{title} · Inbox"),
            (count, None) => format!("{count} to do · Inbox"),
            (count, Some(_)) => format!("{count} to do · {title} · Inbox"),
        };
        let panes = match self.open {
            Some(_) => "panes one",
            None => "panes",
        };
        let page = page.work().tab(tab).count("/inbox", count);
        page.asset(&letter::STYLE)
            .asset(&STYLE)
            .asset(&SCRIPT)
            .fills_screen()
            .foot(html! {})
            .show(html! {
                (choices::show(self))
                (undo::bar(self))
                div class=(panes) data-keys=[self.keys_off.then_some("off")] {
                    (rows::pane(self))
                    section.pane-letter #letter aria-label="Letter" { (pane) }
                }
                (keys::list(self))
            })
    }
}

/// What stands around a letter in the list that it was opened from, on whichever page.
pub(super) async fn neighbours(
    view: &View,
    pages: &Pages,
    filter: &Filter,
    id: TaskId,
) -> Result<Option<Neighbours>, Problem> {
    let mut filter = filter.clone();
    let words = view.kept_text(&filter.search).unwrap_or_default();
    let now = pages.practice.inner().now();
    let user = view.session().user().to_owned();
    let look = move |practice: &Practice| {
        filter.usual_sort = practice.inbox_habits(&user)?.sort.unwrap_or_default();
        practice.neighbours(&filter.query(&user, &words, now), id)
    };
    pages.ask(view, look).await
}

/// What is read for a page, in one go.
struct Looked {
    filter: Filter,
    found: InboxPage,
    matches: Vec<PatientMatch>,
    senders: Vec<String>,
    tallies: InboxTallies,
    keys_off: bool,
    kept: Vec<(InboxView, u64)>,
    undoable: Vec<Task>,
}

fn look(
    practice: &Practice,
    (mut filter, words, user, now): (Filter, String, String, Timestamp),
) -> Result<Looked, crate::PracticeError> {
    let habits = practice.inbox_habits(&user)?;
    filter.usual_sort = habits.sort.unwrap_or_default();
    let found = practice.inbox(&filter.query(&user, &words, now))?;
    let old = now.checked_sub(OLD).unwrap_or(now);
    let mut kept = Vec::new();
    for view in habits.views {
        let query = Filter::parse(&view.choices).query(&user, "", now);
        let total = practice.inbox_total(&query)?;
        kept.push((view, total));
    }
    let undoable = match filter.did.parse() {
        Ok(act) => practice.these_tasks(&practice.tasks_to_undo(act, &user)?)?,
        Err(_) => Vec::new(),
    };
    Ok(Looked {
        matches: found
            .tasks
            .iter()
            .map(|task| practice.patient_match(task))
            .collect(),
        found,
        senders: practice.inbox_senders()?,
        tallies: practice.inbox_tallies(&user, old)?,
        keys_off: habits.keys_off,
        kept,
        undoable,
        filter,
    })
}
