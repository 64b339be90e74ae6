//! The list of letters: a row each, dense enough for ten of them on a screen.

use jiff::{SignedDuration, Timestamp};
use maud::{Markup, html};
use pages::components::{Pagination, foreign_text, pagination};
use pages::work::{State as Look, tag};

use super::frame::Inbox;
use super::subject;
use crate::{Task, TaskState};

/// From here on a letter is old.
const OLD: SignedDuration = SignedDuration::from_hours(48);

/// `25 letters`.
pub(super) fn counted(count: u64) -> String {
    match count {
        1 => "1 letter".to_owned(),
        count => format!("{count} letters"),
    }
}

/// The left pane.
pub(super) fn pane(inbox: &Inbox<'_>) -> Markup {
    html! {
        section.pane-list aria-label="Letters" {
            div #tasks data-live {
                p.list-count.small aria-live="polite" { (summary(inbox)) }
                @if !inbox.found.tasks.is_empty() {
                    ol { @for task in &inbox.found.tasks { (row(inbox, task)) } }
                }
                (pagination(&parts(inbox)))
            }
        }
    }
}

fn summary(inbox: &Inbox<'_>) -> String {
    let (found, total) = (&inbox.found, inbox.found.total);
    let of_pages = match found.pages {
        0 | 1 => String::new(),
        pages => format!(", page {} of {pages}", found.page),
    };
    match total {
        0 => "No letter matches.".to_owned(),
        _ if found.is_cut => {
            let all = counted(total);
            format!("The latest {all} found{of_pages}. Search for more words to see fewer.")
        }
        _ => format!("{}{of_pages}.", counted(total)),
    }
}

fn row(inbox: &Inbox<'_>, task: &Task) -> Markup {
    let is_open = inbox.open == Some(task.id);
    let class = if is_open {
        "letter-row here"
    } else {
        "letter-row"
    };
    let address = inbox.view.link(&inbox.filter.letter(task.id));
    html! {
        li class=(class) #{ "row-" (task.id) } {
            a href=(address) title=(subject(task)) aria-current=[is_open.then_some("true")] {
                b { (foreign_text(&task.patient)) }
                span.what { (what(task)) }
            }
            span.meta {
                (age(task.received_at, inbox.now))
                span { (purpose(task)) }
            }
        }
    }
}

/// What it is and from whom.
fn what(task: &Task) -> Markup {
    html! {
        (foreign_text(&task.kind))
        @if let Some(version) = task.version.filter(|version| *version > 1) { " v" (version) }
        ", " (foreign_text(&task.sender))
        @if let Some(user) = &task.assigned_to { span.hush { " · " (user) } }
    }
}

/// What is asked for, or what became of it.
fn purpose(task: &Task) -> Markup {
    match task.state {
        TaskState::Filed => tag(Look::Good, "Filed"),
        TaskState::Returned => tag(Look::Warning, "Returned"),
        TaskState::Archived if task.void => tag(Look::Bad, "Null and void"),
        TaskState::Archived => tag(Look::Quiet, "Replaced"),
        TaskState::Open if task.needs_review => tag(Look::Warning, "Review"),
        TaskState::Open if task.matched == 30004 => tag(Look::Bad, "Deceased"),
        TaskState::Open if task.for_action => tag(Look::Going, "For Action"),
        TaskState::Open => tag(Look::Quiet, "Information"),
    }
}

/// How long ago, in a word; more than two days stand out.
fn age(since: Timestamp, now: Timestamp) -> Markup {
    let age = now.duration_since(since);
    let words = match age.as_hours() {
        hours if hours >= 48 => format!("{} d", hours / 24),
        hours if hours >= 1 => format!("{hours} h"),
        _ if age.as_mins() >= 1 => format!("{} min", age.as_mins()),
        _ => "now".to_owned(),
    };
    let class = if age > OLD { "age age-old" } else { "age" };
    html! { time class=(class) datetime=(since) { (words) } }
}

fn parts(inbox: &Inbox<'_>) -> Pagination {
    let found = &inbox.found;
    let part = |page: u32| {
        let words = format!("Page {page} of {}", found.pages);
        (inbox.view.link(&inbox.filter.at(page)), words)
    };
    Pagination {
        previous: (found.page > 1).then(|| part(found.page - 1)),
        next: (found.page < found.pages).then(|| part(found.page + 1)),
    }
}
