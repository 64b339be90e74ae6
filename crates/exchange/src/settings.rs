//! The rules' settings.

use std::time::Duration;

use jiff::SignedDuration;
use serde::Deserialize;

use crate::quota::QuotaSettings;

const GIB: u64 = 1024 * 1024 * 1024;

/// What an operator may set. The defaults are the real service's rules.
#[derive(Debug, Clone, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Settings {
    /// Refusals tell which check failed, in mesh-sandbox's words; else all refusals look alike.
    pub sandbox: bool,
    /// Senders and recipients need the right to a workflow (codes 16 and 17).
    pub enforce_workflow_rights: bool,
    /// A caller needs a certificate of the mailbox's organisation.
    pub require_certificate: bool,
    /// A token's time may be this many minutes away from the server's; 0: not checked.
    pub token_window_minutes: u32,
    /// A token is good for one request.
    pub single_use_tokens: bool,
    /// Days in an inbox after which a message is reported as not collected (code 14).
    pub inbox_expiry_days: u32,
    /// Hours that a message may wait in an inbox before the operator is warned that the mailbox has not
    /// collected. 0: no warning.
    pub not_collected_warning_hours: u32,
    /// Days after which a message is forgotten.
    pub message_expiry_days: u32,
    /// The longest body of one request, in bytes.
    pub max_request_bytes: u64,
    /// The longest message, all chunks together, in bytes.
    pub max_message_bytes: u64,
    /// The most chunks a message may have.
    pub max_chunks: u32,
    /// The most messages a mailbox may have waiting for chunks.
    pub max_uploads_per_mailbox: u32,
    /// The longest, in seconds, that a question by local id waits for a message that is about to be kept,
    /// here or on another server of the same records; then 503.
    pub arrival_wait_seconds: u32,
    /// Bytes that are kept free on the disk that the records are on: below it new messages are refused.
    /// Absent: 5 % of the disk and at least 1 GiB, but never more than a quarter of it. 0: none.
    pub reserve_bytes: Option<u64>,
    /// What one mailbox may store and send.
    pub quota: QuotaSettings,
    /// Seconds before the second attempt at a trace; doubles with each attempt.
    pub routing_retry_seconds: u32,
    /// The longest wait between two attempts at a trace, in seconds.
    pub routing_retry_longest_seconds: u32,
    /// Hours without an answer after which a message is reported as not delivered.
    pub routing_deadline_hours: u32,
    /// Seconds after which a trace without an answer is tried again later.
    pub routing_trace_seconds: u32,
    /// The most reports EPL-153 and EPL-154 a mailbox gets within an hour. Beyond it its sends to
    /// patient addresses are put off, those to mailboxes are not. 0: no limit.
    pub routing_failures_per_hour: u32,
    /// An unknown NHS number is reported as EPL-154 too, so that nobody learns which numbers exist.
    pub hide_unknown_numbers: bool,
    /// A patient address whose date of birth is written day first (`DDMMYYYY`) is reported as
    /// EPL-154; else both orders are read.
    pub year_first_birth_dates_only: bool,
    /// The sender of a message to a restricted patient does not learn which mailbox it went to.
    pub hide_restricted_recipients: bool,
    /// When the practice PDS names is closed and has no mailbox, its one successor in ODS is tried.
    pub forward_to_successor: bool,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            sandbox: false,
            enforce_workflow_rights: true,
            require_certificate: true,
            token_window_minutes: 120,
            single_use_tokens: true,
            inbox_expiry_days: 5,
            not_collected_warning_hours: 48,
            message_expiry_days: 30,
            max_request_bytes: 100 * 1024 * 1024,
            max_message_bytes: 100 * 1024 * 1024 * 1024,
            max_chunks: 20_000,
            max_uploads_per_mailbox: 1_000,
            arrival_wait_seconds: 10,
            reserve_bytes: None,
            quota: QuotaSettings::default(),
            routing_retry_seconds: 2,
            routing_retry_longest_seconds: 300,
            routing_deadline_hours: 24,
            routing_trace_seconds: 30,
            routing_failures_per_hour: 100,
            hide_unknown_numbers: false,
            year_first_birth_dates_only: false,
            hide_restricted_recipients: true,
            forward_to_successor: false,
        }
    }
}

impl Settings {
    /// What mesh-sandbox checks and no more.
    pub fn sandbox() -> Self {
        Self {
            sandbox: true,
            enforce_workflow_rights: false,
            require_certificate: false,
            token_window_minutes: 0,
            single_use_tokens: false,
            reserve_bytes: Some(0),
            quota: QuotaSettings::none(),
            ..Self::default()
        }
    }

    /// Bytes to be kept free of a disk of this size.
    pub(crate) fn reserve(&self, disk: u64) -> u64 {
        self.reserve_bytes
            .unwrap_or_else(|| (disk / 20).max(GIB).min(disk / 4))
    }

    pub(crate) fn token_window(&self) -> SignedDuration {
        SignedDuration::from_mins(i64::from(self.token_window_minutes))
    }

    pub(crate) fn arrival_wait(&self) -> Duration {
        // no answer of another machine's database comes in none
        Duration::from_secs(u64::from(self.arrival_wait_seconds.max(1)))
    }

    pub(crate) fn inbox_expiry(&self) -> SignedDuration {
        SignedDuration::from_hours(24 * i64::from(self.inbox_expiry_days))
    }

    pub(crate) fn not_collected_warning(&self) -> Option<SignedDuration> {
        let hours = i64::from(self.not_collected_warning_hours);
        (hours > 0).then(|| SignedDuration::from_hours(hours))
    }

    pub(crate) fn message_expiry(&self) -> SignedDuration {
        SignedDuration::from_hours(24 * i64::from(self.message_expiry_days))
    }

    pub(crate) fn routing_deadline(&self) -> SignedDuration {
        SignedDuration::from_hours(i64::from(self.routing_deadline_hours))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_reserve_is_5_percent_and_at_least_1_gib_and_at_most_a_quarter() {
        const MIB: u64 = 1024 * 1024;
        let settings = Settings::default();
        let reserves = [1, 2, 10, 20, 100, 1_000].map(|disk| settings.reserve(disk * GIB) / MIB);
        assert_eq!(reserves, [256, 512, 1_024, 1_024, 5_120, 51_200]);
        let set = Settings {
            reserve_bytes: Some(7),
            ..Settings::default()
        };
        assert_eq!(set.reserve(100 * GIB), 7);
    }

    #[test]
    fn a_question_by_local_id_has_time_for_an_answer_of_the_database() {
        let waits = [0, 1, 10].map(|arrival_wait_seconds| {
            let settings = Settings {
                arrival_wait_seconds,
                ..Settings::default()
            };
            settings.arrival_wait().as_secs()
        });
        assert_eq!(waits, [1, 1, 10]);
    }
}
