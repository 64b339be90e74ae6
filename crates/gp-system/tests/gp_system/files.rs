//! The files of a practice: private, and taken from IN for what they are.

use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::Path;

use crate::support::{Which, World, consultation, put};

/// Every file and directory below with its rights.
fn modes(directory: &Path, found: &mut Vec<(String, u32)>) {
    for entry in fs::read_dir(directory).unwrap() {
        let entry = entry.unwrap();
        let mode = entry.metadata().unwrap().permissions().mode() & 0o777;
        found.push((entry.path().display().to_string(), mode));
        if entry.file_type().unwrap().is_dir() {
            modes(&entry.path(), found);
        }
    }
}

#[tokio::test]
async fn records_and_documents_are_their_owners_only() {
    let mut world = World::new();
    let (_, pair) = world.send(consultation()).await;
    world.publish(Which::Osprey, &pair);
    world.answer().await;
    world
        .starling
        .practice
        .submit(consultation())
        .await
        .unwrap();
    world.starling.pass().await;
    let mut found = Vec::new();
    for side in [&world.starling, &world.osprey] {
        for directory in ["received", "sent"] {
            let directory = side.data.join(directory);
            let mode = fs::metadata(&directory).unwrap().permissions().mode() & 0o777;
            found.push((directory.display().to_string(), mode));
            modes(&directory, &mut found);
        }
        for file in ["practice.sqlite", "practice.sqlite-wal"] {
            let path = side.data.join(file);
            let mode = fs::metadata(&path).unwrap().permissions().mode() & 0o777;
            found.push((path.display().to_string(), mode));
        }
    }
    modes(&world.starling.mailbox.join("OUT"), &mut found);
    assert!(found.len() > 12, "{found:?}");
    for (path, mode) in found {
        assert_eq!(mode & 0o077, 0, "{path} {mode:o}");
    }
}

/// Records and documents that release 0.1 left readable for everybody are closed when they are
/// opened.
#[tokio::test]
async fn what_was_open_to_others_is_closed_when_the_practice_opens_it() {
    let mut world = World::new();
    let open = |path: &Path, mode| {
        fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
    };
    let data = world.osprey.data.clone();
    open(&data.join("practice.sqlite"), 0o644);
    for directory in ["received", "sent"] {
        open(&data.join(directory), 0o755);
    }
    world.osprey.reopen();
    for name in ["practice.sqlite", "received", "sent"] {
        let mode = fs::metadata(data.join(name)).unwrap().permissions().mode();
        assert_eq!(mode & 0o077, 0, "{name}");
    }
}

#[tokio::test]
async fn with_a_group_setting_the_group_may_read_what_is_in_out_and_nothing_else() {
    let world = World::with(|starling, _| starling.mailbox_group = true);
    world
        .starling
        .practice
        .submit(consultation())
        .await
        .unwrap();
    world.starling.pass().await;
    for name in world.starling.names("OUT") {
        let path = world.starling.mailbox.join("OUT").join(name);
        let mode = fs::metadata(path).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o640);
    }
    let sent = fs::metadata(world.starling.data.join("sent")).unwrap();
    assert_eq!(sent.permissions().mode() & 0o777, 0o700);
}

/// Whoever may write into IN must not have other files of the practice taken for messages: neither
/// by a link nor by a second name of a file; a pipe is not waited for.
#[tokio::test]
async fn links_and_pipes_in_in_are_left_there_and_told() {
    let mut world = World::new();
    let (_, pair) = world.send(consultation()).await;
    let secret = world.osprey.data.join("secret");
    fs::write(&secret, &pair.data).unwrap();
    let incoming = world.osprey.mailbox.join("IN");
    let control = pair.control.write_received();
    symlink(&secret, incoming.join("linked.dat")).unwrap();
    put(&incoming, "linked.ctl", &control);
    fs::hard_link(&secret, incoming.join("named.dat")).unwrap();
    put(&incoming, "named.ctl", &control);
    let elsewhere = world.osprey.data.join("control");
    fs::write(&elsewhere, &control).unwrap();
    put(&incoming, "control.dat", &pair.data);
    symlink(&elsewhere, incoming.join("control.ctl")).unwrap();
    let pipe = std::process::Command::new("mkfifo")
        .arg(incoming.join("pipe.dat"))
        .status();
    assert!(pipe.unwrap().success());
    put(&incoming, "pipe.ctl", &control);
    for _ in 0..2 {
        let summary = world.osprey.pass().await;
        assert_eq!((summary.messages_taken, summary.left), (0, 4));
    }
    assert!(world.osprey.answered().is_empty());
    assert!(world.osprey.practice.tasks().unwrap().is_empty());
    assert_eq!(
        world.osprey.alerts().len(),
        4,
        "{:?}",
        world.osprey.alerts()
    );
    let received = world.osprey.data.join("received");
    assert_eq!(fs::read_dir(received).unwrap().count(), 0);
    // What is next to them is taken all the same.
    world.publish(Which::Osprey, &pair);
    world.osprey.pass().await;
    assert_eq!(world.osprey.answered(), [20013, 30001]);
}
