//! What happened within the last hour, day or week, in spells of a minute or an hour.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};
use mail_store::{Amount, Span, Tallied};

use super::{
    ACCEPTED, ACKNOWLEDGED, DELIVERED, DELIVERY, DeliveryTimes, EXPIRED, OLDEST, OLDEST_OF_OTHERS,
    REFUSED, REPORTED, RUNNING, WAITING,
};
use crate::{Exchange, ExchangeError};

/// Days of which the same hour tells what is usual.
const DAYS: i64 = 7;

/// How far back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HistoryRange {
    /// 60 minutes.
    Hour,
    /// 24 hours.
    Day,
    /// 168 hours.
    Week,
}

impl HistoryRange {
    fn span(self) -> (Span, i64) {
        match self {
            Self::Hour => (Span::Minute, 60),
            Self::Day => (Span::Hour, 24),
            Self::Week => (Span::Hour, 7 * 24),
        }
    }
}

/// What happened within a minute or an hour.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Spell {
    /// When it began.
    pub began: Timestamp,
    /// A server counted in it; else nothing is known.
    pub is_known: bool,
    /// Messages accepted.
    pub accepted: u64,
    /// Messages put into an inbox.
    pub delivered: u64,
    /// Messages taken out of one.
    pub acknowledged: u64,
    /// Requests turned away, for a token or certificate that is not good.
    pub refused: u64,
    /// Messages nobody collected.
    pub expired: u64,
    /// Messages given up with a report, by its code.
    pub reported: BTreeMap<String, u64>,
    /// From acceptance to the inbox.
    pub delivery: DeliveryTimes,
    /// Messages that waited in inboxes, at most; `None` where nobody looked.
    pub waiting: Option<u64>,
    /// Seconds that the oldest waited, at most.
    pub oldest: Option<u64>,
    /// The same of all other mailboxes than the one where the oldest waited.
    pub oldest_of_others: Option<u64>,
}

impl Spell {
    fn new(began: Timestamp) -> Self {
        Self {
            began,
            is_known: false,
            accepted: 0,
            delivered: 0,
            acknowledged: 0,
            refused: 0,
            expired: 0,
            reported: BTreeMap::new(),
            delivery: DeliveryTimes::default(),
            waiting: None,
            oldest: None,
            oldest_of_others: None,
        }
    }

    /// Messages given up with a report.
    pub fn failed(&self) -> u64 {
        self.reported.values().sum()
    }

    fn add(&mut self, what: &str, amount: u64) {
        let highest = |kept: &mut Option<u64>| *kept = Some(kept.unwrap_or(0).max(amount));
        match what {
            RUNNING => self.is_known = true,
            ACCEPTED => self.accepted += amount,
            DELIVERED => self.delivered += amount,
            ACKNOWLEDGED => self.acknowledged += amount,
            REFUSED => self.refused += amount,
            EXPIRED => self.expired += amount,
            WAITING => highest(&mut self.waiting),
            OLDEST => highest(&mut self.oldest),
            OLDEST_OF_OTHERS => highest(&mut self.oldest_of_others),
            _ => {
                if let Some(code) = what.strip_prefix(REPORTED) {
                    *self.reported.entry(code.to_owned()).or_default() += amount;
                } else if let Some(Ok(step)) = what.strip_prefix(DELIVERY).map(str::parse) {
                    self.delivery.add(step, amount);
                }
            }
        }
    }
}

/// What happened, in order of time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct History {
    /// One after the other; the last is the present one, which goes on.
    pub spells: Vec<Spell>,
    /// When nothing was counted, from and to, by the minute.
    pub gaps: Vec<(Timestamp, Timestamp)>,
}

