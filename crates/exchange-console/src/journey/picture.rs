//! The picture of a journey: places from top to bottom, time from left to right. Drawn here, without a style of its own;
//! the table below it says the same.

use jiff::{SignedDuration, Timestamp};
use maud::{Markup, html};
use pages::components::elapsed;

use super::rows::{Lane, Row, Rows, Wait};
use super::scale::Scale;
use super::whole::Role;

const WIDTH: f64 = 1232.0;
const LEFT: f64 = 196.0;
const RIGHT: f64 = 1092.0;
const TOP: f64 = 26.0;
const LANE: f64 = 44.0;
/// What a letter of a label takes.
const LETTER: f64 = 7.3;
/// A wait is named where it is at least so wide.
const NAMED: f64 = 40.0;

const ALL: [Lane; 6] = [
    Lane::SenderSystem,
    Lane::SenderClient,
    Lane::Exchange,
    Lane::Lookup,
    Lane::ReceiverClient,
    Lane::ReceiverSystem,
];

struct Picture<'a> {
    rows: &'a Rows,
    scale: Scale,
    lanes: Vec<Lane>,
}

/// The whole picture.
pub(crate) fn draw(rows: &Rows) -> Markup {
    let moments: Vec<Timestamp> = rows.rows.iter().map(|row| row.at).collect();
    let Some(last) = moments.last().copied() else {
        return html! {};
    };
    let lanes = ALL
        .into_iter()
        .filter(|lane| *lane == Lane::Exchange || rows.rows.iter().any(|row| row.lane == *lane));
    let picture = Picture {
        rows,
        scale: Scale::over(&moments, LEFT, RIGHT),
        lanes: lanes.collect(),
    };
    let height = picture.bottom() + 4.0;
    let label = format!(
        "The journey over time: {} places from top to bottom, {} from left to right. The table below holds the same.",
        picture.lanes.len(),
        elapsed(rows.span())
    );
    html! {
        svg.wf viewBox=(format!("0 0 {WIDTH} {height}")) role="group" aria-label=(label) {
            (picture.ground())
            (picture.grid(last))
            (picture.cuts())
            (picture.waits())
            @for role in [Role::Letter, Role::Infrastructure, Role::Business, Role::Report] {
                (picture.line(role))
            }
            (picture.marks())
        }
    }
}

