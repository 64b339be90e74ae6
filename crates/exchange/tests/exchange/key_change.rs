//! The vault key is changed while a server works: nothing sealed is lost, and each step can be cut short.

use std::fs;
use std::path::PathBuf;
use std::sync::Arc;

use crate::kit::{self, GARTON, RECEIVER, SENDER, Setup, strict};
use exchange::{ExchangeError, KeyChange, KeyFiles, Operator, Resealing};
use mail_store::StoreOptions;
use nhs::{MessageId, SystemRandomness};

/// Another process than the server's.
fn operator(setup: &Setup) -> Operator {
    Operator::open(setup.path(), Arc::new(SystemRandomness), setup.time.clone()).unwrap()
}

fn files(setup: &Setup) -> KeyFiles {
    KeyFiles::new(&setup.path().join("key"))
}

fn database(setup: &Setup) -> rusqlite::Connection {
    rusqlite::Connection::open(setup.path().join("records.sqlite3")).unwrap()
}

/// A message that waits to be routed, and one of two chunks of which the first is here.
async fn waiting(setup: &Setup) -> (MessageId, MessageId) {
    let whole = setup.send(GARTON, b"whole").await.unwrap();
    let begun = kit::request(GARTON, 2);
    let begun = setup.send_request(begun, b"begun").await.unwrap();
    (whole, begun)
}

async fn deliver(setup: &Setup, (whole, begun): (MessageId, MessageId)) {
    setup.send_chunk(&begun, 2, 2, b" and ended").await.unwrap();
    while setup.exchange().route_due().await.unwrap() > 0 {}
    let delivered = setup.inbox(RECEIVER).await;
    assert_eq!(delivered, [whole, begun]);
}

fn anew(passwords: u64, addresses: u64) -> Resealing {
    Resealing {
        passwords,
        addresses,
        unreadable: 0,
    }
}

#[tokio::test]
async fn a_running_server_goes_on_through_a_change_of_the_vault_key() {
    let mut setup = Setup::new(strict()).await;
    let sent = waiting(&setup).await;
    let before = fs::read(setup.path().join("key")).unwrap();
    let other = operator(&setup);
    assert_eq!(other.rotate_vault_key().unwrap(), anew(2, 2));
    assert_eq!(files(&setup).change().unwrap(), KeyChange::UnderWay);
    assert_ne!(fs::read(setup.path().join("key")).unwrap(), before);
    assert_eq!(fs::read(files(&setup).old()).unwrap(), before);

    // the server has not looked yet: it opens what is sealed anew, and what operators seal now
    other
        .add_mailbox(kit::new_mailbox("B81001OT001", "B81001"))
        .unwrap();
    setup.exchange().refresh_directory().await.unwrap();
    setup.caller("B81001OT001").await;
    deliver(&setup, sent).await;

    assert_eq!(other.rotate_vault_key().unwrap(), anew(0, 0), "it is done");
    assert_eq!(other.finish_vault_key().unwrap(), anew(0, 0));
    assert_eq!(files(&setup).change().unwrap(), KeyChange::None);
    assert!(!files(&setup).old().exists());
    setup.restart().await;
    setup.caller(SENDER).await;

    fs::write(setup.path().join("key"), before).unwrap();
    let with_the_old = Operator::open(setup.path(), Arc::new(SystemRandomness), setup.time.clone());
    let unreadable = with_the_old.unwrap().rotate_vault_key().unwrap().unreadable;
    assert_eq!(unreadable, 3, "the old key opens nothing any more");
}

#[tokio::test]
async fn what_a_server_seals_with_the_old_key_meanwhile_is_sealed_anew_at_the_end() {
    let mut setup = Setup::new(strict()).await;
    let other = operator(&setup);
    other.rotate_vault_key().unwrap();
    let sent = waiting(&setup).await;
    assert_eq!(other.finish_vault_key().unwrap(), anew(0, 2));
    setup.restart().await;
    deliver(&setup, sent).await;
}

#[tokio::test]
async fn messages_to_one_patient_keep_their_order_across_a_change() {
    let mut setup = Setup::new(strict()).await;
    setup.send(GARTON, b"before").await.unwrap();
    operator(&setup).rotate_vault_key().unwrap();
    setup.restart().await;
    setup.send(GARTON, b"after").await.unwrap();
    let keys = "SELECT count(*), count(DISTINCT order_key) FROM routing";
    let keys = database(&setup).query_row(keys, [], |row| Ok((row.get(0)?, row.get(1)?)));
    assert_eq!(keys.unwrap(), (2, 1));
}

/// Where a change is cut short.
type Cut = fn(&Setup);

fn copy(from: PathBuf, to: PathBuf) {
    let bytes = fs::read(from).unwrap();
    durable::replace(&to, &bytes, durable::Access::Owner).unwrap();
}

