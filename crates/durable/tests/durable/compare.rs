//! Contents are compared in pieces.

use std::fs;

use durable::same_contents;
use proptest::prelude::*;

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn equal_contents_are_equal_and_one_changed_byte_is_found(
        length in prop_oneof![0..10_usize, 65_530..65_545_usize, 131_060..131_085_usize],
        place in any::<prop::sample::Index>(),
    ) {
        let directory = tempfile::tempdir().unwrap();
        let at = |name: &str| directory.path().join(name);
        let mut contents: Vec<u8> = (0..length).map(|n| (n % 251) as u8).collect();
        fs::write(at("left"), &contents).unwrap();
        fs::write(at("right"), &contents).unwrap();
        prop_assert!(same_contents(&at("left"), &at("right")).unwrap());
        if length > 0 {
            contents[place.index(length)] ^= 1;
            fs::write(at("right"), &contents).unwrap();
            prop_assert!(!same_contents(&at("left"), &at("right")).unwrap());
            contents.pop();
            fs::write(at("right"), &contents).unwrap();
            prop_assert!(!same_contents(&at("left"), &at("right")).unwrap());
        }
    }
}

#[test]
fn large_files_are_not_taken_into_memory() {
    let directory = tempfile::tempdir().unwrap();
    let at = |name: &str| directory.path().join(name);
    // holes: no room on the disk, and more than the memory of any machine
    for name in ["left", "right"] {
        fs::File::create(at(name))
            .unwrap()
            .set_len(1 << 42)
            .unwrap();
    }
    fs::File::options()
        .write(true)
        .open(at("right"))
        .and_then(|mut file| std::io::Write::write_all(&mut file, b"x"))
        .unwrap();
    assert!(!same_contents(&at("left"), &at("right")).unwrap());
}

#[test]
fn links_are_not_followed() {
    let directory = tempfile::tempdir().unwrap();
    let at = |name: &str| directory.path().join(name);
    fs::write(at("file"), "x").unwrap();
    std::os::unix::fs::symlink("file", at("link")).unwrap();
    assert!(same_contents(&at("file"), &at("link")).is_err());
}
