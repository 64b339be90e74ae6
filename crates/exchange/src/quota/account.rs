//! What each mailbox has taken of its quota, as this server knows it.

use std::collections::{HashMap, VecDeque};
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use mail_store::Usage;
use nhs::MailboxId;
use parking_lot::Mutex;

use super::settings::Quota;
use crate::ExchangeError;
use crate::error::Full;

/// What a message takes beside its bodies: its records, about.
pub(super) const RECORDS: u64 = 1024;
/// How old what was read of the store may be. What this server accepted since is added.
const FRESH: SignedDuration = SignedDuration::from_secs(1);
const MINUTES: i64 = 60;

/// One for each mailbox that sent since the process began.
#[derive(Default)]
pub(crate) struct Accounts(Mutex<HashMap<MailboxId, Account>>);

/// Messages and bytes.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Amount {
    pub(super) messages: u64,
    pub(super) bytes: u64,
}

impl Amount {
    pub(super) fn add(&mut self, more: Self) {
        self.messages = self.messages.saturating_add(more.messages);
        self.bytes = self.bytes.saturating_add(more.bytes);
    }

    fn subtract(&mut self, less: Self) {
        self.messages = self.messages.saturating_sub(less.messages);
        self.bytes = self.bytes.saturating_sub(less.bytes);
    }

    fn stored(self) -> u64 {
        let records = self.messages.saturating_mul(RECORDS);
        self.bytes.saturating_add(records)
    }
}

#[derive(Default)]
struct Account {
    /// When the store was asked, and what it said.
    read: Option<(Timestamp, Usage)>,
    /// Accepted here since.
    since: Amount,
    /// Not accepted yet.
    under_way: Amount,
    hour: LastHour,
}

impl Account {
    fn is_fresh(&self, now: Timestamp) -> bool {
        self.read
            .is_some_and(|(at, _)| now.duration_since(at).abs() <= FRESH)
    }

    /// Whether more may be taken: a byte at least, for more than that is to come.
    fn check(
        &mut self,
        quota: &Quota,
        mut more: Amount,
        now: Timestamp,
    ) -> Result<(), ExchangeError> {
        more.bytes = more.bytes.max(1);
        let usage = self.read.map_or_else(Usage::default, |(_, usage)| usage);
        let mut taken = Amount {
            messages: usage.messages,
            bytes: usage.bytes,
        };
        for amount in [self.since, self.under_way, more] {
            taken.add(amount);
        }
        let full = |full, limit| Err(ExchangeError::MailboxFull { full, limit });
        match quota.stored_bytes {
            Some(limit) if taken.stored() > limit => return full(Full::Stored, limit),
            _ => {}
        }
        let fresh = self.since.messages + self.under_way.messages + more.messages;
        match quota.waiting_messages {
            Some(limit) if more.messages > 0 && usage.waiting.saturating_add(fresh) > limit => {
                return full(Full::Waiting, limit);
            }
            _ => {}
        }
        let Some(limit) = quota.bytes_per_hour else {
            return Ok(());
        };
        let under_way = self.under_way.bytes.saturating_add(more.bytes);
        if self.hour.bytes(now).saturating_add(under_way) <= limit {
            return Ok(());
        }
        let retry_after = self.hour.until_less(now);
        Err(ExchangeError::TooManyBytes { limit, retry_after })
    }
}

impl Accounts {
    /// Takes more of a mailbox's quota for a request under way.
    pub(super) fn take(
        &self,
        mailbox: &MailboxId,
        quota: &Quota,
        more: Amount,
        now: Timestamp,
    ) -> Result<(), ExchangeError> {
        let mut accounts = self.0.lock();
        let account = accounts.entry(mailbox.clone()).or_default();
        account.check(quota, more, now)?;
        account.under_way.add(more);
        Ok(())
    }

    /// What was taken for a request is accepted, or is given back.
    pub(super) fn end(&self, mailbox: &MailboxId, taken: Amount, accepted: Option<Timestamp>) {
        let mut accounts = self.0.lock();
        let account = accounts.entry(mailbox.clone()).or_default();
        account.under_way.subtract(taken);
        if let Some(now) = accepted {
            account.since.add(taken);
            account.hour.add(taken.bytes, now);
        }
    }

    /// What a reading of the store must not count once more: what was accepted before it began.
    /// `None` when what was read last is fresh enough.
    pub(super) fn begin_reading(
        &self,
        mailbox: &MailboxId,
        now: Timestamp,
        anew: bool,
    ) -> Option<Amount> {
        let accounts = self.0.lock();
        match accounts.get(mailbox) {
            Some(account) if !anew && account.is_fresh(now) => None,
            account => Some(account.map_or_else(Amount::default, |account| account.since)),
        }
    }

    /// What the store said, and what of this server's is in it for certain.
    pub(super) fn end_reading(
        &self,
        mailbox: &MailboxId,
        usage: Usage,
        counted: Amount,
        now: Timestamp,
    ) {
        let mut accounts = self.0.lock();
        let account = accounts.entry(mailbox.clone()).or_default();
        account.read = Some((now, usage));
        account.since.subtract(counted);
    }
}

/// Bytes accepted within the last hour, by the minute.
#[derive(Default)]
struct LastHour {
    /// The minute, counted from 1970, and its bytes; the earliest first.
    minutes: VecDeque<(i64, u64)>,
}

impl LastHour {
    fn add(&mut self, bytes: u64, now: Timestamp) {
        let minute = minute_of(now);
        match self.minutes.back_mut() {
            Some((last, sum)) if *last >= minute => *sum = sum.saturating_add(bytes),
            _ => self.minutes.push_back((minute, bytes)),
        }
    }

    fn bytes(&mut self, now: Timestamp) -> u64 {
        let first = minute_of(now) - MINUTES;
        while self.minutes.front().is_some_and(|(at, _)| *at <= first) {
            self.minutes.pop_front();
        }
        self.minutes.iter().map(|(_, bytes)| bytes).sum()
    }

    /// How long until the earliest minute no longer counts.
    fn until_less(&self, now: Timestamp) -> Duration {
        let minute = self.minutes.front().map_or(minute_of(now), |(at, _)| *at);
        let seconds = (minute + MINUTES) * 60 - now.as_second();
        Duration::from_secs(u64::try_from(seconds).unwrap_or(0).clamp(1, 3_600))
    }
}

fn minute_of(now: Timestamp) -> i64 {
    now.as_second().div_euclid(60)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_hour_is_forgotten_minute_by_minute() {
        let at = |minutes: i64| Timestamp::UNIX_EPOCH + SignedDuration::from_mins(minutes);
        let mut hour = LastHour::default();
        for (minute, bytes) in [(0, 1), (0, 2), (30, 4), (59, 8)] {
            hour.add(bytes, at(minute));
        }
        let seen = [59, 60, 89, 90, 118, 119].map(|minute| hour.bytes(at(minute)));
        assert_eq!(seen, [15, 12, 12, 8, 8, 0]);
        assert!(hour.minutes.is_empty());
        hour.add(1, at(200));
        assert_eq!(hour.until_less(at(230)), Duration::from_secs(30 * 60));
    }
}
