//! What people did about an update: amended, refused, filed, withdrawn.

use maud::{Markup, html};
use pages::components::{details, foreign_text};
use pages::work::{State, note, tag};
use update_record::{Act, Comparison, Decision};

use super::entry::{decided, outcome};
use super::page::by;
use super::{Reviewed, aside, groups};
use crate::TaskState;
use crate::web::context::View;

/// Acts that the list of all decisions shows; what is older is on record.
const MOST_SHOWN: usize = 500;

/// What became of an update that is no longer open.
pub(super) fn ended(view: &View, reviewed: &Reviewed) -> Markup {
    let (task, stored) = (&reviewed.task, &reviewed.stored);
    let filed = stored.filed_now();
    let address = view.link(&format!("/inbox/{}/review/filed", task.id));
    html! {
        div.gap-low {
            @if task.state == TaskState::Returned {
                (note(State::Bad, html! {
                    b { "Refused as a whole. " } "Nothing of it is in the record. "
                    @if let Some(reason) = &task.reason { "Reason: " (foreign_text(reason)) }
                }))
            }
            @if let Some(newer) = task.replaced_by {
                (note(State::Quiet, html! {
                    b { "Archived. " }
                    a href=(view.link(&format!("/inbox/{newer}/review"))) { "A newer version replaced it" } "."
                }))
            } @else if task.void {
                (note(State::Bad, html! {
                    b { "Null and void: " } "a replacement of it could not be taken, and its sender was told to send \
                    a new one."
                }))
            }
            @if let Some(filed) = filed {
                (note(State::Good, html! {
                    b { "Filed " } "by " (by(&filed.record.filed_by, filed.record.filed_at)) ": "
                    (filed.record.entries.len()) " entries. "
                    a href=(address) { "The record as JSON" }
                }))
            } @else if let Some(filed) = &stored.filed {
                (withdrawal(view, filed))
            }
        }
    }
}

fn withdrawal(view: &View, filed: &crate::Filed) -> Markup {
    let Some(withdrawn) = &filed.withdrawn else {
        return html! {};
    };
    note(
        State::Quiet,
        html! {
            b { "Withdrawn. " } "Filed by " (by(&filed.record.filed_by, filed.record.filed_at)) ", withdrawn by "
            (by(&withdrawn.by, withdrawn.at))
            @if let Some(newer) = withdrawn.replaced_by {
                ", when " a href=(view.link(&format!("/inbox/{newer}/review"))) { "a newer version" } " was filed"
            }
            "."
        },
    )
}

/// What an update replaces, and what filing it does to that.
pub(super) fn replacement(view: &View, reviewed: &Reviewed) -> Markup {
    let link = |id| view.link(&format!("/inbox/{id}/review"));
    let earlier = match (&reviewed.stored.before, reviewed.task.replaces) {
        (None, None) => return html! {},
        (Some(before), _) => html! {
            b { "A new version. " } "It replaces "
            a href=(link(before.task)) { "what was filed" } " by "
            (by(&before.record.filed_by, before.record.filed_at))
            ". Each entry stands beside what was filed in its place. Filing this one withdraws all of that; refusing \
             it leaves that as it is."
        },
        (None, Some(replaced)) => html! {
            b { "A new version. " } "Nothing of "
            a href=(link(replaced)) { "the version before" }
            " is filed now, and no decision about it counts here."
        },
    };
    html! { div.gap-low { (note(State::Going, earlier)) } }
}

/// What was filed before and is not sent any more.
pub(super) fn withdrawn(reviewed: &Reviewed, comparison: &Comparison<'_>) -> Markup {
    let words = match reviewed.task.state {
        TaskState::Open => "Withdrawn when this version is filed",
        _ => "Not in this version",
    };
    html! {
        @if !comparison.withdrawn.is_empty() {
            h3.kind { "Filed before, and not in this version" }
            @for entry in &comparison.withdrawn {
                div.entry.entry-text {
                    div { del { (foreign_text(entry.line())) } }
                    div { (tag(State::Warning, words)) }
                }
            }
        }
    }
}

/// What was amended or refused, and every decision with who made it when.
pub(super) fn changed_here(reviewed: &Reviewed) -> Markup {
    let review = &reviewed.stored.review;
    let entries = &review.record().entries;
    let last: Vec<&Act> = (0..entries.len())
        .filter_map(|place| review.decided(place))
        .collect();
    let changed = last.iter().filter(|act| {
        matches!(
            act.decision,
            Decision::Amended(_) | Decision::Refused { .. }
        )
    });
    let latest = review.acts().last();
    aside::sheet(
        "changed-here",
        "Changed here",
        html! {
            div.stack.small {
                div #review-saved data-live {
                    @if let Some(act) = latest { "Last decision: " (by(&act.by, act.at)) "." }
                    @else { "Nothing is decided yet." }
                }
                @for act in changed { (change(reviewed, act)) }
                @if !review.acts().is_empty() {
                    (details(&format!("All {} decisions", review.acts().len()), html! {
                        ul.review-acts {
                            @for act in review.acts().iter().rev().take(MOST_SHOWN) { (listed(reviewed, act)) }
                        }
                    }))
                }
            }
        },
    )
}

fn change(reviewed: &Reviewed, act: &Act) -> Markup {
    let entry = reviewed.stored.review.record().entries.get(act.entry);
    html! {
        div {
            b { (foreign_text(entry.map(groups::name).unwrap_or_default())) }
            @if let Some(entry) = entry { (outcome(entry, &act.decision)) }
            @if let (Some(entry), Decision::Amended(_)) = (entry, &act.decision) {
                div { "Came as: " (foreign_text(entry.line())) }
            }
            div.hush { (by(&act.by, act.at)) ". Original kept." }
        }
    }
}

fn listed(reviewed: &Reviewed, act: &Act) -> Markup {
    let entry = reviewed.stored.review.record().entries.get(act.entry);
    html! {
        li {
            (by(&act.by, act.at)) ": " (foreign_text(entry.map(groups::name).unwrap_or_default()))
            " " (decided(&act.decision))
        }
    }
}
