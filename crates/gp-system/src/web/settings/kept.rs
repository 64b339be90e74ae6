//! How long things are kept, and what was removed.

use maud::{Markup, html};
use pages::components::{Column, DataTable, SummaryRow, summary_list};

use crate::{Removal, Retention};

pub(super) fn show(kept: &Retention, removals: &[Removal]) -> Markup {
    let table = DataTable::new(
        "What was removed",
        vec![Column::text("Day"), Column::text("Removed")],
    )
    .rows(removals.iter().map(|removal| {
        let day = removal.day.strftime("%-d %b %Y");
        vec![html! { (day) }, html! { (removal.removed) }]
    }));
    html! {
        h2.nhsuk-heading-m #retention { "How long things are kept" }
        (summary_list(&[
            SummaryRow::text("Documents that were filed, returned or archived", kept.documents_days),
            SummaryRow::text("Messages that were refused", kept.refused_days),
            SummaryRow::text("Consultations and their reports", kept.consultations_days),
            SummaryRow::text("Acknowledgements and reports that arrived", kept.answers_days),
            SummaryRow::text("Alerts that were dealt with", kept.alerts_days),
        ]))
        p { "Open tasks are never removed, nor what an open alert is about." }
        @if removals.is_empty() { p { "Nothing has been removed yet." } }
        @else { (table.show()) }
    }
}
