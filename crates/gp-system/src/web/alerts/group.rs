//! One group of open alerts: what happened, what to do, its rows, and the form to deal with them.

use jiff::Timestamp;
use maud::{Markup, html};
use pages::components::{foreign_text, time};

use super::filter::Filter;
use super::settled::step;
use super::{subject, words};
use crate::web::age;
use crate::web::context::View;
use crate::web::role::PracticePermission::Act;
use crate::{AlertGroup, AlertRow};

/// Where a group is shown.
pub(super) struct Shown<'a> {
    pub(super) view: &'a View,
    pub(super) filter: &'a Filter,
    pub(super) now: Timestamp,
}

/// The group with these of its rows; `whole` on its own page.
pub(super) fn show(
    shown: &Shown<'_>,
    group: &AlertGroup,
    rows: &[AlertRow],
    whole: bool,
) -> Markup {
    let (happened, advice) = words(&group.what);
    let heading = format!("group-{}", group.first);
    let counted = match group.count {
        1 => "1 alert".to_owned(),
        count => format!("{count} alerts"),
    };
    html! {
        section.sheet.alert-group aria-labelledby=(heading) {
            div.sheet-head {
                h3 id=(heading) { (foreign_text(happened)) }
                p.small.hush {
                    (counted)
                    @if group.count > 1 { ", oldest " (age::waiting(group.oldest, shown.now)) }
                    " · " (group.kind.title())
                }
            }
            @if !advice.is_empty() { p.alert-advice.small { (foreign_text(advice)) } }
            @if shown.view.session().may(Act) {
                (shown.view.form("/alerts", html! {
                    (list(shown, group, rows, whole))
                    (deal(shown, group, &heading))
                }))
            } @else { (list(shown, group, rows, whole)) }
        }
    }
}

fn list(shown: &Shown<'_>, group: &AlertGroup, rows: &[AlertRow], whole: bool) -> Markup {
    let chooses = group.count > 1 && shown.view.session().may(Act);
    let more = view_all(shown, group, rows, whole);
    html! {
        ul.alert-rows {
            @for row in rows { li { (one(shown, row, chooses)) } }
        }
        (more)
    }
}

fn view_all(shown: &Shown<'_>, group: &AlertGroup, rows: &[AlertRow], whole: bool) -> Markup {
    let is_cut = u64::try_from(rows.len()).is_ok_and(|shown| shown < group.count);
    html! {
        @if is_cut && !whole {
            p.alert-more.small {
                a href=(shown.view.link(&shown.filter.only(group.first).address())) {
                    "Show all " (group.count) " alerts of this group"
                }
            }
        }
    }
}

fn one(shown: &Shown<'_>, row: &AlertRow, chooses: bool) -> Markup {
    let alert = &row.alert;
    html! {
        @if chooses {
            label.alert-choice for=(format!("alert-{}", alert.id)) {
                span.unseen { "Choose alert " (alert.id) ": " (name(row)) }
                input id=(format!("alert-{}", alert.id)) type="checkbox" name="alert" value=(alert.id);
            }
        }
        span.alert-what { (subject(shown.view, &row.subject)) }
        @for done in &row.steps { span.small.hush { (step(done)) } }
        span.alert-when.small { (time(alert.at)) ", " (age::waiting(alert.at, shown.now)) }
    }
}

/// What an alert is about, for who hears the page.
fn name(row: &AlertRow) -> String {
    match &row.subject {
        crate::AlertSubject::Consultation { patient, .. }
        | crate::AlertSubject::Letter { patient, .. } => pages::components::visible(patient),
        crate::AlertSubject::Message { number, .. } => format!("message {number}"),
        crate::AlertSubject::File(name) => format!("file {}", pages::components::visible(name)),
        crate::AlertSubject::Other => "no letter or consultation".to_owned(),
    }
}

fn deal(shown: &Shown<'_>, group: &AlertGroup, heading: &str) -> Markup {
    let note = format!("note-{}", group.first);
    let all = match group.count {
        1 => "Mark as dealt with".to_owned(),
        count => format!("Mark all {count} as dealt with"),
    };
    html! {
        div.alert-deal {
            @for (name, value) in shown.filter.fields() {
                @if name != "act" { input type="hidden" name=(name) value=(value); }
            }
            input type="hidden" name="like" value=(group.first);
            input type="hidden" name="up_to" value=(group.latest);
            label.field for=(note) { "What you did about it (optional)" }
            input.input id=(note) name="note" type="text" maxlength="4000" aria-describedby=(heading);
            @if group.count > 1 {
                button.btn type="submit" name="deal" value="chosen" aria-describedby=(heading) {
                    "Mark chosen as dealt with"
                }
            }
            button.btn type="submit" name="deal" value="all" aria-describedby=(heading) { (all) }
        }
    }
}