impl History {
    /// All of it as one spell.
    pub fn total(&self) -> Spell {
        let began = self
            .spells
            .first()
            .map_or(Timestamp::MIN, |first| first.began);
        let mut total = Spell::new(began);
        for spell in &self.spells {
            total.is_known |= spell.is_known;
            total.accepted += spell.accepted;
            total.delivered += spell.delivered;
            total.acknowledged += spell.acknowledged;
            total.refused += spell.refused;
            total.expired += spell.expired;
            for (code, count) in &spell.reported {
                *total.reported.entry(code.clone()).or_default() += count;
            }
            total.delivery.add_all(&spell.delivery);
            total.waiting = total.waiting.max(spell.waiting);
            total.oldest = total.oldest.max(spell.oldest);
            total.oldest_of_others = total.oldest_of_others.max(spell.oldest_of_others);
        }
        total
    }
}

impl Exchange {
    /// What happened on all servers within a range that ends now. What the others have counted in the
    /// last minute is not in it yet.
    ///
    /// # Errors
    ///
    /// [`ExchangeError::Store`].
    pub async fn history(&self, range: HistoryRange) -> Result<History, ExchangeError> {
        let (span, count) = range.span();
        let now = self.now();
        let first = earlier(
            span.began(now),
            SignedDuration::from_secs(span.seconds() * (count - 1)),
        );
        let mut spells: BTreeMap<Timestamp, Spell> = (0..count)
            .map(|number| {
                let began = later(first, SignedDuration::from_secs(span.seconds() * number));
                (began, Spell::new(began))
            })
            .collect();
        // what is written while this is read is counted twice or not at all for a moment; the present is neither
        let pending = self.counting().pending();
        for Tallied {
            began,
            what,
            amount,
        } in self.store().tallies(span, first, Timestamp::MAX).await?
        {
            if let Some(spell) = spells.get_mut(&began) {
                spell.add(&what, amount);
            }
        }
        for (minute, counted) in &pending {
            if let Some(spell) = spells.get_mut(&span.began(*minute)) {
                for (what, amount) in counted {
                    let (Amount::More(amount) | Amount::Highest(amount)) = amount;
                    spell.add(what, *amount);
                }
            }
        }
        if let Some(mut present) = spells.last_entry() {
            present.get_mut().is_known = true;
        }
        let gaps = self.gaps(first, Span::Minute.began(now)).await?;
        Ok(History {
            spells: spells.into_values().collect(),
            gaps,
        })
    }

    /// When no server counted, from and to; the last minutes are not written yet and no gap.
    async fn gaps(
        &self,
        from: Timestamp,
        present: Timestamp,
    ) -> Result<Vec<(Timestamp, Timestamp)>, ExchangeError> {
        let minute = SignedDuration::from_mins(1);
        let mut known = self.store().minutes_with(RUNNING, from, present).await?;
        let written = known.last().copied();
        // a server that is being asked runs: it has counted since it last wrote
        known.push(match written {
            Some(last) if present.duration_since(last) <= super::PAUSE => later(last, minute),
            _ => present,
        });
        let mut gaps = Vec::new();
        let mut next = from;
        for known in known {
            if known > next {
                gaps.push((next, known));
            }
            next = later(known, minute);
        }
        Ok(gaps)
    }

    /// What happened in the same hour of the last seven days, of those that are known, the latest first.
    ///
    /// # Errors
    ///
    /// [`ExchangeError::Store`].
    pub async fn usual_hours(&self) -> Result<Vec<Spell>, ExchangeError> {
        let hour = Span::Hour.began(self.now());
        let mut found = Vec::new();
        for day in 1..=DAYS {
            let began = earlier(hour, SignedDuration::from_hours(24 * day));
            let end = later(began, SignedDuration::from_hours(1));
            let mut spell = Spell::new(began);
            for Tallied { what, amount, .. } in self.store().tallies(Span::Hour, began, end).await?
            {
                spell.add(&what, amount);
            }
            if spell.is_known {
                found.push(spell);
            }
        }
        Ok(found)
    }
}

fn earlier(at: Timestamp, by: SignedDuration) -> Timestamp {
    at.checked_sub(by).unwrap_or(Timestamp::MIN)
}

fn later(at: Timestamp, by: SignedDuration) -> Timestamp {
    at.checked_add(by).unwrap_or(Timestamp::MAX)
}
