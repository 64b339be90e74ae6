//! Messages that have arrived whole and whose record is about to be written.
//!
//! A client whose connection broke asks by local id before it sends again. The exchange may still be
//! syncing what it has whole by then: told that nothing came, the client would send it twice.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use nhs::MailboxId;
use parking_lot::Mutex;
use tokio::sync::Notify;

/// The longest a question waits for what it asks about.
const LONGEST_WAIT: Duration = Duration::from_secs(10);

type Key = (MailboxId, Vec<u8>);

/// Counts them by sender and local id; as many as there are requests under way, at most.
#[derive(Default)]
pub(crate) struct Arrivals {
    whole: Mutex<HashMap<Key, usize>>,
    ended: Notify,
}

/// One of them, until its record is durable or it is refused.
pub(crate) struct Arrival {
    of: Arc<Arrivals>,
    key: Key,
}

impl Arrivals {
    /// All of a message is here.
    pub fn begin(self: &Arc<Self>, sender: &MailboxId, local_id: &[u8]) -> Arrival {
        let key = (sender.clone(), local_id.to_vec());
        *self.whole.lock().entry(key.clone()).or_default() += 1;
        Arrival {
            of: Arc::clone(self),
            key,
        }
    }

    /// Waits until no message of this sender and local id is about to be kept; false when that takes
    /// longer than ten seconds.
    pub async fn settled(&self, sender: &MailboxId, local_id: &[u8]) -> bool {
        let key = (sender.clone(), local_id.to_vec());
        let settled = async {
            loop {
                let ended = self.ended.notified();
                if !self.whole.lock().contains_key(&key) {
                    return;
                }
                ended.await;
            }
        };
        tokio::time::timeout(LONGEST_WAIT, settled).await.is_ok()
    }
}

impl Drop for Arrival {
    fn drop(&mut self) {
        let mut whole = self.of.whole.lock();
        if let Some(count) = whole.get_mut(&self.key) {
            *count -= 1;
            if *count == 0 {
                whole.remove(&self.key);
            }
        }
        drop(whole);
        self.of.ended.notify_waiters();
    }
}
