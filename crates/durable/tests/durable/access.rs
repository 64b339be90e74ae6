//! Files and directories are private from the beginning, under any umask.

use std::fs;
use std::io::Write;
use std::path::Path;
use std::process::Command;

use durable::{Access, Draft};

use crate::{mode, set_mode};

const KINDS: [(Access, u32, u32); 3] = [
    (Access::Owner, 0o600, 0o700),
    (Access::GroupReads, 0o640, 0o750),
    (Access::EveryoneReads, 0o644, 0o755),
];

/// The test's directory, in the process that has the umask.
const DIRECTORY: &str = "DURABLE_TEST_UMASK_DIRECTORY";

#[test]
fn rights_are_those_asked_for_under_any_umask() {
    if let Some(directory) = std::env::var_os(DIRECTORY) {
        make_everything(Path::new(&directory));
        return;
    }
    for umask in ["000", "002", "022", "077", "777"] {
        let directory = tempfile::tempdir().unwrap();
        let status = Command::new("sh")
            .args(["-c", "umask $1; shift; exec \"$@\"", "sh", umask])
            .arg(std::env::current_exe().unwrap())
            .args([
                "--exact",
                "access::rights_are_those_asked_for_under_any_umask",
            ])
            .env(DIRECTORY, directory.path())
            .status()
            .unwrap();
        assert!(status.success(), "umask {umask}");
        check_everything(directory.path());
    }
}

fn make_everything(directory: &Path) {
    for (access, _, _) in KINDS {
        let root = directory.join(format!("{access:?}"));
        durable::create_directory(&root.join("a/b"), access).unwrap();
        durable::create_new(&root.join("new"), access).unwrap();
        durable::open_or_create(&root.join("opened"), access).unwrap();
        durable::replace(&root.join("replaced"), b"1", access).unwrap();
        durable::replace(&root.join("replaced"), b"2", access).unwrap();
        durable::replace_unsynced(&root.join("unsynced"), b"1", access).unwrap();
        durable::replace_volatile(&root.join("volatile"), b"1", access).unwrap();
        durable::write_new(&root.join("written"), b"1", access).unwrap();
        let mut draft = Draft::begin(&root.join("draft"), access).unwrap();
        draft.write_all(b"1").unwrap();
        draft.publish().unwrap();
    }
}

fn check_everything(directory: &Path) {
    for (access, file, folder) in KINDS {
        let root = directory.join(format!("{access:?}"));
        for made in ["", "a", "a/b"] {
            assert_eq!(mode(&root.join(made)), folder, "{access:?} {made}");
        }
        let files = [
            "new", "opened", "replaced", "unsynced", "volatile", "written", "draft",
        ];
        for made in files {
            assert_eq!(mode(&root.join(made)), file, "{access:?} {made}");
        }
        assert_eq!(fs::read_dir(&root).unwrap().count(), files.len() + 1);
    }
}

#[test]
fn a_directory_that_is_there_keeps_its_rights_until_they_are_restricted() {
    let directory = tempfile::tempdir().unwrap();
    let shared = directory.path().join("shared");
    fs::create_dir(&shared).unwrap();
    set_mode(&shared, 0o2775);
    durable::create_directory(&shared, Access::Owner).unwrap();
    assert_eq!(mode(&shared), 0o2775);
    durable::restrict(&shared, Access::GroupReads).unwrap();
    assert_eq!(mode(&shared), 0o2750);
    durable::restrict(&shared, Access::EveryoneReads).unwrap();
    assert_eq!(mode(&shared), 0o2750, "rights are never added");
    // what is made in it keeps the group that the directory hands down
    durable::create_directory(&shared.join("below"), Access::GroupReads).unwrap();
    assert_eq!(mode(&shared.join("below")), 0o2750);

    let file = directory.path().join("file");
    fs::write(&file, "x").unwrap();
    set_mode(&file, 0o466);
    durable::restrict(&file, Access::Owner).unwrap();
    assert_eq!(mode(&file), 0o400);
    let link = directory.path().join("link");
    std::os::unix::fs::symlink(&file, &link).unwrap();
    assert!(durable::restrict(&link, Access::Owner).is_err());
}

#[test]
fn something_else_in_the_way_of_a_directory_is_named() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("file");
    fs::write(&file, "x").unwrap();
    let refused = durable::create_directory(&file, Access::Owner).unwrap_err();
    let text = refused.to_string();
    assert!(
        text.contains("is a regular file, and a directory was expected"),
        "{text}"
    );
    assert!(text.contains(file.to_str().unwrap()), "{text}");
    let below = durable::create_directory(&file.join("below"), Access::Owner);
    assert!(below.is_err());
    let hanging = directory.path().join("hanging");
    std::os::unix::fs::symlink("nowhere", &hanging).unwrap();
    let refused = durable::create_directory(&hanging, Access::Owner).unwrap_err();
    assert!(refused.to_string().contains("symbolic link"), "{refused}");
}

#[test]
fn a_relative_directory_is_made_in_the_working_directory() {
    // the working directory of tests is the crate's, where nothing may stay
    let directory = tempfile::tempdir_in(".").unwrap();
    let name = Path::new(directory.path().file_name().unwrap());
    durable::create_directory(&name.join("a"), Access::Owner).unwrap();
    durable::replace(&name.join("a/b"), b"1", Access::Owner).unwrap();
    assert_eq!(fs::read(directory.path().join("a/b")).unwrap(), b"1");
}

#[test]
fn opening_follows_no_link_and_waits_for_no_pipe() {
    let directory = tempfile::tempdir().unwrap();
    let at = |name: &str| directory.path().join(name);
    fs::write(at("target"), "kept").unwrap();
    std::os::unix::fs::symlink(at("target"), at("link")).unwrap();
    std::os::unix::fs::symlink(at("nowhere"), at("hanging")).unwrap();
    fs::create_dir(at("directory")).unwrap();
    crate::make_pipe(&at("pipe"));
    for (name, found) in [
        ("link", "symbolic link"),
        ("hanging", "symbolic link"),
        ("directory", "directory"),
        ("pipe", "pipe"),
    ] {
        let refused = durable::open_or_create(&at(name), Access::Owner).unwrap_err();
        assert!(refused.to_string().contains(found), "{refused}");
        let taken = durable::create_new(&at(name), Access::Owner).unwrap_err();
        assert!(taken.is_taken(), "{taken}");
        if name != "directory" {
            let taken = durable::write_new(&at(name), b"x", Access::Owner).unwrap_err();
            assert!(taken.is_taken(), "{taken}");
        }
    }
    assert!(!at("nowhere").exists());
    let mut again = durable::open_or_create(&at("target"), Access::Owner).unwrap();
    let text = std::io::read_to_string(&mut again).unwrap();
    assert_eq!(text, "kept");
}
