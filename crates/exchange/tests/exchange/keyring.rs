//! The key file: made once, private, read as 0.1 wrote it.

use std::fs;
use std::os::unix::fs::{PermissionsExt, chown};
use std::path::Path;

use exchange::{ErrorKind, ExchangeError, Keyring};
use nhs::SystemRandomness;
use test_kit::{Needs, skip};

fn open(path: &Path) -> Result<Keyring, ExchangeError> {
    Keyring::open_or_create(path, &SystemRandomness)
}

fn write(path: &Path, bytes: &[u8], mode: u32) {
    fs::write(path, bytes).unwrap();
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
}

#[test]
fn a_key_is_made_once_and_for_its_owner_only() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("new").join("key");
    open(&path).unwrap();
    let made = fs::read(&path).unwrap();
    assert_eq!(made.len(), 32);
    let mode = fs::metadata(&path).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    open(&path).unwrap();
    assert_eq!(fs::read(&path).unwrap(), made);
}

#[test]
fn a_key_that_others_can_read_and_one_cut_short_are_refused_and_kept() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("key");
    for (length, mode, expected) in [
        (32, 0o640, "chmod 600"),
        (32, 0o604, "chmod 600"),
        (31, 0o600, "at least 32 bytes"),
    ] {
        write(&path, &vec![7; length], mode);
        let error = open(&path).err().unwrap();
        assert_eq!(error.kind(), ErrorKind::Internal);
        let text = error.to_string();
        assert!(text.contains(expected), "{text}");
        assert!(text.contains(path.to_str().unwrap()), "{text}");
        assert_eq!(fs::read(&path).unwrap().len(), length);
    }
    write(&path, &[7; 33], 0o600);
    assert!(open(&path).is_ok(), "with a line end behind it");
}

#[test]
fn the_superuser_may_use_the_service_s_key_but_not_one_that_others_read() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("key");
    write(&path, &[7; 32], 0o600);
    if chown(&path, Some(12_345), None).is_err() {
        return skip(Needs::Root, "a file is given to another user");
    }
    assert!(open(&path).is_ok());
    write(&path, &[7; 32], 0o640);
    assert!(open(&path).is_err());
}
