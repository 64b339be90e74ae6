//! A store that takes no more writes.

use mail_store::{Store, StoreError, Trouble};
use rusqlite::Connection;

use super::support::*;

#[tokio::test]
async fn a_store_that_takes_no_more_writes_says_so() {
    let dir = tempfile::tempdir().unwrap();
    let store = Store::open(dir.path()).unwrap();
    send(&store, 1).await;
    assert_eq!(store.trouble().await, None);
    let records = Connection::open(dir.path().join("records.sqlite3")).unwrap();
    records.execute("DROP TABLE acknowledged", []).unwrap();
    let error = store.commit(vec![acknowledge(1)]).await.unwrap_err();
    assert!(matches!(error, StoreError::Uncertain), "{error}");
    let error = store.commit(vec![acknowledge(1)]).await.unwrap_err();
    assert!(matches!(error, StoreError::Halted), "{error}");
    assert_eq!(store.trouble().await, Some(Trouble::Halted));
    assert_eq!(inbox(&store).await.len(), 1, "reading goes on");
}
