//! The three charts: messages, how long they take to the inbox, how long the oldest waits.

use exchange::{History, HistoryRange, Spell};
use jiff::Timestamp;
use maud::{Markup, html};

use super::drawing::{Chart, Shape};
use super::each;
use super::scale::{clock, moment, unit};

/// All three. `alarm` is after how many seconds in an inbox operators are warned.
pub(super) fn all(history: &History, range: HistoryRange, alarm: Option<u64>) -> Markup {
    let times: Vec<Timestamp> = history.spells.iter().map(|spell| spell.began).collect();
    let kinds = Kinds {
        history,
        range,
        times: &times,
    };
    html! {
        (kinds.messages().draw())
        (kinds.delivery().draw())
        (kinds.oldest(alarm).draw())
    }
}

struct Kinds<'a> {
    history: &'a History,
    range: HistoryRange,
    times: &'a [Timestamp],
}

impl<'a> Kinds<'a> {
    fn chart(&self, title: String, sentence: String, shape: Shape) -> Chart<'a> {
        Chart {
            title,
            sentence,
            times: self.times,
            each: each(self.range),
            shape,
            legend: Vec::new(),
            values: Vec::new(),
            gaps: &self.history.gaps,
        }
    }

    /// What is said of each spell: its time, and what of it is told.
    fn said(&self, words: impl Fn(&Spell) -> String) -> Vec<String> {
        let said = self.history.spells.iter().map(|spell| {
            let from = match self.range {
                HistoryRange::Hour => clock(spell.began, false),
                _ => moment(spell.began),
            };
            if spell.is_known {
                format!("{from}: {}", words(spell))
            } else {
                format!("{from}: no data")
            }
        });
        said.collect()
    }

    fn known<T>(&self, value: impl Fn(&Spell) -> T) -> Vec<Option<T>> {
        let spells = self.history.spells.iter();
        spells
            .map(|spell| spell.is_known.then(|| value(spell)))
            .collect()
    }

    fn messages(&self) -> Chart<'a> {
        let total = self.history.total();
        let bad = |spell: &Spell| spell.refused + spell.failed();
        let most = self.history.spells.iter().map(|spell| spell.accepted).max();
        let (spell, whole) = match self.range {
            HistoryRange::Hour => ("a minute", "hour"),
            HistoryRange::Day => ("an hour", "day"),
            HistoryRange::Week => ("an hour", "week"),
        };
        let sentence = format!(
            "over the last {whole} {} were accepted, at most {} {spell}, and {} were refused or given up.",
            total.accepted,
            most.unwrap_or(0),
            bad(&total)
        );
        let bars = self.known(|spell| (spell.accepted, bad(spell)));
        let mut chart = self.chart(format!("Messages {spell}"), sentence, Shape::Bars(bars));
        chart.legend = vec![
            ("l-ok", "accepted".to_owned()),
            ("l-red", "refused or given up".to_owned()),
        ];
        chart.values = self.said(|spell| {
            format!(
                "{} accepted, {} refused, {} given up",
                spell.accepted,
                spell.refused,
                spell.failed()
            )
        });
        chart
    }

    fn delivery(&self) -> Chart<'a> {
        let within = |percent: u64| {
            let spells = self.history.spells.iter();
            spells
                .map(move |spell| spell.delivery.within(percent))
                .collect::<Vec<_>>()
        };
        let total = self.history.total().delivery;
        let sentence = match total.within(50).zip(total.within(95)) {
            None => "no message was delivered.".to_owned(),
            Some((half, most)) => {
                format!("half were in the inbox within {half}, 95 of 100 within {most}.")
            }
        };
        let shape = Shape::Lines {
            full: within(50),
            dashed: within(95),
            alarm: None,
        };
        let title = "Accepted to inbox, milliseconds".to_owned();
        let mut chart = self.chart(title, sentence, shape);
        chart.legend = vec![
            ("l-line", "half within".to_owned()),
            ("l-dash", "95 of 100 within".to_owned()),
        ];
        chart.values =
            self.said(
                |spell| match spell.delivery.within(50).zip(spell.delivery.within(95)) {
                    None => "nothing delivered".to_owned(),
                    Some((half, most)) => {
                        format!("half within {half} ms, 95 of 100 within {most} ms")
                    }
                },
            );
        chart
    }

    fn oldest(&self, alarm: Option<u64>) -> Chart<'a> {
        let highest = self.history.total().oldest.unwrap_or(0);
        // an alarm far above all values would make them a line on the ground
        let drawn = alarm.filter(|alarm| highest >= alarm / 2);
        let (name, seconds) = unit(highest.max(drawn.unwrap_or(0)));
        let of = |value: fn(&Spell) -> Option<u64>| -> Vec<Option<u64>> {
            let spells = self.history.spells.iter();
            spells
                .map(|spell| value(spell).map(|value| value / seconds))
                .collect()
        };
        let now = self
            .history
            .spells
            .iter()
            .rev()
            .find_map(|spell| spell.oldest);
        let sentence = format!(
            "the oldest message in any inbox has waited {} {name} now, and at most {} before.",
            now.unwrap_or(0) / seconds,
            highest / seconds
        );
        let shape = Shape::Lines {
            full: of(|spell| spell.oldest),
            dashed: of(|spell| spell.oldest_of_others),
            alarm: drawn.map(|alarm| alarm / seconds),
        };
        let mut chart = self.chart(format!("Oldest waiting, {name}"), sentence, shape);
        chart.legend = vec![
            ("l-line", "slowest mailbox".to_owned()),
            ("l-dash", "all others".to_owned()),
        ];
        if let Some(alarm) = alarm {
            let hours = alarm / 3_600;
            chart.legend.push(match drawn {
                Some(_) => ("l-lim", format!("alarm at {hours} h")),
                None => ("l-lim", format!("alarm at {hours} h, far above")),
            });
        }
        chart.values = self.said(|spell| match spell.oldest {
            None => "nobody looked".to_owned(),
            Some(oldest) => {
                let others = spell.oldest_of_others.unwrap_or(0);
                format!(
                    "oldest {} {name}, all others {}",
                    oldest / seconds,
                    others / seconds
                )
            }
        });
        chart
    }
}
