//! Below the banner: the views of a letter, what it is for, and its place in the list.

use maud::{Markup, html};
use pages::components::time;
use pages::work;

use super::{Around, Letter, Tab};
use crate::web::inbox::{marks, state, version};
use crate::{TaskState, TaskStep};

pub(super) fn show(letter: &Letter, around: &Around<'_>, open: Tab) -> Markup {
    let id = letter.task.id;
    let tabs = tabs(letter);
    let views: Vec<(String, String)> = tabs
        .iter()
        .map(|(tab, words)| (words.clone(), around.to(&tab.path(id))))
        .collect();
    let shown = match open {
        Tab::Control => Tab::Source,
        open => open,
    };
    let place = tabs.iter().position(|(tab, _)| *tab == shown);
    html! {
        div.letter-facts {
            (work::tabs("Views of the letter", &views, place.unwrap_or_default()))
            div.letter-place #letter-place data-live { (facts(letter, around)) }
        }
    }
}

/// The views that this letter has, and their words.
fn tabs(letter: &Letter) -> Vec<(Tab, String)> {
    let counted = |words: &str, count: usize| match count {
        0 => words.to_owned(),
        count => format!("{words} {count}"),
    };
    let mut tabs = vec![(Tab::Text, "Text".to_owned())];
    if letter.document().is_some() {
        tabs.push((Tab::Document, "PDF".to_owned()));
    }
    let found = letter.message.as_ref();
    let found = found.map_or(0, |it| it.errors.saturating_add(it.warnings));
    let steps = letter
        .history
        .iter()
        .filter(|step| is_persons(step))
        .count();
    tabs.extend([
        (Tab::Files, counted("Files", letter.files().len())),
        (
            Tab::Findings,
            counted("Findings", usize::try_from(found).unwrap_or_default()),
        ),
        (Tab::Source, "Source".to_owned()),
        (Tab::Journey, "Journey".to_owned()),
        (Tab::History, counted("History", steps)),
    ]);
    tabs
}

fn is_persons(step: &TaskStep) -> bool {
    step.who.is_some()
}

/// What the letter is for, its version, and where it stands in the list.
fn facts(letter: &Letter, around: &Around<'_>) -> Markup {
    let task = &letter.task;
    html! {
        span { (marks(task)) }
        @if task.state != TaskState::Open { " " (state(task)) }
        " "
        span.hush {
            "Version " (version(task)) " · received " (time(task.received_at))
            @if let Some(user) = &task.assigned_to { " · " (user) }
            @else { " · assigned to nobody" }
        }
        (way(around))
    }
}

/// To the letter before and the one behind, in the list that this one was opened from.
fn way(around: &Around<'_>) -> Markup {
    let Some(place) = &around.place else {
        return html! {};
    };
    let to = |id: crate::TaskId| around.to(&format!("/inbox/{id}"));
    html! {
        nav.letter-way.no-print aria-label="In the list" {
            @if let Some(position) = place.neighbours.position {
                b { (position) " of " (place.total) }
            }
            @if let Some(id) = place.neighbours.previous {
                a #previous href=(to(id)) rel="prev" { "‹ Previous" }
            }
            @if let Some(id) = place.neighbours.next { a #next href=(to(id)) rel="next" { "Next ›" } }
        }
    }
}
