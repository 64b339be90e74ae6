//! A search, whatever the backend: where its time begins and ends, what an index finds there, and which of that is
//! wanted.

use async_trait::async_trait;
use jiff::{SignedDuration, Timestamp};

use crate::StoreError;
use crate::contract::searches::Among;
use crate::contract::{
    AuditFilter, AuditLine, Found, LINES_LOOKED_AT, MESSAGES_LOOKED_AT, Message, MessageFilter,
    Searches,
};

/// Messages and lines are in the order in which they were committed, which is that of their times but for so much.
const OUT_OF_ORDER: SignedDuration = SignedDuration::from_mins(10);
/// How many messages are in memory at once.
const STEP: usize = 500;

/// What is in the order of its numbers.
#[derive(Debug, Clone, Copy)]
pub(super) enum Numbered {
    /// By `seq`, at `sent_at`.
    Messages,
    /// By `number`, at `at`.
    Lines,
}

/// What a backend gives a search. Numbers and times are as they are stored.
#[async_trait]
pub(super) trait Searched: Send + Sync {
    /// The last number.
    async fn last(&self, of: Numbered) -> Result<Option<i64>, StoreError>;

    /// The first record with this number or a later one: its number and time.
    async fn record_from(
        &self,
        of: Numbered,
        number: i64,
    ) -> Result<Option<(i64, i64)>, StoreError>;

    /// Places of messages in a range, its end exclusive: the last ones, the newest first.
    async fn places(
        &self,
        among: Among<'_>,
        range: (i64, i64),
        limit: u32,
    ) -> Result<Vec<i64>, StoreError>;

    /// These messages, newest first; one that cannot be read is left out.
    async fn at_places(&self, places: &[i64]) -> Result<Vec<Message>, StoreError>;

    /// Lines in a range, its end exclusive, that are wanted: the last ones, the newest first.
    async fn lines(
        &self,
        filter: &AuditFilter,
        range: (i64, i64),
        limit: u32,
    ) -> Result<Vec<AuditLine>, StoreError>;
}

#[async_trait]
impl<T: Searched> Searches for T {
    async fn search_messages(
        &self,
        filter: &MessageFilter,
        before_seq: i64,
        limit: u32,
    ) -> Result<Found<Message>, StoreError> {
        let times = (filter.from, filter.until);
        let (first, end) = range(self, Numbered::Messages, times, before_seq).await?;
        let (among, looked_at) = (filter.among(), MESSAGES_LOOKED_AT);
        let places = self.places(among, (first, end), looked_at).await?;
        let wanted = usize::try_from(limit).unwrap_or(usize::MAX);
        let (mut found, mut rest) = (Vec::new(), places.as_slice());
        let mut step = wanted.clamp(1, STEP);
        while !rest.is_empty() && found.len() < wanted {
            let (next, after) = rest.split_at(step.min(rest.len()));
            let messages = self.at_places(next).await?;
            found.extend(messages.into_iter().filter(|message| filter.wants(message)));
            (rest, step) = (after, STEP);
        }
        let is_cut = places.len() >= usize::try_from(looked_at).unwrap_or(usize::MAX);
        let next = if found.len() > wanted || (found.len() == wanted && !rest.is_empty()) {
            found.truncate(wanted);
            found.last().map(|message| message.seq)
        } else if found.len() == wanted || is_cut {
            places.last().copied().filter(|_| is_cut)
        } else {
            None
        };
        Ok(Found { found, next })
    }

    async fn search_audit(
        &self,
        filter: &AuditFilter,
        before: i64,
        limit: u32,
    ) -> Result<Found<AuditLine>, StoreError> {
        let times = (filter.from, filter.until);
        let (first, end) = range(self, Numbered::Lines, times, before).await?;
        let looked_at = i64::from(LINES_LOOKED_AT);
        // what an index finds is all looked at
        let from = match filter.subject {
            Some(_) => first,
            None => first.max(end.saturating_sub(looked_at)),
        };
        let found = self.lines(filter, (from, end), limit).await?;
        let is_full = found.len() >= usize::try_from(limit).unwrap_or(usize::MAX);
        let next = if is_full {
            found.last().map(|line| line.number)
        } else {
            (from > first).then_some(from)
        };
        Ok(Found { found, next })
    }
}

/// The numbers between which records of a time are, the end exclusive.
async fn range(
    records: &dyn Searched,
    of: Numbered,
    (from, until): (Option<Timestamp>, Option<Timestamp>),
    before: i64,
) -> Result<(i64, i64), StoreError> {
    let Some(last) = records.last(of).await? else {
        return Ok((0, 0));
    };
    let all = last.saturating_add(1);
    let first = match from.map(|from| from.checked_sub(OUT_OF_ORDER)) {
        Some(Ok(from)) => first_at(records, of, from, all).await?,
        _ => 0,
    };
    let end = match until.map(|until| until.checked_add(OUT_OF_ORDER)) {
        Some(Ok(until)) => first_at(records, of, until, all).await?,
        _ => all,
    };
    Ok((first, end.min(before)))
}

/// The first number at a time or later, by halves.
async fn first_at(
    records: &dyn Searched,
    of: Numbered,
    at: Timestamp,
    end: i64,
) -> Result<i64, StoreError> {
    let at = at.as_microsecond();
    let (mut low, mut high) = (0, end);
    while low < high {
        let middle = low + (high - low) / 2;
        match records.record_from(of, middle).await? {
            Some((number, time)) if time < at => low = number + 1,
            _ => high = middle,
        }
    }
    Ok(low)
}
