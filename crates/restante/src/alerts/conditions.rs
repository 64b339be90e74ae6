//! Conditions that last: which of them each channel has sent, and when it sends them again. Kept in memory: after a start,
//! what lasts is sent anew.

use std::collections::{BTreeSet, HashMap};
use std::hash::{DefaultHasher, Hash, Hasher};

use alerting::{Channel, Open};
use jiff::{SignedDuration, Timestamp};

/// What lasts is sent again after this.
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
    /// What it is about, by what its line begins with; by numbers where there are no lines. A further one is sent at
    /// once.
    pub subjects: BTreeSet<String>,
    /// A line for each, for people.
    pub concerns: Vec<String>,
}

/// What a channel has sent of one kind.
struct Sent {
    at: Timestamp,
    /// None once the condition has ended.
    subjects: Option<BTreeSet<String>>,
}

/// Conditions as they come and go.
#[derive(Default)]
pub struct Conditions {
    now: HashMap<&'static str, (Condition, Timestamp)>,
    sent: HashMap<(Channel, &'static str), Sent>,
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
        for ((_, kind), sent) in &mut self.sent {
            if !so.contains_key(kind) {
                sent.subjects = None;
            }
        }
    }

    /// What a channel is to send now.
    pub fn unsent(&self, channel: Channel, now: Timestamp) -> Vec<Open> {
        let open = self.now.values().filter_map(|(condition, first)| {
            let sent = self.sent.get(&(channel, condition.kind));
            sent.is_none_or(|sent| sent.is_due_again(condition, now))
                .then(|| Open {
                    kind: condition.kind,
                    what: condition.what,
                    count: condition.count,
                    since: condition.since.unwrap_or(*first),
                    page: condition.page,
                    concerns: condition.concerns.clone(),
                    mark: mark(condition, now),
                    last_sent: sent.map(|sent| sent.at),
                })
        });
        open.collect()
    }

    /// Notes what a channel has sent. What has come since is sent later.
    pub fn sent(&mut self, channel: Channel, open: &Open, at: Timestamp) {
        let now = self.now.get(open.kind);
        let subjects = now.map(|(condition, _)| {
            let was_sent = |subject: &&String| {
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
                .filter(was_sent)
                .cloned()
                .collect()
        });
        self.sent
            .insert((channel, open.kind), Sent { at, subjects });
    }
}

impl Sent {
    fn is_due_again(&self, condition: &Condition, now: Timestamp) -> bool {
        let known = self.subjects.as_ref();
        known.is_none_or(|known| !condition.subjects.is_subset(known))
            || now.duration_since(self.at) >= AGAIN
    }
}

/// Made of the day and the subjects, so that a reminder, and a message about others, has another id than what was sent
/// before: receivers leave out what has an id that they know.
fn mark(condition: &Condition, now: Timestamp) -> i64 {
    let day = now.as_second().div_euclid(24 * 3600);
    let mut hasher = DefaultHasher::new();
    (day, &condition.subjects).hash(&mut hasher);
    i64::try_from(hasher.finish() >> 1).unwrap_or(i64::MAX)
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
    fn a_condition_is_sent_once_again_for_more_again_after_a_day_and_anew_when_it_comes_back() {
        let mut conditions = Conditions::default();
        let start = at("2026-11-28T00:00:00Z");
        let sent = |conditions: &mut Conditions, found: &[&str], hours: i64| {
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
        assert_eq!(sent(&mut conditions, &["A"], 0), 1);
        assert_eq!(sent(&mut conditions, &["A"], 1), 0);
        assert_eq!(sent(&mut conditions, &["A", "B"], 2), 1);
        assert_eq!(sent(&mut conditions, &["B"], 3), 0);
        assert_eq!(sent(&mut conditions, &["A", "B"], 25), 0);
        assert_eq!(sent(&mut conditions, &["A", "B"], 26), 1);
        assert_eq!(sent(&mut conditions, &[], 27), 0);
        assert_eq!(sent(&mut conditions, &["A"], 28), 1);
    }

    #[test]
    fn a_message_about_another_mailbox_has_another_id_when_there_are_as_many_as_before() {
        let mut conditions = Conditions::default();
        let now = at("2026-11-28T00:00:00Z");
        let mut mark = |found: &[&str]| {
            conditions.update(vec![condition(found)], now);
            let open = conditions.unsent(Channel::Webhook, now);
            open.first().map(|it| {
                conditions.sent(Channel::Webhook, it, now);
                it.mark
            })
        };
        let first = mark(&["A", "B"]).unwrap();
        assert_eq!(mark(&["A"]), None);
        assert_ne!(mark(&["A", "C"]).unwrap(), first);
    }

    #[test]
    fn what_came_while_a_message_was_on_its_way_is_sent_later_and_by_each_channel() {
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
