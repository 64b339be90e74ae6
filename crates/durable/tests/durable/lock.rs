//! Locks: one holder, free at once when dropped, also while programs are being started.

use std::io::{Read, Seek, SeekFrom, Write};
use std::process::Command;
use std::sync::atomic::{AtomicBool, Ordering};

use durable::{Access, Lock, Problem};

use crate::{mode, names};

#[test]
fn one_holder_at_a_time_has_a_lock() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("lock");
    let held = Lock::take(&path, Access::Owner).unwrap();
    assert_eq!(mode(&path), 0o600);
    let refused = Lock::take(&path, Access::Owner).unwrap_err();
    assert!(matches!(refused.problem(), Problem::Locked));
    assert!(refused.is_locked());
    drop(held);
    Lock::take(&path, Access::Owner).unwrap();
    assert_eq!(names(directory.path()), ["lock"]);
}

#[test]
fn what_is_in_a_lock_file_stays() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("lock");
    let lock = Lock::take(&path, Access::Owner).unwrap();
    lock.file().write_all(b"layout 1\n").unwrap();
    drop(lock);
    let lock = Lock::take(&path, Access::Owner).unwrap();
    lock.file().seek(SeekFrom::Start(0)).unwrap();
    let mut found = String::new();
    lock.file().read_to_string(&mut found).unwrap();
    assert_eq!(found, "layout 1\n");
}

#[test]
fn a_link_is_not_locked() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("lock");
    std::os::unix::fs::symlink("elsewhere", &path).unwrap();
    let refused = Lock::take(&path, Access::Owner).unwrap_err();
    assert!(matches!(
        refused.problem(),
        Problem::NotRegular {
            found: "symbolic link"
        }
    ));
    assert_eq!(names(directory.path()), ["lock"]);
}

/// A child that was just forked has such a copy of the descriptor.
#[test]
fn a_copy_of_the_descriptor_does_not_keep_a_dropped_lock() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("lock");
    let lock = Lock::take(&path, Access::Owner).unwrap();
    let copy = lock.file().try_clone().unwrap();
    drop(lock);
    let again = Lock::take(&path, Access::Owner).unwrap();
    drop(copy);
    Lock::take(&path, Access::Owner).unwrap_err();
    drop(again);
}

#[test]
fn a_lock_can_be_retaken_at_once_while_programs_are_being_started() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("lock");
    let done = AtomicBool::new(false);
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                while !done.load(Ordering::Relaxed) {
                    assert!(Command::new("/bin/true").status().unwrap().success());
                }
            });
        }
        let refused = (0..2_000)
            .filter_map(|_| Lock::take(&path, Access::Owner).err())
            .count();
        done.store(true, Ordering::Relaxed);
        assert_eq!(refused, 0);
    });
}
