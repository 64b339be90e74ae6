//! Who has traces under way that wait for an answer.

use std::collections::HashMap;

use mail_store::OrderKey;
use nhs::MailboxId;

/// The most, whatever the source of demographics takes.
const AT_MOST: usize = 256;

/// Places for traces under way, by what is traced. One sender never has all of them.
pub(super) struct Places {
    all: usize,
    taken: HashMap<OrderKey, Option<MailboxId>>,
}

impl Places {
    /// As many as are worth having under way at once, where that is limited.
    pub(super) fn new(worth: Option<usize>) -> Self {
        Self {
            all: worth.unwrap_or(AT_MOST).clamp(1, AT_MOST),
            taken: HashMap::new(),
        }
    }

    pub(super) fn are_all_taken(&self) -> bool {
        self.taken.len() >= self.all
    }

    /// A quarter is left to the others, and one place at least where there are two.
    pub(super) fn are_left_for(&self, sender: &Option<MailboxId>) -> bool {
        let own = self.taken.values().filter(|of| *of == sender).count();
        let left_to_others = (self.all / 4).max(1).min(self.all - 1);
        !self.are_all_taken() && own < self.all - left_to_others
    }

    pub(super) fn is_taken_by(&self, key: &OrderKey) -> bool {
        self.taken.contains_key(key)
    }

    pub(super) fn take(&mut self, key: OrderKey, sender: Option<MailboxId>) {
        self.taken.insert(key, sender);
    }

    pub(super) fn give_back(&mut self, key: &OrderKey) {
        self.taken.remove(key);
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    fn mailbox(id: &str) -> Option<MailboxId> {
        Some(MailboxId::parse(id).unwrap())
    }

    #[test]
    fn no_sender_has_all_places() {
        for (worth, share) in [
            (None, 192),
            (Some(20), 15),
            (Some(3), 2),
            (Some(2), 1),
            (Some(1), 1),
        ] {
            let mut places = Places::new(worth);
            let (greedy, other) = (mailbox("A81001OT001"), mailbox("A20047OT001"));
            let mut taken = 0_u8;
            while places.are_left_for(&greedy) {
                places.take([taken; 16], greedy.clone());
                taken += 1;
            }
            assert_eq!(usize::from(taken), share, "{worth:?}");
            assert_eq!(places.are_left_for(&other), share > 1 || worth == Some(2));
            places.give_back(&[0; 16]);
            assert!(places.are_left_for(&greedy));
        }
    }
}