impl Picture<'_> {
    fn bottom(&self) -> f64 {
        self.lanes.iter().fold(TOP, |y, _| y + LANE)
    }

    fn top_of(&self, lane: Lane) -> f64 {
        let above = self.lanes.iter().take_while(|other| **other != lane);
        above.fold(TOP, |y, _| y + LANE)
    }

    /// Where a message's line runs within its lane.
    fn y(&self, lane: Lane, role: Role) -> f64 {
        let aside = match role {
            Role::Letter => 0.0,
            Role::Infrastructure => -9.0,
            Role::Business | Role::Report => 9.0,
        };
        self.top_of(lane) + LANE / 2.0 + aside
    }

    fn ground(&self) -> Markup {
        html! {
            @for (index, lane) in self.lanes.iter().enumerate() {
                @let y = self.top_of(*lane);
                rect class=(if index % 2 == 0 { "wf-lane" } else { "wf-lane-2" })
                    x="0" y=(number(y)) width=(number(WIDTH)) height=(number(LANE)) {}
                text.m-text x="8" y=(number(y + 27.0)) { (self.rows.short_place(*lane)) }
            }
        }
    }

    fn grid(&self, last: Timestamp) -> Markup {
        let bottom = number(self.bottom());
        html! {
            @for (x, after) in self.scale.ticks(last) {
                path.wf-grid d=(format!("M{} {TOP}V{bottom}", number(x))) {}
                text.tick x=(number(x)) y="17" text-anchor="middle" { (tick(after)) }
            }
        }
    }

    /// A zigzag through all places, with how long the wait is.
    fn cuts(&self) -> Markup {
        html! {
            @for cut in self.scale.cuts() {
                @let middle = cut.x + cut.width / 2.0;
                path.wf-cut d=(zigzag(middle - 5.0, self.bottom())) {}
                path.wf-cut d=(zigzag(middle + 5.0, self.bottom())) {}
                text.tick x=(number(middle)) y="17" text-anchor="middle" { (elapsed(cut.length)) }
            }
        }
    }

    /// Each time that a message lay at the exchange until it was collected, as one block where several did.
    fn waits(&self) -> Markup {
        let (y, height) = (self.top_of(Lane::Exchange) + 9.0, LANE - 18.0);
        html! {
            @for wait in self.rows.waits() {
                @let (from, to) = (self.scale.x(wait.from), self.scale.x(wait.to));
                @let width = to - from;
                @if width >= 3.0 {
                    rect.wf-wait x=(number(from)) y=(number(y)) width=(number(width)) height=(number(height)) rx="3" {}
                }
                @let words = fitting(&wait.words(), width);
                @if width >= NAMED && !words.is_empty() {
                    text.m-quiet x=(number(from + width / 2.0)) y=(number(y + 17.0)) text-anchor="middle" { (words) }
                }
            }
        }
    }

    fn line(&self, role: Role) -> Markup {
        let of_role: Vec<&Row> = self
            .rows
            .rows
            .iter()
            .filter(|row| row.role == role)
            .collect();
        let points: Vec<String> = of_role
            .iter()
            .map(|row| {
                let (x, y) = (self.scale.x(row.at), self.y(row.lane, role));
                format!("{},{}", number(x), number(y))
            })
            .collect();
        html! { @if points.len() > 1 { polyline class=(line_class(role)) points=(points.join(" ")) {} } }
    }

    /// Each step as a mark that leads to its row. A label stands where no other does.
    fn marks(&self) -> Markup {
        let mut taken: Vec<(f64, f64, f64)> = Vec::new();
        let spots: Vec<(f64, f64)> = self
            .rows
            .rows
            .iter()
            .map(|row| (self.scale.x(row.at), self.y(row.lane, row.role)))
            .collect();
        taken.extend(spots.iter().map(|(x, y)| (*y, x - 8.0, x + 8.0)));
        let waits = self.rows.waits();
        let y = self.y(Lane::Exchange, Role::Letter);
        taken.extend(
            waits
                .iter()
                .map(|wait| (y, self.scale.x(wait.from), self.scale.x(wait.to))),
        );
        let mut marks = Vec::new();
        for (index, (row, (x, y))) in self.rows.rows.iter().zip(&spots).enumerate() {
            let words = self.words(row);
            let width = width_of(&words);
            let places = [
                (x + 10.0, "start", x + 10.0),
                (x - 10.0, "end", x - 10.0 - width),
            ];
            let free = places.into_iter().find(|(_, _, from)| {
                let to = from + width;
                *from > LEFT - 8.0
                    && to < WIDTH - 4.0
                    && !taken
                        .iter()
                        .any(|(other, a, b)| (other - y).abs() < 12.0 && *a < to && *b > *from)
            });
            if let Some((_, _, from)) = free {
                taken.push((*y, from, from + width));
            }
            let label = free.map(|(x, anchor, _)| (x, anchor));
            marks.push(mark(index, row, (*x, *y), label, &words));
        }
        html! { @for mark in marks { (mark) } }
    }

    fn words(&self, row: &Row) -> String {
        let first = self.rows.rows.first().map_or(row.at, |first| first.at);
        let after = elapsed(row.at.duration_since(first));
        let after = after.strip_suffix(" ms").unwrap_or(&after).to_owned();
        if row.label.is_empty() {
            after
        } else {
            format!("{after} {}", row.label)
        }
    }
}

fn mark(
    index: usize,
    row: &Row,
    (x, y): (f64, f64),
    label: Option<(f64, &str)>,
    words: &str,
) -> Markup {
    let name = format!("{words}: {}", row.what);
    html! {
        a href=(format!("#s{index}")) aria-label=(name) {
            @if row.is_bad {
                rect class="ring wf-bad" x=(number(x - 7.0)) y=(number(y - 7.0)) width="14" height="14" rx="2" {}
            } @else {
                circle class=(dot_class(row.role)) cx=(number(x)) cy=(number(y)) r="6" {}
            }
            @if let Some((at, anchor)) = label {
                text class=(if row.is_bad { "m-ms m-bad" } else { "m-ms" })
                    x=(number(at)) y=(number(y + 4.0)) text-anchor=(anchor) { (words) }
            }
        }
    }
}

