//! Secrets are read with a limit, and it is said who else can read them.

use std::fs;

use durable::{Exposure, Problem, read_secret};

use crate::set_mode;

#[test]
fn a_secret_of_its_owner_is_read() {
    let directory = tempfile::tempdir().unwrap();
    let at = |name: &str| directory.path().join(name);
    fs::write(at("key"), "0123456789").unwrap();
    for mode in [0o600, 0o400] {
        set_mode(&at("key"), mode);
        let secret = read_secret(&at("key"), 10).unwrap();
        assert_eq!(secret.exposure, None);
        assert!(!format!("{secret:?}").contains("0123"));
        assert_eq!(*secret.unexposed().unwrap(), *b"0123456789");
    }
    // as secret stores hand them out
    std::os::unix::fs::symlink("key", at("link")).unwrap();
    assert_eq!(
        *read_secret(&at("link"), 10).unwrap().contents,
        *b"0123456789"
    );
}

#[test]
fn rights_of_others_are_said_and_can_be_refused() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("key");
    fs::write(&path, "0123456789").unwrap();
    for (mode, exposure) in [
        (0o640, Exposure::GroupReads { mode: 0o640 }),
        (0o660, Exposure::Open { mode: 0o660 }),
        (0o604, Exposure::Open { mode: 0o604 }),
        (0o602, Exposure::Open { mode: 0o602 }),
        (0o644, Exposure::Open { mode: 0o644 }),
    ] {
        set_mode(&path, mode);
        let secret = read_secret(&path, 10).unwrap();
        assert_eq!(secret.exposure, Some(exposure));
        let refused = secret.unexposed().unwrap_err();
        let text = refused.to_string();
        assert!(text.contains(path.to_str().unwrap()), "{text}");
        assert!(text.contains(&format!("mode {mode:04o}")), "{text}");
        assert!(text.contains("chmod 600"), "{text}");
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
