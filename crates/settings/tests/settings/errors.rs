//! Errors say where, what was expected, and what was probably meant.

use std::path::Path;

use settings::{Problem, Settings};

use crate::{DEPOT, Depot, SHOP, Shop, refusal, shop};

#[test]
fn each_error_names_its_place() {
    for (text, expected) in [
        (
            "[limits]\nmax_chunk = 1\n",
            "shop.toml, line 2, column 1: `max_chunk` is not a known key of [limits] (did you mean \
             `max_chunks`?); expected one of `max_chunks`, `small`, `signed`, `seconds`, `strict`, `most`",
        ),
        (
            "  [limit]\n",
            "shop.toml, line 1, column 4: `limit` is not a known key (did you mean `limits`?); expected \
             one of `listen`, `name`, `data`, `limits`, `colours`, `numbers`, `notes`, `key`, `till`",
        ),
        (
            "name = \"Ö\" # é\n\n[limits]\nmax_chunks = \"many\"",
            "shop.toml, line 4, column 14: `limits.max_chunks`: expected a whole number from 0 to \
             4294967295, found a text",
        ),
        (
            "[limits]\nsmall = 300",
            "shop.toml, line 2, column 9: `limits.small`: expected a whole number from 0 to 255, found 300",
        ),
        (
            "[limits]\nsmall = -1",
            "shop.toml, line 2, column 9: `limits.small`: expected a whole number from 0 to 255, found -1",
        ),
        (
            "[limits]\nstrict = 1",
            "shop.toml, line 2, column 10: `limits.strict`: expected true or false, found a whole number",
        ),
        (
            "[limits]\nsigned = 1.5",
            "shop.toml, line 2, column 10: `limits.signed`: expected a whole number, found a number with a \
             fraction",
        ),
        (
            "limits = 5",
            "shop.toml, line 1, column 10: `limits`: expected a table, found a whole number",
        ),
        (
            "colours = [\n  \"green\",\n  \"dark-rad\",\n]",
            "shop.toml, line 3, column 3: `colours`: `dark-rad` is not allowed (did you mean `dark-red`?); \
             expected one of `dark-red`, `green`",
        ),
        (
            "colours = \"green\"",
            "shop.toml, line 1, column 11: `colours`: expected a list in square brackets, found a text",
        ),
        (
            "listen = \"8700\"",
            "shop.toml, line 1, column 10: `listen`: invalid socket address syntax",
        ),
        (
            "name = \"Corner\"\n[[till]]\nid = \"1\"\npassword = \"x\"\n[[till]]\nid = \"2\"\n",
            "shop.toml, line 5, column 1: `password` of [till] is needed and missing",
        ),
        (
            "key = 5",
            "shop.toml, line 1, column 7: `key`: expected a secret: a text in quotes, { file = \"…\" } or { \
             env = \"…\" }, found a whole number",
        ),
        (
            "key = { path = \"x\" }",
            "shop.toml, line 1, column 7: `path` is not a known key of [key]; expected one of `file`, `env`",
        ),
        (
            "key = { file = \"x\", env = \"y\" }",
            "shop.toml, line 1, column 7: `key`: a secret has one of `file` and `env`",
        ),
        (
            "key = \"x\"\nkey_file = \"y\"",
            "shop.toml, line 2, column 1: `key` and `key_file` are both given; keep one of them",
        ),
        (
            "name = \"one\"\nname = \"two\"",
            "shop.toml, line 2, column 1: is not TOML here: duplicate key",
        ),
    ] {
        assert_eq!(refusal(text), expected, "{text}");
    }
}

#[test]
fn only_secrets_can_be_given_by_a_file() {
    for text in [
        "limits_file = 'x'",
        "colours_file = 'x'",
        "listen_file = 'x'",
        "till_file = 'x'",
    ] {
        let refused = refusal(text);
        assert!(
            refused.contains("_file` is not a known key (did you mean"),
            "{refused}"
        );
    }
    let refused = refusal("name_file = \"x\"");
    assert!(
        refused.contains("`name_file` is not a known key"),
        "{refused}"
    );
    assert!(
        refused.starts_with("shop.toml, line 1, column 1: "),
        "{refused}"
    );
}

