//! The workflow inbox: its list beside the letter opened from it, and the work on letters.

mod acts;
mod choices;
mod empty;
pub(super) mod filter;
mod frame;
pub(super) mod keys;
pub(in crate::web) mod letter;
pub(super) mod list;
pub(super) mod open;
mod rows;
pub(super) mod several;
pub(super) mod undo;
pub(super) mod views;
pub(super) mod work;

use maud::{Markup, html};
use pages::SiteAsset;
use pages::components::{Colour, tag, visible};

use crate::{Task, TaskState};

/// The rules of the inbox beside those of all pages of work.
pub(super) static STYLE: SiteAsset =
    SiteAsset::style("inbox.css", include_str!("../../../assets/inbox.css"));

/// Keys, how many are chosen, and rows that stay where they are.
pub(super) static SCRIPT: SiteAsset =
    SiteAsset::script("inbox.js", include_str!("../../../assets/inbox.js"));

fn subject(task: &Task) -> String {
    if task.subject.trim().is_empty() {
        "Document without a subject".to_owned()
    } else {
        visible(&task.subject)
    }
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
