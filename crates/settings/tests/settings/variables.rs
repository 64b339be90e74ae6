//! Environment variables override keys and are read as what the setting wants.

use crate::{Colour, shop_with};

#[test]
fn values_are_typed_by_the_setting() {
    let shop = shop_with(
        "name = \"old\"\nnumbers = [1]\n[limits]\nsmall = 1\nseconds = 2\n[notes]\na = \"kept\"\n",
        &[
            ("EXAMPLE_SHOP__NAME", "007"),
            ("EXAMPLE_SHOP__DATA", "true"),
            ("EXAMPLE_SHOP__LISTEN", "[::1]:8700"),
            ("EXAMPLE_SHOP__LIMITS__MAX_CHUNKS", " 20_000 "),
            ("EXAMPLE_SHOP__LIMITS__SIGNED", "-5"),
            ("EXAMPLE_SHOP__LIMITS__SECONDS", "7"),
            ("EXAMPLE_SHOP__LIMITS__STRICT", "true"),
            ("EXAMPLE_SHOP__LIMITS__MOST", "0x10"),
            ("EXAMPLE_SHOP__COLOURS", "[\"dark-red\", 'green']"),
            ("EXAMPLE_SHOP__NOTES__B", "5"),
            ("OTHER__NAME", "x"),
            ("EXAMPLE_SHOPNAME", "x"),
        ],
    )
    .unwrap();
    assert_eq!(shop.name, "007");
    assert_eq!(shop.data.to_str(), Some("true"));
    assert_eq!(shop.listen, Some("[::1]:8700".parse().unwrap()));
    let limits = shop.limits;
    assert_eq!(
        (limits.max_chunks, limits.small, limits.signed),
        (20_000, 1, -5)
    );
    assert_eq!(
        (limits.seconds, limits.strict, limits.most),
        (7.0, true, Some(16))
    );
    assert_eq!(shop.colours, [Colour::DarkRed, Colour::Green]);
    assert_eq!(shop.numbers, [1]);
    let notes: Vec<_> = shop
        .notes
        .iter()
        .map(|(key, note)| (key.as_str(), note.as_str()))
        .collect();
    assert_eq!(notes, [("a", "kept"), ("b", "5")]);
}

#[test]
fn a_text_in_double_quotes_is_read_as_toml() {
    for (text, expected) in [
        ("\"Corner shop\"", "Corner shop"),
        ("\"a\\tb\"", "a\tb"),
        ("\"half", "\"half"),
        ("\"a\" and \"b\"", "\"a\" and \"b\""),
        ("'a'", "'a'"),
        ("a\nb = 1", "a\nb = 1"),
        ("", ""),
    ] {
        let shop = shop_with("", &[("EXAMPLE_SHOP__NAME", text)]).unwrap();
        assert_eq!(shop.name, expected);
    }
}

#[test]
fn tables_and_whole_lists_can_be_given() {
    let shop = shop_with(
        "[limits]\nsmall = 1\n",
        &[
            ("EXAMPLE_SHOP__LIMITS", "{ small = 2, strict = true }"),
            ("example_shop__numbers", "[1, 2, 3]"),
        ],
    )
    .unwrap();
    assert_eq!((shop.limits.small, shop.limits.strict), (2, true));
    assert_eq!(shop.numbers, [1, 2, 3]);
    // a table takes the place of what was there
    let shop = shop_with("limits = 5", &[("EXAMPLE_SHOP__LIMITS__SMALL", "3")]).unwrap();
    assert_eq!(shop.limits.small, 3);
}

#[test]
fn items_of_a_list_are_named_by_their_id() {
    let shop = shop_with(
        "[[till]]\nid = \"One\"\npassword = \"p\"\n",
        &[
            ("EXAMPLE_SHOP__TILL__ONE__PASSWORD__FILE", "one.txt"),
            ("EXAMPLE_SHOP__TILL__22__PASSWORD", "12345"),
        ],
    )
    .unwrap();
    let tills: Vec<_> = shop
        .tills
        .iter()
        .map(|till| (till.id.as_str(), till.password.source()))
        .collect();
    assert_eq!(
        tills,
        [
            ("One", "file one.txt".to_owned()),
            ("22", "in the configuration".to_owned())
        ]
    );
}

#[test]
fn errors_name_the_variable() {
    for (name, value, expected) in [
        (
            "EXAMPLE_SHOP__LIMITS__SMALL",
            "many",
            "environment variable EXAMPLE_SHOP__LIMITS__SMALL: `limits.small`: expected a whole number from \
             0 to 255, found a text",
        ),
        (
            "EXAMPLE_SHOP__LIMITS__MAX_CHUNK",
            "1",
            "environment variable EXAMPLE_SHOP__LIMITS__MAX_CHUNK: `max_chunk` is not a known key of [limits] \
             (did you mean `max_chunks`?); expected one of `max_chunks`, `small`, `signed`, `seconds`, \
             `strict`, `most`",
        ),
        (
            "EXAMPLE_SHOP__COLOURS",
            "green",
            "environment variable EXAMPLE_SHOP__COLOURS: `colours`: expected a list in square brackets, found a \
             text",
        ),
        (
            "EXAMPLE_SHOP__TILL__2__PASSWRD",
            "hidden",
            "environment variable EXAMPLE_SHOP__TILL__2__PASSWRD: `passwrd` is not a known key of [till] (did \
             you mean `password`?); expected one of `id`, `password`",
        ),
        (
            "EXAMPLE_SHOP__",
            "1",
            "environment variable EXAMPLE_SHOP__: names no setting: two underscores part tables and keys, as \
             in EXAMPLE_SHOP__LISTEN",
        ),
        (
            "EXAMPLE_SHOP__TILL__PASSWORD",
            "1",
            "environment variable EXAMPLE_SHOP__TILL__PASSWORD: names no setting: two underscores part tables \
             and keys, as in EXAMPLE_SHOP__LISTEN",
        ),
    ] {
        let refused = shop_with("", &[(name, value)]).unwrap_err().to_string();
        assert_eq!(refused, expected);
    }
}
