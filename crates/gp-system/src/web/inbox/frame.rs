//! The page of the inbox: the list, and beside it the letter that is opened.

use jiff::Timestamp;
use maud::{Markup, html};
use pages::Problem;
use pages::components::Errors;

use super::filter::Filter;
use super::{STYLE, choices, rows};
use crate::web::context::{Pages, View};
use crate::{InboxPage, TaskId};

/// The list as it was found, for a page to be drawn around it.
pub(super) struct Inbox<'a> {
    pub(super) view: &'a View,
    pub(super) filter: Filter,
    /// What is searched for.
    pub(super) words: String,
    /// Whether the words of this search are no longer kept.
    pub(super) is_forgotten: bool,
    pub(super) found: InboxPage,
    senders: Vec<String>,
    /// How many letters are to do.
    to_do: u64,
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
        let query = filter.query(view.session().user(), &words);
        let (found, senders, to_do) = pages
            .ask(view, move |practice| {
                let senders = practice.inbox_senders()?;
                Ok((practice.inbox(&query)?, senders, practice.counts()?.tasks))
            })
            .await?;
        Ok(Self {
            view,
            filter,
            words,
            is_forgotten,
            found,
            senders,
            to_do,
            open,
            now: pages.practice.inner().now(),
        })
    }

    /// The whole page. What stands in the right pane has the page's `h1` when a letter is opened.
    pub(super) fn beside(&self, title: &str, errors: &Errors, pane: Markup) -> Markup {
        let page = self.view.page(title).errors(errors);
        let page = match self.open {
            Some(_) => page.without_heading(),
            None => page,
        };
        let tab = match (self.to_do, self.open) {
            (0, None) => "Inbox".to_owned(),
            (0, Some(_)) => format!("{title} · Inbox"),
            (count, None) => format!("{count} to do · Inbox"),
            (count, Some(_)) => format!("{count} to do · {title} · Inbox"),
        };
        let panes = if self.open.is_some() {
            "panes one"
        } else {
            "panes"
        };
        let page = page.work().tab(tab).count("/inbox", self.to_do);
        page.asset(&STYLE)
            .fills_screen()
            .foot(html! {})
            .show(html! {
                (choices::show(self, &self.senders))
                div class=(panes) {
                    (rows::pane(self))
                    section.pane-letter #letter aria-label="Letter" { (pane) }
                }
            })
    }
}
