//! File systems.

use std::path::Path;

#[test]
fn room_is_told_in_bytes() {
    let directory = tempfile::tempdir().unwrap();
    let space = durable::space(directory.path()).unwrap();
    assert!(space.free <= space.total);
    // a temporary directory's file system has more than a megabyte and less than an exabyte
    assert!((1 << 20..1 << 60).contains(&space.total), "{space:?}");
    let missing = durable::space(&directory.path().join("missing"));
    assert!(missing.unwrap_err().is_missing());
}

#[test]
fn file_systems_are_told_apart() {
    let directory = tempfile::tempdir().unwrap();
    let below = directory.path().join("below");
    std::fs::create_dir(&below).unwrap();
    assert!(durable::same_file_system(directory.path(), &below).unwrap());
    assert!(!durable::same_file_system(directory.path(), Path::new("/proc")).unwrap());
    let from = below.join("file");
    std::fs::write(&from, "").unwrap();
    assert!(durable::rename(&from, Path::new("/proc/file")).is_err());
    assert!(from.exists());
}
