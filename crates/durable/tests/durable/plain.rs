//! What others can write is opened once and judged by its descriptor.

use std::fs;
use std::io::{Read, Write};
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use durable::{FileError, OwnedBy, PlainFile, Problem};
use test_kit::Needs;

fn open(path: &Path) -> Result<PlainFile, FileError> {
    PlainFile::open(path, &OwnedBy::Anyone)
}

#[test]
fn only_a_regular_file_with_one_name_is_opened() {
    let directory = tempfile::tempdir().unwrap();
    let at = |name: &str| directory.path().join(name);
    fs::write(at("plain"), "text").unwrap();
    fs::write(at("secret"), "secret").unwrap();
    fs::hard_link(at("secret"), at("second name")).unwrap();
    std::os::unix::fs::symlink(at("secret"), at("link")).unwrap();
    std::os::unix::fs::symlink(at("nowhere"), at("hanging")).unwrap();
    fs::create_dir(at("directory")).unwrap();
    crate::make_pipe(&at("pipe"));
    let _listener = std::os::unix::net::UnixListener::bind(at("socket")).unwrap();

    for (name, found) in [
        ("link", "symbolic link"),
        ("hanging", "symbolic link"),
        ("directory", "directory"),
        ("pipe", "pipe"),
        ("socket", "socket"),
    ] {
        let refused = open(&at(name)).unwrap_err();
        let Problem::NotRegular { found: said } = refused.problem() else {
            panic!("{name}: {refused}");
        };
        assert_eq!(*said, found);
    }
    let device = open(Path::new("/dev/null")).unwrap_err();
    assert!(device.to_string().contains("is a device"), "{device}");
    let refused = open(&at("second name")).unwrap_err();
    assert!(
        matches!(refused.problem(), Problem::ManyNames { links: 2 }),
        "{refused}"
    );
    assert!(open(&at("missing")).unwrap_err().is_missing());

    let mut file = open(&at("plain")).unwrap();
    assert_eq!(file.length(), 4);
    let mut text = String::new();
    file.read_to_string(&mut text).unwrap();
    assert_eq!(text, "text");
    assert_eq!(file.contents(4).unwrap(), b"text");
    assert!(!format!("{file:?}").contains("plain"));
}

#[test]
fn contents_are_bounded_also_when_the_file_grows() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("file");
    fs::write(&path, "1234").unwrap();
    let file = open(&path).unwrap();
    let mut writer = fs::OpenOptions::new().append(true).open(&path).unwrap();
    writer.write_all(b"5").unwrap();
    let refused = file.contents(4).unwrap_err();
    assert!(
        matches!(refused.problem(), Problem::TooLong { limit: 4 }),
        "{refused}"
    );
    assert_eq!(file.contents(5).unwrap(), b"12345");
}

#[test]
fn many_threads_read_one_file_at_their_own_places() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("file");
    let contents: Vec<u8> = (0..100_000_u32).map(|n| (n % 251) as u8).collect();
    fs::write(&path, &contents).unwrap();
    let file = open(&path).unwrap().into_file();
    thread::scope(|scope| {
        for start in 0..4 {
            let (file, contents) = (&file, &contents);
            scope.spawn(move || {
                for offset in (start..99_000).step_by(977) {
                    let mut read = [0; 1000];
                    durable::read_exact_at(file, &mut read, offset as u64).unwrap();
                    assert_eq!(read, contents[offset..offset + 1000]);
                }
            });
        }
    });
    let beyond = durable::read_exact_at(&file, &mut [0; 2], 99_999).unwrap_err();
    assert_eq!(beyond.kind(), std::io::ErrorKind::UnexpectedEof);
}

#[test]
fn what_the_name_becomes_later_is_of_no_importance() {
    let directory = tempfile::tempdir().unwrap();
    let (path, secret) = (
        directory.path().join("file"),
        directory.path().join("secret"),
    );
    fs::write(&path, "mine").unwrap();
    fs::write(&secret, "the private key").unwrap();
    let file = open(&path).unwrap();
    fs::remove_file(&path).unwrap();
    std::os::unix::fs::symlink(&secret, &path).unwrap();
    assert_eq!(file.contents(100).unwrap(), b"mine");
}

/// Someone swaps the name for all that can have a name, at any moment, while the file is claimed by
/// rename and opened where nobody else can rename it.
#[test]
fn a_name_that_is_swapped_all_the_time_never_gives_the_secret() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("file");
    let claimed = directory.path().join("claimed");
    let secret = directory.path().join("secret");
    fs::write(&secret, "the private key").unwrap();
    let over = AtomicBool::new(false);
    let met: Vec<Result<Vec<u8>, FileError>> = thread::scope(|scope| {
        scope.spawn(|| {
            let next = directory.path().join("next");
            let swaps: [&dyn Fn(&Path); 4] = [
                &|next| fs::write(next, "mine").unwrap(),
                &|next| std::os::unix::fs::symlink(&secret, next).unwrap(),
                &|next| fs::hard_link(&secret, next).unwrap(),
                &crate::make_pipe,
            ];
            while !over.load(Ordering::Relaxed) {
                for swap in swaps {
                    swap(&next);
                    fs::rename(&next, &path).unwrap();
                }
            }
        });
        let claim = || {
            durable::rename_unsynced(&path, &claimed)?;
            open(&claimed)?.contents(100)
        };
        let met = (0..20_000).map(|_| claim()).collect();
        over.store(true, Ordering::Relaxed);
        met
    });
    for met in met {
        match met {
            Ok(contents) => assert_eq!(contents, b"mine"),
            Err(error) => assert!(
                error.is_missing()
                    || matches!(
                        error.problem(),
                        Problem::NotRegular { .. } | Problem::ManyNames { .. }
                    ),
                "{error}"
            ),
        }
    }
}

#[test]
fn owners_are_judged() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("file");
    fs::write(&path, "x").unwrap();
    PlainFile::open(&path, &OwnedBy::ThisUser).unwrap();
    PlainFile::open(&path, &OwnedBy::Users(Vec::new())).unwrap();
    if !rustix::process::geteuid().is_root() {
        return test_kit::skip(Needs::Root, "only root can give a file to another user");
    }
    std::os::unix::fs::chown(&path, Some(12345), None).unwrap();
    let refused = PlainFile::open(&path, &OwnedBy::ThisUser).unwrap_err();
    assert!(
        matches!(refused.problem(), Problem::Owner { owner: 12345 }),
        "{refused}"
    );
    PlainFile::open(&path, &OwnedBy::Users(vec![12345])).unwrap();
    PlainFile::open(&path, &OwnedBy::Anyone).unwrap();
}
