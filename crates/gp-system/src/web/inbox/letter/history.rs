//! Who did what with a letter, and when.

use maud::{Markup, html};
use pages::components::{Outcome, TimelineStep, timeline};

use crate::TaskStep;

pub(super) fn show(history: &[TaskStep]) -> Markup {
    let steps: Vec<TimelineStep> = history.iter().map(step).collect();
    html! {
        article.paper {
            div.paper-head { h2 { "History" } }
            div #history data-live { (timeline(&steps)) }
        }
    }
}

fn step(step: &TaskStep) -> TimelineStep {
    let who = step.who.as_ref();
    TimelineStep {
        title: step.what.clone(),
        place: who.map(|who| format!("by {who}")).unwrap_or_default(),
        content: step
            .note
            .as_ref()
            .map(|note| html! { p.pages-note { (note) } }),
        at: Some(step.at),
        outcome: Outcome::Good,
    }
}