fn line_class(role: Role) -> &'static str {
    match role {
        Role::Letter => "wf-a",
        Role::Infrastructure => "wf-b",
        Role::Business => "wf-c",
        Role::Report => "wf-d",
    }
}

fn dot_class(role: Role) -> &'static str {
    match role {
        Role::Letter => "ring wf-da",
        Role::Infrastructure => "ring wf-db",
        Role::Business => "ring wf-dc",
        Role::Report => "ring wf-dd",
    }
}

fn zigzag(x: f64, bottom: f64) -> String {
    let mut path = format!("M{} {TOP}", number(x));
    let (mut y, mut right) = (TOP, true);
    while y < bottom {
        y += 11.0;
        let aside = if right { 4.0 } else { -4.0 };
        path.push_str(&format!("L{} {}", number(x + aside), number(y.min(bottom))));
        right = !right;
    }
    path
}

fn tick(after: SignedDuration) -> String {
    if after.is_zero() {
        return "0 ms".to_owned();
    }
    let words = elapsed(after);
    words.strip_suffix(" ms").unwrap_or(&words).to_owned()
}

fn number(value: f64) -> String {
    format!("{value:.1}")
}

fn width_of(words: &str) -> f64 {
    words.chars().fold(0.0, |width, _| width + LETTER)
}

/// Words that have room; none where not even the time has.
fn fitting(words: &(String, String), width: f64) -> String {
    let (whole, short) = words;
    let whole_words = whole.chars().fold(0.0, |width, _| width + 6.2);
    if whole_words < width - 8.0 {
        whole.clone()
    } else if short.chars().fold(0.0, |width, _| width + 6.2) < width - 8.0 {
        short.clone()
    } else {
        String::new()
    }
}

/// A time that messages lay at the exchange.
pub(crate) struct Waited {
    pub(crate) from: Timestamp,
    pub(crate) to: Timestamp,
    by: String,
    /// More than one message waited.
    several: bool,
}

impl Waited {
    fn words(&self) -> (String, String) {
        let length = elapsed(self.to.duration_since(self.from));
        let who = if self.several { "both wait" } else { "waits" };
        (
            format!("{who} for {}’s next poll, {length}", self.by),
            length,
        )
    }
}

impl Rows {
    /// The waits for a poll, those that overlap as one.
    pub(crate) fn waits(&self) -> Vec<Waited> {
        let mut waits: Vec<Waited> = Vec::new();
        for role in [
            Role::Letter,
            Role::Infrastructure,
            Role::Business,
            Role::Report,
        ] {
            let of_role = || self.rows.iter().filter(move |row| row.role == role);
            let from = of_role().find(|row| row.wait == Wait::Begins);
            let to = of_role().find(|row| row.wait == Wait::Ends);
            let (Some(from), Some(to)) = (from, to) else {
                continue;
            };
            let by = match role {
                Role::Letter => &self.receiver,
                _ => &self.sender,
            };
            let overlapping = waits.iter_mut().find(|wait| {
                role != Role::Letter && wait.by == *by && wait.from <= to.at && from.at <= wait.to
            });
            match overlapping {
                Some(wait) => {
                    wait.from = wait.from.min(from.at);
                    wait.to = wait.to.max(to.at);
                    wait.several = true;
                }
                None if to.at > from.at => waits.push(Waited {
                    from: from.at,
                    to: to.at,
                    by: by.clone(),
                    several: false,
                }),
                None => {}
            }
        }
        waits
    }

    /// How long messages waited for polls.
    pub(crate) fn waited(&self) -> SignedDuration {
        let waits = self.waits();
        let lengths = waits.iter().map(|wait| wait.to.duration_since(wait.from));
        lengths.fold(SignedDuration::ZERO, |sum, length| {
            sum.saturating_add(length)
        })
    }
}
