//! What an operator may look at: how mailboxes and queues stand, the latest messages, the audit
//! trail. The only thing written is that trail, when somebody looks at what may name a patient.

use std::collections::{HashMap, VecDeque};
use std::sync::atomic::{AtomicI64, Ordering};

use jiff::{SignedDuration, Timestamp};
use mail_store::{
    AuditFilter, AuditLine, DiskRoom, Found, HashedLine, ListFrom, Message, MessageFilter, Op,
    Part, RoutingSummary, Trouble, UploadSummary, Usage,
};
use nhs::{MailboxId, WorkflowId};
use parking_lot::{Mutex, RwLock};

use crate::directory::Mailbox;
use crate::envelope::Envelope;
use crate::error::Refusal;
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
    /// It may make requests and has made none for
    /// [`Settings::not_collected_warning_hours`](crate::Settings), as far as this process knows.
    pub is_missing: bool,
    /// Requests in its name that were turned away; `None` when there was none since this process began.
    pub refused: Option<Refused>,
    /// What its own messages take.
    pub sent: Usage,
    /// How much of its quota that is, in hundredths; `None` without a limit.
    pub quota_used: Option<u64>,
}

/// Requests in a mailbox's name that were turned away. Whoever made them need not be its owner.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refused {
    /// When the last one was.
    pub at: Timestamp,
    /// Why.
    pub reason: Refusal,
    /// How many within an hour.
    pub last_hour: u64,
}

/// What a mailbox may do, each in the order of names.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Rights {
    /// Workflows that it may send.
    pub sends: Vec<WorkflowId>,
    /// Workflows that it may receive.
    pub receives: Vec<WorkflowId>,
}

/// Requests turned away of one mailbox, by the minute of the last hour.
struct Refusals {
    at: Timestamp,
    reason: Refusal,
    minutes: VecDeque<(i64, u64)>,
}

impl Refusals {
    fn note(&mut self, reason: Refusal, now: Timestamp) {
        (self.at, self.reason) = (now, reason);
        let minute = now.as_second().div_euclid(60);
        match self.minutes.back_mut() {
            Some((last, count)) if *last >= minute => *count += 1,
            _ => self.minutes.push_back((minute, 1)),
        }
        while self.minutes.len() > 60 {
            self.minutes.pop_front();
        }
    }

    fn seen(&self, now: Timestamp) -> Refused {
        let first = now.as_second().div_euclid(60) - 60;
        let recent = self.minutes.iter().filter(|(minute, _)| *minute > first);
        Refused {
            at: self.at,
            reason: self.reason,
            last_hour: recent.map(|(_, count)| count).sum(),
        }
    }
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
    /// Of mailboxes that exist only.
    refusals: Mutex<HashMap<MailboxId, Refusals>>,
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
    /// Counts a request that was turned away, under the mailbox it names if there is one.
    pub(crate) fn note_refusal(&self, path_mailbox: &str, reason: Refusal) {
        self.count_refusal();
        let Ok(id) = MailboxId::parse(path_mailbox) else {
            return;
        };
        if self.directory().member(&id).is_none() {
            return;
        }
        let now = self.now();
        let mut refusals = self.last_seen().refusals.lock();
        let refused = refusals.entry(id).or_insert_with(|| Refusals {
            at: now,
            reason,
            minutes: VecDeque::new(),
        });
        refused.note(reason, now);
    }

    /// What a mailbox may do.
    pub fn rights_of(&self, mailbox: &MailboxId) -> Rights {
        let directory = self.directory();
        let mut rights = Rights::default();
        for workflow in directory.workflows() {
            if directory.may_send(mailbox, workflow) {
                rights.sends.push(workflow.clone());
            }
            if directory.may_receive(mailbox, workflow) {
                rights.receives.push(workflow.clone());
            }
        }
        rights.sends.sort_unstable();
        rights.receives.sort_unstable();
        rights
    }

    /// Every mailbox, by id.
    ///
    /// # Errors
    ///
    /// [`ExchangeError::Store`].
    pub async fn mailbox_overview(&self) -> Result<Vec<MailboxOverview>, ExchangeError> {
        let (directory, now) = (self.directory(), self.now());
        let missing_after = self.settings().not_collected_warning();
        let refusals = self.refusals_seen(now);
        let summaries = self.store().mailbox_summaries().await?;
        Ok(summaries
            .into_iter()
            .filter_map(|summary| {
                let member = directory.member(&summary.mailbox)?;
                let last_seen = self.last_seen().of(&summary.mailbox);
                let quiet = now.duration_since(last_seen.unwrap_or(self.began()));
                let quota = &self.settings().quota;
                Some(MailboxOverview {
                    is_missing: member.mailbox.active
                        && missing_after.is_some_and(|after| quiet >= after),
                    refused: refusals.get(&summary.mailbox).cloned(),
                    quota_used: quota.used(&summary.mailbox, &summary.sent),
                    sent: summary.sent,
                    mailbox: member.mailbox.clone(),
                    waiting: summary.waiting,
                    oldest: summary.oldest,
                    not_collected: self.is_overdue(summary.oldest),
                    uploading: summary.uploading,
                    last_seen,
                })
            })
            .collect())
    }

