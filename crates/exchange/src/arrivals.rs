//! Messages that are arriving: being read, or whole and about to be written.
//!
//! A client whose connection broke asks by local id before it sends again. The exchange may still be
//! reading what is in its sockets by then, or syncing what it has whole: told that nothing came, the
//! client would send it twice.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use nhs::MailboxId;
use parking_lot::Mutex;
use tokio::sync::Notify;

/// How long a question waits for messages that are being read. What reached this machine before the
/// connection broke is read in less; what is still on its way belongs to a connection that holds.
const LONGEST_READING: Duration = Duration::from_secs(2);

type Key = (MailboxId, Vec<u8>);

/// Counts them by sender and local id; as many as there are requests under way, at most.
#[derive(Default)]
pub(crate) struct Arrivals {
    counts: Mutex<HashMap<Key, Counts>>,
    changed: Notify,
}

#[derive(Default)]
struct Counts {
    reading: usize,
    whole: usize,
}

/// One of them, until its record is durable or it is refused.
pub(crate) struct Arrival {
    of: Arc<Arrivals>,
    key: Key,
    whole: bool,
}

impl Arrivals {
    /// The head of a message is here.
    pub fn begin(self: &Arc<Self>, sender: &MailboxId, local_id: &[u8]) -> Arrival {
        let key = (sender.clone(), local_id.to_vec());
        self.counts.lock().entry(key.clone()).or_default().reading += 1;
        Arrival {
            of: Arc::clone(self),
            key,
            whole: false,
        }
    }

    /// Waits until no message of this sender and local id is about to be kept; false when that takes
    /// longer than `longest`. Those that are not whole after two seconds do not count.
    pub async fn settled(&self, sender: &MailboxId, local_id: &[u8], longest: Duration) -> bool {
        let key = (sender.clone(), local_id.to_vec());
        let read = self.until(&key, |counts| counts.reading == 0);
        let _in_time = tokio::time::timeout(LONGEST_READING, read).await;
        let kept = self.until(&key, |counts| counts.whole == 0);
        tokio::time::timeout(longest, kept).await.is_ok()
    }

    async fn until(&self, key: &Key, is_so: impl Fn(&Counts) -> bool) {
        loop {
            let changed = self.changed.notified();
            if self.counts.lock().get(key).is_none_or(&is_so) {
                return;
            }
            changed.await;
        }
    }
}

impl Arrival {
    /// All of the message is here.
    pub fn is_whole(&mut self) {
        if let Some(counts) = self.of.counts.lock().get_mut(&self.key)
            && !self.whole
        {
            counts.reading -= 1;
            counts.whole += 1;
        }
        self.whole = true;
        self.of.changed.notify_waiters();
    }
}

impl Drop for Arrival {
    fn drop(&mut self) {
        let mut counts = self.of.counts.lock();
        if let Some(of_key) = counts.get_mut(&self.key) {
            match self.whole {
                true => of_key.whole -= 1,
                false => of_key.reading -= 1,
            }
            if of_key.reading + of_key.whole == 0 {
                counts.remove(&self.key);
            }
        }
        drop(counts);
        self.of.changed.notify_waiters();
    }
}
