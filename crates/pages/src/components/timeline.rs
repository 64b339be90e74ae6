//! What happened one after the other.

use jiff::{SignedDuration, Timestamp};
use maud::{Markup, html};

use super::text::time;

/// How a step went.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// As it should.
    Good,
    /// It waits, or is tried again.
    Waits,
    /// It failed.
    Failed,
    /// A person or the other side still has to do it.
    Open,
}

/// One step of what happened.
pub struct TimelineStep {
    /// What, in a few words.
    pub title: String,
    /// Where or by whom; may be empty.
    pub place: String,
    /// More about it.
    pub content: Option<Markup>,
    /// When; `None` while it has not happened.
    pub at: Option<Timestamp>,
    /// How it went.
    pub outcome: Outcome,
}

/// Steps in their order, each with the time since the one before.
pub fn timeline(steps: &[TimelineStep]) -> Markup {
    let before = steps.iter().scan(None, |last, step| {
        let before: Option<Timestamp> = *last;
        *last = step.at.or(before);
        Some(before)
    });
    html! {
        ol.pages-timeline {
            @for (step, before) in steps.iter().zip(before) {
                li class=(class(step.outcome)) { (step_of(step, before)) }
            }
        }
    }
}

fn step_of(step: &TimelineStep, before: Option<Timestamp>) -> Markup {
    let since = step
        .at
        .zip(before)
        .map(|(at, before)| at.duration_since(before));
    html! {
        div.pages-timeline__title {
            @match step.outcome {
                Outcome::Failed => span.nhsuk-u-visually-hidden { "Failed: " },
                Outcome::Waits => span.nhsuk-u-visually-hidden { "Waiting: " },
                Outcome::Open => span.nhsuk-u-visually-hidden { "To come: " },
                Outcome::Good => {}
            }
            (step.title)
        }
        @if !step.place.is_empty() { div.pages-timeline__place { (step.place) } }
        @if let Some(at) = step.at {
            div.pages-timeline__time {
                (time(at))
                @if let Some(since) = since { span { " (" (elapsed(since)) " later)" } }
            }
        }
        @if let Some(content) = &step.content { div { (content) } }
    }
}

fn class(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Good => "pages-timeline__step",
        Outcome::Waits => "pages-timeline__step pages-timeline__step--waits",
        Outcome::Failed => "pages-timeline__step pages-timeline__step--failed",
        Outcome::Open => "pages-timeline__step pages-timeline__step--open",
    }
}

/// A duration in its largest fitting unit.
pub fn elapsed(duration: SignedDuration) -> String {
    let milliseconds = duration.as_millis().max(0);
    match milliseconds {
        0..1_000 => format!("{milliseconds} ms"),
        1_000..60_000 => format!("{:.1} s", duration.as_secs_f64()),
        60_000..3_600_000 => format!("{} min", milliseconds / 60_000),
        3_600_000..172_800_000 => format!("{} h", milliseconds / 3_600_000),
        _ => format!("{} days", milliseconds / 86_400_000),
    }
}
