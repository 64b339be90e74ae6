//! The practice's list of patients: what was read of it, by line numbers and reasons, never content.

use maud::{Markup, html};
use pages::components::{
    Column, DataTable, SummaryRow, foreign_text, summary_list, time, warning_callout,
};

use crate::PatientListStanding;

pub(super) fn show(list: Option<&PatientListStanding>) -> Markup {
    html! {
        h2.nhsuk-heading-m #patients { "List of patients" }
        @match list {
            None => p {
                "None: the configuration names no list, so that nobody is known here and every letter is answered \
                 30002 (not known here)."
            },
            Some(list) => (standing(list)),
        }
    }
}

fn standing(list: &PatientListStanding) -> Markup {
    let read = list.read_at.map_or_else(|| html! { "not yet" }, time);
    html! {
        @if let Some(failure) = &list.failure {
            (warning_callout("The list has changed and cannot be read", html! {
                p { "The list read before stays in force." }
                p { (foreign_text(failure)) }
            }))
        }
        (summary_list(&[
            SummaryRow::text("File", list.path.display()),
            SummaryRow::new("Read", read),
            SummaryRow::text("Patients taken", list.patients),
            SummaryRow::text("Rows refused", list.refused),
        ]))
        @if list.refused > 0 { (refused(list)) }
    }
}

fn refused(list: &PatientListStanding) -> Markup {
    let row = |line: &u64| {
        vec![
            html! { (line) },
            html! { "no date of birth that can be read for certain: write YYYY-MM-DD, DD/MM/YYYY or DD-Mon-YYYY" },
        ]
    };
    let columns = vec![Column::text("Line"), Column::text("Why it was refused")];
    let table = DataTable::new("Rows that were refused", columns)
        .rows(list.lines.iter().map(row))
        .show();
    html! {
        p { "Letters about these patients are answered 30002 (not known here)." }
        (table)
        @if list.refused > list.lines.len() { p { "The first " (list.lines.len()) " are shown." } }
    }
}
