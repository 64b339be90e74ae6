//! What each function promises holds after a power cut at any moment. strace records what the steps
//! below do to the disk; at every call the disk is built as a power cut may leave it: only what was
//! synced, everything, and mixtures of both. Each name must then have its old or its new contents, nothing
//! that both had may be gone, and after a step has returned what it promised must be there.

mod disk;
mod trace;

use std::collections::BTreeMap;
use std::fs;
use std::io::Write;
use std::path::Path;
use std::process::Command;

use disk::{Disk, Survives};
use durable::{Access, Draft, Groups};
use test_kit::Needs;
use trace::Event;

/// The test's directory, in the process that strace watches.
const DIRECTORY: &str = "DURABLE_TEST_CRASH_DIRECTORY";

/// Mixtures tried at each call.
const MIXTURES: u64 = 40;

/// Files and their contents, by path.
type Files = BTreeMap<String, Vec<u8>>;

/// Something done with the public functions, and what is there afterwards.
struct Step {
    name: &'static str,
    run: fn(&Path),
    /// Changes to the files: a path, and its contents if it is there.
    changes: &'static [(&'static str, Option<&'static [u8]>)],
}

const LARGE: &[u8] = &[b'L'; 150_000];

const STEPS: &[Step] = &[
    Step {
        name: "create_directory",
        run: |root| durable::create_directory(&root.join("a/b"), Access::Owner).unwrap(),
        changes: &[],
    },
    Step {
        name: "write_new",
        run: |root| durable::write_new(&root.join("a/b/key"), b"first", Access::Owner).unwrap(),
        changes: &[("a/b/key", Some(b"first"))],
    },
    Step {
        name: "replace",
        run: |root| durable::replace(&root.join("a/b/key"), b"second", Access::Owner).unwrap(),
        changes: &[("a/b/key", Some(b"second"))],
    },
    Step {
        name: "replace_unsynced, twice, and sync_directory",
        run: |root| {
            for (name, contents) in [("one", b"1"), ("two", b"2")] {
                let path = root.join("a/b").join(name);
                durable::replace_unsynced(&path, contents, Access::GroupReads).unwrap();
            }
            durable::sync_directory(&root.join("a/b")).unwrap();
        },
        changes: &[("a/b/one", Some(b"1")), ("a/b/two", Some(b"2"))],
    },
    Step {
        name: "a large draft",
        run: |root| {
            let mut draft = Draft::begin(&root.join("a/large"), Access::EveryoneReads).unwrap();
            for piece in LARGE.chunks(65_536) {
                draft.write_all(piece).unwrap();
            }
            draft.publish().unwrap();
        },
        changes: &[("a/large", Some(LARGE))],
    },
    Step {
        name: "rename to another directory",
        run: |root| durable::rename(&root.join("a/b/key"), &root.join("a/key")).unwrap(),
        changes: &[("a/b/key", None), ("a/key", Some(b"second"))],
    },
    Step {
        name: "rename over a file",
        run: |root| durable::rename(&root.join("a/b/one"), &root.join("a/b/two")).unwrap(),
        changes: &[("a/b/one", None), ("a/b/two", Some(b"1"))],
    },
    Step {
        name: "remove",
        run: |root| assert!(durable::remove(&root.join("a/key")).unwrap()),
        changes: &[("a/key", None)],
    },
    Step {
        name: "rename a directory",
        run: |root| durable::rename(&root.join("a/b"), &root.join("a/c")).unwrap(),
        changes: &[("a/b/two", None), ("a/c/two", Some(b"1"))],
    },
    Step {
        name: "a group of two",
        run: |root| synced_together(root, &["a/pair-1", "a/pair-2"]),
        changes: &[
            ("a/pair-1", Some(b"a/pair-1")),
            ("a/pair-2", Some(b"a/pair-2")),
        ],
    },
    Step {
        name: "a group of four",
        run: |root| synced_together(root, &["a/all-1", "a/all-2", "a/all-3", "a/all-4"]),
        changes: &[
            ("a/all-1", Some(b"a/all-1")),
            ("a/all-2", Some(b"a/all-2")),
            ("a/all-3", Some(b"a/all-3")),
            ("a/all-4", Some(b"a/all-4")),
        ],
    },
    Step {
        name: "sync_tree and sync_directory",
        run: |root| {
            fs::create_dir_all(root.join("tree/below")).unwrap();
            fs::write(root.join("tree/below/leaf"), "leaf").unwrap();
            fs::write(root.join("tree/top"), "top").unwrap();
            durable::sync_tree(&root.join("tree")).unwrap();
            durable::sync_directory(root).unwrap();
        },
        changes: &[
            ("tree/below/leaf", Some(b"leaf")),
            ("tree/top", Some(b"top")),
        ],
    },
];

/// The steps whose own writing is not atomic; only what is there afterwards is promised.
const NOT_ATOMIC: &[&str] = &[
    "sync_tree and sync_directory",
    "a group of two",
    "a group of four",
];

