//! The alerts that were dealt with: when, by whom, with which words.

use maud::{Markup, html};
use pages::components::{foreign_text, time};
use pages::work::WorkTable;

use super::filter::Filter;
use super::list::parts;
use super::{subject, words};
use crate::web::context::View;
use crate::web::role::PracticePermission::Act;
use crate::{AlertDeed, AlertPage, AlertRow, AlertStep, Settlement};

pub(super) fn show(view: &View, filter: &Filter, page: &AlertPage) -> Markup {
    html! {
        h2.gap-low { "Alerts dealt with" }
        @if page.rows.is_empty() { p { "None." } }
        @else {
            div.sheet { (table(view, filter, &page.rows)) }
        }
        (parts(view, filter, page.page, page.pages))
    }
}

fn table(view: &View, filter: &Filter, rows: &[AlertRow]) -> Markup {
    let acts = view.session().may(Act);
    let columns = ["Alert", "About", "Raised", "Dealt with", "Note", "Change"];
    let columns = if acts { &columns[..] } else { &columns[..5] };
    let mut table = WorkTable::new("Alerts dealt with, the latest first", columns);
    for row in rows {
        let alert = &row.alert;
        let settlement = alert.settled.as_ref();
        let note = settlement.and_then(|settled| settled.note.as_deref());
        let mut cells = vec![
            html! { (foreign_text(words(&alert.what).0)) },
            subject(view, &row.subject),
            time(alert.at),
            html! {
                @if let Some(settled) = settlement { (by(settled)) }
                @for before in row.steps.iter().rev().skip(1) { div.small.hush { (step(before)) } }
            },
            html! { @match note { Some(note) => (foreign_text(note)), None => "none" } },
        ];
        if acts {
            cells.push(reopen(view, filter, alert.id));
        }
        table.row(cells);
    }
    table.show()
}

fn reopen(view: &View, filter: &Filter, id: i64) -> Markup {
    view.form(
        &format!("/alerts/{id}/reopen"),
        html! {
            @for (name, value) in filter.fields() {
                @if name != "act" { input type="hidden" name=(name) value=(value); }
            }
            button.btn.btn-sm type="submit" { "Reopen" span.unseen { " alert " (id) } }
        },
    )
}

/// `22 Nov 2026, 09:00:00 by jo`.
pub(in crate::web) fn by(settlement: &Settlement) -> Markup {
    html! {
        (time(settlement.at))
        @match &settlement.who {
            Some(who) => { " by " (foreign_text(who)) },
            None => " by somebody who is not noted",
        }
    }
}

/// One step of what was done with an alert.
pub(super) fn step(step: &AlertStep) -> Markup {
    let deed = match step.deed {
        AlertDeed::Settled => "Dealt with ",
        AlertDeed::Reopened => "Reopened ",
    };
    html! { (deed) (by(&step.how)) ". " }
}
