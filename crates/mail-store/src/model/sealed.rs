//! Sealed texts, to be sealed anew.

use jiff::Timestamp;

use super::Model;
use super::state::{Entry, State};
use crate::contract::{
    Resealed, ResealedCount, Sealed, SealedAddress, WaitingAddress, WaitingAddresses,
};

impl Entry {
    fn waiting_address(&mut self) -> Option<&mut SealedAddress> {
        let uploading = self.uploading.as_mut().and_then(Option::as_mut);
        uploading.or(self.routing.as_mut().map(|routing| &mut routing.address))
    }
}

impl Model {
    pub(super) fn waiting_addresses(&self, after: i64, limit: u32) -> WaitingAddresses {
        let mut found = WaitingAddresses::default();
        for (seq, entry) in self.state().messages.range_mut(after + 1..) {
            if found.addresses.len() >= limit as usize {
                break;
            }
            let (message, sender) = (entry.new.id.clone(), entry.new.sender.clone());
            if let Some(address) = entry.waiting_address() {
                found.last = Some(*seq);
                found.addresses.push(WaitingAddress {
                    seq: *seq,
                    message,
                    sender,
                    sealed: Sealed(address.sealed.clone()),
                });
            }
        }
        found
    }

    pub(super) fn reseal_texts(&self, texts: &[Resealed], at: Timestamp) -> ResealedCount {
        let mut state = self.state();
        let mut count = ResealedCount::default();
        for text in texts {
            count.add(text, reseal_one(&mut state, text).into());
        }
        if !count.is_zero() {
            state.note(count.audit_entry(at));
        }
        count
    }
}

fn reseal_one(state: &mut State, text: &Resealed) -> bool {
    let found = match text {
        Resealed::Password { mailbox, .. } => {
            let mut mailboxes = state.directory.mailboxes.iter_mut();
            let record = mailboxes.find(|record| record.id == *mailbox);
            record.map(|record| &mut record.password)
        }
        Resealed::Address {
            seq,
            order_key,
            was,
            ..
        } => {
            let entry = state.messages.get_mut(seq);
            let address = entry.and_then(Entry::waiting_address);
            address.map(|address| {
                if address.sealed == *was {
                    address.order_key = *order_key;
                }
                &mut address.sealed
            })
        }
    };
    let (Resealed::Password { was, sealed, .. } | Resealed::Address { was, sealed, .. }) = text;
    match found {
        Some(found) if found == was => {
            found.clone_from(sealed);
            true
        }
        _ => false,
    }
}
