//! The page of the alerts: filters above, groups or those dealt with below.

use axum::extract::{Query, State};
use maud::{Markup, html};
use pages::Problem;
use pages::components::{Pagination, pagination};
use pages::work::segments;

use super::filter::Filter;
use super::group::{self, Shown};
use super::settled;
use crate::web::context::{Pages, View};
use crate::web::lists;
use crate::web::role::PracticePermission::Act;
use crate::{AlertGroup, AlertGroups, AlertKind, AlertPage, Practice, PracticeError, Waiting};

/// What one look at the records found.
struct Found {
    kinds: Vec<(AlertKind, Waiting)>,
    tasks: u64,
    /// Alerts that the act of the address dealt with and that nobody touched since.
    undoable: u32,
    shown: What,
}

enum What {
    Groups(AlertGroups),
    /// One group whole; none when nothing of it is open.
    One(Option<(AlertGroup, AlertPage)>),
    Done(AlertPage),
}

impl Found {
    fn open(&self) -> u64 {
        self.kinds
            .iter()
            .map(|(_, open)| u64::from(open.count))
            .sum()
    }
}

fn look(practice: &Practice, filter: &Filter) -> Result<Found, PracticeError> {
    let shown = match filter.group() {
        _ if filter.is_done() => {
            What::Done(practice.alerts_dealt_with(filter.kind(), filter.page())?)
        }
        Some(like) => What::One(practice.alert_group(like, filter.page())?),
        None => What::Groups(practice.alert_groups(filter.kind(), filter.page())?),
    };
    Ok(Found {
        kinds: practice.alerts_by_kind()?,
        tasks: practice.counts()?.tasks,
        undoable: match filter.act() {
            Some(act) => practice.undoable_alerts(act, practice.user())?,
            None => 0,
        },
        shown,
    })
}

/// What is to be dealt with, and how the rest was dealt with.
pub(in crate::web) async fn page(
    view: View,
    State(pages): State<Pages>,
    Query(filter): Query<Filter>,
) -> Result<Markup, Problem> {
    let asked = filter.clone();
    let found = pages
        .ask(&view, move |practice| look(practice, &asked))
        .await?;
    let open = found.open();
    let tab = match open {
        0 => "Alerts".to_owned(),
        open => format!("{open} to deal with · Alerts"),
    };
    let page = view.page("Alerts").work().tab(tab);
    let page = page.count("/inbox", found.tasks).count("/alerts", open);
    let shown = Shown {
        view: &view,
        filter: &filter,
        now: pages.practice.inner().now(),
    };
    Ok(page.asset(&lists::STYLE).show(html! {
        (undo(&view, &filter, found.undoable))
        div #alerts data-live {
            (choices(&view, &filter, &found))
            (content(&shown, &found))
        }
    }))
}

/// What was just done, and the way back.
fn undo(view: &View, filter: &Filter, undoable: u32) -> Markup {
    let said = match undoable {
        1 => "1 alert is marked as dealt with.".to_owned(),
        count => format!("{count} alerts are marked as dealt with."),
    };
    html! {
        @if let Some(act) = filter.act().filter(|_| undoable > 0 && view.session().may(Act)) {
            div.note.note-ok.undo role="status" {
                p { (said) }
                (view.form("/alerts/undo", html! {
                    input type="hidden" name="act" value=(act);
                    button.btn.btn-sm type="submit" { "Undo" }
                }))
            }
        }
    }
}

fn choices(view: &View, filter: &Filter, found: &Found) -> Markup {
    let (is_done, chosen, open) = (filter.is_done(), filter.kind(), found.open());
    let to_do = if open > 0 {
        format!("To deal with {open}")
    } else {
        "To deal with".to_owned()
    };
    let states = [
        (to_do, view.link(&filter.done(false).address())),
        (
            "Dealt with".to_owned(),
            view.link(&filter.done(true).address()),
        ),
    ];
    // Of the open ones only kinds that there are, or that was chosen.
    let kinds = found
        .kinds
        .iter()
        .filter(|(kind, open)| is_done || open.count > 0 || chosen == Some(*kind));
    html! {
        div.tools {
            (segments("Alerts", &states, usize::from(is_done)))
            nav.chips aria-label="Kinds of alerts" {
                a.chip href=(view.link(&filter.of_kind(None).address()))
                    aria-current=[chosen.is_none().then_some("true")] { "All kinds" }
                @for (kind, open) in kinds {
                    a.chip href=(view.link(&filter.of_kind(Some(*kind)).address()))
                        aria-current=[(chosen == Some(*kind)).then_some("true")] {
                        (kind.title())
                        @if !is_done && open.count > 0 { " " (open.count) }
                    }
                }
            }
        }
    }
}

fn content(shown: &Shown<'_>, found: &Found) -> Markup {
    let (view, filter) = (shown.view, shown.filter);
    match &found.shown {
        What::Done(page) => settled::show(view, filter, page),
        What::One(None) => html! {
            h2 { "No alerts of this group are left" }
            p.gap-top { a href=(view.link("/alerts")) { "Show all alerts to deal with" } }
        },
        What::One(Some((group, page))) => html! {
            p.gap-low { a href=(view.link(&filter.of_kind(filter.kind()).address())) {
                "Back to all groups of alerts"
            } }
            h2.gap-low { "Alerts to deal with" }
            (group::show(shown, group, &page.rows, true))
            (parts(view, filter, page.page, page.pages))
        },
        What::Groups(groups) if groups.total == 0 => html! {
            h2 { "No alerts" }
            p.gap-top {
                @if found.open() > 0 {
                    "None of this kind. "
                    a href=(view.link("/alerts")) { "Show all " (found.open()) " alerts to deal with" }
                } @else {
                    "Nothing needs attention. New alerts appear here by themselves."
                }
            }
        },
        What::Groups(groups) => html! {
            h2.gap-low { "Alerts to deal with" }
            @for group in &groups.groups { (group::show(shown, group, &group.rows, false)) }
            (parts(view, filter, groups.page, groups.pages))
        },
    }
}

/// Links to the pages before and after this one.
pub(super) fn parts(view: &View, filter: &Filter, page: u32, pages: u32) -> Markup {
    let part = |page: u32| {
        let words = format!("Page {page} of {pages}");
        (view.link(&filter.at(page).address()), words)
    };
    pagination(&Pagination {
        previous: (page > 1).then(|| part(page - 1)),
        next: (page < pages).then(|| part(page + 1)),
    })
}
