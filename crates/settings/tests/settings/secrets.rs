//! Secrets are a text, a file or a variable, everywhere.

use std::fs;
use std::path::Path;

use secrecy::ExposeSecret;
use settings::Secret;

use crate::{shop, shop_with};

fn resolved(secret: &Secret) -> String {
    secret.resolve().unwrap().expose_secret().to_owned()
}

#[test]
fn a_secret_can_be_given_in_each_way() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("key");
    fs::write(&file, "from the file\r\n").unwrap();
    let path = file.display();
    // the test's own variable: cargo sets it
    for (text, expected) in [
        ("key = \"plain\"".to_owned(), "plain"),
        (format!("key = {{ file = '{path}' }}"), "from the file"),
        (format!("[key]\nfile = '{path}'"), "from the file"),
        (format!("key_file = '{path}'"), "from the file"),
        ("key = { env = \"CARGO_PKG_NAME\" }".to_owned(), "settings"),
    ] {
        let key = shop(&text).unwrap().key.unwrap();
        assert_eq!(resolved(&key), expected, "{text}");
        assert!(!format!("{key:?}").contains(expected) || expected == "settings");
        assert!(!key.source().contains("plain"));
    }
    assert!(shop("").unwrap().key.is_none());
}

#[test]
fn variables_give_secrets_as_they_are() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("key");
    fs::write(&file, "from the file").unwrap();
    let path = file.to_str().unwrap();
    for (text, variables, expected) in [
        ("", &[("EXAMPLE_SHOP__KEY", "12345")][..], "12345"),
        ("", &[("EXAMPLE_SHOP__KEY", "\"12345\"")], "\"12345\""),
        (
            "",
            &[("EXAMPLE_SHOP__KEY", "{ file = \"x\" }")],
            "{ file = \"x\" }",
        ),
        ("", &[("EXAMPLE_SHOP__KEY_FILE", path)], "from the file"),
        ("", &[("EXAMPLE_SHOP__KEY__FILE", path)], "from the file"),
        (
            "key = \"old\"",
            &[("EXAMPLE_SHOP__KEY_FILE", path)],
            "from the file",
        ),
        (
            "key = \"old\"",
            &[("EXAMPLE_SHOP__KEY__FILE", path)],
            "from the file",
        ),
        (
            "key_file = \"nowhere\"",
            &[("EXAMPLE_SHOP__KEY", "new")],
            "new",
        ),
        (
            "key = { env = \"NOWHERE\" }",
            &[("EXAMPLE_SHOP__KEY", "new")],
            "new",
        ),
        (
            "",
            &[
                ("EXAMPLE_SHOP__KEY__FILE", path),
                ("EXAMPLE_SHOP__KEY", "text"),
            ],
            "from the file",
        ),
    ] {
        let key = shop_with(text, variables).unwrap().key.unwrap();
        assert_eq!(resolved(&key), expected, "{text} {variables:?}");
    }
    let both = [("EXAMPLE_SHOP__KEY", "a"), ("EXAMPLE_SHOP__KEY_FILE", "b")];
    let refused = shop_with("", &both).unwrap_err().to_string();
    assert!(
        refused.starts_with("environment variable EXAMPLE_SHOP__KEY_FILE: "),
        "{refused}"
    );
}

#[test]
fn files_of_secrets_are_read_whatever_editor_wrote_them() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("key");
    let secret = Secret::File { file: file.clone() };
    for (bytes, all, first) in [
        (&b"word"[..], "word", "word"),
        (b"word\n", "word", "word"),
        (b"\xef\xbb\xbfword\r\n", "word", "word"),
        (b"\xff\xfew\0o\0r\0d\0\r\0\n\0", "word", "word"),
        (b"wo rd \nmore\n", "wo rd \nmore", "wo rd"),
    ] {
        fs::write(&file, bytes).unwrap();
        assert_eq!(resolved(&secret), all);
        assert_eq!(secret.first_line().unwrap().expose_secret(), first);
    }
    assert_eq!(secret.file(), Some(file.as_path()));
}

#[test]
fn what_is_wrong_with_a_secret_is_said_without_it() {
    let directory = tempfile::tempdir().unwrap();
    let at = |name: &str| directory.path().join(name);
    fs::write(at("empty"), "\n").unwrap();
    fs::write(at("latin"), b"hidd\xebn").unwrap();
    fs::write(at("long"), vec![b'x'; 100_000]).unwrap();
    let file = |name: &str| Secret::File { file: at(name) };
    let env = |name: &str| Secret::Env {
        env: name.to_owned(),
    };
    for (secret, expected) in [
        (file("empty"), "empty: a secret is expected and it is empty"),
        (
            file("latin"),
            "latin, line 1, column 5: is neither UTF-8 nor UTF-16",
        ),
        (file("long"), "long: is longer than 65536 bytes"),
        (
            file("missing"),
            "missing: is not there, while reading a secret",
        ),
        (
            Secret::File {
                file: directory.path().to_owned(),
            },
            "is a directory",
        ),
        (
            env("RESTANTE_NO_SUCH"),
            "environment variable RESTANTE_NO_SUCH: is not set",
        ),
        (Secret::from(""), "a secret is expected and it is empty"),
    ] {
        let refused = secret.resolve().unwrap_err().to_string();
        assert!(
            refused.contains(expected) && !refused.contains("hidd"),
            "{refused}"
        );
    }
    assert!(Path::new("/dev/zero").exists());
    let endless = Secret::File {
        file: "/dev/zero".into(),
    };
    assert!(
        endless
            .resolve()
            .unwrap_err()
            .to_string()
            .contains("is a device")
    );
}
