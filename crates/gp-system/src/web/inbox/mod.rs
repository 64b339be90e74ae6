//! The workflow inbox: its list, one task with its document, and the work on it.

pub(super) mod filter;
pub(super) mod list;
mod narrative;
mod sections;
pub(super) mod task;
pub(super) mod work;

use maud::{Markup, html};
use pages::components::{Colour, tag, visible};

use crate::{Task, TaskState};

fn subject(task: &Task) -> String {
    if task.subject.trim().is_empty() {
        "Document without a subject".to_owned()
    } else {
        visible(&task.subject)
    }
}

/// Where a task is worked on: an Update Record is filed by its review, entry by entry.
fn address(task: &Task) -> String {
    let page = if task.needs_review { "/review" } else { "" };
    format!("/inbox/{}{page}", task.id)
}

fn version(task: &Task) -> String {
    task.version
        .map_or_else(|| "not stated".to_owned(), |version| version.to_string())
}

fn state(task: &Task) -> Markup {
    let colour = match task.state {
        TaskState::Open => Colour::Blue,
        TaskState::Filed => Colour::Green,
        TaskState::Returned => Colour::Orange,
        TaskState::Archived => Colour::Grey,
    };
    tag(colour, &task.state.to_string())
}

/// What a person must see at a glance, beside the state.
fn marks(task: &Task) -> Markup {
    html! {
        @if task.for_action { (tag(Colour::Purple, "For Action")) }
        @else { (tag(Colour::Grey, "For Information")) }
        @if task.matched == 30004 { " " (tag(Colour::Red, "Patient recently deceased")) }
        @if task.void { " " (tag(Colour::Red, "Null and void")) }
        @if task.replaced_by.is_some() { " " (tag(Colour::Grey, "Replaced")) }
        @if task.replaces.is_some() { " " (tag(Colour::Yellow, "Replacement")) }
        @if task.needs_review { " " (tag(Colour::Purple, "Update Record")) }
        @if task.repeats > 0 { " " (tag(Colour::Yellow, "Duplicate arrived")) }
    }
}
