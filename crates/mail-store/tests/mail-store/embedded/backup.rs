//! A copy is private and never half there; what is in it, tests/contract says.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use mail_store::{Backup, Store, StoreError, StoreOptions};

use super::support::*;

async fn back_up(from: &Path, to: &Path, beside: &[(&Path, &str)]) -> Result<Backup, StoreError> {
    StoreOptions::default().back_up(from, to, beside, &[]).await
}

#[tokio::test]
async fn a_copy_is_private_and_never_half_there() {
    let dir = tempfile::tempdir().unwrap();
    let copies = tempfile::tempdir().unwrap();
    let store = Store::open(dir.path()).unwrap();
    send_large(&store, 1).await;
    let to = copies.path().join("deep/copy");
    back_up(dir.path(), &to, &[]).await.unwrap();
    let mode = |path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(to.clone()), 0o700);
    assert_eq!(mode(to.join("records.sqlite3")), 0o600);
    for file in body_files(&to) {
        assert_eq!(mode(file), 0o600);
    }
    // what an earlier attempt left half done is not in the way, what is whole is not overwritten
    let partial = copies.path().join("two.partial");
    fs::create_dir(&partial).unwrap();
    fs::write(partial.join("records.sqlite3"), b"half").unwrap();
    let two = copies.path().join("two");
    back_up(dir.path(), &two, &[]).await.unwrap();
    assert!(!partial.exists());
    assert!(back_up(dir.path(), &to, &[]).await.is_err());
    let (nothing, three) = (dir.path().join("nothing"), copies.path().join("three"));
    assert!(back_up(&nothing, &three, &[]).await.is_err());
    assert!(!three.exists() && !nothing.exists());
}
