//! A mailbox's status as it changes, in memory.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use jiff::Timestamp;
use nhs::{MailboxId, MessageId};

use super::certificate::OwnCertificate;
use super::event::Direction;
use super::status::{MailboxStatus, NotReceived, TransferStatus, Trouble};

/// Messages that could not be received and are described.
const MOST_NOT_RECEIVED: usize = 100;

/// A mailbox's status as it changes.
pub(super) struct LiveStatus {
    mailbox: MailboxId,
    temp: PathBuf,
    certificate: OwnCertificate,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    stopped: bool,
    last_contact: Option<Timestamp>,
    next_poll: Option<Timestamp>,
    trouble: Option<Trouble>,
    clock_skew_seconds: Option<i64>,
    not_received: Vec<NotReceived>,
    transfers: BTreeMap<u64, (TransferStatus, Arc<AtomicU64>)>,
    next_key: u64,
    sent: u64,
    failed: u64,
    received: u64,
}

/// A message on its way, shown in the status as long as this lives.
pub(super) struct TransferProgress {
    live: Arc<LiveStatus>,
    key: u64,
    /// Bytes of the data file so far.
    pub position: Arc<AtomicU64>,
}

impl LiveStatus {
    /// The status of a mailbox with this TEMP.
    pub fn new(mailbox: MailboxId, temp: PathBuf, certificate: OwnCertificate) -> Self {
        Self {
            mailbox,
            temp,
            certificate,
            state: Mutex::default(),
        }
    }

    pub fn mailbox(&self) -> &MailboxId {
        &self.mailbox
    }

    pub fn status(&self, now: Timestamp) -> MailboxStatus {
        let state = self.lock();
        let transfers = state.transfers.values().map(|(transfer, position)| {
            let bytes = position.load(Ordering::Relaxed);
            TransferStatus {
                bytes,
                ..transfer.clone()
            }
        });
        MailboxStatus {
            mailbox: self.mailbox.to_string(),
            at: now,
            stopped: state.stopped,
            last_contact: state.last_contact,
            next_poll: state.next_poll,
            trouble: state.trouble.clone(),
            clock_skew_seconds: state.clock_skew_seconds,
            certificate: self.certificate.status(now),
            not_received: state.not_received.clone(),
            transfers: transfers.collect(),
            sent: state.sent,
            failed: state.failed,
            received: state.received,
        }
    }

    /// The server answered as it should.
    pub fn contact(&self, now: Timestamp, skew_seconds: Option<i64>) {
        let mut state = self.lock();
        state.last_contact = Some(now);
        state.clock_skew_seconds = skew_seconds;
        let id = self.mailbox.to_string();
        metrics::gauge!("restante_client_last_contact_timestamp_seconds", "mailbox" => id.clone())
            .set(now.as_second() as f64);
        metrics::gauge!("restante_client_clock_skew_seconds", "mailbox" => id)
            .set(skew_seconds.unwrap_or_default() as f64);
    }

    /// What the last poll left in the inbox.
    pub fn not_received(&self, mut messages: Vec<NotReceived>) {
        messages.truncate(MOST_NOT_RECEIVED);
        self.lock().not_received = messages;
    }

    pub fn next_poll(&self, at: Option<Timestamp>) {
        self.lock().next_poll = at;
    }

    /// Notes what is wrong; false when that was known.
    pub fn trouble(&self, now: Timestamp, code: &str, words: String, skew: Option<i64>) -> bool {
        let mut state = self.lock();
        state.clock_skew_seconds = skew;
        self.in_trouble(1.0);
        let known = state.trouble.as_mut();
        if let Some(trouble) = known.filter(|known| kind(&known.code) == kind(code)) {
            trouble.words = words;
            return false;
        }
        let since = now;
        let code = code.to_owned();
        state.trouble = Some(Trouble { since, code, words });
        true
    }

    /// Nothing keeps the mailbox from its work any more.
    pub fn recovered(&self) {
        self.in_trouble(0.0);
        if self.lock().trouble.take().is_some() {
            tracing::info!(mailbox = %self.mailbox, "sending and collecting again");
        }
    }

    /// Writes it into TEMP, for whoever inspects the mailbox.
    pub fn write(&self, now: Timestamp) {
        if let Err(error) = self.status(now).write(&self.temp) {
            tracing::debug!(mailbox = %self.mailbox, %error, "the status was not written");
        }
    }

    pub fn stopped(&self) {
        self.lock().stopped = true;
    }

    /// Whether a message is on its way.
    pub fn is_transferring(&self) -> bool {
        !self.lock().transfers.is_empty()
    }

    /// Messages sent, failed and received so far, which tells whether there is news.
    pub fn finished(&self) -> u64 {
        let state = self.lock();
        state.sent + state.failed + state.received
    }

    pub fn count_sent(&self) {
        self.lock().sent += 1;
    }

    pub fn count_failed(&self) {
        self.lock().failed += 1;
    }

    pub fn count_received(&self) {
        self.lock().received += 1;
    }

    /// Shows a message on its way.
    pub fn begin(
        self: &Arc<Self>,
        direction: Direction,
        place: &str,
        total_bytes: Option<u64>,
        now: Timestamp,
    ) -> TransferProgress {
        let position = Arc::new(AtomicU64::new(0));
        let transfer = TransferStatus {
            direction,
            message: None,
            place: place.to_owned(),
            since: now,
            bytes: 0,
            total_bytes,
            chunk: 1,
            chunks: 1,
        };
        let mut state = self.lock();
        let key = state.next_key;
        state.next_key += 1;
        state.transfers.insert(key, (transfer, position.clone()));
        drop(state);
        TransferProgress {
            live: self.clone(),
            key,
            position,
        }
    }

    fn in_trouble(&self, value: f64) {
        metrics::gauge!("restante_client_in_trouble", "mailbox" => self.mailbox.to_string())
            .set(value);
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The same trouble has one code while sending and another while collecting.
fn kind(code: &str) -> &'static str {
    match code {
        "03" | "16" => "certificate",
        "04" | "17" => "login",
        _ => "other",
    }
}

impl TransferProgress {
    /// Shows which chunk of which message is under way.
    pub fn at(&self, message: Option<&MessageId>, chunk: u32, chunks: u32) {
        if let Some((transfer, _)) = self.live.lock().transfers.get_mut(&self.key) {
            if message.is_some() {
                transfer.message = message.cloned();
            }
            transfer.chunk = chunk;
            transfer.chunks = chunks;
        }
    }

    pub fn reach(&self, bytes: u64) {
        self.position.store(bytes, Ordering::Relaxed);
    }

    pub fn bytes(&self) -> u64 {
        self.position.load(Ordering::Relaxed)
    }
}

impl Drop for TransferProgress {
    fn drop(&mut self) {
        self.live.lock().transfers.remove(&self.key);
    }
}

/// The statuses of all mailboxes that are served.
#[derive(Clone, Default)]
pub(super) struct LiveStatuses(Arc<Mutex<BTreeMap<MailboxId, Arc<LiveStatus>>>>);

impl LiveStatuses {
    pub fn add(&self, live: Arc<LiveStatus>) {
        self.lock().insert(live.mailbox.clone(), live);
    }

    /// Drops those of mailboxes that are gone.
    pub fn forget(&self, is_gone: impl Fn(&MailboxId) -> bool) {
        self.lock().retain(|id, _| !is_gone(id));
    }

    pub fn all(&self, now: Timestamp) -> Vec<MailboxStatus> {
        self.lock().values().map(|live| live.status(now)).collect()
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<MailboxId, Arc<LiveStatus>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
