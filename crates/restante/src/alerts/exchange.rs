//! The alerts of an exchange: what it measures, and what keeps it from taking messages.

use std::collections::BTreeSet;

use alerting::{Channel, Open, Source, SourceError};
use async_trait::async_trait;
use exchange::{Exchange, NotCollected, Part};
use exchange_console::Notices;
use jiff::{SignedDuration, Timestamp};
use parking_lot::Mutex;
use serde::Deserialize;

use super::conditions::{Condition, Conditions};

/// Routing that takes longer than this is an alert; packaging/prometheus has the same limit.
const ROUTING_DELAYED: SignedDuration = SignedDuration::from_mins(15);
/// An object store that is away for longer than this is an alert; packaging/prometheus has the same limit.
const OBJECT_STORE_AWAY: SignedDuration = SignedDuration::from_mins(2);
/// Senders whose messages wait in a mailbox that are named, at most.
const SENDERS_NAMED: usize = 5;

/// What an alert of an exchange is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ExchangeKind {
    /// Messages have waited in a mailbox for `not_collected_warning_hours`.
    MailboxNotCollected,
    /// Messages wait for their patient's practice to be found.
    RoutingDelayed,
    /// Messages were found to be damaged.
    MessagesQuarantined,
    /// The store takes no messages.
    NoMessagesTaken,
    /// Large bodies can be neither kept nor read.
    ObjectStoreInTrouble,
    /// Room on the disk comes to an end.
    DiskNearReserve,
    /// A certificate ends within 30 days, or has ended.
    CertificateEnds,
}

impl From<ExchangeKind> for &'static str {
    fn from(kind: ExchangeKind) -> Self {
        match kind {
            ExchangeKind::MailboxNotCollected => "mailbox-not-collected",
            ExchangeKind::RoutingDelayed => "routing-delayed",
            ExchangeKind::MessagesQuarantined => "messages-quarantined",
            ExchangeKind::NoMessagesTaken => "no-messages-taken",
            ExchangeKind::ObjectStoreInTrouble => "object-store-in-trouble",
            ExchangeKind::DiskNearReserve => "disk-near-reserve",
            ExchangeKind::CertificateEnds => "certificate-ends",
        }
    }
}

impl ExchangeKind {
    fn what(self) -> &'static str {
        match self {
            Self::MailboxNotCollected => {
                "Mailboxes have not collected: ask their owners whether their clients run, and tell the senders, who \
                 get a report only when the message is given up"
            }
            Self::RoutingDelayed => {
                "Messages wait for their patients' practices to be found: PDS does not answer, or more is sent than is routed"
            }
            Self::MessagesQuarantined => {
                "Messages were found damaged and set aside: see restante quarantine list, and look at the disk"
            }
            Self::NoMessagesTaken => "No message is taken: /health and the console say why",
            Self::ObjectStoreInTrouble => {
                "The object store does not answer, or refuses: messages of more than 32 KiB can be neither sent nor \
                 collected, all others can; the log says why"
            }
            Self::DiskNearReserve => {
                "The disk is near its reserve, below which no message is taken: see restante mailbox usage"
            }
            Self::CertificateEnds => {
                "Certificates end within 30 days or have ended: the log names them"
            }
        }
    }

    fn page(self) -> &'static str {
        match self {
            Self::MailboxNotCollected => "/mailboxes",
            Self::RoutingDelayed => "/queues",
            Self::MessagesQuarantined => "/messages",
            Self::NoMessagesTaken
            | Self::ObjectStoreInTrouble
            | Self::DiskNearReserve
            | Self::CertificateEnds => "/",
        }
    }

    fn condition(self, count: u64, since: Option<Timestamp>) -> Condition {
        Condition {
            kind: self.into(),
            what: self.what(),
            count,
            since,
            page: self.page(),
            subjects: BTreeSet::from([String::new()]),
            concerns: Vec::new(),
        }
    }
}

/// The alerts of an exchange. Of several servers on the same records the one that tidies tells of what they share.
pub struct ExchangeAlerts {
    exchange: Exchange,
    /// What the console shows of certificates.
    certificates: Notices,
    conditions: Mutex<Conditions>,
}

