//! Renaming and removing.

use std::fs;

use crate::names;

#[test]
fn renaming_replaces_and_says_what_is_missing() {
    let directory = tempfile::tempdir().unwrap();
    let at = |name: &str| directory.path().join(name);
    fs::create_dir(at("out")).unwrap();
    fs::create_dir(at("sent")).unwrap();
    fs::write(at("out/a"), "new").unwrap();
    fs::write(at("sent/a"), "old").unwrap();
    durable::rename(&at("out/a"), &at("sent/a")).unwrap();
    assert_eq!(fs::read(at("sent/a")).unwrap(), b"new");
    let missing = durable::rename(&at("out/a"), &at("sent/a")).unwrap_err();
    assert!(missing.is_missing(), "{missing}");
    durable::rename(&at("sent"), &at("gone")).unwrap();
    durable::rename_unsynced(&at("gone/a"), &at("gone/b")).unwrap();
    assert_eq!(names(directory.path()), ["gone", "out"]);
    assert_eq!(names(&at("gone")), ["b"]);
}

#[test]
fn removing_tells_whether_there_was_anything() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("file");
    fs::write(&path, "").unwrap();
    assert!(durable::remove(&path).unwrap());
    assert!(!durable::remove(&path).unwrap());
    assert!(durable::remove(directory.path()).is_err());
}

#[test]
fn a_tree_is_synced_past_links_and_pipes() {
    let directory = tempfile::tempdir().unwrap();
    let at = |name: &str| directory.path().join(name);
    fs::create_dir(at("below")).unwrap();
    fs::write(at("below/file"), "x").unwrap();
    std::os::unix::fs::symlink(at("below"), at("below/circle")).unwrap();
    crate::make_pipe(&at("below/pipe"));
    durable::sync_tree(directory.path()).unwrap();
    assert!(durable::sync_tree(&at("nowhere")).unwrap_err().is_missing());
}
