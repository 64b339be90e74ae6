//! The list of letters: a row each, dense enough for ten of them on a screen.

use jiff::Timestamp;
use maud::{Markup, html};
use pages::components::{Pagination, foreign_text, pagination, visible};
use pages::work::{State as Look, tag};

use super::frame::{Inbox, OLD};
use super::{empty, several, subject};
use crate::web::role::PracticePermission::Act;
use crate::{PatientMatch, Task, TaskState};

/// `25 letters`.
pub(super) fn counted(count: u64) -> String {
    match count {
        1 => "1 letter".to_owned(),
        count => format!("{count} letters"),
    }
}

/// The left pane.
pub(super) fn pane(inbox: &Inbox<'_>) -> Markup {
    let rows = inbox.found.tasks.iter().zip(&inbox.matches);
    html! {
        section.pane-list aria-label="Letters" {
            (head(inbox))
            @if inbox.found.total == 0 { div #letters data-live { (empty::why(inbox)) } }
            @else {
                ol #letters data-live data-rows {
                    @for (task, compared) in rows { (row(inbox, task, compared)) }
                }
            }
            div #more data-live { (pagination(&parts(inbox))) }
        }
    }
}

/// How many there are, and what is done with those that are chosen.
fn head(inbox: &Inbox<'_>) -> Markup {
    let to = |path: &str| inbox.view.link(&inbox.filter.within(path));
    let may_act = inbox.view.session().may(Act);
    html! {
        div.bulk {
            span #count data-live aria-live="polite" { (summary(inbox)) }
            form #several method="post" action=(to("/inbox/export")) autocomplete="off" aria-label="With the letters chosen" {
                (inbox.view.token_field())
                @if may_act {
                    button.btn.btn-sm type="submit" data-several formaction=(to("/inbox/several/file")) { "File …" }
                    button.btn.btn-sm type="submit" formaction=(to("/inbox/several/assign")) { "Assign …" }
                }
                button.btn.btn-sm type="submit" { "Export" }
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

fn row(inbox: &Inbox<'_>, task: &Task, compared: &PatientMatch) -> Markup {
    let is_open = inbox.open == Some(task.id);
    let is_new = task.opened_at.is_none() && task.state == TaskState::Open;
    let class = match (is_open, is_new) {
        (true, true) => "letter-row here new",
        (true, false) => "letter-row here",
        (false, true) => "letter-row new",
        (false, false) => "letter-row",
    };
    let address = inbox.view.link(&inbox.filter.letter(task.id));
    let kept_out = several::kept_out(task, compared);
    html! {
        li class=(class) #{ "row-" (task.id) } {
            label {
                span.unseen { "Choose " (visible(&task.patient)) ", task " (task.number) }
                input #{ "choose-" (task.id) } type="checkbox" name="task" value=(task.id) form="several"
                    autocomplete="off" data-kept-out=[kept_out];
            }
            a href=(address) title=(subject(task)) aria-current=[is_open.then_some("true")] {
                b { (foreign_text(&task.patient)) }
                @if is_new { span.unseen { ", not opened yet: " } }
                span.what { (what(task)) }
            }
            span.meta {
                (age(task.received_at, inbox.now))
                span { (purpose(task, compared)) }
            }
        }
    }
}

/// What it is and from whom.
pub(super) fn what(task: &Task) -> Markup {
    html! {
        (foreign_text(&task.kind))
        @if let Some(version) = task.version.filter(|version| *version > 1) { " v" (version) }
        @if task.replaces.is_some() { ", replaces an earlier one" }
        ", " (foreign_text(&task.sender))
        @if let Some(user) = &task.assigned_to { span.hush { " · " (user) } }
    }
}

/// What is asked for, or what became of it.
fn purpose(task: &Task, compared: &PatientMatch) -> Markup {
    match task.state {
        TaskState::Filed => tag(Look::Good, "Filed"),
        TaskState::Returned => tag(Look::Warning, "Returned"),
        TaskState::Archived if task.void => tag(Look::Bad, "Null and void"),
        TaskState::Archived => tag(Look::Quiet, "Replaced"),
        TaskState::Open if differs(compared) => tag(Look::Bad, "Check the patient"),
        TaskState::Open if task.matched == 30004 => tag(Look::Bad, "Deceased"),
        TaskState::Open if task.needs_review => tag(Look::Warning, "Update Record"),
        TaskState::Open if task.for_action => tag(Look::Going, "For Action"),
        TaskState::Open => tag(Look::Quiet, "Information"),
    }
}

/// Whether the practice's list says something else: not where there is nothing to compare with.
fn differs(compared: &PatientMatch) -> bool {
    match compared {
        PatientMatch::Listed { .. } => !compared.is_full(),
        PatientMatch::NotListed => true,
        PatientMatch::NoList | PatientMatch::NotKept => false,
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