fn prepared(setup: &Setup) {
    operator(setup).prepare_vault_key().unwrap();
}

fn with_both_beside(setup: &Setup) {
    prepared(setup);
    copy(setup.path().join("key"), files(setup).old());
}

fn with_nothing_sealed_anew(setup: &Setup) {
    with_both_beside(setup);
    fs::rename(files(setup).next(), setup.path().join("key")).unwrap();
}

fn with_half_sealed_anew(setup: &Setup) {
    let sql = "SELECT password FROM mailbox WHERE id = ?1";
    let password: Vec<u8> = database(setup)
        .query_row(sql, [SENDER], |row| row.get(0))
        .unwrap();
    operator(setup).rotate_vault_key().unwrap();
    let sql = "UPDATE mailbox SET password = ?2 WHERE id = ?1";
    let changed = database(setup).execute(sql, rusqlite::params![SENDER, password]);
    assert_eq!(changed.unwrap(), 1);
}

#[tokio::test]
async fn a_change_cut_short_anywhere_is_gone_on_with() {
    let cuts: [(Cut, Resealing); 4] = [
        (prepared, anew(2, 2)),
        (with_both_beside, anew(2, 2)),
        (with_nothing_sealed_anew, anew(2, 2)),
        (with_half_sealed_anew, anew(1, 0)),
    ];
    for (cut, left) in cuts {
        let mut setup = Setup::new(strict()).await;
        let sent = waiting(&setup).await;
        cut(&setup);
        setup.restart().await;
        setup.caller(SENDER).await;
        assert_eq!(operator(&setup).rotate_vault_key().unwrap(), left);
        setup.restart().await;
        assert_eq!(operator(&setup).finish_vault_key().unwrap(), anew(0, 0));
        setup.restart().await;
        deliver(&setup, sent).await;
    }
}

#[tokio::test]
async fn a_page_goes_on_across_a_change() {
    let mut setup = Setup::new(strict()).await;
    for body in [b"1", b"2"] {
        setup.send(RECEIVER, body).await.unwrap();
    }
    let one = |continue_from| exchange::InboxQuery {
        max_results: 1,
        continue_from,
        ..Default::default()
    };
    let caller = setup.caller(RECEIVER).await;
    let page = setup.exchange().inbox(&caller, one(None)).await.unwrap();
    drop(caller);
    operator(&setup).rotate_vault_key().unwrap();
    setup.restart().await;
    let caller = setup.caller(RECEIVER).await;
    let next = setup.exchange().inbox(&caller, one(page.next)).await;
    assert_eq!(next.unwrap().ids.len(), 1);
}

#[tokio::test]
async fn steps_out_of_turn_are_refused_and_each_step_is_audited() {
    let setup = Setup::new(strict()).await;
    let other = operator(&setup);
    let refused = other.finish_vault_key().unwrap_err();
    assert!(matches!(refused, ExchangeError::NoKeyChange), "{refused}");
    let lock = files(&setup).lock().unwrap();
    let refused = other.rotate_vault_key().unwrap_err();
    assert!(matches!(refused, ExchangeError::KeyInUse(_)), "{refused}");
    drop(lock);
    other.prepare_vault_key().unwrap();
    let next = fs::read(files(&setup).next()).unwrap();
    other.prepare_vault_key().unwrap();
    assert_eq!(fs::read(files(&setup).next()).unwrap(), next);
    other.rotate_vault_key().unwrap();
    assert_eq!(fs::read(setup.path().join("key")).unwrap(), next);
    let refused = other.prepare_vault_key().unwrap_err();
    assert!(
        matches!(refused, ExchangeError::KeyChangeUnfinished),
        "{refused}"
    );
    other.finish_vault_key().unwrap();

    let options = StoreOptions::default();
    let lines = options
        .audit_lines(setup.path(), "vault key")
        .await
        .unwrap();
    let lines: Vec<_> = lines
        .iter()
        .map(|line| (line.action.as_str(), line.detail.as_str()))
        .collect();
    assert_eq!(
        lines,
        [
            ("prepare rotation", ""),
            ("begin rotation", ""),
            ("re-seal", "passwords=2 addresses=0"),
            ("finish rotation", ""),
        ]
    );
    let checked = options.verify_audit(setup.path(), None).await.unwrap();
    assert!(checked.broken.is_none());
}

#[tokio::test]
async fn a_text_that_no_key_opens_is_counted_and_stays() {
    let setup = Setup::new(strict()).await;
    waiting(&setup).await;
    let damage = "UPDATE routing SET address = x'0102'";
    assert_eq!(database(&setup).execute(damage, []).unwrap(), 1);
    let other = operator(&setup);
    let expected = Resealing {
        unreadable: 1,
        ..anew(2, 1)
    };
    assert_eq!(other.rotate_vault_key().unwrap(), expected);
}
