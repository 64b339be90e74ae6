//! Pieces of pages of work: states, tabs, facts and notes. All text given to them is escaped.

use maud::{Markup, html};

/// How something is. Its colour always stands beside a word.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    /// As it should be.
    Good,
    /// Failed or refused.
    Bad,
    /// Wants attention, nothing is lost.
    Warning,
    /// Under way.
    Going,
    /// Past, or of no consequence.
    Quiet,
}

/// A state in a word or two.
pub fn tag(state: State, words: &str) -> Markup {
    let class = match state {
        State::Good => "tag tag-ok",
        State::Bad => "tag tag-bad",
        State::Warning => "tag tag-warn",
        State::Going => "tag tag-go",
        State::Quiet => "tag tag-off",
    };
    html! { span class=(class) { (words) } }
}

/// What has to be read before the rest, with a state's colour at its edge.
pub fn note(state: State, content: Markup) -> Markup {
    let class = match state {
        State::Good => "note note-ok",
        State::Bad => "note note-bad",
        State::Warning => "note note-warn",
        State::Going | State::Quiet => "note",
    };
    html! { div class=(class) { (content) } }
}

/// Views of one thing, each with its name and address, and the one that is open by its place in the list.
pub fn tabs(label: &str, views: &[(String, String)], open: usize) -> Markup {
    links(label, "tabs", "page", views, open)
}

/// Ways to show the same view, with the one chosen by its place in the list.
pub fn segments(label: &str, ways: &[(String, String)], chosen: usize) -> Markup {
    links(label, "seg", "true", ways, chosen)
}

fn links(
    label: &str,
    class: &str,
    word: &str,
    links: &[(String, String)],
    current: usize,
) -> Markup {
    html! {
        nav class=(class) aria-label=(label) {
            @for (index, (name, address)) in links.iter().enumerate() {
                a href=(address) aria-current=[(index == current).then_some(word)] { (name) }
            }
        }
    }
}

/// What is known of one thing: name and value.
pub fn facts(list: &[(&str, Markup)]) -> Markup {
    html! {
        dl.facts { @for (name, value) in list { dt { (name) } dd { (value) } } }
    }
}

/// Says that a page renews itself.
pub fn live_sign() -> Markup {
    html! { span.live { "Live" } }
}
