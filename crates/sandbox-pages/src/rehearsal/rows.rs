//! The 48 rows, each with the message and the finding that decided it.

use maud::{Markup, html};
use pages::work::{self, State as Look, WorkTable};
use rehearsal::Verdict;
use rehearsal::sender::Standing;

const COLUMNS: [&str; 5] = [
    "Row",
    "What has to be shown",
    "Result",
    "Decided by",
    "Messages",
];

pub(super) fn content(standing: &Standing) -> Markup {
    let mut table = WorkTable::new("Rows of the conformance list", &COLUMNS);
    for result in &standing.outcome.rows {
        let look = match result.verdict {
            Verdict::Pass => Look::Good,
            Verdict::Fail => Look::Bad,
            Verdict::Open => Look::Warning,
            Verdict::NotApplicable => Look::Quiet,
        };
        table.row(vec![
            html! { (result.id) },
            html! { (result.title) },
            work::tag(look, result.verdict.words()),
            html! { (result.note) @if let Some(finding) = &result.first_finding { " " (finding) } },
            html! { (result.message_list()) },
        ]);
    }
    html! {
        div.rehearsal-lead { h1 { "The 48 rows" } }
        section.sheet #rows data-live aria-label="Rows" { (table.show()) }
    }
}
