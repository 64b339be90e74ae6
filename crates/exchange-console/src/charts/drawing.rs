//! A chart as a picture: axes with values, a legend in words, and a sentence for those who do not see it.

use jiff::{SignedDuration, Timestamp};
use maud::{Markup, html};

use super::scale::{clock, ticks};

const WIDTH: f64 = 392.0;
const HEIGHT: f64 = 170.0;
const LEFT: f64 = 38.0;
const RIGHT: f64 = 386.0;
const TOP: f64 = 10.0;
const BOTTOM: f64 = 146.0;
/// Times written below, the present beside them.
const TIMES: usize = 4;

/// What is drawn over the times.
pub(super) enum Shape {
    /// Bars, with others on top of them.
    Bars(Vec<Option<(u64, u64)>>),
    /// A full line, a dashed one, and where the alarm is given.
    Lines {
        full: Vec<Option<u64>>,
        dashed: Vec<Option<u64>>,
        alarm: Option<u64>,
    },
}

/// A chart of values at times that follow each other.
pub(super) struct Chart<'a> {
    pub(super) title: String,
    /// What it says, for those who do not see it.
    pub(super) sentence: String,
    /// When each begins.
    pub(super) times: &'a [Timestamp],
    /// How long each is.
    pub(super) each: SignedDuration,
    pub(super) shape: Shape,
    /// Class and words of each entry.
    pub(super) legend: Vec<(&'static str, String)>,
    /// What is said of each under the pointer.
    pub(super) values: Vec<String>,
    pub(super) gaps: &'a [(Timestamp, Timestamp)],
}

