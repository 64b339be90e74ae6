//! Small charts drawn on the server: a picture with its meaning in words, and the numbers as a
//! table for who cannot or would not see it.

use jiff::Timestamp;
use jiff::tz::TimeZone;
use maud::{Markup, html};
use pages::components::{Column, DataTable, details};

use crate::labels::none;

const WIDTH: f64 = 320.0;
const HEIGHT: f64 = 110.0;
const TOP: f64 = 16.0;
const BOTTOM: f64 = 92.0;

/// A count for each minute.
pub(crate) struct Bars<'a> {
    pub(crate) title: &'a str,
    pub(crate) unit: &'a str,
    pub(crate) times: &'a [Timestamp],
    pub(crate) values: &'a [u64],
    pub(crate) failed: bool,
}

impl Bars<'_> {
    pub(crate) fn draw(&self) -> Markup {
        let highest = self.values.iter().copied().max().unwrap_or_default();
        let total: u64 = self.values.iter().sum();
        let words = format!("{total} in the last hour, at most {highest} in a minute");
        let class = if self.failed {
            "pages-chart__bar pages-chart__bar--failed"
        } else {
            "pages-chart__bar"
        };
        let step = step(self.values.len());
        let picture = html! {
            @for (index, value) in self.values.iter().enumerate().filter(|(_, value)| **value > 0) {
                @let top = height_of(*value, highest);
                rect class=(class) x=(round(place(index, step))) y=(round(top))
                    width=(round((step - 1.0).max(1.0))) height=(round(BOTTOM - top)) {}
            }
        };
        let rows = self
            .times
            .iter()
            .zip(self.values)
            .filter(|(_, value)| **value > 0)
            .map(|(at, value)| vec![html! { (clock(*at)) }, html! { (value) }]);
        let columns = vec![Column::text("Minute"), Column::numeric(self.unit)];
        let numbers = DataTable::new(self.title, columns)
            .hide_caption()
            .rows(rows)
            .show();
        framed(
            self.title, self.unit, &words, self.times, highest, picture, numbers,
        )
    }
}

/// The middle and the high end of a duration for each minute.
pub(crate) struct Lines<'a> {
    pub(crate) title: &'a str,
    pub(crate) unit: &'a str,
    pub(crate) times: &'a [Timestamp],
    /// Half are quicker.
    pub(crate) half: &'a [Option<u64>],
    /// Nineteen of twenty are quicker.
    pub(crate) most: &'a [Option<u64>],
}

impl Lines<'_> {
    pub(crate) fn draw(&self) -> Markup {
        let highest = self
            .most
            .iter()
            .flatten()
            .copied()
            .max()
            .unwrap_or_default();
        let last = self
            .half
            .iter()
            .zip(self.most)
            .rev()
            .find_map(|(half, most)| half.zip(*most));
        let words = match last {
            Some((half, most)) => {
                format!(
                    "Of the last minute with deliveries, half took up to {half} ms, 95 of 100 up to {most} ms"
                )
            }
            None => "Nothing was delivered in the last hour".to_owned(),
        };
        let picture = html! {
            (line("pages-chart__line", self.half, highest))
            (line("pages-chart__line pages-chart__line--high", self.most, highest))
        };
        let rows = self
            .times
            .iter()
            .zip(self.half.iter().zip(self.most))
            .filter(|(_, (half, _))| half.is_some())
            .map(|(at, (half, most))| {
                let number = |value: &Option<u64>| match value {
                    Some(value) => html! { (value) },
                    None => none(),
                };
                vec![html! { (clock(*at)) }, number(half), number(most)]
            });
        let columns = vec![
            Column::text("Minute"),
            Column::numeric("Half up to (ms)"),
            Column::numeric("95 of 100 up to (ms)"),
        ];
        let numbers = DataTable::new(self.title, columns)
            .hide_caption()
            .rows(rows)
            .show();
        framed(
            self.title, self.unit, &words, self.times, highest, picture, numbers,
        )
    }
}

fn framed(
    title: &str,
    unit: &str,
    words: &str,
    times: &[Timestamp],
    highest: u64,
    picture: Markup,
    numbers: Markup,
) -> Markup {
    let ends = times.first().zip(times.last());
    html! {
        section.pages-chart {
            h3 { (title) }
            p.nhsuk-body-s { (words) "." }
            svg viewBox=(format!("0 0 {WIDTH} {HEIGHT}")) role="img"
                aria-label=(format!("{title}, {unit}: {words}")) {
                line.pages-chart__axis x1="0" y1=(BOTTOM) x2=(WIDTH) y2=(BOTTOM) {}
                (picture)
                @if highest > 0 { text x="0" y="11" { (highest) " " (unit) } }
                @if let Some((first, last)) = ends {
                    text x="0" y=(HEIGHT - 4.0) { (clock(*first)) }
                    text x=(WIDTH) y=(HEIGHT - 4.0) text-anchor="end" { (clock(*last)) }
                }
            }
            (details("Show the numbers", numbers))
        }
    }
}

/// A line through the minutes that have a value, with a dot where a neighbour is missing.
fn line(class: &str, values: &[Option<u64>], highest: u64) -> Markup {
    let step = step(values.len());
    let points: Vec<String> = values
        .iter()
        .enumerate()
        .filter_map(|(index, value)| {
            let x = place(index, step) + step / 2.0;
            value.map(|value| format!("{},{}", round(x), round(height_of(value, highest))))
        })
        .collect();
    html! {
        polyline class=(class) points=(points.join(" ")) {}
        @if let [only] = points.as_slice() && let Some((x, y)) = only.split_once(',') {
            circle.pages-chart__bar cx=(x) cy=(y) r="3" {}
        }
    }
}

fn step(count: usize) -> f64 {
    WIDTH / f64::from(u32::try_from(count.max(1)).unwrap_or(1))
}

fn place(index: usize, step: f64) -> f64 {
    f64::from(u32::try_from(index).unwrap_or_default()) * step
}

/// How far down a value's top is. Values beyond a million million are drawn as that.
fn height_of(value: u64, highest: u64) -> f64 {
    let thousandths = value.saturating_mul(1_000) / highest.max(1);
    let share = f64::from(u32::try_from(thousandths).unwrap_or(1_000)) / 1_000.0;
    BOTTOM - share * (BOTTOM - TOP)
}

fn round(value: f64) -> f64 {
    (value * 10.0).round() / 10.0
}

fn clock(at: Timestamp) -> String {
    let zone = TimeZone::get("Europe/London").unwrap_or(TimeZone::UTC);
    at.to_zoned(zone).strftime("%H:%M").to_string()
}