    fn refusals_seen(&self, now: Timestamp) -> HashMap<MailboxId, Refused> {
        let refusals = self.last_seen().refusals.lock();
        let seen = refusals.iter();
        seen.map(|(mailbox, refused)| (mailbox.clone(), refused.seen(now)))
            .collect()
    }

    /// Why no message is taken now, if none is.
    pub async fn trouble(&self) -> Option<Trouble> {
        self.store().trouble().await
    }

    /// The parts of the store on other machines that are in trouble, and since when.
    pub fn parts_in_trouble(&self) -> Vec<(Part, Timestamp)> {
        let now = self.now();
        let begun = |lasts| {
            SignedDuration::try_from(lasts)
                .ok()
                .and_then(|lasts| now.checked_sub(lasts).ok())
        };
        let parts = self.store().parts_in_trouble().into_iter();
        parts
            .map(|(part, lasts)| (part, begun(lasts).unwrap_or(now)))
            .collect()
    }

    /// Why the object store is in trouble, and what to do about it where that helps.
    pub fn why_object_store_is_in_trouble(&self) -> Option<String> {
        self.store().why_object_store_is_in_trouble()
    }

    /// Asks a part that was in trouble whether it works again, where nobody else asks it anything; for two seconds at
    /// most.
    pub async fn look_again(&self) {
        self.store().look_again().await;
    }

    /// The disk that the records are on; `None` where it is another machine's.
    pub fn disk(&self) -> Option<DiskRoom> {
        self.store().disk_room()
    }

    /// Seconds in an inbox after which operators are warned; `None` when they are not.
    pub fn not_collected_warning(&self) -> Option<u64> {
        let after = self.settings().not_collected_warning()?;
        u64::try_from(after.as_secs()).ok()
    }

    /// Days in an inbox after which a message's sender is told.
    pub fn inbox_expiry_days(&self) -> u32 {
        self.settings().inbox_expiry_days
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
        self.note_use(who, "looked at details", envelope.message.id.as_str())
            .await?;
        Ok(envelope)
    }

    /// Messages that are wanted, the latest first, from before a place; see [`MessageFilter`]. A page may be short, or empty,
    /// and have a next one.
    ///
    /// # Errors
    ///
    /// [`ExchangeError::Store`].
    pub async fn search_messages(
        &self,
        filter: &MessageFilter,
        before: i64,
        limit: u32,
    ) -> Result<Found<Listed>, ExchangeError> {
        let lists = self.store().lists().await?;
        let page = lists.search_messages(filter, before, limit).await?;
        Ok(Found {
            found: self.listed(page.found),
            next: page.next,
        })
    }

    /// Lines of the audit trail that are wanted, the latest first, from before a number; as
    /// [`Exchange::search_messages`].
    ///
    /// # Errors
    ///
    /// [`ExchangeError::Store`].
    pub async fn search_audit(
        &self,
        filter: &AuditFilter,
        before: i64,
        limit: u32,
    ) -> Result<Found<AuditLine>, ExchangeError> {
        let lists = self.store().lists().await?;
        Ok(lists.search_audit(filter, before, limit).await?)
    }

    /// Lines after a number, the oldest first, with their hashes.
    ///
    /// # Errors
    ///
    /// [`ExchangeError::Store`].
    pub async fn audit_chain(
        &self,
        after: i64,
        limit: u32,
    ) -> Result<Vec<HashedLine>, ExchangeError> {
        Ok(self.store().audit_chain(after, limit).await?)
    }

    /// Says in the audit trail what a person who is signed in did with the console.
    ///
    /// # Errors
    ///
    /// [`ExchangeError::Store`].
    pub async fn note_use(
        &self,
        who: &str,
        action: &'static str,
        subject: &str,
    ) -> Result<(), ExchangeError> {
        let line = Op::Audit {
            at: self.now(),
            actor: format!("console user {who}"),
            action,
            subject: subject.to_owned(),
            detail: String::new(),
        };
        self.store().commit(vec![line]).await?;
        Ok(())
    }
}