impl Chart<'_> {
    pub(super) fn draw(&self) -> Markup {
        let ticks = ticks(self.highest());
        let top = ticks.last().copied().unwrap_or(1);
        let gaps: Vec<(f64, f64)> = self.gaps.iter().filter_map(|gap| self.gap(gap)).collect();
        let frame = format!("{LEFT} {RIGHT} {TOP} {BOTTOM}");
        html! {
            figure.chart data-frame=(frame) data-values=(self.values.join("\n")) {
                h2 { (self.title) }
                svg viewBox=(format!("0 0 {WIDTH} {HEIGHT}")) role="img"
                    aria-label=(format!("{}: {}", self.title, self.sentence)) {
                    @for (from, to) in &gaps {
                        rect.bar-gap x=(from) y=(TOP) width=(round(to - from)) height=(BOTTOM - TOP) {}
                    }
                    @for tick in &ticks {
                        @let y = height(*tick, top);
                        path class=(if *tick == 0 { "axis" } else { "grid-line" })
                            d=(format!("M{LEFT} {y}H{RIGHT}")) {}
                        text.tick x=(LEFT - 5.0) y=(round(y + 4.0)) text-anchor="end" { (tick) }
                    }
                    (self.times())
                    (self.shape(top))
                }
                figcaption {
                    ul.legend {
                        @for (class, words) in &self.legend { li class=(class) { (words) } }
                        @if !gaps.is_empty() { li.l-gap { "no data" } }
                    }
                    p.chart-now hidden {}
                }
            }
        }
    }

    fn highest(&self) -> u64 {
        let highest = match &self.shape {
            Shape::Bars(bars) => bars.iter().flatten().map(|(low, high)| low + high).max(),
            Shape::Lines {
                full,
                dashed,
                alarm,
            } => full
                .iter()
                .chain(dashed)
                .chain([alarm])
                .flatten()
                .copied()
                .max(),
        };
        highest.unwrap_or(0)
    }

    fn times(&self) -> Markup {
        let count = self.times.len();
        let mut day = String::new();
        let marks = (0..TIMES).filter_map(|number| {
            let index = count * number / TIMES;
            self.times.get(index).map(|at| (index, *at))
        });
        let marks: Vec<(f64, String)> = marks
            .map(|(index, at)| {
                let with_day = clock(at, true);
                let (_, of) = with_day.split_once(' ').unwrap_or_default();
                let is_new = day != of;
                of.clone_into(&mut day);
                (self.place(index), clock(at, is_new))
            })
            .collect();
        html! {
            @for (number, (x, words)) in marks.iter().enumerate() {
                path.axis d=(format!("M{x} {BOTTOM}v4")) {}
                text.tick x=(x) y="163" text-anchor=(if number == 0 { "start" } else { "middle" }) { (words) }
            }
            path.axis d=(format!("M{RIGHT} {BOTTOM}v4")) {}
            text.tick x=(RIGHT) y="163" text-anchor="end" { "now" }
        }
    }

    fn shape(&self, top: u64) -> Markup {
        match &self.shape {
            Shape::Bars(bars) => {
                let width = round((self.place(1) - self.place(0)) * 0.8);
                html! {
                    @for (index, bar) in bars.iter().enumerate() {
                        @if let Some((low, high)) = bar {
                            @let (x, middle) = (self.place(index), height(*low, top));
                            @if *low > 0 {
                                rect.bar-ok x=(x) y=(middle) width=(width) height=(round(BOTTOM - middle)) {}
                            }
                            @if *high > 0 {
                                @let upper = height(low + high, top);
                                rect.bar-bad x=(x) y=(upper) width=(width) height=(round(middle - upper)) {}
                            }
                        }
                    }
                }
            }
            Shape::Lines {
                full,
                dashed,
                alarm,
            } => html! {
                @if let Some(alarm) = alarm {
                    path.line-lim d=(format!("M{LEFT} {}H{RIGHT}", height(*alarm, top))) {}
                }
                (self.line("b", dashed, top))
                (self.line("a", full, top))
            },
        }
    }

    /// A line that breaks where there is no value, and a dot where one stands alone.
    fn line(&self, which: &str, values: &[Option<u64>], top: u64) -> Markup {
        let half = (self.place(1) - self.place(0)) / 2.0;
        let mut runs: Vec<Vec<(f64, f64)>> = vec![Vec::new()];
        for (index, value) in values.iter().enumerate() {
            match (value, runs.last_mut()) {
                (Some(value), Some(run)) => {
                    run.push((round(self.place(index) + half), height(*value, top)));
                }
                _ => runs.push(Vec::new()),
            }
        }
        html! {
            @for run in runs.iter().filter(|run| !run.is_empty()) {
                @if let [(x, y)] = run.as_slice() {
                    circle class=(format!("dot-{which}")) cx=(x) cy=(y) r="2.5" {}
                } @else {
                    @let points: Vec<String> = run.iter().map(|(x, y)| format!("{x},{y}")).collect();
                    polyline class=(format!("line-{which}")) points=(points.join(" ")) {}
                }
            }
        }
    }

    fn place(&self, index: usize) -> f64 {
        let count = number(self.times.len().max(1));
        round(LEFT + (RIGHT - LEFT) * number(index) / count)
    }

    /// From where to where a gap lies; at least a point wide.
    fn gap(&self, (from, to): &(Timestamp, Timestamp)) -> Option<(f64, f64)> {
        let first = *self.times.first()?;
        let all = self.each.as_secs_f64() * number(self.times.len());
        let at = |time: &Timestamp| {
            let into = time.duration_since(first).as_secs_f64() / all;
            round(LEFT + (RIGHT - LEFT) * into.clamp(0.0, 1.0))
        };
        let (from, to) = (at(from), at(to));
        Some((from, to.max(from + 1.0)))
    }
}

/// How far down a value's top is.
fn height(value: u64, top: u64) -> f64 {
    let thousandths = value.saturating_mul(1_000) / top.max(1);
    let share = f64::from(u32::try_from(thousandths).unwrap_or(1_000)) / 1_000.0;
    round(BOTTOM - share.min(1.0) * (BOTTOM - TOP))
}

fn number(count: usize) -> f64 {
    f64::from(u32::try_from(count).unwrap_or(u32::MAX))
}

fn round(value: f64) -> f64 {
    (value * 10.0).round() / 10.0
}
