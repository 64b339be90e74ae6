//! What an operator may look at: how mailboxes and queues stand, the latest messages, the audit
//! trail. The only thing written is that trail, when somebody looks at what may name a patient.

use std::collections::HashMap;
use std::sync::atomic::{AtomicI64, Ordering};

use jiff::Timestamp;
use mail_store::{AuditLine, ListFrom, Message, Op, RoutingSummary, Trouble, UploadSummary};
use nhs::MailboxId;
use parking_lot::RwLock;

use crate::directory::Mailbox;
use crate::envelope::Envelope;
use crate::{Exchange, ExchangeError};

/// How a mailbox stands.
#[derive(Debug, Clone)]
pub struct MailboxOverview {
    /// The mailbox.
    pub mailbox: Mailbox,
    /// Messages in its inbox.
    pub waiting: u64,
    /// Since when the oldest of them waits.
    pub oldest: Option<Timestamp>,
    /// The oldest has waited longer than [`Settings::not_collected_warning_hours`](crate::Settings).
    pub not_collected: bool,
    /// Messages it is sending in chunks.
    pub uploading: u32,
    /// When it last made an authorised request; `None` when it has not since this process began.
    pub last_seen: Option<Timestamp>,
}

/// A message in a list, with its place in the order of arrival.
#[derive(Debug, Clone)]
pub struct Listed {
    /// For asking what comes before it.
    pub seq: i64,
    /// What is known of it.
    pub envelope: Envelope,
}

/// When each mailbox made its last request, by the second, since the process began.
#[derive(Default)]
pub(crate) struct LastSeen {
    seconds: RwLock<HashMap<MailboxId, AtomicI64>>,
}

impl LastSeen {
    pub(crate) fn note(&self, mailbox: &MailboxId, now: Timestamp) {
        let seconds = self.seconds.read();
        if let Some(known) = seconds.get(mailbox) {
            known.store(now.as_second(), Ordering::Relaxed);
            return;
        }
        drop(seconds);
        self.seconds
            .write()
            .insert(mailbox.clone(), AtomicI64::new(now.as_second()));
    }

    fn of(&self, mailbox: &MailboxId) -> Option<Timestamp> {
        let seconds = self.seconds.read();
        let known = seconds.get(mailbox)?.load(Ordering::Relaxed);
        Timestamp::from_second(known).ok()
    }
}

impl Exchange {
    /// Every mailbox, by id.
    ///
    /// # Errors
    ///
    /// [`ExchangeError::Store`].
    pub async fn mailbox_overview(&self) -> Result<Vec<MailboxOverview>, ExchangeError> {
        let directory = self.directory();
        let summaries = self.store().mailbox_summaries().await?;
        Ok(summaries
            .into_iter()
            .filter_map(|summary| {
                let member = directory.member(&summary.mailbox)?;
                Some(MailboxOverview {
                    mailbox: member.mailbox.clone(),
                    waiting: summary.waiting,
                    oldest: summary.oldest,
                    not_collected: self.is_overdue(summary.oldest),
                    uploading: summary.uploading,
                    last_seen: self.last_seen().of(&summary.mailbox),
                })
            })
            .collect())
    }

    /// Why no message is taken now, if none is.
    pub async fn trouble(&self) -> Option<Trouble> {
        self.store().trouble().await
    }

    /// How many large bodies wait for memory now, because others that arrive take as much as they may.
    pub fn bodies_waiting(&self) -> usize {
        self.store().bodies_waiting()
    }

    /// How many messages were set aside because their record or body is damaged.
    ///
    /// # Errors
    ///
    /// [`ExchangeError::Store`].
    pub async fn quarantined(&self) -> Result<u64, ExchangeError> {
        Ok(self.store().quarantined().await?)
    }

    /// Messages whose recipient is being looked up, those due soonest first.
    ///
    /// # Errors
    ///
    /// [`ExchangeError::Store`].
    pub async fn routing_queue(&self, limit: u32) -> Result<Vec<RoutingSummary>, ExchangeError> {
        Ok(self.store().routing_queue(limit).await?)
    }

    /// Messages of which chunks are missing, the oldest first.
    ///
    /// # Errors
    ///
    /// [`ExchangeError::Store`].
    pub async fn uploads(&self, limit: u32) -> Result<Vec<UploadSummary>, ExchangeError> {
        Ok(self.store().uploads(limit).await?)
    }

    /// Messages of all mailboxes, the latest first, from before a place; `i64::MAX` is the end.
    ///
    /// # Errors
    ///
    /// [`ExchangeError::Store`].
    pub async fn recent(&self, limit: u32, before: i64) -> Result<Vec<Listed>, ExchangeError> {
        let messages = self.store().recent(limit, before).await?;
        Ok(self.listed(messages))
    }

    /// The latest messages a mailbox sent, and those it was sent.
    ///
    /// # Errors
    ///
    /// [`ExchangeError::Store`].
    pub async fn lists_of(
        &self,
        mailbox: &MailboxId,
        limit: u32,
    ) -> Result<(Vec<Listed>, Vec<Listed>), ExchangeError> {
        let lists = self.store().lists().await?;
        let newest = |from| lists.newest(from, mailbox, Timestamp::MIN, i64::MAX, limit);
        let sent = newest(ListFrom::Sent).await?;
        let received = newest(ListFrom::Received).await?;
        Ok((self.listed(sent), self.listed(received)))
    }

    /// Messages a mailbox sent under a local id, the latest first.
    ///
    /// # Errors
    ///
    /// [`ExchangeError::Store`].
    pub async fn by_local_id(
        &self,
        mailbox: &MailboxId,
        local_id: &[u8],
        limit: u32,
    ) -> Result<Vec<Listed>, ExchangeError> {
        let lists = self.store().lists().await?;
        let messages = lists.by_local_id(mailbox, local_id, limit).await?;
        Ok(self.listed(messages))
    }

    fn listed(&self, messages: Vec<Message>) -> Vec<Listed> {
        messages
            .into_iter()
            .map(|message| Listed {
                seq: message.seq,
                envelope: self.describe(message),
            })
            .collect()
    }

    /// The lines of the audit trail about a message, the oldest first.
    ///
    /// # Errors
    ///
    /// [`ExchangeError::Store`].
    pub async fn audit_of(&self, message: &str) -> Result<Vec<AuditLine>, ExchangeError> {
        Ok(self.store().lists().await?.audit_of(message).await?)
    }

    /// Part of the audit trail, the latest first, from before a line's number.
    ///
    /// # Errors
    ///
    /// [`ExchangeError::Store`].
    pub async fn audit_page(
        &self,
        before: Option<i64>,
        limit: u32,
    ) -> Result<Vec<AuditLine>, ExchangeError> {
        Ok(self.store().audit_page(before, limit).await?)
    }

    /// A message with the details that may name a patient, for a person whose role allows it. The
    /// look is in the audit trail before anything is shown.
    ///
    /// # Errors
    ///
    /// [`ExchangeError::NotFound`]; [`ExchangeError::Store`], and then nothing may be shown.
    pub async fn look_at_details(&self, id: &str, who: &str) -> Result<Envelope, ExchangeError> {
        let envelope = self.message(id).await?;
        let look = Op::Audit {
            at: self.now(),
            actor: format!("console user {who}"),
            action: "looked at details",
            subject: envelope.message.id.to_string(),
            detail: String::new(),
        };
        self.store().commit(vec![look]).await?;
        Ok(envelope)
    }
}
