//! Secrets are read with a limit, and it is said who else can read them.

use std::fs;
use std::path::Path;

use durable::{Admitted, Exposure, Problem, read_secret};

use crate::set_mode;

#[test]
fn a_secret_of_its_owner_is_read() {
    let directory = tempfile::tempdir().unwrap();
    let at = |name: &str| directory.path().join(name);
    fs::write(at("key"), "0123456789").unwrap();
    for mode in [0o600, 0o400] {
        set_mode(&at("key"), mode);
        let secret = read_secret(&at("key"), 10).unwrap();
        assert!(!format!("{secret:?}").contains("0123"));
        assert_eq!(*secret.unexposed().unwrap(), *b"0123456789");
    }
    // as secret stores hand them out
    std::os::unix::fs::symlink("key", at("link")).unwrap();
    assert_eq!(
        *read_secret(&at("link"), 10).unwrap().unexposed().unwrap(),
        *b"0123456789"
    );
}

/// What becomes of a secret that people put there, and of a key of our own.
fn judged(path: &Path) -> (Result<Option<Exposure>, String>, Result<(), String>) {
    let read = || read_secret(path, 10).unwrap();
    let admitted = read().admitted().map(|Admitted { contents, exposure }| {
        assert_eq!(*contents, *b"0123456789");
        exposure
    });
    let unexposed = read().unexposed().map(drop);
    (
        admitted.map_err(|refused| refused.to_string()),
        unexposed.map_err(|refused| refused.to_string()),
    )
}

#[test]
fn what_everyone_can_write_is_refused_and_what_others_can_read_is_said() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("key");
    fs::write(&path, "0123456789").unwrap();
    for mode in [0o600, 0o400, 0o700] {
        set_mode(&path, mode);
        assert_eq!(judged(&path), (Ok(None), Ok(())), "{mode:o}");
    }
    for mode in [0o640, 0o440, 0o660, 0o644, 0o604, 0o664, 0o601] {
        set_mode(&path, mode);
        let exposure = match mode {
            0o640 | 0o440 => Exposure::GroupReads { mode },
            _ => Exposure::Open { mode },
        };
        let (given, ours) = judged(&path);
        assert_eq!(given, Ok(Some(exposure)), "{mode:o}");
        let refused = ours.unwrap_err();
        assert!(refused.contains(path.to_str().unwrap()), "{refused}");
        assert!(refused.contains(&format!("mode {mode:04o}")), "{refused}");
        assert!(refused.contains("chmod 600"), "{refused}");
    }
    for mode in [0o602, 0o622, 0o606, 0o666, 0o777] {
        set_mode(&path, mode);
        let (given, ours) = judged(&path);
        let refused = given.unwrap_err();
        assert!(refused.contains("written by everyone"), "{refused}");
        assert!(refused.contains(&format!("mode {mode:04o}")), "{refused}");
        assert_eq!(ours, Err(refused));
    }
}

#[test]
fn what_everyone_can_replace_is_refused() {
    let directory = tempfile::tempdir().unwrap();
    let at = |name: &str| directory.path().join(name);
    for name in ["open", "closed"] {
        fs::create_dir(at(name)).unwrap();
        set_mode(&at(name), 0o700);
    }
    fs::write(at("open/key"), "0123456789").unwrap();
    fs::write(at("closed/key"), "0123456789").unwrap();
    std::os::unix::fs::symlink(at("open/key"), at("closed/link to open")).unwrap();
    std::os::unix::fs::symlink(at("closed/key"), at("open/link to closed")).unwrap();
    for name in ["open/key", "closed/key"] {
        set_mode(&at(name), 0o600);
    }
    set_mode(&at("open"), 0o777);
    for name in ["open/key", "closed/link to open", "open/link to closed"] {
        let (given, ours) = judged(&at(name));
        let refused = given.unwrap_err();
        assert!(refused.contains("everyone can replace it"), "{refused}");
        assert!(refused.contains("mode 0777"), "{refused}");
        assert_eq!(ours, Err(refused));
    }
    // as /tmp and a container's secrets are
    set_mode(&at("open"), 0o1777);
    for name in ["open/key", "closed/link to open", "open/link to closed"] {
        assert_eq!(judged(&at(name)), (Ok(None), Ok(())), "{name}");
    }
}

#[test]
fn what_is_no_secret_is_refused_at_once() {
    let directory = tempfile::tempdir().unwrap();
    let at = |name: &str| directory.path().join(name);
    fs::write(at("long"), "0123456789A").unwrap();
    let refused = read_secret(&at("long"), 10).unwrap_err();
    assert!(
        matches!(refused.problem(), Problem::TooLong { limit: 10 }),
        "{refused}"
    );
    crate::make_pipe(&at("pipe"));
    let refused = read_secret(&at("pipe"), 10).unwrap_err();
    assert!(refused.to_string().contains("is a pipe"), "{refused}");
    let refused = read_secret(directory.path(), 10).unwrap_err();
    assert!(refused.to_string().contains("is a directory"), "{refused}");
    let refused = read_secret(std::path::Path::new("/dev/zero"), 10).unwrap_err();
    assert!(refused.to_string().contains("is a device"), "{refused}");
    assert!(read_secret(&at("missing"), 10).unwrap_err().is_missing());
}
