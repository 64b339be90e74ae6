//! Conditions that last: which of them each channel was told of, and when it is told again. Kept in memory: a start tells
//! anew of what lasts.

use std::collections::{BTreeSet, HashMap};

use alerting::{Channel, Open};
use jiff::{SignedDuration, Timestamp};

/// What lasts is told again after this.
const AGAIN: SignedDuration = SignedDuration::from_hours(24);

/// Something that is so now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Condition {
    /// The kind of alert.
    pub kind: &'static str,
    /// What it means.
    pub what: &'static str,
    /// How many.
    pub count: u64,
    /// Since when, where that is known; else since it was first seen.
    pub since: Option<Timestamp>,
    /// The page that shows it.
    pub page: &'static str,
    /// What it is about, by what its line begins with; by numbers where there are no lines. A further one is told at
    /// once.
    pub subjects: BTreeSet<String>,
    /// A line for each, for people.
    pub concerns: Vec<String>,
}

/// What a channel was told.
struct Told {
    at: Timestamp,
    /// None once the condition has ended.
    subjects: Option<BTreeSet<String>>,
}

/// Conditions as they come and go.
#[derive(Default)]
pub struct Conditions {
    now: HashMap<&'static str, (Condition, Timestamp)>,
    told: HashMap<(Channel, &'static str), Told>,
}

impl Conditions {
    /// Takes over what is so at this time.
    pub fn update(&mut self, found: Vec<Condition>, now: Timestamp) {
        let mut before = std::mem::take(&mut self.now);
        for condition in found {
            let first = before
                .remove(condition.kind)
                .map_or(now, |(_, first)| first);
            self.now.insert(condition.kind, (condition, first));
        }
        let so = &self.now;
        for ((_, kind), told) in &mut self.told {
            if !so.contains_key(kind) {
                told.subjects = None;
            }
        }
    }

    /// What a channel is to be told now.
    pub fn unsent(&self, channel: Channel, now: Timestamp) -> Vec<Open> {
        let open = self.now.values().filter_map(|(condition, first)| {
            let told = self.told.get(&(channel, condition.kind));
            told.is_none_or(|told| told.is_to_be_told(condition, now))
                .then(|| Open {
                    kind: condition.kind,
                    what: condition.what,
                    count: condition.count,
                    since: condition.since.unwrap_or(*first),
                    page: condition.page,
                    concerns: condition.concerns.clone(),
                    mark: mark(condition, now),
                    last_sent: told.map(|told| told.at),
                })
        });
        open.collect()
    }

    /// Notes what a channel was told. What has come since is told later.
    pub fn sent(&mut self, channel: Channel, open: &Open, at: Timestamp) {
        let now = self.now.get(open.kind);
        let subjects = now.map(|(condition, _)| {
            let was_told = |subject: &&String| {
                let mut lines = open.concerns.iter();
                let number = subject.parse::<u64>();
                match open.concerns.is_empty() {
                    true => number.is_ok_and(|number| number <= open.count) || subject.is_empty(),
                    false => lines.any(|line| line.starts_with(subject.as_str())),
                }
            };
            condition
                .subjects
                .iter()
                .filter(was_told)
                .cloned()
                .collect()
        });
        self.told
            .insert((channel, open.kind), Told { at, subjects });
    }
}

impl Told {
    fn is_to_be_told(&self, condition: &Condition, now: Timestamp) -> bool {
        let known = self.subjects.as_ref();
        known.is_none_or(|known| !condition.subjects.is_subset(known))
            || now.duration_since(self.at) >= AGAIN
    }
}

/// The day and how many, so that a reminder has another id than what it reminds of.
fn mark(condition: &Condition, now: Timestamp) -> i64 {
    let subjects = i64::try_from(condition.subjects.len()).unwrap_or(i64::MAX);
    let day = now.as_second().div_euclid(24 * 3600);
    day.saturating_mul(1_000_000)
        .saturating_add(subjects.min(999_999))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn condition(subjects: &[&str]) -> Condition {
        Condition {
            kind: "mailbox-not-collected",
            what: "Mailboxes have not collected",
            count: subjects.len() as u64,
            since: None,
            page: "/mailboxes",
            subjects: subjects.iter().map(|it| (*it).to_owned()).collect(),
            concerns: subjects
                .iter()
                .map(|it| format!("{it}: 1 message"))
                .collect(),
        }
    }

    fn at(moment: &str) -> Timestamp {
        moment.parse().unwrap()
    }

    #[test]
    fn a_condition_is_told_once_again_for_more_again_after_a_day_and_anew_when_it_comes_back() {
        let mut conditions = Conditions::default();
        let start = at("2026-11-28T00:00:00Z");
        let told = |conditions: &mut Conditions, found: &[&str], hours: i64| {
            let now = start + SignedDuration::from_hours(hours);
            let found = if found.is_empty() {
                vec![]
            } else {
                vec![condition(found)]
            };
            conditions.update(found, now);
            let open = conditions.unsent(Channel::Email, now);
            for it in &open {
                conditions.sent(Channel::Email, it, now);
            }
            open.len()
        };
        assert_eq!(told(&mut conditions, &["A"], 0), 1);
        assert_eq!(told(&mut conditions, &["A"], 1), 0);
        assert_eq!(told(&mut conditions, &["A", "B"], 2), 1);
        assert_eq!(told(&mut conditions, &["B"], 3), 0);
        assert_eq!(told(&mut conditions, &["A", "B"], 25), 0);
        assert_eq!(told(&mut conditions, &["A", "B"], 26), 1);
        assert_eq!(told(&mut conditions, &[], 27), 0);
        assert_eq!(told(&mut conditions, &["A"], 28), 1);
    }

    #[test]
    fn what_came_while_a_message_was_on_its_way_is_told_later_and_by_each_channel() {
        let mut conditions = Conditions::default();
        let now = at("2026-11-28T00:00:00Z");
        conditions.update(vec![condition(&["A"])], now);
        let open = conditions.unsent(Channel::Email, now);
        conditions.update(vec![condition(&["A", "B"])], now);
        conditions.sent(Channel::Email, &open[0], now);
        let left = conditions.unsent(Channel::Email, now);
        assert_eq!((left.len(), left[0].last_sent), (1, Some(now)));
        assert_ne!(left[0].mark, open[0].mark);
        assert_eq!(conditions.unsent(Channel::Webhook, now).len(), 1);
    }
}
