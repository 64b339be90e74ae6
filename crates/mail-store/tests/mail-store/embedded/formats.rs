//! What an older or newer program wrote is migrated, or refused with advice.

use std::fs;

use mail_store::{Store, StoreError};
use rusqlite::Connection;

use super::support::*;

/// A store as format 2 wrote it, with two messages, one of them acknowledged.
fn older(directory: &std::path::Path) {
    let connection = Connection::open(directory.join("records.sqlite3")).unwrap();
    connection
        .execute_batch(include_str!("../../fixtures/format_2.sql"))
        .unwrap();
}

#[tokio::test]
async fn format_2_is_migrated_and_keeps_its_mail() {
    let dir = tempfile::tempdir().unwrap();
    older(dir.path());
    let store = Store::open(dir.path()).unwrap();
    assert_eq!(inbox(&store).await, [message_id(2)]);
    assert_eq!(body(&store, 2).await.unwrap(), b"the second body");
    assert_eq!(body(&store, 1).await.unwrap(), b"the first body");
    send(&store, 3).await;
    let check = verify_audit(dir.path()).await;
    assert_eq!((check.lines, check.broken), (3, None));
    drop(store);
    let again = Store::open(dir.path()).unwrap();
    assert_eq!(inbox(&again).await, [message_id(2), message_id(3)]);
}

#[tokio::test]
async fn other_formats_are_refused_and_left_as_they_are() {
    for found in [1, 8, 99] {
        let dir = tempfile::tempdir().unwrap();
        older(dir.path());
        let path = dir.path().join("records.sqlite3");
        let connection = Connection::open(&path).unwrap();
        connection
            .pragma_update(None, "user_version", found)
            .unwrap();
        drop(connection);
        let error = Store::open(dir.path()).err().expect("refused");
        assert!(matches!(error, StoreError::Format { .. }));
        assert!(error.to_string().contains("use the program that wrote it"));
        let connection = Connection::open(&path).unwrap();
        let messages: i64 = connection
            .query_row("SELECT count(*) FROM message", [], |row| row.get(0))
            .unwrap();
        assert_eq!(messages, 2);
    }
}

#[tokio::test]
async fn a_directory_laid_out_otherwise_is_refused() {
    let dir = tempfile::tempdir().unwrap();
    drop(Store::open(dir.path()).unwrap());
    let lock = dir.path().join("lock");
    assert_eq!(
        fs::read_to_string(&lock).unwrap(),
        "restante mail store 1\n"
    );
    fs::write(&lock, "restante mail store 2\n").unwrap();
    let error = Store::open(dir.path()).err().expect("refused");
    assert!(matches!(error, StoreError::Layout { .. }), "{error}");
    // a lock from before there were layouts is empty
    fs::write(&lock, "").unwrap();
    Store::open(dir.path()).unwrap();
}

#[tokio::test]
async fn a_file_that_is_no_database_is_refused() {
    let dir = tempfile::tempdir().unwrap();
    fs::write(dir.path().join("records.sqlite3"), vec![b'x'; 8192]).unwrap();
    assert!(matches!(
        Store::open(dir.path()).err().expect("refused"),
        StoreError::Database(_)
    ));
}