impl ExchangeAlerts {
    /// Of this exchange, with what is to be done about certificates.
    pub fn new(exchange: Exchange, certificates: Notices) -> Self {
        Self {
            exchange,
            certificates,
            conditions: Mutex::default(),
        }
    }

    async fn found(&self, now: Timestamp) -> Vec<Condition> {
        let measured = self.exchange.measured();
        let mut found = Vec::new();
        found.extend(not_collected(&measured.not_collected));
        let is_late = |since: &Timestamp| now.duration_since(*since) >= ROUTING_DELAYED;
        let routing = measured.routing.oldest.filter(is_late);
        found.extend(routing.map(|since| {
            ExchangeKind::RoutingDelayed.condition(measured.routing.waiting, Some(since))
        }));
        found.extend(counted(
            ExchangeKind::MessagesQuarantined,
            measured.quarantined,
        ));
        let trouble = self.exchange.trouble().await;
        found.extend(trouble.map(|_| ExchangeKind::NoMessagesTaken.condition(1, None)));
        found.extend(object_store_away(&self.exchange.parts_in_trouble(), now));
        let room = self.exchange.room().filter(exchange::Room::is_short);
        found.extend(room.map(|_| ExchangeKind::DiskNearReserve.condition(1, None)));
        let ends = u64::try_from(self.certificates.all().len()).unwrap_or(u64::MAX);
        found.extend(counted(ExchangeKind::CertificateEnds, ends));
        found
    }
}

/// A condition that is sent again when there are more.
fn counted(kind: ExchangeKind, count: u64) -> Option<Condition> {
    let subjects = (1..=count.min(1_000)).map(|number| number.to_string());
    (count > 0).then(|| Condition {
        subjects: subjects.collect(),
        ..kind.condition(count, None)
    })
}

/// With the parts that are in trouble, each since when.
fn object_store_away(parts: &[(Part, Timestamp)], now: Timestamp) -> Option<Condition> {
    let (_, since) = parts.iter().find(|(part, _)| *part == Part::ObjectStore)?;
    (now.duration_since(*since) >= OBJECT_STORE_AWAY)
        .then(|| ExchangeKind::ObjectStoreInTrouble.condition(1, Some(*since)))
}

fn not_collected(mailboxes: &[NotCollected]) -> Option<Condition> {
    let since = mailboxes.iter().map(|mailbox| mailbox.oldest).min()?;
    let count = u64::try_from(mailboxes.len()).unwrap_or(u64::MAX);
    Some(Condition {
        subjects: mailboxes
            .iter()
            .map(|it| format!("{}:", it.mailbox))
            .collect(),
        concerns: mailboxes.iter().map(line).collect(),
        ..ExchangeKind::MailboxNotCollected.condition(count, Some(since))
    })
}

/// The mailbox, how much waits there, and whose.
fn line(mailbox: &NotCollected) -> String {
    let senders = mailbox.senders.iter().take(SENDERS_NAMED);
    let senders: Vec<_> = senders.map(ToString::to_string).collect();
    let more = mailbox.senders.len().saturating_sub(SENDERS_NAMED);
    let more = match more {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    let (id, waiting) = (&mailbox.mailbox, mailbox.waiting);
    format!(
        "{id}: {waiting} waiting, sent by {}{more}",
        senders.join(", ")
    )
}

#[async_trait]
impl Source for ExchangeAlerts {
    async fn unsent(&self, channel: Channel, now: Timestamp) -> Result<Vec<Open>, SourceError> {
        let found = self.found(now).await;
        let mut conditions = self.conditions.lock();
        conditions.update(found, now);
        Ok(conditions.unsent(channel, now))
    }

    async fn sent(&self, channel: Channel, open: &Open, at: Timestamp) -> Result<(), SourceError> {
        self.conditions.lock().sent(channel, open, at);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_object_store_that_is_away_is_told_of_after_two_minutes() {
        let since = Timestamp::UNIX_EPOCH;
        let both = [(Part::Database, since), (Part::ObjectStore, since)];
        let after = |seconds| since + SignedDuration::from_secs(seconds);
        assert!(object_store_away(&both, after(119)).is_none());
        let told = object_store_away(&both, after(120)).unwrap();
        assert_eq!(
            (told.kind, told.since),
            ("object-store-in-trouble", Some(since))
        );
        assert!(object_store_away(&both[..1], after(600)).is_none());
    }
}
