//! The tokens that continue a list.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use nhs::MailboxId;
use subtle::ConstantTimeEq;

use crate::keyring::Keyring;

/// Which list a page token continues.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum List {
    Inbox = 1,
    RichInbox = 2,
    RichOutbox = 3,
}

const TAG_BYTES: usize = 16;

/// A token that continues a list after a position: 34 characters, good for one mailbox and one
/// list, for as long as the server keeps its key, restarts included.
pub(crate) fn write(keyring: &Keyring, mailbox: &MailboxId, list: List, position: i64) -> String {
    let mut bytes = vec![list as u8];
    bytes.extend_from_slice(&position.to_be_bytes());
    let tag = tag(keyring, mailbox, &bytes);
    bytes.extend_from_slice(&tag);
    URL_SAFE_NO_PAD.encode(bytes)
}

/// The position, when the token is one of ours.
pub(crate) fn read(keyring: &Keyring, mailbox: &MailboxId, list: List, token: &str) -> Option<i64> {
    let bytes = URL_SAFE_NO_PAD.decode(token.trim_end_matches('=')).ok()?;
    let (claim, found) = bytes.split_at_checked(9)?;
    let signatures = keyring.signatures(&[claim, mailbox.as_str().as_bytes()].concat());
    let is_ours = |tag: &Vec<u8>| {
        let tag = tag.get(..TAG_BYTES).unwrap_or_default();
        found.len() == TAG_BYTES && bool::from(tag.ct_eq(found))
    };
    if !signatures.iter().any(is_ours) {
        return None;
    }
    let (kind, position) = claim.split_first()?;
    (*kind == list as u8).then_some(i64::from_be_bytes(position.try_into().ok()?))
}

fn tag(keyring: &Keyring, mailbox: &MailboxId, claim: &[u8]) -> Vec<u8> {
    let signed = keyring.sign(&[claim, mailbox.as_str().as_bytes()].concat());
    signed.into_iter().take(TAG_BYTES).collect()
}
