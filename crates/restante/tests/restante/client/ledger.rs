//! The invariant: each accepted message is in IN once, byte for byte; a file that was not accepted is
//! in FAILED; none is lost.

use std::collections::{BTreeMap, HashMap};
use std::fs;

use mesh::{ControlFile, MessageType};

use super::mailbox::{Mailbox, Pair};

/// Checks what both mailboxes hold once they have come to rest.
pub fn check(sender: &Mailbox, receiver: &Mailbox, pairs: &[Pair]) {
    let received = received(receiver);
    let mut copies: HashMap<&[u8], Vec<&str>> = HashMap::new();
    for (id, data) in &received {
        copies.entry(data).or_default().push(id);
    }
    for pair in pairs {
        let base = &pair.base;
        let (sent, failed) = (holds(sender, "SENT", pair), holds(sender, "FAILED", pair));
        assert!(sent != failed, "{base}: in SENT {sent}, in FAILED {failed}");
        let copies = copies.remove(pair.data.as_slice()).unwrap_or_default();
        assert_eq!(copies.len(), usize::from(sent), "{base}: {copies:?} in IN");
        if let Some(id) = copies.first() {
            let at_sender = control(sender, "SENT", base);
            assert_eq!(at_sender.dts_id.as_deref(), Some(*id), "{base}");
            let at_receiver = control(receiver, "IN", id);
            assert_eq!(at_receiver.local_id.as_ref(), Some(base));
        }
    }
    let strange: Vec<_> = copies.values().collect();
    assert!(strange.is_empty(), "nobody sent what {strange:?} hold");
}

/// Checks that what is in IN is whole, before all has come to rest.
pub fn nothing_is_half_published(receiver: &Mailbox, pairs: &[Pair]) {
    for (id, data) in received(receiver) {
        let whole = pairs.iter().any(|pair| pair.data == data);
        assert!(whole, "{id} holds what nobody sent");
    }
}

/// The data files in IN by message id; each has its control file, and nothing else is there but the
/// client's own reports.
fn received(receiver: &Mailbox) -> BTreeMap<String, Vec<u8>> {
    let mut found = BTreeMap::new();
    let names = receiver.names("IN");
    for name in &names {
        let (base, extension) = name.split_once('.').unwrap();
        match extension {
            "dat" => {
                assert!(names.contains(&format!("{base}.ctl")), "{name} is alone");
                let data = fs::read(receiver.path("IN").join(name)).unwrap();
                found.insert(base.to_owned(), data);
            }
            "ctl" if names.contains(&format!("{base}.dat")) => {}
            "ctl" => {
                let kind = control(receiver, "IN", base).message_type();
                assert_eq!(kind, Some(MessageType::Report), "{name} is alone");
            }
            _ => panic!("{name} in IN"),
        }
    }
    found
}

/// Whether the pair is in the directory, under its own name and whole.
fn holds(mailbox: &Mailbox, directory: &str, pair: &Pair) -> bool {
    let path = mailbox.path(directory).join(format!("{}.dat", pair.base));
    let Ok(data) = fs::read(path) else {
        return false;
    };
    assert!(data == pair.data, "{} was changed", pair.base);
    control(mailbox, directory, &pair.base).status.is_some()
}

fn control(mailbox: &Mailbox, directory: &str, base: &str) -> ControlFile {
    let path = mailbox.path(directory).join(format!("{base}.ctl"));
    ControlFile::read(&fs::read(path).unwrap()).unwrap()
}
