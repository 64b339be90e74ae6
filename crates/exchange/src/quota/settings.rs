//! The table `[exchange.quota]`.

use std::collections::HashMap;

use mail_store::Usage;
use nhs::MailboxId;
use serde::Deserialize;

use super::account::RECORDS;

const GIB: u64 = 1024 * 1024 * 1024;

/// What each mailbox may store and send; 0 is no limit.
#[derive(Debug, Clone, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct QuotaSettings {
    /// Bytes of the messages it sent, as stored, until they are forgotten; 1,024 more a message.
    pub stored_bytes: u64,
    /// Messages it sent that wait: for chunks, to be routed, or to be collected.
    pub waiting_messages: u64,
    /// Bytes that are accepted from it within an hour.
    pub bytes_per_hour: u64,
    /// What holds for some mailboxes instead.
    pub mailbox: HashMap<MailboxId, QuotaException>,
}

/// What one mailbox may store and send, where that is not what others may.
#[derive(Debug, Clone, Copy, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct QuotaException {
    /// As [`QuotaSettings::stored_bytes`].
    pub stored_bytes: Option<u64>,
    /// As [`QuotaSettings::waiting_messages`].
    pub waiting_messages: Option<u64>,
    /// As [`QuotaSettings::bytes_per_hour`].
    pub bytes_per_hour: Option<u64>,
}

impl Default for QuotaSettings {
    fn default() -> Self {
        Self {
            stored_bytes: 200 * GIB,
            waiting_messages: 100_000,
            bytes_per_hour: 20 * GIB,
            mailbox: HashMap::new(),
        }
    }
}

/// What one mailbox may; `None` is no limit.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Quota {
    pub(super) stored_bytes: Option<u64>,
    pub(super) waiting_messages: Option<u64>,
    pub(super) bytes_per_hour: Option<u64>,
}

impl QuotaSettings {
    /// No limits.
    pub fn none() -> Self {
        Self {
            stored_bytes: 0,
            waiting_messages: 0,
            bytes_per_hour: 0,
            mailbox: HashMap::new(),
        }
    }

    /// How much of what a mailbox may store and have waiting it has taken, in hundredths, whichever is more;
    /// `None` without a limit.
    pub(crate) fn used(&self, mailbox: &MailboxId, usage: &Usage) -> Option<u64> {
        let quota = self.of(mailbox);
        let stored = usage.messages.saturating_mul(RECORDS);
        let stored = usage.bytes.saturating_add(stored);
        let share =
            |taken: u64, limit: Option<u64>| limit.map(|limit| taken.saturating_mul(100) / limit);
        share(stored, quota.stored_bytes).max(share(usage.waiting, quota.waiting_messages))
    }

    /// What a mailbox may.
    pub(super) fn of(&self, mailbox: &MailboxId) -> Quota {
        let exception = self.mailbox.get(mailbox).copied().unwrap_or_default();
        let limit = |exception: Option<u64>, general: u64| {
            Some(exception.unwrap_or(general)).filter(|limit| *limit > 0)
        };
        Quota {
            stored_bytes: limit(exception.stored_bytes, self.stored_bytes),
            waiting_messages: limit(exception.waiting_messages, self.waiting_messages),
            bytes_per_hour: limit(exception.bytes_per_hour, self.bytes_per_hour),
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn an_exception_replaces_what_it_names_and_0_is_no_limit() {
        let big = MailboxId::parse("X26OT001").unwrap();
        let exception = QuotaException {
            stored_bytes: Some(0),
            bytes_per_hour: Some(7),
            ..QuotaException::default()
        };
        let settings = QuotaSettings {
            waiting_messages: 5,
            mailbox: HashMap::from([(big.clone(), exception)]),
            ..QuotaSettings::default()
        };
        let expected = Quota {
            stored_bytes: None,
            waiting_messages: Some(5),
            bytes_per_hour: Some(7),
        };
        assert_eq!(settings.of(&big), expected);
        let other = settings.of(&MailboxId::parse("A81001OT001").unwrap());
        assert_eq!(other.stored_bytes, Some(200 * GIB));
        assert_eq!(QuotaSettings::none().of(&big), Quota::default());
    }
}