/// Writes files that hold their own names, and makes them durable together.
fn synced_together(root: &Path, names: &[&str]) {
    let mut group = Groups::new(root).begin().unwrap();
    let mut paths = vec![root.join("a")];
    for name in names {
        durable::replace_volatile(&root.join(name), name.as_bytes(), Access::GroupReads).unwrap();
        paths.push(root.join(name));
    }
    group.sync(&paths).unwrap();
}

#[test]
fn promises_hold_after_a_power_cut_at_any_moment() {
    if let Some(directory) = std::env::var_os(DIRECTORY) {
        work(Path::new(&directory));
        return;
    }
    let root = tempfile::tempdir().unwrap();
    let Some(events) = record(root.path()) else {
        return test_kit::skip(Needs::Tools, "strace is not there, or may not trace");
    };
    let mut disk = Disk::new(root.path());
    let mut states = vec![Files::new()];
    for step in STEPS {
        states.push(changed(states.last().unwrap(), step));
    }
    let (mut ended, mut images) = (0, 0);
    for event in &events {
        if let Event::Marker(name) = event {
            assert_eq!(name, STEPS[ended].name);
            ended += 1;
            images += every_image(&disk, &mut |files| settled(files, &states[ended]), name);
            continue;
        }
        disk.follow(event);
        let Some(step) = STEPS.get(ended) else {
            continue;
        };
        let (old, new) = (&states[ended], &states[ended + 1]);
        images += every_image(
            &disk,
            &mut |files| between(files, old, new, step),
            step.name,
        );
    }
    assert_eq!(ended, STEPS.len());
    // what the steps must at least have done
    assert!(images > 1000, "{images}");
}

/// Does all the steps, and tells when each has returned.
fn work(root: &Path) {
    for step in STEPS {
        (step.run)(root);
        fs::metadata(root.join("ended").join(step.name)).unwrap_err();
    }
}

/// What the steps did to the disk; `None` without strace.
fn record(root: &Path) -> Option<Vec<Event>> {
    let log = tempfile::NamedTempFile::new().unwrap();
    let recorded = Command::new("strace")
        .args(["-f", "-xx", "-s", "1000000", "-e"])
        .arg(format!("trace={}", trace::CALLS))
        .arg("-o")
        .arg(log.path())
        .arg(std::env::current_exe().unwrap())
        .args([
            "--exact",
            "crash::promises_hold_after_a_power_cut_at_any_moment",
        ])
        .env(DIRECTORY, root)
        .output()
        .ok()?;
    let text = fs::read_to_string(log.path()).unwrap();
    if text.is_empty() {
        return None;
    }
    let output = String::from_utf8_lossy(&recorded.stdout);
    assert!(recorded.status.success(), "{output}");
    Some(trace::read(&text, root))
}

fn changed(files: &Files, step: &Step) -> Files {
    let mut files = files.clone();
    for (path, contents) in step.changes {
        match contents {
            Some(contents) => files.insert((*path).to_owned(), contents.to_vec()),
            None => files.remove(*path),
        };
    }
    files
}

/// Checks all that a power cut may leave now, and says how many images that were.
fn every_image(
    disk: &Disk,
    check: &mut dyn FnMut(&Files) -> Result<(), String>,
    step: &str,
) -> u64 {
    let mixtures = (0..MIXTURES).map(Survives::Mixture);
    let kinds = [Survives::Synced, Survives::Everything];
    let mut images = 0;
    for survives in kinds.into_iter().chain(mixtures) {
        let mut files = disk.image(survives);
        files.retain(|path, _| !path.ends_with(".tmp"));
        if let Err(reason) = check(&files) {
            panic!(
                "{step}, {survives:?}: {reason}; there are {:?}",
                files.keys()
            );
        }
        images += 1;
    }
    images
}

/// A step has returned: what it promised is there, and nothing else.
fn settled(files: &Files, promised: &Files) -> Result<(), String> {
    if files == promised {
        return Ok(());
    }
    let wrong = promised
        .keys()
        .find(|path| files.get(*path) != promised.get(*path));
    Err(format!("not as promised: {wrong:?}"))
}

/// A step is under way: each name has its old or its new contents, and no contents are lost.
fn between(files: &Files, old: &Files, new: &Files, step: &Step) -> Result<(), String> {
    let atomic = !NOT_ATOMIC.contains(&step.name);
    for path in files.keys().chain(old.keys()).chain(new.keys()) {
        let found = files.get(path);
        let planned = found == old.get(path) || found == new.get(path);
        let being_written = !atomic && !old.contains_key(path);
        if !planned && !being_written {
            return Err(format!(
                "{path} is neither old nor new: {:?}",
                found.map(Vec::len)
            ));
        }
    }
    let has = |files: &Files, contents: &Vec<u8>| files.values().any(|found| found == contents);
    for contents in old.values() {
        if has(new, contents) && !has(files, contents) {
            return Err(format!("{} bytes are lost", contents.len()));
        }
    }
    Ok(())
}