#[test]
fn no_text_of_a_file_is_ever_shown() {
    for text in [
        "key = \"hidden\"\nsurprise = 1",
        "key = \"hidden",
        "key = hidden",
        "key = [\"hidden\"]",
        "key = { file = [\"hidden\"] }",
        "listen = \"hidden\"",
        "limits = \"hidden\"",
        "[limits]\nsmall = \"hidden\"",
        "notes = \"hidden\"",
        "[notes]\na = [\"hidden\"]",
        "[[till]]\nid = \"1\"\npassword = { env = { x = \"hidden\" } }",
    ] {
        let refused = refusal(text);
        assert!(!refused.contains("hidden"), "{refused}");
        let debug = format!("{:?}", shop(text).unwrap_err());
        assert!(!debug.contains("hidden"), "{debug}");
        if let Ok(settings) = Settings::parse(Path::new("x"), text) {
            let debug = format!("{settings:?}");
            assert!(!debug.contains("hidden"), "{debug}");
        }
    }
}

#[test]
fn a_file_of_another_kind_is_noticed() {
    let depot = "address = \"here\"\ngates = 3\n";
    let refused = shop(depot).unwrap_err();
    assert_eq!(
        refused.to_string(),
        "shop.toml: looks like depot.toml, and shop.toml was expected; depot.toml is given to example \
         depot --config"
    );
    let shop = Settings::parse(Path::new("x"), "name = \"Corner\"\n[limits]\n").unwrap();
    let refused = shop.into_checked::<Depot>(&DEPOT, &[&SHOP]).unwrap_err();
    assert!(
        matches!(
            refused.problem(),
            Problem::WrongKind {
                found: "shop.toml",
                ..
            }
        ),
        "{refused}"
    );
    // a mistake in a file of the right kind is told as what it is
    let depot = Settings::parse(Path::new("x"), "address = \"here\"\nname = \"Corner\"\n").unwrap();
    let refused = depot.into_checked::<Depot>(&DEPOT, &[&SHOP]).unwrap_err();
    assert!(
        refused.to_string().contains("`name` is not a known key"),
        "{refused}"
    );
}

#[test]
fn files_that_are_no_toml_are_called_what_they_are() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("file");
    for (bytes, found) in [
        (&b"<MESHConfig/>"[..], "is a meshclient.cfg"),
        (
            b"<?xml version=\"1.0\"?>\n<DTSControl/>",
            "is a control file (.ctl)",
        ),
        (
            b"<Bundle xmlns=\"http://hl7.org/fhir\"/>",
            "is a FHIR message",
        ),
        (b"<other/>", "is XML"),
        (b"%PDF-1.7\n\xe2\xe3", "is a PDF"),
        (b"\n  {\"a\": 1}", "JSON"),
        (b"-----BEGIN CERTIFICATE-----\n", "PEM"),
        (b"SQLite format 3\0\x10\0", "SQLite"),
    ] {
        std::fs::write(&path, bytes).unwrap();
        let refused = Settings::load::<Shop>(&path, &SHOP, &[])
            .unwrap_err()
            .to_string();
        assert!(
            refused.contains(found) && refused.contains("shop.toml was expected"),
            "{refused}"
        );
    }
    let missing = directory.path().join("missing");
    let refused = Settings::load::<Shop>(&missing, &SHOP, &[])
        .unwrap_err()
        .to_string();
    assert!(
        refused.contains("missing: cannot be read: No such file"),
        "{refused}"
    );
    std::fs::write(&path, vec![b'#'; 1024 * 1024 + 1]).unwrap();
    let refused = Settings::load::<Shop>(&path, &SHOP, &[])
        .unwrap_err()
        .to_string();
    assert!(
        refused.contains("is longer than 1048576 bytes"),
        "{refused}"
    );
}
