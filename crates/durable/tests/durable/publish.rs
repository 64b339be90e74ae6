//! Files appear whole, or not at all.

use std::fs;
use std::io::Write;
use std::sync::Barrier;
use std::thread;

use durable::{Access, Draft};

use crate::names;

#[test]
fn a_file_is_replaced_whole_and_nothing_else_stays() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("state");
    for contents in [&b"one"[..], b"", &[7; 300_000]] {
        durable::replace(&path, contents, Access::Owner).unwrap();
        assert_eq!(fs::read(&path).unwrap(), contents);
    }
    durable::replace_unsynced(&path, b"two", Access::Owner).unwrap();
    durable::sync_directory(directory.path()).unwrap();
    durable::replace_volatile(&path, b"three", Access::Owner).unwrap();
    assert_eq!(fs::read(&path).unwrap(), b"three");
    assert_eq!(names(directory.path()), ["state"]);
}

#[test]
fn a_reader_never_meets_a_part() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("state");
    let contents = |byte: u8| vec![byte; 100_000];
    durable::replace(&path, &contents(0), Access::Owner).unwrap();
    thread::scope(|scope| {
        for writer in 1..=3 {
            let path = &path;
            scope.spawn(move || {
                for _ in 0..30 {
                    durable::replace_volatile(path, &contents(writer), Access::Owner).unwrap();
                }
            });
        }
        for _ in 0..200 {
            let met = fs::read(&path).unwrap();
            assert_eq!(met, contents(met[0]));
        }
    });
    assert_eq!(names(directory.path()), ["state"]);
}

#[test]
fn of_many_that_write_a_new_file_one_succeeds_and_it_is_whole() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("key");
    let all = Barrier::new(8);
    let written = thread::scope(|scope| {
        let writers: Vec<_> = (0..8u8)
            .map(|writer| {
                let (path, all) = (&path, &all);
                scope.spawn(move || {
                    all.wait();
                    durable::write_new(path, &[writer; 32], Access::Owner)
                        .inspect_err(|error| assert!(error.is_taken(), "{error}"))
                        .is_ok()
                        .then_some(writer)
                })
            })
            .collect();
        let ended = writers
            .into_iter()
            .filter_map(|writer| writer.join().unwrap());
        ended.collect::<Vec<_>>()
    });
    assert_eq!(written.len(), 1);
    assert_eq!(fs::read(&path).unwrap(), [written[0]; 32]);
    assert_eq!(names(directory.path()), ["key"]);
}

#[test]
fn a_draft_that_is_dropped_leaves_nothing() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("large");
    let mut draft = Draft::begin(&path, Access::Owner).unwrap();
    draft.write_all(b"half").unwrap();
    assert!(!path.exists());
    assert_eq!(names(directory.path()).len(), 1);
    drop(draft);
    assert!(names(directory.path()).is_empty());
}

#[test]
fn what_a_crash_left_is_removed_and_nothing_else() {
    let directory = tempfile::tempdir().unwrap();
    let at = |name: &str| directory.path().join(name);
    for name in ["message.ctl", "a long name that ends"] {
        let draft = Draft::begin(&at(name), Access::Owner).unwrap();
        // as a killed process leaves it
        std::mem::forget(draft);
    }
    let longest = "n".repeat(255);
    std::mem::forget(Draft::begin(&at(&longest), Access::Owner).unwrap());
    let kept = [
        ".hidden",
        ".message.ctl.tmp",
        "a.tmp",
        ".a.toolong.tmp",
        ".a.b-c1.2.tmp",
    ];
    for name in kept {
        fs::write(at(name), "").unwrap();
    }
    fs::create_dir(at(".a.abcdef.tmp")).unwrap();
    assert_eq!(durable::remove_leftovers(directory.path()).unwrap(), 3);
    assert_eq!(names(directory.path()).len(), kept.len() + 1);
    assert_eq!(durable::remove_leftovers(directory.path()).unwrap(), 0);
}

#[test]
fn names_as_long_as_they_may_be_can_be_written() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("n".repeat(255));
    durable::replace(&path, b"1", Access::Owner).unwrap();
    durable::write_new(&path, b"2", Access::Owner).unwrap_err();
    assert_eq!(fs::read(&path).unwrap(), b"1");
}

#[test]
fn a_directory_that_is_missing_is_said_with_the_path() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("nowhere/file");
    let missing = durable::replace(&path, b"1", Access::Owner).unwrap_err();
    assert!(missing.is_missing());
    assert_eq!(missing.path(), path);
    let text = missing.to_string();
    assert!(text.contains("nowhere/file: is not there"), "{text}");
    assert!(!missing.problem().to_string().contains("nowhere"));
    let error = std::io::Error::from(missing);
    assert_eq!(error.kind(), std::io::ErrorKind::NotFound);
    assert_eq!(error.to_string(), text);
}

#[test]
fn a_write_that_fails_keeps_the_old_file() {
    // a small limit on the size of files stands for a full disk
    let script = "ulimit -f 8; trap '' XFSZ; exec \"$@\"";
    if let Some(path) = std::env::var_os("DURABLE_TEST_LIMITED") {
        let path = std::path::PathBuf::from(path);
        let refused = durable::replace(&path, &[1; 100_000], Access::Owner).unwrap_err();
        assert_eq!(
            refused.io_kind(),
            std::io::ErrorKind::FileTooLarge,
            "{refused}"
        );
        return;
    }
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("state");
    durable::replace(&path, b"old", Access::Owner).unwrap();
    // its output goes through a pipe: the limit would hold for a file it is sent to
    let limited = std::process::Command::new("sh")
        .args(["-c", script, "sh"])
        .arg(std::env::current_exe().unwrap())
        .args(["--exact", "publish::a_write_that_fails_keeps_the_old_file"])
        .env("DURABLE_TEST_LIMITED", &path)
        .output()
        .unwrap();
    assert!(limited.status.success(), "{limited:?}");
    assert_eq!(fs::read(&path).unwrap(), b"old");
    assert_eq!(names(directory.path()), ["state"]);
}
