//! Sealed texts are found and sealed anew while a server works on them.

use mail_store::{Directory, NewMessage, Op, Place, Resealed, ResealedCount, Store};

use super::directory::record;
use crate::kit::*;

/// A message of two chunks to a patient, of which the first is here.
fn begun(number: usize) -> Op {
    let message = NewMessage {
        recipient: None,
        total_chunks: 2,
        ..new(number)
    };
    accept(message, Place::Uploading(Some(address(9))))
}

fn anew(seq: i64, was: &[u8]) -> Resealed {
    Resealed::Address {
        seq,
        was: was.to_vec(),
        sealed: vec![8; 41],
        order_key: [3; 16],
    }
}

fn password(was: &[u8]) -> Resealed {
    Resealed::Password {
        mailbox: mailbox(SENDER),
        was: was.to_vec(),
        sealed: b"anew".to_vec(),
    }
}

pub async fn addresses_that_wait_are_listed_in_pages(backend: Backend) {
    let store = backend.open().await;
    let directory = store.operators_directory().unwrap();
    let none = directory.waiting_addresses(0, 10).unwrap();
    assert!(none.addresses.is_empty() && none.last.is_none());
    for op in [
        to_patient(1, 1),
        into_inbox(2),
        begun(3),
        to_patient(4, 2),
        begun(5),
    ] {
        done(&store, op).await;
    }
    done(&store, deliver(4)).await;
    let mut found = Vec::new();
    let mut after = 0;
    loop {
        let page = directory.waiting_addresses(after, 2).unwrap();
        assert!(page.addresses.len() <= 2);
        let Some(last) = page.last else { break };
        assert!(last > after);
        after = last;
        found.extend(page.addresses);
    }
    let messages: Vec<_> = found.iter().map(|found| found.message.clone()).collect();
    assert_eq!(messages, ids([1, 3, 5]));
    for found in found {
        assert_eq!(found.sender, Some(mailbox(SENDER)));
        assert_eq!(found.sealed.0, address(1).sealed);
        assert!(!format!("{found:?}").contains("7, 7"));
    }
}

async fn lines(store: &Store) -> Vec<String> {
    let lines = store.audit_page(None, 100).await.unwrap();
    lines
        .into_iter()
        .rev()
        .filter(|line| line.subject == "vault key")
        .map(|line| format!("{} {} {}", line.actor, line.action, line.detail))
        .collect()
}

fn reseal(directory: &Directory, texts: &[Resealed]) -> (u64, u64) {
    let ResealedCount {
        passwords,
        addresses,
        ..
    } = directory.reseal(texts, at(50)).unwrap();
    (passwords, addresses)
}

pub async fn a_text_takes_the_place_of_the_old_one_only(backend: Backend) {
    let store = backend.open().await;
    let directory = store.operators_directory().unwrap();
    directory
        .add_mailbox(&record(SENDER, "A81001"), at(1))
        .unwrap();
    let version = store.directory_version().await.unwrap();
    done(&store, to_patient(1, 1)).await;
    done(&store, begun(2)).await;
    let (old, was) = (record(SENDER, "A81001").password, address(1).sealed);
    let page = directory.waiting_addresses(0, 10).unwrap();
    let seqs: Vec<_> = page.addresses.iter().map(|address| address.seq).collect();
    let all = [anew(seqs[0], &was), anew(seqs[1], &was), password(&old)];

    assert_eq!(
        reseal(&directory, &[anew(seqs[0], b"other"), password(b"other")]),
        (0, 0)
    );
    assert_eq!(reseal(&directory, &[anew(999, &was)]), (0, 0));
    assert_eq!(lines(&store).await, [""; 0]);
    assert_eq!(reseal(&directory, &all), (1, 2));
    assert_eq!(reseal(&directory, &all), (0, 0), "they are no longer there");
    assert_eq!(
        lines(&store).await,
        ["operator re-seal passwords=1 addresses=2"]
    );
    directory
        .note_key("finish rotation", "vault key", at(60))
        .unwrap();
    assert_eq!(lines(&store).await.len(), 2);

    assert_eq!(
        store.directory().await.unwrap().mailboxes[0].password,
        b"anew"
    );
    assert_eq!(
        store.directory_version().await.unwrap(),
        version,
        "the password is the same"
    );
    let due = due(&store, 9).await;
    assert_eq!((due[0].address.0.len(), due[0].order_key), (41, [3; 16]));
    // the unfinished upload takes its address along
    let chunk = Op::Chunk {
        message: id(2),
        number: 2,
        body: inline(b"the end"),
        at: at(70),
    };
    done(&store, chunk).await;
    let again = directory.waiting_addresses(0, 10).unwrap();
    assert_eq!(again.addresses.len(), 2);
    assert!(
        again
            .addresses
            .iter()
            .all(|found| found.sealed.0 == [8; 41])
    );
}
