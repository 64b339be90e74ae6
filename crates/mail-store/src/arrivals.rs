//! Who waits for mail, and being told of it.
//!
//! A backend tells of a message once it can be read in its inbox, whatever brought it there; with several
//! servers on the same records, of those that the others put there too. Only who waits for that mailbox is
//! woken.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use nhs::MailboxId;
use parking_lot::Mutex;
use tokio::sync::Notify;
use tokio::sync::futures::Notified;

/// Mailboxes woken at once when it is not known which of them have mail, and the pause before the next: each
/// looks into its inbox.
const WOKEN_AT_ONCE: usize = 64;
const PAUSE: Duration = Duration::from_millis(20);

/// The mailboxes that somebody waits for. Cheap to clone.
#[derive(Clone, Default)]
pub struct Arrivals(Arc<Mutex<HashMap<MailboxId, Waited>>>);

struct Waited {
    notify: Arc<Notify>,
    by: usize,
}

/// Somebody waits for the mail of one mailbox, until this is dropped.
pub struct Subscription {
    of: Arrivals,
    mailbox: MailboxId,
    notify: Arc<Notify>,
}

impl Arrivals {
    /// Begins to wait for the mail of a mailbox.
    pub fn subscribe(&self, mailbox: &MailboxId) -> Subscription {
        let mut waited = self.0.lock();
        let of_mailbox = waited.entry(mailbox.clone()).or_insert_with(|| Waited {
            notify: Arc::default(),
            by: 0,
        });
        of_mailbox.by += 1;
        Subscription {
            notify: Arc::clone(&of_mailbox.notify),
            of: self.clone(),
            mailbox: mailbox.clone(),
        }
    }

    /// Wakes who waits for one of these mailboxes.
    pub(crate) fn arrived<'a>(&self, mailboxes: impl IntoIterator<Item = &'a MailboxId>) {
        let waited = self.0.lock();
        if waited.is_empty() {
            return;
        }
        for mailbox in mailboxes {
            if let Some(waited) = waited.get(mailbox) {
                waited.notify.notify_waiters();
            }
        }
    }

    /// Wakes who waits for a mailbox that is so.
    pub fn wake_where(&self, is_so: impl Fn(&MailboxId) -> bool) {
        for (mailbox, waited) in self.0.lock().iter() {
            if is_so(mailbox) {
                waited.notify.notify_waiters();
            }
        }
    }

    /// Wakes everybody, a few at a time: what arrived meanwhile was not heard.
    pub(crate) async fn wake_all(&self) {
        let all: Vec<Arc<Notify>> = {
            let waited = self.0.lock();
            let each = waited.values();
            each.map(|waited| Arc::clone(&waited.notify)).collect()
        };
        for some in all.chunks(WOKEN_AT_ONCE) {
            some.iter().for_each(|notify| notify.notify_waiters());
            tokio::time::sleep(PAUSE).await;
        }
    }
}

impl Subscription {
    /// Ready once there may be new mail, counted from this call on, not from when it is first awaited: who
    /// calls it and then looks into the inbox misses nothing.
    pub fn next(&self) -> Notified<'_> {
        self.notify.notified()
    }
}

impl Drop for Subscription {
    fn drop(&mut self) {
        let mut waited = self.of.0.lock();
        if let Some(of_mailbox) = waited.get_mut(&self.mailbox) {
            of_mailbox.by -= 1;
            if of_mailbox.by == 0 {
                waited.remove(&self.mailbox);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use futures_util::FutureExt;

    use super::*;

    #[test]
    fn what_arrives_between_the_look_and_the_wait_is_heard_by_its_mailbox_only() {
        let arrivals = Arrivals::default();
        let (one, other) = ["X26ABC1", "X26ABC2"]
            .map(|id| MailboxId::parse(id).unwrap())
            .into();
        let (waits, also, elsewhere) = (
            arrivals.subscribe(&one),
            arrivals.subscribe(&one),
            arrivals.subscribe(&other),
        );
        let (next, of_also, of_other) = (waits.next(), also.next(), elsewhere.next());
        arrivals.arrived([&one]);
        assert!(next.now_or_never().is_some());
        assert!(of_also.now_or_never().is_some());
        assert!(of_other.now_or_never().is_none());
        assert!(waits.next().now_or_never().is_none());
        drop((waits, also, elsewhere));
        assert!(arrivals.0.lock().is_empty());
    }
}
