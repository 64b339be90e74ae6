//! What happened within the last hour, day or week: three charts, the same as a table and as a file. From minutes
//! that are kept, so that a restart forgets nothing.

mod drawing;
mod figures;
mod scale;

use axum::extract::{Query, State};
use axum::response::Response;
use exchange::{History, HistoryRange, Spell};
use jiff::SignedDuration;
use maud::{Markup, html};
use pages::work::{WorkTable, segments};
use pages::{CsvFile, Problem};
use serde::Deserialize;

use crate::assets;
use crate::console::{Console, View, problem};

/// Gaps that are named.
const NAMED: usize = 3;

/// How far back, as an address says it.
#[derive(Deserialize, Default)]
#[serde(default)]
pub(crate) struct Wanted {
    range: String,
}

impl Wanted {
    /// A day where it is not said, or not understood.
    pub(crate) fn range(&self) -> HistoryRange {
        match self.range.as_str() {
            "hour" => HistoryRange::Hour,
            "week" => HistoryRange::Week,
            _ => HistoryRange::Day,
        }
    }
}

const RANGES: [(HistoryRange, &str, &str); 3] = [
    (HistoryRange::Hour, "Hour", "hour"),
    (HistoryRange::Day, "Day", "day"),
    (HistoryRange::Week, "Week", "week"),
];

fn name(range: HistoryRange) -> &'static str {
    let found = RANGES.iter().find(|(of, ..)| *of == range);
    found.map_or("day", |(.., name)| name)
}

/// How long one spell of a range is.
fn each(range: HistoryRange) -> SignedDuration {
    match range {
        HistoryRange::Hour => SignedDuration::from_mins(1),
        HistoryRange::Day | HistoryRange::Week => SignedDuration::from_hours(1),
    }
}

/// The charts with the choice of the range before them.
pub(crate) fn section(
    view: &View,
    history: &History,
    range: HistoryRange,
    alarm: Option<u64>,
) -> Markup {
    let spell = match range {
        HistoryRange::Hour => "minute",
        HistoryRange::Day | HistoryRange::Week => "hour",
    };
    html! {
        div.tools {
            h2 { "The last " (name(range)) }
            (ways(view, "/", range))
            span."tiny hush" { "one bar or point " (if spell == "hour" { "an" } else { "a" }) " " (spell)
                " · kept over a restart" (gaps(history)) }
            a."small push" href=(view.link(&format!("/charts?range={}", name(range)))) { "As a table" }
            a.small href=(view.link(&format!("/charts.csv?range={}", name(range)))) { "CSV" }
        }
        div.charts { (figures::all(history, range, alarm)) }
    }
}

fn ways(view: &View, path: &str, range: HistoryRange) -> Markup {
    let ways = RANGES.map(|(_, words, name)| {
        (
            words.to_owned(),
            format!("{}?range={name}", view.link(path)),
        )
    });
    let chosen = RANGES.iter().position(|(of, ..)| *of == range);
    segments("Range of the charts", &ways, chosen.unwrap_or(0))
}

/// When nothing was counted, in words.
fn gaps(history: &History) -> Markup {
    let more = history.gaps.len().saturating_sub(NAMED);
    html! {
        @for (from, to) in history.gaps.iter().rev().take(NAMED) {
            " · no data " (scale::moment(*from)) "–"
            @if scale::moment(*from).get(..6) == scale::moment(*to).get(..6) { (scale::clock(*to, false)) }
            @else { (scale::moment(*to)) }
        }
        @if more > 0 { " and " (more) " earlier" }
    }
}

const COLUMNS: [&str; 10] = [
    "From",
    "Accepted",
    "Delivered",
    "Acknowledged",
    "Refused",
    "Given up",
    "Half within, ms",
    "95 of 100 within, ms",
    "Waiting at most",
    "Oldest waited, s",
];

/// A row without its time; empty where nothing is known.
fn cells(spell: &Spell) -> Vec<String> {
    if !spell.is_known {
        return vec!["no data".to_owned(); COLUMNS.len() - 1];
    }
    let optional = |value: Option<u64>| value.map_or_else(String::new, |value| value.to_string());
    vec![
        spell.accepted.to_string(),
        spell.delivered.to_string(),
        spell.acknowledged.to_string(),
        spell.refused.to_string(),
        spell.failed().to_string(),
        optional(spell.delivery.within(50)),
        optional(spell.delivery.within(95)),
        optional(spell.waiting),
        optional(spell.oldest),
    ]
}

/// The charts' numbers as a table, the latest first.
pub(crate) async fn table(
    view: View,
    State(console): State<Console>,
    Query(wanted): Query<Wanted>,
) -> Result<Markup, Problem> {
    let range = wanted.range();
    let history = console.exchange.history(range).await.map_err(problem)?;
    let mut table = WorkTable::new("What happened, the latest first", &COLUMNS);
    for spell in history.spells.iter().rev() {
        let time = html! { time datetime=(spell.began) { (scale::moment(spell.began)) } };
        let cells = cells(spell).into_iter().map(|cell| html! { (cell) });
        table.row([time].into_iter().chain(cells).collect());
    }
    let content = html! {
        div #chart-table data-live {
            div.tools {
                h2 { "The last " (name(range)) }
                (ways(&view, "/charts", range))
                span."tiny hush" { "UK time" (gaps(&history)) }
                a."small push" href=(view.link(&format!("/charts.csv?range={}", name(range)))) { "CSV" }
            }
            div.sheet { (table.show()) }
        }
    };
    Ok(view
        .page("Charts as a table")
        .breadcrumb("Overview", "/")
        .work()
        .asset(&assets::STYLE)
        .show(content))
}

/// The same as a file, the earliest first.
pub(crate) async fn csv(
    State(console): State<Console>,
    Query(wanted): Query<Wanted>,
) -> Result<Response, Problem> {
    let range = wanted.range();
    let history = console.exchange.history(range).await.map_err(problem)?;
    let mut columns = COLUMNS;
    columns[0] = "From (UTC)";
    let mut file = CsvFile::new(&columns);
    for spell in &history.spells {
        let time = CsvFile::moment(spell.began);
        file.row([time].into_iter().chain(cells(spell)));
    }
    file.download(&format!("exchange {}", name(range)), console.exchange.now())
}
